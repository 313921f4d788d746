// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LEG_RUN_H
#define HS_LEG_RUN_H

#include "ns3/hs-scenario-network.h"
#include "ns3/hs-session-application.h"
#include "ns3/hs-tcp-types.h"
#include "ns3/hs-traffic-meter.h"

#include <functional>
#include <memory>
#include <vector>

namespace ns3
{

class HoststackMptcpSocket;

/// The connections of a traffic between two hosts while they run: the applications of both ends,
/// their sockets, and what events do to them.
class LegRun
{
  public:
    using Sessions = std::vector<std::unique_ptr<HoststackSession>>;

    /// At which ends a proxy runs, not the program of the traffic.
    struct Relays
    {
        bool atFrom{false};
        bool atTo{false};
        std::size_t leg{0}; ///< which leg of the traffic it is
    };

    /// \param index of the traffic
    /// \param spec the traffic, or one leg of it as a traffic of its own; lives as long as this
    LegRun(const hoststack::Scenario& scenario,
           std::size_t index,
           const hoststack::TrafficSpec& spec,
           Relays relays,
           ScenarioNetwork& network,
           RunEvents& events);

    /// To be called once the listeners of all traffic are there.
    void AddOpener();

    /// Called for each session that has finished or failed.
    void SetOverCallback(std::function<void()> callback)
    {
        m_onOver = std::move(callback);
    }

    /// Called for each session of an end once it has its socket.
    void SetSessionHook(bool atFrom, HoststackSession::Hook hook)
    {
        (atFrom ? m_fromHook : m_toHook) = std::move(hook);
    }

    Ptr<HoststackSessionApplication> From() const
    {
        return m_from;
    }

    Ptr<HoststackSessionApplication> To() const
    {
        return m_to;
    }

    TrafficMeter& Meter()
    {
        return *m_meter;
    }

    const Sessions& Source() const;
    const Sessions& Sink() const;

    /// \return whether all that comes over it has come
    bool IsOver();

    /// All that was written has been acknowledged.
    bool IsSettled() const;

    /// \name What events do; see TrafficRun
    /// @{
    std::size_t SetBackup(std::size_t host, std::size_t link, bool backup);
    std::size_t OpenSubflow(std::size_t host, std::size_t link);
    std::size_t CloseSubflow(std::size_t host, std::size_t link);
    /// @}

    /// Adds what the connections of \p host counted to \p sum.
    void AddCounts(std::size_t host, hoststack::tcp::Info& sum) const;

  private:
    void SetConfigs(const std::vector<std::size_t>& way);
    Ptr<HoststackSessionApplication> MakeApplication(bool atFrom, bool opens);
    Ptr<HoststackSessionApplication> MakeSimulated(bool atFrom);
    void Configure(Socket& socket, bool atFrom);
    void ConfigureForeign(Socket& socket, const hoststack::TcpSettings& settings);
    void ConfigureListener(Ptr<HoststackSessionApplication> listener, bool atFrom);
    void Hook(HoststackSession& session, bool atFrom);
    bool IsMultipath(std::size_t host) const;
    std::vector<HoststackMptcpSocket*> MultipathAt(std::size_t host) const;

    const hoststack::Scenario& m_scenario;
    const std::size_t m_index;
    const hoststack::TrafficSpec& m_spec;
    const hoststack::LegSpec& m_leg;
    const Relays m_relays;
    const ScenarioNetwork& m_network;
    std::uint32_t m_mtu{0};
    int m_ipVersion{4};
    Ptr<HoststackSessionApplication> m_from;
    Ptr<HoststackSessionApplication> m_to;
    std::shared_ptr<const hoststack::tcp::Config> m_fromConfig;
    std::shared_ptr<const hoststack::tcp::Config> m_toConfig;
    std::function<void()> m_onOver;
    HoststackSession::Hook m_fromHook;
    HoststackSession::Hook m_toHook;
    RunEvents& m_events;
    std::unique_ptr<TrafficMeter> m_meter;
    std::size_t m_over{0}; ///< how many of the sink's first sessions are
};

} // namespace ns3

#endif // HS_LEG_RUN_H
