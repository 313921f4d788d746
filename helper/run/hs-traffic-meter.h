// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TRAFFIC_METER_H
#define HS_TRAFFIC_METER_H

#include "ns3/hs-foreign-tally.h"
#include "ns3/hs-outage-holds.h"
#include "ns3/hs-run-events.h"
#include "ns3/hs-run-observer.h"
#include "ns3/hs-scenario-network.h"
#include "ns3/hs-session-application.h"
#include "ns3/hs-subflow-metrics.h"
#include "ns3/hs-subflow-run.h"
#include "ns3/hs-traffic-metrics.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ns3
{

/**
 * What is measured of one traffic of a scenario: its metrics, its lines of the series, the records
 * of its connections and exchanges, and the notes on how they ended.
 *
 * The connections are numbered in the order in which they were opened.
 */
class TrafficMeter
{
  public:
    /// \param spec lives as long as this
    /// \param way the links it takes, if it is not multipath
    TrafficMeter(const hoststack::Scenario& scenario,
                 const hoststack::TrafficSpec& spec,
                 const ScenarioNetwork& network,
                 std::vector<std::size_t> way);

    /// The applications of the ends `from` and `to`.
    void SetApplications(Ptr<HoststackSessionApplication> from,
                         Ptr<HoststackSessionApplication> to);

    /// For a relayed traffic: 1 for the listener's session of the connection that was opened first,
    /// as its legs know it.
    void SetNumbers(std::function<std::size_t(const HoststackSession&)> numbers)
    {
        m_numbers = std::move(numbers);
    }

    /// 1 for the connection that was opened first; 0: not known.
    std::size_t NumberOf(const HoststackSession& listener);

    /// A session has its socket.
    void Watch(HoststackSession& session, bool atFrom, RunEvents& events);

    /// Looks at windows that only a sum tells.
    void Observe();
    /// An event has taken a link down, or up.
    void SetLinkDown(std::size_t link, bool down);
    /// From now on what happens counts.
    void StartMeasuring(hoststack::TimeNs now);
    /// It is over: what held it after \p now does not matter.
    void Finish();

    /// Gives the lines of the series.
    void Sample(hoststack::TimeNs now, hoststack::RunObserver& observer);
    /// The last lines, of \p now, are due: their counts are those of the summary, which waits for
    /// what is under way.
    void HoldLastSample(hoststack::TimeNs now);
    void SampleLast(hoststack::RunObserver& observer);
    /// Adds metrics, records and notes. \p end is when the run ended, \p overAt when all of the
    /// traffic was over, or -1.
    void Report(hoststack::TimeNs end, hoststack::TimeNs overAt, hoststack::RunResult& result);

  private:
    using Sessions = std::vector<std::unique_ptr<HoststackSession>>;
    using Metrics = hoststack::Metrics;

    /// The two ends of a connection; an end may be missing.
    struct Pair
    {
        const HoststackSession* opener{nullptr};
        const HoststackSession* listener{nullptr};
    };

    struct Mark
    {
        hoststack::TimeNs at{0};
        hoststack::TrafficCounts counts;
        std::vector<hoststack::SubflowCounts> lanes;
        std::vector<bool> opened; ///< by lane
        double unanswered{0};     ///< UnansweredTime()
    };

    /// What the series tells of one moment.
    struct Snapshot
    {
        Mark mark;
        hoststack::TrafficFigures all;
        std::vector<hoststack::TrafficFigures> each; ///< of several connections
    };

    const Sessions& Source() const;
    const Sessions& Sink() const;
    const Sessions& Opener() const;
    const Sessions& Listener() const;
    const HoststackSession* SourceOf(const Pair& pair) const;
    const HoststackSession* SinkOf(const Pair& pair) const;
    static std::optional<hoststack::mptcp::Info> Multipath(const HoststackSession& session);
    static SubflowRun::Infos Multipath(const Sessions& sessions);
    /// Connections of which either end went on as plain TCP.
    std::uint64_t Fallbacks();
    std::vector<Pair> Connections();
    hoststack::Insight InsightOfLanes() const;
    hoststack::Insight InsightOf(const Sessions& sessions,
                                 const std::vector<std::unique_ptr<ForeignTally>>& tallies) const;

    static hoststack::HoldTimes SumOfHolds(const Sessions& sessions);
    static double HandshakeTime(const Sessions& sessions);
    double UnansweredTime() const;
    hoststack::HoldTimes RawHolds() const;
    void SettleHolds() const;
    static void AddSent(hoststack::TrafficCounts& counts, const HoststackSession* source);
    static void AddRead(hoststack::TrafficCounts& counts, const HoststackSession* sink);
    static void AddWakes(hoststack::WakeCounts& wakes, const HoststackSession& session);
    Mark MarkNow(hoststack::TimeNs now) const;
    hoststack::TrafficFigures Figures() const;
    void AddWholeRun(hoststack::TrafficFigures& figures,
                     const std::vector<hoststack::ConnectionRecord>& records) const;
    void AddTimes(hoststack::TrafficFigures& figures) const;
    void AddContent(hoststack::TrafficFigures& figures) const;
    Snapshot Look(hoststack::TimeNs now);
    void Emit(const Snapshot& now, const Snapshot& total, hoststack::RunObserver& observer);
    std::optional<hoststack::TimeNs> EndOfWayBack() const;
    void ReportSubflows(const Mark& end, hoststack::TimeNs elapsed, hoststack::RunResult& result);
    hoststack::HoldTimes Weighted(const Mark& end) const;
    std::vector<hoststack::ConnectionRecord> Records();
    void AddExchanges(hoststack::RunResult& result);
    void AddSleepers(hoststack::RunResult& result) const;
    void AddNotes(const std::vector<hoststack::ConnectionRecord>& records,
                  hoststack::RunResult& result) const;
    std::string ConnectionName(std::size_t number) const;

    const hoststack::Scenario& m_scenario;
    const hoststack::TrafficSpec& m_spec;
    const ScenarioNetwork& m_network;
    const std::string m_name; ///< "traffic.NAME"
    std::vector<std::size_t> m_way;
    Ptr<HoststackSessionApplication> m_from;
    Ptr<HoststackSessionApplication> m_to;
    std::vector<std::unique_ptr<ForeignTally>> m_sourceTallies;
    std::vector<std::unique_ptr<ForeignTally>> m_sinkTallies;
    std::unique_ptr<SubflowRun> m_subflows;              ///< of multipath traffic
    OutageHolds m_holds;                                 ///< of all others
    std::map<std::uint16_t, std::size_t> m_numberOfPort; ///< of the openers' ports
    std::size_t m_numbered{0};
    std::function<std::size_t(const HoststackSession&)> m_numbers;

    Mark m_begin;    ///< of the measurement
    Snapshot m_last; ///< of the series
    std::unique_ptr<Snapshot> m_lastDue;
    std::unique_ptr<Mark> m_over; ///< what held it, when it was over
    std::uint32_t m_cwndMax{0};
    /// Answers and openings of the window before the measurement, by session.
    std::map<const HoststackSession*, std::pair<std::size_t, std::size_t>> m_skipped;
};

} // namespace ns3

#endif // HS_TRAFFIC_METER_H
