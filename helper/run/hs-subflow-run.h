// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SUBFLOW_RUN_H
#define HS_SUBFLOW_RUN_H

#include "ns3/hs-metric.h"
#include "ns3/hs-mptcp-types.h"
#include "ns3/hs-outage-holds.h"
#include "ns3/hs-scenario-network.h"
#include "ns3/hs-scenario.h"
#include "ns3/hs-subflow-metrics.h"
#include "ns3/hs-traffic-metrics.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ns3
{

/**
 * The subflows of one traffic by the link they run over: that of the end with more links (the
 * opener's if both have as many). Several subflows on one link count together.
 */
class SubflowRun
{
  public:
    /// Pictures of connections, each of one end.
    using Infos = std::vector<hoststack::mptcp::Info>;

    /// All that they have counted at one moment.
    struct Picture
    {
        std::vector<hoststack::SubflowCounts> lanes; ///< by lane
        std::vector<hoststack::Endings> endings;     ///< the same
        std::vector<bool> opened;                    ///< the same
        hoststack::TrafficCounts sums;               ///< those of multipath only
        std::uint64_t subflows{0};
    };

    SubflowRun(const hoststack::Scenario& scenario,
               const hoststack::TrafficSpec& traffic,
               const ScenarioNetwork& network);

    std::size_t LaneCount() const
    {
        return m_lanes.size();
    }

    /// "subflows.LINK"
    const std::string& LaneName(std::size_t lane) const
    {
        return m_lanes[lane].name;
    }

    /// The lane of \p subflow, or LaneCount(): a join that was refused belongs to none.
    std::size_t LaneOf(const hoststack::mptcp::SubflowInfo& subflow) const;

    /// The lane over which \p subflow goes, also one that is not complete yet or was refused.
    std::size_t WayOf(const hoststack::mptcp::SubflowInfo& subflow) const;

    Picture Take(const Infos& sources, const Infos& sinks) const;

    /// An event has taken \p link down, or up.
    void SetLinkDown(std::size_t link, bool down, const Infos& sources);

  private:
    struct Lane
    {
        std::size_t link{0};
        std::string name;
        hoststack::IpAddress address; ///< of the end that tells the link
        OutageHolds holds;
    };

    void AddSource(const hoststack::mptcp::Info& info, Picture& picture) const;
    void AddSink(const hoststack::mptcp::Info& info, bool withEndings, Picture& picture) const;

    std::vector<Lane> m_lanes; ///< by link
    /// An end of which nothing is known but what its application sees.
    bool m_sinkIsOutside;
};

} // namespace ns3

#endif // HS_SUBFLOW_RUN_H
