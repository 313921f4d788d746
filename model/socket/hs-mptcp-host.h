// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_HOST_H
#define HS_MPTCP_HOST_H

#include "ns3/hs-mptcp-config.h"
#include "ns3/hs-mptcp-counters.h"
#include "ns3/hs-mptcp-types.h"
#include "ns3/hs-public.h"
#include "ns3/hs-random.h"

#include <ns3/object.h>
#include <ns3/socket.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ns3
{

class HoststackMptcpSocket;
class HoststackTcpProtocol;

/**
 * What the multipath sockets of a node have in common: settings, the addresses that path managers
 * may use (`ip mptcp endpoint`), the tokens that joins are told apart by, and the random bits of
 * keys. Aggregated to a node beside HoststackTcpProtocol; brings
 * "ns3::HoststackMptcpSocketFactory".
 */
class HS_PUBLIC HoststackMptcpHost : public Object
{
  public:
    using Config = hoststack::mptcp::Config;
    using LocalEndpoint = hoststack::mptcp::LocalEndpoint;

    static TypeId GetTypeId();
    HoststackMptcpHost();
    ~HoststackMptcpHost() override;

    /// A multipath socket with the settings of this object and of the node's TCP.
    Ptr<Socket> CreateSocket();

    /// Settings of the sockets made from now on. Its `tcp` does not count: that is the socket's.
    void SetConfig(std::shared_ptr<const Config> config);

    const std::shared_ptr<const Config>& GetConfig() const
    {
        return m_config;
    }

    static constexpr std::size_t kMaxEndpoints = 8; ///< MPTCP_PM_ADDR_MAX

    /**
     * Adds a local address for path managers, also of open connections (`ip mptcp endpoint add`).
     * One with a port gets a listener for joins. \return the id, from 1; 0 if the address is an
     * endpoint already, there are kMaxEndpoints, or the port is taken
     */
    std::uint8_t AddEndpoint(LocalEndpoint endpoint);
    /// Removes it; open connections tell their peers and close its subflows. \return false: none
    bool RemoveEndpoint(const hoststack::IpAddress& address, std::uint16_t port = 0);

    const std::vector<LocalEndpoint>& GetEndpoints() const
    {
        return m_endpoints;
    }

    /// Keys, nonces and sequence numbers come from this stream; before the first connection.
    void SetRandomStream(std::uint64_t seed, const std::string& name);

    /// What `nstat` would show now (MPTcpExt...).
    hoststack::mptcp::Counters GetCounters() const;

    /// \name For the sockets
    /// @{
    /// \p own with \p tcp for the subflows; one object for all who ask for the same in a row.
    std::shared_ptr<const Config> WithTcp(const std::shared_ptr<const Config>& own,
                                          const std::shared_ptr<const hoststack::tcp::Config>& tcp);

    hoststack::mptcp::Counters& EditCounters()
    {
        return m_counters;
    }

    std::uint64_t RandomBits();
    /// \return its id, or -1 if there is no room
    int AddImplicitEndpoint(const hoststack::IpAddress& address);
    /// Memory of paths that swallow SYNs with MP_CAPABLE (mptcp_active_should_disable).
    bool IsBlackholed(hoststack::TimeNs now, hoststack::TimeNs timeout) const;
    void NoteBlackhole(hoststack::TimeNs now);
    void NoteMultipath();
    void Enter(std::uint32_t token, HoststackMptcpSocket& socket);
    void Leave(HoststackMptcpSocket& socket);
    /// nullptr if no connection has it
    HoststackMptcpSocket* Find(std::uint32_t token) const;
    /// @}

  protected:
    void DoDispose() override;
    void NotifyNewAggregate() override;

  private:
    Config& EditConfig();
    std::uint8_t FreeId();
    bool ListenOn(const LocalEndpoint& endpoint);
    void ForOpenConnections(const std::function<void(HoststackMptcpSocket&)>& action) const;
    bool SetScheduler(std::string name);
    std::string GetScheduler() const;
    bool SetCongestion(std::string name);
    std::string GetCongestion() const;
    bool SetPathManager(std::string name);
    std::string GetPathManager() const;
    void SetChecksum(bool on);
    bool GetChecksum() const;
    void SetExtraSubflows(std::uint32_t count);
    std::uint32_t GetExtraSubflows() const;
    void SetAddAddrAccepted(std::uint32_t count);
    std::uint32_t GetAddAddrAccepted() const;

    Ptr<HoststackTcpProtocol> m_protocol;
    std::shared_ptr<const Config> m_config;
    std::shared_ptr<const Config> m_withTcp; ///< what WithTcp() made last ...
    std::shared_ptr<const Config> m_without; ///< ... of this
    std::vector<LocalEndpoint> m_endpoints;
    std::uint8_t m_nextId{1}; ///< where the search for a free id begins
    std::vector<std::pair<std::uint8_t, Ptr<Socket>>> m_portListeners; ///< by endpoint id
    std::uint32_t m_blackholes{0}; ///< in a row (active_disable_times)
    hoststack::TimeNs m_blackholeSince{0};

    struct Connected
    {
        HoststackMptcpSocket* socket;
        std::uint64_t number; ///< in m_sockets
    };

    std::unordered_map<std::uint32_t, Connected> m_tokens;    ///< looked up only
    std::map<std::uint64_t, HoststackMptcpSocket*> m_sockets; ///< by the order of connecting
    std::uint64_t m_nextConnected{0};
    hoststack::mptcp::Counters m_counters;
    std::unique_ptr<hoststack::RandomStream> m_random;
};

/**
 * Flags of an endpoint from words as `ip mptcp` takes them: "subflow", "signal", "backup",
 * "fullmesh", "laminar", separated by blanks. \throws std::invalid_argument for another word
 */
hoststack::mptcp::LocalEndpoint MakeMptcpEndpoint(const hoststack::IpAddress& address,
                                                  const std::string& flags);

} // namespace ns3

#endif // HS_MPTCP_HOST_H
