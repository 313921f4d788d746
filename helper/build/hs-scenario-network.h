// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_NETWORK_H
#define HS_SCENARIO_NETWORK_H

#include "ns3/hs-channel.h"
#include "ns3/hs-host-capture.h"
#include "ns3/hs-ip-address.h"
#include "ns3/hs-loopback-device.h"
#include "ns3/hs-outside-host.h"
#include "ns3/hs-scenario.h"
#include "ns3/hs-topology.h"
#include "ns3/hs-worker-thread.h"

#include <ns3/address.h>
#include <ns3/net-device.h>
#include <ns3/node-container.h>
#include <ns3/ptr.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace ns3
{

/**
 * Hosts and links of a scenario as ns-3 nodes, stacks, devices and addresses.
 *
 * Link number i, counted in the order of the names, has the network 10.(i/250).(i%250).0/24 or
 * fd00:0:0:i::/64; its first end is .1, its second one .2. Links that bridges join have the network
 * of the first of the two at whose ends there are hosts, and a bridge has no address. Hosts that
 * share no link get host routes along the path with the fewest links.
 */
class ScenarioNetwork
{
  public:
    /// \param outside the hosts that are not simulated: they get devices and no stack
    explicit ScenarioNetwork(const hoststack::Scenario& scenario,
                             const std::vector<OutsideHost*>& outside = {});

    /// What plays \p host; nullptr: it is simulated.
    OutsideHost* FindOutside(std::size_t host) const
    {
        return host < m_outside.size() ? m_outside[host] : nullptr;
    }

    bool IsOutside(std::size_t host) const
    {
        return FindOutside(host) != nullptr;
    }

    /// Some host is not simulated.
    bool IsLive() const
    {
        return !m_outside.empty();
    }

    Ptr<Node> GetNode(std::size_t host) const
    {
        return m_nodes.Get(static_cast<std::uint32_t>(host));
    }

    /// Stands for a link on the way of a host to itself.
    static constexpr std::size_t kLoopback = static_cast<std::size_t>(-1);

    /// What \p host has in place of links on its way to itself; nullptr: no traffic needs it.
    Ptr<HoststackLoopbackDevice> GetLoopback(std::size_t host) const
    {
        return m_loopbacks[host];
    }

    /// Largest IP packet of \p host's end of \p link.
    std::uint32_t MtuOf(std::size_t host, std::size_t link) const;
    int IpVersionOf(std::size_t link) const;

    /// Our channel of a link; nullptr if ns-3's devices carry it.
    Ptr<HoststackChannel> GetChannel(std::size_t link) const;

    /**
     * The links from \p from to \p to, in their order: \p traffic's own one, or the fewest, or
     * kLoopback. Routes along them, both ways, are set up the first time.
     */
    std::vector<std::size_t> Connect(std::size_t from,
                                     std::size_t to,
                                     std::optional<std::size_t> link);

    /// The address of an end of a link.
    static hoststack::IpAddress AddressOn(const hoststack::Scenario& scenario,
                                          std::size_t link,
                                          std::size_t side);

    /// The address of \p host on \p link, with \p port.
    Address GetAddress(std::size_t host, std::size_t link, std::uint16_t port) const;
    hoststack::IpAddress GetIpAddress(std::size_t host, std::size_t link) const;

    /**
     * Routes for connections of \p host with \p peer from each address of \p host: packets leave
     * through the link of their address, and come back to it.
     */
    void ConnectEachLink(std::size_t host, std::size_t peer);
    /// Lets path managers of \p host use an address, from now on. \return false: the host refuses
    /// it
    bool AddEndpoint(std::size_t host, const hoststack::MptcpEndpointSpec& endpoint);

    using WorkerThreads = std::vector<std::shared_ptr<HoststackWorkerThread>>;

    /// Those of the proxy of \p host, by instance, then thread; none on a host without costs.
    WorkerThreads ProxyThreads(std::size_t host);

    /// Any address of a host, with \p port.
    Address GetAnyAddress(std::uint16_t port) const;

    /**
     * FOLDER/HOST.pcapng for each host, with an interface for each of its paths; the ends of links
     * made of ns-3's devices get FOLDER/LINK-HOST.pcap.
     * \throws hoststack::CaptureError
     */
    void EnablePcap(const std::string& folder);
    /// Writes out what EnablePcap has begun. \throws hoststack::CaptureError
    void ClosePcap();

  private:
    void InstallStack(std::size_t host);
    void AssignStreams() const;
    void InstallLoopback(std::size_t host);
    void InstallLink(std::size_t index);
    void InstallPath(const hoststack::LinkSpec& link);
    void InstallPointToPoint(const hoststack::LinkSpec& link);
    void InstallCsma(const hoststack::LinkSpec& link);
    void AddAddresses(std::size_t index);
    void AddRoute(std::size_t at, std::size_t link, std::size_t host, std::size_t lastLink);
    bool HasIp(int version) const;
    bool IsIpv6(std::size_t link) const;

    const hoststack::Scenario& m_scenario;
    hoststack::Topology m_topology;
    std::vector<OutsideHost*> m_outside; ///< by host, null: simulated; empty if all are
    NodeContainer m_nodes;
    std::vector<std::array<Ptr<NetDevice>, 2>> m_devices;  ///< by link and end
    std::vector<Ptr<HoststackLoopbackDevice>> m_loopbacks; ///< by host
    std::vector<WorkerThreads> m_proxyThreads;             ///< by host
    std::vector<std::shared_ptr<HostCapture>> m_captures;  ///< by host; null: nothing to capture
    std::vector<std::array<std::uint32_t, 2>> m_interfaces;
};

} // namespace ns3

#endif // HS_SCENARIO_NETWORK_H
