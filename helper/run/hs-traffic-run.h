// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TRAFFIC_RUN_H
#define HS_TRAFFIC_RUN_H

#include "ns3/hs-run-observer.h"
#include "ns3/hs-scenario-network.h"
#include "ns3/hs-session-application.h"
#include "ns3/hs-tcp-types.h"
#include "ns3/hs-traffic-meter.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ns3
{

/// One traffic of a scenario while it runs: its applications, and what events do to it.
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

    TrafficMeter& Meter()
    {
        return *m_meter;
    }

    /// Adds what the connections of \p host counted to \p sum.
    void AddCounts(std::size_t host, hoststack::tcp::Info& sum) const;

    /// Adds metrics, records and notes; \p end is when the run ended.
    void Report(hoststack::TimeNs end, hoststack::RunResult& result)
    {
        m_meter->Report(end, m_overAt, result);
    }

  private:
    using Sessions = std::vector<std::unique_ptr<HoststackSession>>;

    Ptr<HoststackSessionApplication> MakeApplication(std::size_t host, bool opens);
    Ptr<HoststackSessionApplication> MakeSimulated(std::size_t host);
    void Configure(Socket& socket, bool atFrom);
    void ConfigureForeign(Socket& socket, const hoststack::TcpSettings& settings);
    void ConfigureListener(Ptr<HoststackSessionApplication> listener, bool atFrom);
    void Hook(HoststackSession& session, bool atFrom);
    void SessionOver();
    bool IsMultipath(std::size_t host) const;
    std::vector<HoststackMptcpSocket*> MultipathAt(std::size_t host) const;
    const Sessions& Source() const;
    const Sessions& Sink() const;

    const hoststack::Scenario& m_scenario;
    const std::size_t m_index;
    const hoststack::TrafficSpec& m_spec;
    const hoststack::LegSpec& m_leg; ///< the only one
    const ScenarioNetwork& m_network;
    std::uint32_t m_mtu;
    int m_ipVersion{4};
    Ptr<HoststackSessionApplication> m_from;
    Ptr<HoststackSessionApplication> m_to;
    std::shared_ptr<const hoststack::tcp::Config> m_fromConfig;
    std::shared_ptr<const hoststack::tcp::Config> m_toConfig;
    std::function<void()> m_onOver;
    hoststack::TimeNs m_overAt{-1};
    RunEvents& m_events;
    std::unique_ptr<TrafficMeter> m_meter;
};

} // namespace ns3

#endif // HS_TRAFFIC_RUN_H
