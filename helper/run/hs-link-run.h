// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LINK_RUN_H
#define HS_LINK_RUN_H

#include "ns3/hs-channel.h"
#include "ns3/hs-lasting-changes.h"
#include "ns3/hs-link-direction.h"
#include "ns3/hs-link-metrics.h"
#include "ns3/hs-metric.h"
#include "ns3/hs-run-observer.h"
#include "ns3/hs-scenario-network.h"

#include <array>
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
    void Apply(const hoststack::LinkChange& what);
    /// Takes back what Apply did for a change that lasts a time.
    void TakeBack(const hoststack::LinkChange& what);

    /// An outage holds one of its directions.
    bool IsDown() const;

    /// From now on what happens counts.
    void StartMeasuring(hoststack::TimeNs now);
    void Sample(hoststack::TimeNs now, hoststack::RunObserver& observer);

    /// Holds the counters as they are now: what comes later does not count.
    void Freeze(hoststack::TimeNs now);

    void Report(hoststack::Metrics& metrics) const;

  private:
    /// What events change, each by itself.
    struct Properties
    {
        struct Outage
        {
            bool down{false};
            bool hold{false};
        };

        hoststack::LastingChanges<Outage> outage;
        hoststack::LastingChanges<hoststack::BitsPerSecond> rate;
        hoststack::LastingChanges<hoststack::TimeNs> delay;
        hoststack::LastingChanges<hoststack::TimeNs> jitter;
        hoststack::LastingChanges<double> loss;
        hoststack::LastingChanges<hoststack::LinkQueueLimit> queue;
        hoststack::LastingChanges<hoststack::StripSpec> strip;
        hoststack::LastingChanges<hoststack::DropSpec> drop;
        hoststack::LastingChanges<hoststack::RewriteSpec> rewrite;
    };

    struct Side
    {
        std::string name; ///< "links.NAME.down"
        std::size_t side; ///< of the channel that sends into this direction
        Properties properties;
        hoststack::LinkMark begin; ///< of the measurement
        hoststack::LinkMark last;  ///< of the series
        hoststack::LinkMark end;
        hoststack::LinkPeaks peaks; ///< since begin
    };

    void Begin(Side& side, const hoststack::LinkConfig& config);
    /// Calls \p change with each property, what \p event says of it, and how to set it.
    template <class Change>
    void ForEachProperty(Side& side, const hoststack::LinkChange& what, Change change);
    void SetStrip(const Side& side, const hoststack::StripSpec& strip);
    void SetDrop(const Side& side, const hoststack::DropSpec& drop);
    void SetRewrite(const Side& side, const hoststack::RewriteSpec& rewrite);

    /// \p peaks: what was largest since the last call
    hoststack::LinkMark MarkOf(Side& side, hoststack::TimeNs now, hoststack::LinkPeaks& peaks);

    Ptr<HoststackChannel> m_channel;
    std::array<Side, 2> m_sides; ///< down, up
    bool m_frozen{false};
};

} // namespace ns3

#endif // HS_LINK_RUN_H
