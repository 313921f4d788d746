// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TRAFFIC_RUN_H
#define HS_TRAFFIC_RUN_H

#include "ns3/hs-leg-run.h"
#include "ns3/hs-relay-run.h"
#include "ns3/hs-run-observer.h"
#include "ns3/hs-scenario-network.h"
#include "ns3/hs-tcp-types.h"
#include "ns3/hs-traffic-meter.h"

#include <functional>
#include <memory>
#include <vector>

namespace ns3
{

/// One traffic of a scenario while it runs: its legs, the proxies between them, and when it is
/// over.
class TrafficRun
{
  public:
    TrafficRun(const hoststack::Scenario& scenario,
               std::size_t index,
               ScenarioNetwork& network,
               RunEvents& events);

    /// Gives it the end that opens; until then it has the one that listens. A host claims all ports
    /// that it listens on before it draws one to connect from.
    void AddOpener();

    /// It will be over by itself, not only with the run.
    bool HasEnd() const;

    bool IsOver() const
    {
        return m_overAt >= 0;
    }

    /// Called once, when it is over.
    void SetOverCallback(std::function<void()> callback)
    {
        m_onOver = std::move(callback);
    }

    /// Nothing of it is under way any more: all that was written has been acknowledged.
    bool IsSettled() const;

    /// \param atTo by the end `to`, else by `from`
    /// \return how many connections of that end there were that had not ended
    std::size_t Stop(bool atTo);
    std::size_t Abort(bool atTo);
    /// Tells the peer of each connection that the subflows of \p host on \p link are backups, or
    /// are not. \return how many subflows that are
    std::size_t SetBackup(std::size_t host, std::size_t link, bool backup);
    /// Opens a subflow of each connection from \p host's address on \p link to the first peer
    /// address. \return how many it opened
    std::size_t OpenSubflow(std::size_t host, std::size_t link);
    /// Resets them. \return how many they were
    std::size_t CloseSubflow(std::size_t host, std::size_t link);

    /// The whole traffic's first; if it is relayed, those of its legs behind it.
    const std::vector<TrafficMeter*>& Meters() const
    {
        return m_meters;
    }

    /// Adds what the connections of \p host counted to \p sum.
    void AddCounts(std::size_t host, hoststack::tcp::Info& sum) const;

    /// The run has ended at \p end and this traffic has not: what it does while others settle
    /// counts no more. \p observer takes the last lines of the series, if they are due.
    void Freeze(hoststack::TimeNs end, hoststack::RunObserver* observer);

    /// Adds metrics, records and notes; \p end is when the run ended.
    void Report(hoststack::TimeNs end, hoststack::RunResult& result);

  private:
    using Sessions = LegRun::Sessions;

    void MakeRelays(ScenarioNetwork& network);
    std::size_t NumberOf(const HoststackSession& listener) const;
    LegRun& Opening(std::size_t step) const;
    void SessionOver();
    bool AreOver();
    bool HaveFailed();
    const Sessions& Source() const;
    const Sessions& Sink() const;

    const hoststack::Scenario& m_scenario;
    const hoststack::TrafficSpec& m_spec;
    std::vector<hoststack::TrafficSpec> m_legSpecs; ///< of a relayed traffic
    std::vector<std::unique_ptr<LegRun>> m_legs;    ///< from `from` to `to`
    /// In the order in which connections are opened: number i lies behind leg Opening(i).
    std::vector<std::unique_ptr<RelayRun>> m_relays;
    std::unique_ptr<TrafficMeter> m_whole; ///< of a relayed traffic
    std::vector<TrafficMeter*> m_meters;
    std::function<void()> m_onOver;
    hoststack::TimeNs m_overAt{-1};
    std::unique_ptr<hoststack::RunResult> m_frozen;

    /// How many of an end's first sessions have come so far; who has does not go back.
    struct Reached
    {
        std::size_t over{0};
        std::size_t failed{0};
    };

    Reached m_sourceReached;
    Reached m_sinkReached;
};

} // namespace ns3

#endif // HS_TRAFFIC_RUN_H
