// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-host.h"

#include "ns3/hs-address-conversion.h"
#include "ns3/hs-congestion-ns3-adapter.h"
#include "ns3/hs-coupled-congestion.h"
#include "ns3/hs-mptcp-socket-factory.h"
#include "ns3/hs-mptcp-socket.h"
#include "ns3/hs-packet-scheduler.h"
#include "ns3/hs-path-manager.h"
#include "ns3/hs-tcp-protocol.h"

#include <ns3/boolean.h>
#include <ns3/inet-socket-address.h>
#include <ns3/inet6-socket-address.h>
#include <ns3/node.h>
#include <ns3/rng-seed-manager.h>
#include <ns3/string.h>
#include <ns3/uinteger.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(HoststackMptcpHost);

TypeId
HoststackMptcpHost::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::HoststackMptcpHost")
            .SetParent<Object>()
            .SetGroupName("Hoststack")
            .AddConstructor<HoststackMptcpHost>()
            .AddAttribute(
                "Scheduler",
                "Which subflow sends what: \"default\" (Linux), \"bpf_rr\", \"blest\", ...",
                StringValue("default"),
                MakeStringAccessor(&HoststackMptcpHost::SetScheduler,
                                   &HoststackMptcpHost::GetScheduler),
                MakeStringChecker())
            .AddAttribute("PathManager",
                          "Which subflows are opened: \"kernel\", \"fullmesh\", \"ndiffports\", "
                          "\"scripted\".",
                          StringValue("kernel"),
                          MakeStringAccessor(&HoststackMptcpHost::SetPathManager,
                                             &HoststackMptcpHost::GetPathManager),
                          MakeStringChecker())
            .AddAttribute(
                "CongestionControl",
                "Of every subflow: a name that HoststackTcpSocket knows, or a coupled one "
                "(\"lia\", \"olia\", \"balia\", \"wvegas\"); empty: that of the socket.",
                StringValue(""),
                MakeStringAccessor(&HoststackMptcpHost::SetCongestion,
                                   &HoststackMptcpHost::GetCongestion),
                MakeStringChecker())
            .AddAttribute("Checksum",
                          "Ask for the DSS checksum (RFC 8684 section 3.3.1).",
                          BooleanValue(false),
                          MakeBooleanAccessor(&HoststackMptcpHost::SetChecksum,
                                              &HoststackMptcpHost::GetChecksum),
                          MakeBooleanChecker())
            .AddAttribute("ExtraSubflows",
                          "Most subflows beside the first (`ip mptcp limits set subflows`).",
                          UintegerValue(2),
                          MakeUintegerAccessor(&HoststackMptcpHost::SetExtraSubflows,
                                               &HoststackMptcpHost::GetExtraSubflows),
                          MakeUintegerChecker<std::uint32_t>(0, 8))
            .AddAttribute("AddAddrAccepted",
                          "How many announced addresses are used (`add_addr_accepted`).",
                          UintegerValue(0),
                          MakeUintegerAccessor(&HoststackMptcpHost::SetAddAddrAccepted,
                                               &HoststackMptcpHost::GetAddAddrAccepted),
                          MakeUintegerChecker<std::uint32_t>(0, 8));
    return tid;
}

HoststackMptcpHost::HoststackMptcpHost()
    : m_config(std::make_shared<const Config>())
{
}

HoststackMptcpHost::~HoststackMptcpHost() = default;

void
HoststackMptcpHost::DoDispose()
{
    m_tokens.clear();
    m_sockets.clear();
    m_portListeners.clear();
    m_protocol = nullptr;
    Object::DoDispose();
}

void
HoststackMptcpHost::NotifyNewAggregate()
{
    const auto node = GetObject<Node>();
    const auto protocol = GetObject<HoststackTcpProtocol>();
    if (node && protocol && !m_protocol)
    {
        m_protocol = protocol;
        if (!m_random)
        {
            // As links do without a seed of their own: ns-3's seed and run number decide.
            SetRandomStream(std::uint64_t{RngSeedManager::GetSeed()} << 32 |
                                (RngSeedManager::GetRun() & 0xffffffff),
                            "nodes/" + std::to_string(node->GetId()) + "/mptcp");
        }
        const auto factory = CreateObject<HoststackMptcpSocketFactory>();
        factory->SetHost(this);
        node->AggregateObject(factory);
    }
    Object::NotifyNewAggregate();
}

Ptr<Socket>
HoststackMptcpHost::CreateSocket()
{
    const auto plain = DynamicCast<HoststackTcpSocket>(m_protocol->CreateSocket());
    const auto socket = CreateObject<HoststackMptcpSocket>();
    socket->SetProtocol(m_protocol);
    socket->SetHost(this);
    socket->SetConfig(plain->GetConfig());
    socket->SetVirtualPayload(plain->GetVirtualPayload());
    return socket;
}

void
HoststackMptcpHost::SetRandomStream(std::uint64_t seed, const std::string& name)
{
    m_random = std::make_unique<hoststack::RandomStream>(seed, name);
}

