// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LINK_RUN_H
#define HS_LINK_RUN_H

#include "ns3/hs-channel.h"
#include "ns3/hs-link-direction.h"
#include "ns3/hs-metric.h"
#include "ns3/hs-scenario-network.h"
#include "ns3/hs-scenario-runner.h"

#include <array>
#include <cstdint>
#include <string>

namespace ns3
{

/// One link of a scenario while it runs: its changes, what is sampled of it, and its metrics.
/// Links of ns-3's own devices yield none.
class LinkRun
{
  public:
    LinkRun(const hoststack::Scenario& scenario, std::size_t index, const ScenarioNetwork& network);

    /// \throws hoststack::LinkConfigError if the link cannot change like that
    void Apply(const hoststack::EventSpec& event);

    void Observe(hoststack::TimeNs now);
    void Sample(hoststack::TimeNs now, hoststack::RunObserver& observer);

    /// Holds the counters as they are now: what comes later does not count.
    void Freeze(hoststack::TimeNs now);

    void Report(hoststack::Metrics& metrics) const;

  private:
    struct Side
    {
        std::string name; ///< "links.NAME.down"
        std::size_t side; ///< of the channel that sends into this direction
        double delaySum{0};
        double delayMax{0};
        std::uint64_t delaySamples{0};
        std::uint64_t sampledBytes{0};
        hoststack::LinkCounters counters;
    };

    /// \param direction 0: down, 1: up
    void SetStrip(std::size_t direction, const hoststack::StripSpec& strip);

    Ptr<HoststackChannel> m_channel;
    std::array<Side, 2> m_sides; ///< down, up
    hoststack::TimeNs m_sampledAt{0};
    hoststack::TimeNs m_frozenAt{-1};
};

} // namespace ns3

#endif // HS_LINK_RUN_H
