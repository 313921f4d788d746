// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SUBFLOW_RUN_H
#define HS_SUBFLOW_RUN_H

#include "ns3/hs-metric.h"
#include "ns3/hs-mptcp-types.h"
#include "ns3/hs-scenario-network.h"
#include "ns3/hs-scenario-runner.h"
#include "ns3/hs-scenario.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace ns3
{

class HoststackMptcpSocket;

/**
 * The subflows of one traffic by the link they run over: that of the end with more links (the
 * opener's if both have as many). Several subflows on one link count together.
 */
class SubflowRun
{
  public:
    using Sockets = std::vector<const HoststackMptcpSocket*>;

    SubflowRun(const hoststack::Scenario& scenario,
               const hoststack::TrafficSpec& traffic,
               const ScenarioNetwork& network);

    void Observe(const Sockets& sources);
    /// Gives the values of the first of \p sources, by link.
    void Sample(hoststack::TimeNs now, const Sockets& sources, hoststack::RunObserver& observer);
    /// Holds why they were not faster, as it is now.
    void TakeLimits(const Sockets& sources);
    /// \p seconds: how long data was carried
    void Report(const Sockets& sources,
                const Sockets& sinks,
                double seconds,
                hoststack::Metrics& metrics) const;

  private:
    using Limits = std::array<double, static_cast<std::size_t>(hoststack::tcp::Limit::Count)>;

    struct Lane
    {
        std::size_t link{0};
        hoststack::IpAddress address; ///< of the end that tells the link
        double rttSum{0};
        double rttMax{0};
        std::uint64_t rttSamples{0};
        std::uint32_t cwndMax{0};
        std::uint64_t sampledBytes{0};
        Limits limits{};
    };

    Lane* LaneOf(const hoststack::mptcp::SubflowInfo& subflow);
    const Lane* LaneOf(const hoststack::mptcp::SubflowInfo& subflow) const;
    std::string Prefix(const Lane& lane) const;

    const hoststack::Scenario& m_scenario;
    const hoststack::TrafficSpec& m_traffic;
    std::vector<Lane> m_lanes; ///< by link
    hoststack::TimeNs m_sampledAt{0};
    /// An end of which nothing is known but what its application sees.
    bool m_sourceIsOutside;
    bool m_sinkIsOutside;
};

} // namespace ns3

#endif // HS_SUBFLOW_RUN_H
