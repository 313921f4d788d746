// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RELAY_RUN_H
#define HS_RELAY_RUN_H

#include "ns3/hs-metric.h"
#include "ns3/hs-relay.h"
#include "ns3/hs-scenario.h"
#include "ns3/hs-session-application.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ns3
{

/**
 * The proxy of one host for one traffic while it runs: takes the connections of one leg and opens
 * those of the next. Connections go round among its instances, as nftables' `numgen inc` sends
 * them, and within each among its threads; on a host without costs that changes nothing but who has
 * done how much.
 *
 * A client's connection is addressed to the proxy. That a kernel redirects it there is not
 * modelled.
 */
class RelayRun
{
  public:
    using Tunnel = std::shared_ptr<hoststack::SealedTunnel>;
    /// The tunnel of a session that has just been accepted.
    using TunnelFinder = std::function<Tunnel(const HoststackSession&)>;

    /// \param name "traffic.NAME.through.HOST"
    /// \param sealsOnward what it opens leads to another proxy
    /// \param threads of the host's proxy, by instance, then thread; none: time does not pass there
    RelayRun(std::string name,
             const hoststack::ProxySpec& spec,
             bool sealsOnward,
             Ptr<HoststackSessionApplication> opener,
             std::vector<std::shared_ptr<HoststackWorkerThread>> threads);

    /// What runs on the next connection that is accepted.
    std::unique_ptr<hoststack::Program> Accept();
    /// That connection has its session. \param tunnel nullptr: it is no tunnel
    void Accepted(HoststackSession& session, Tunnel tunnel);

    /// The connection that it opened last has its session.
    void Opened(HoststackSession& session);

    /// The tunnel of the connection that it opened as number \p opened, from 1; or nullptr.
    Tunnel TunnelOf(std::size_t opened) const;
    /// The session for which it opened that connection, or nullptr.
    const HoststackSession* AcceptedFor(std::size_t opened) const;

    void Report(hoststack::Metrics& metrics) const;

  private:
    /// What belongs to a connection that is opened.
    struct Onward
    {
        std::shared_ptr<HoststackWorkerThread> thread; ///< nullptr: the host has no costs
        const HoststackSession* accepted{nullptr};
        Tunnel tunnel;
    };

    const std::string m_name;
    const hoststack::ProxySpec& m_spec;
    const bool m_sealsOnward;
    Ptr<HoststackSessionApplication> m_opener;
    std::vector<std::shared_ptr<HoststackWorkerThread>> m_threads;
    /// By instance, then thread; relays hold references.
    std::vector<std::unique_ptr<hoststack::RelayTally>> m_workers;
    std::size_t m_next{0};
    std::shared_ptr<hoststack::Relay> m_accepting; ///< its session is not there yet
    std::shared_ptr<Onward> m_acceptingOnward;
    std::vector<std::shared_ptr<Onward>> m_onward; ///< in the order in which they were opened
};

} // namespace ns3

#endif // HS_RELAY_RUN_H