std::uint64_t
HoststackMptcpHost::RandomBits()
{
    return m_random->Bits();
}

std::uint8_t
HoststackMptcpHost::FreeId()
{
    // mptcp_pm_nl_append_new_local_addr: upwards from the largest id so far
    for (std::uint32_t i = 0; i < 255; ++i)
    {
        const auto id = static_cast<std::uint8_t>(1 + (m_nextId - 1u + i) % 255u);
        const bool taken = std::any_of(m_endpoints.begin(),
                                       m_endpoints.end(),
                                       [id](const LocalEndpoint& e) { return e.id == id; });
        if (!taken)
        {
            m_nextId = std::max(m_nextId, id);
            m_nextId = m_nextId == 255 ? 1 : m_nextId;
            return id;
        }
    }
    return 0;
}

void
HoststackMptcpHost::ForOpenConnections(
    const std::function<void(HoststackMptcpSocket&)>& action) const
{
    // What an action leads to may close sockets, or open others.
    std::vector<std::pair<std::uint64_t, Ptr<HoststackMptcpSocket>>> sockets;
    for (const auto& [number, socket] : m_sockets)
    {
        sockets.emplace_back(number, socket);
    }
    for (const auto& [number, socket] : sockets)
    {
        if (m_sockets.count(number) > 0)
        {
            action(*socket);
        }
    }
}

bool
HoststackMptcpHost::ListenOn(const LocalEndpoint& endpoint)
{
    // mptcp_pm_nl_create_listen_socket
    const auto socket = CreateSocket();
    const auto address = endpoint.address.family == hoststack::IpFamily::V4
                             ? Address(InetSocketAddress(ToIpv4(endpoint.address), endpoint.port))
                             : Address(Inet6SocketAddress(ToIpv6(endpoint.address), endpoint.port));
    if (socket->Bind(address) != 0 || socket->Listen() != 0)
    {
        socket->Close();
        return false;
    }
    DynamicCast<HoststackMptcpSocket>(socket)->SetJoinsOnly();
    m_portListeners.emplace_back(endpoint.id, socket);
    return true;
}

std::uint8_t
HoststackMptcpHost::AddEndpoint(LocalEndpoint endpoint)
{
    const auto same =
        std::find_if(m_endpoints.begin(), m_endpoints.end(), [&](const LocalEndpoint& e) {
            return e.address == endpoint.address && e.port == endpoint.port;
        });
    const bool replaces = same != m_endpoints.end() && same->implicit && !endpoint.implicit;
    if ((same != m_endpoints.end() && !replaces) || m_endpoints.size() >= kMaxEndpoints)
    {
        return 0;
    }
    if (replaces)
    {
        endpoint.id = same->id;
        m_endpoints.erase(same);
    }
    else
    {
        endpoint.id = FreeId();
    }
    if (endpoint.port != 0 && !ListenOn(endpoint))
    {
        return 0;
    }
    m_endpoints.insert(endpoint.port != 0 ? m_endpoints.begin() : m_endpoints.end(), endpoint);
    ForOpenConnections([&](HoststackMptcpSocket& socket) { socket.AddEndpoint(endpoint); });
    return endpoint.id;
}

int
HoststackMptcpHost::AddImplicitEndpoint(const hoststack::IpAddress& address)
{
    LocalEndpoint endpoint;
    endpoint.address = address;
    endpoint.implicit = true;
    const auto id = AddEndpoint(endpoint);
    return id != 0 ? id : -1;
}

bool
HoststackMptcpHost::RemoveEndpoint(const hoststack::IpAddress& address, std::uint16_t port)
{
    const auto find = [&](bool anyPort) {
        return std::find_if(m_endpoints.begin(), m_endpoints.end(), [&](const LocalEndpoint& e) {
            return e.address == address && (anyPort || e.port == port);
        });
    };
    const auto exact = find(false);
    const auto found = exact != m_endpoints.end() || port != 0 ? exact : find(true);
    if (found == m_endpoints.end())
    {
        return false;
    }
    const auto endpoint = *found;
    m_endpoints.erase(found);
    for (auto it = m_portListeners.begin(); it != m_portListeners.end(); ++it)
    {
        if (it->first == endpoint.id)
        {
            const auto listener = it->second;
            m_portListeners.erase(it);
            listener->Close();
            break;
        }
    }
    ForOpenConnections([&](HoststackMptcpSocket& socket) { socket.RemoveEndpoint(endpoint); });
    return true;
}

bool
HoststackMptcpHost::IsBlackholed(hoststack::TimeNs now, hoststack::TimeNs timeout) const
{
    constexpr std::uint32_t mostDoublings = 6; // 64 fold
    return m_blackholes > 0 &&
           now - m_blackholeSince < timeout << std::min(m_blackholes - 1, mostDoublings);
}

void
HoststackMptcpHost::NoteBlackhole(hoststack::TimeNs now)
{
    ++m_blackholes;
    m_blackholeSince = now;
}

