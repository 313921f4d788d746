// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TRAFFIC_RUN_H
#define HS_TRAFFIC_RUN_H

#include "ns3/hs-foreign-tally.h"
#include "ns3/hs-metric.h"
#include "ns3/hs-scenario-network.h"
#include "ns3/hs-scenario-runner.h"
#include "ns3/hs-session-application.h"
#include "ns3/hs-subflow-run.h"
#include "ns3/hs-tcp-types.h"

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ns3
{

/**
 * One traffic of a scenario while it runs: its applications, what is sampled of it, and its
 * metrics.
 *
 * The \e source is the end whose bytes count: the sender of a bulk transfer, the one who answers
 * requests. The \e sink reads them.
 */
class TrafficRun
{
  public:
    TrafficRun(const hoststack::Scenario& scenario, std::size_t index, ScenarioNetwork& network);

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
    void Stop(bool atTo);
    void Abort(bool atTo);
    /// Tells the peer of each connection that the subflows of \p host on \p link are backups, or
    /// are not. \return how many subflows that are
    std::size_t SetBackup(std::size_t host, std::size_t link, bool backup);
    /// Opens a subflow of each connection from \p host's address on \p link to the first peer
    /// address. \return how many it opened
    std::size_t OpenSubflow(std::size_t host, std::size_t link);
    /// Resets them. \return how many they were
    std::size_t CloseSubflow(std::size_t host, std::size_t link);

    /// Looks at the connections; a few hundred times per round-trip time is more than enough.
    void Observe(hoststack::TimeNs now);
    /// Gives one line per value of the series.
    void Sample(hoststack::TimeNs now, hoststack::RunObserver& observer);

    /// Adds what the connections of \p host counted to \p sum.
    void AddCounts(std::size_t host, hoststack::tcp::Info& sum) const;

    /// Adds the metrics; \p end is when the run ended.
    void Report(hoststack::TimeNs end, hoststack::Metrics& metrics);

  private:
    using Limits = std::array<double, static_cast<std::size_t>(hoststack::tcp::Limit::Count)>;
    using Sessions = std::vector<std::unique_ptr<HoststackSession>>;

    Ptr<HoststackSessionApplication> MakeApplication(std::size_t host, bool opens);
    Ptr<HoststackSessionApplication> MakeSimulated(std::size_t host);
    void Configure(Socket& socket, bool atFrom);
    void ConfigureForeign(Socket& socket, const hoststack::TcpSettings& settings);
    std::unique_ptr<HoststackSession> MakeSession(bool atFrom);
    void Hook(HoststackSession& session, bool isSource);
    void SessionOver();
    void TakeLimits();
    bool IsMultipath(std::size_t host) const;
    std::vector<HoststackMptcpSocket*> MultipathAt(std::size_t host) const;
    SubflowRun::Sockets Multipath(const Sessions& sessions) const;
    const Sessions& Source() const;
    const Sessions& Sink() const;
    hoststack::TimeNs OpenedAt() const;
    std::uint64_t BytesRead() const;
    void ReportReading(hoststack::TimeNs end, hoststack::Metrics& metrics) const;
    void ReportSending(hoststack::Metrics& metrics) const;
    void ReportForeign(hoststack::Metrics& metrics) const;
    void ReportContent(hoststack::Metrics& metrics) const;
    void ReportResponses(hoststack::Metrics& metrics) const;
    void ReportResumption(hoststack::Metrics& metrics) const;
    void ReportBack(hoststack::TimeNs end, hoststack::Metrics& metrics) const;
    void ConfigureListener(Ptr<HoststackSessionApplication> listener, bool atFrom);
    std::string Name(const std::string& metric) const;

    const hoststack::Scenario& m_scenario;
    const std::size_t m_index;
    const hoststack::TrafficSpec& m_spec;
    const ScenarioNetwork& m_network;
    std::uint32_t m_mtu;
    int m_ipVersion{4};
    Ptr<HoststackSessionApplication> m_from;
    Ptr<HoststackSessionApplication> m_to;
    std::shared_ptr<const hoststack::tcp::Config> m_fromConfig;
    std::shared_ptr<const hoststack::tcp::Config> m_toConfig;
    std::vector<std::unique_ptr<ForeignTally>> m_sourceTallies;
    std::vector<std::unique_ptr<ForeignTally>> m_sinkTallies;
    std::function<void()> m_onOver;
    hoststack::TimeNs m_overAt{-1};
    std::unique_ptr<SubflowRun> m_subflows; ///< of multipath traffic
    Limits m_limits{};                      ///< ns in each state, all connections

    // Of what Observe saw.
    double m_rttSum{0};
    double m_rttMax{0};
    std::uint64_t m_rttSamples{0};
    std::uint32_t m_cwndMax{0};
    // Of the last Sample.
    std::uint64_t m_sampledBytes{0};
    hoststack::TimeNs m_sampledAt{0};
};

} // namespace ns3

#endif // HS_TRAFFIC_RUN_H