void
HoststackMptcpHost::NoteMultipath()
{
    m_blackholes = 0;
}

void
HoststackMptcpHost::Enter(std::uint32_t token, HoststackMptcpSocket& socket)
{
    m_tokens[token] = {&socket, ++m_nextConnected};
    m_sockets[m_nextConnected] = &socket;
}

void
HoststackMptcpHost::Leave(HoststackMptcpSocket& socket)
{
    const auto found = m_tokens.find(socket.Token());
    if (found != m_tokens.end() && found->second.socket == &socket)
    {
        m_sockets.erase(found->second.number);
        m_tokens.erase(found);
        return;
    }
    const auto own = std::find_if(m_sockets.begin(), m_sockets.end(), [&](const auto& entry) {
        return entry.second == &socket;
    });
    if (own != m_sockets.end())
    {
        m_sockets.erase(own); // its token is another's by now
    }
}

HoststackMptcpSocket*
HoststackMptcpHost::Find(std::uint32_t token) const
{
    const auto found = m_tokens.find(token);
    return found == m_tokens.end() ? nullptr : found->second.socket;
}

hoststack::mptcp::Counters
HoststackMptcpHost::GetCounters() const
{
    auto counters = m_counters;
    counters.currEstab = static_cast<std::uint64_t>(
        std::count_if(m_sockets.begin(), m_sockets.end(), [](const auto& entry) {
            return entry.second->CountsAsEstablished();
        }));
    return counters;
}

std::shared_ptr<const HoststackMptcpHost::Config>
HoststackMptcpHost::WithTcp(const std::shared_ptr<const Config>& own,
                            const std::shared_ptr<const hoststack::tcp::Config>& tcp)
{
    if (!m_withTcp || m_without != own || m_withTcp->tcp != tcp)
    {
        auto both = std::make_shared<Config>(*own);
        both->tcp = tcp;
        m_withTcp = std::move(both);
        m_without = own;
    }
    return m_withTcp;
}

void
HoststackMptcpHost::SetConfig(std::shared_ptr<const Config> config)
{
    m_config = std::move(config);
}

HoststackMptcpHost::Config&
HoststackMptcpHost::EditConfig()
{
    auto copy = std::make_shared<Config>(*m_config);
    auto& result = *copy;
    m_config = std::move(copy);
    return result;
}

bool
HoststackMptcpHost::SetScheduler(std::string name)
{
    const bool known = hoststack::mptcp::PacketSchedulers().Has(name);
    if (known)
    {
        EditConfig().scheduler = std::move(name);
    }
    return known;
}

std::string
HoststackMptcpHost::GetScheduler() const
{
    return m_config->scheduler;
}

bool
HoststackMptcpHost::SetCongestion(std::string name)
{
    const bool known = name.empty() || KnowCongestion(name) ||
                       hoststack::mptcp::CoupledCongestionControls().Has(name);
    if (known)
    {
        EditConfig().congestion = std::move(name);
    }
    return known;
}

std::string
HoststackMptcpHost::GetCongestion() const
{
    return m_config->congestion;
}

bool
HoststackMptcpHost::SetPathManager(std::string name)
{
    const bool known = hoststack::mptcp::PathManagers().Has(name);
    if (known)
    {
        EditConfig().pathManager = std::move(name);
    }
    return known;
}

std::string
HoststackMptcpHost::GetPathManager() const
{
    return m_config->pathManager;
}

void
HoststackMptcpHost::SetChecksum(bool on)
{
    EditConfig().checksum = on;
}

bool
HoststackMptcpHost::GetChecksum() const
{
    return m_config->checksum;
}

void
HoststackMptcpHost::SetExtraSubflows(std::uint32_t count)
{
    EditConfig().extraSubflows = count;
}

std::uint32_t
HoststackMptcpHost::GetExtraSubflows() const
{
    return m_config->extraSubflows;
}

void
HoststackMptcpHost::SetAddAddrAccepted(std::uint32_t count)
{
    EditConfig().addAddrAccepted = count;
}

std::uint32_t
HoststackMptcpHost::GetAddAddrAccepted() const
{
    return m_config->addAddrAccepted;
}

hoststack::mptcp::LocalEndpoint
MakeMptcpEndpoint(const hoststack::IpAddress& address, const std::string& flags)
{
    hoststack::mptcp::LocalEndpoint endpoint;
    endpoint.address = address;
    std::istringstream words(flags);
    for (std::string word; words >> word;)
    {
        bool* flag = word == "subflow"    ? &endpoint.subflow
                     : word == "signal"   ? &endpoint.signal
                     : word == "backup"   ? &endpoint.backup
                     : word == "fullmesh" ? &endpoint.fullmesh
                     : word == "laminar"  ? &endpoint.laminar
                                          : nullptr;
        if (!flag)
        {
            throw std::invalid_argument("unknown endpoint flag \"" + word +
                                        "\": use subflow, signal, backup, fullmesh, laminar");
        }
        *flag = true;
    }
    return endpoint;
}

} // namespace ns3
