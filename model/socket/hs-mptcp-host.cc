// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-host.h"

#include "ns3/hs-congestion-ns3-adapter.h"
#include "ns3/hs-coupled-congestion.h"
#include "ns3/hs-mptcp-socket-factory.h"
#include "ns3/hs-mptcp-socket.h"
#include "ns3/hs-packet-scheduler.h"
#include "ns3/hs-path-manager.h"
#include "ns3/hs-tcp-protocol.h"

#include <ns3/boolean.h>
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
HoststackMptcpHost::AddEndpoint(LocalEndpoint endpoint)
{
    endpoint.id = ++m_lastId;
    m_endpoints.push_back(endpoint);
    const auto sockets = m_sockets;
    for (auto* socket : sockets)
    {
        socket->AddEndpoint(endpoint);
    }
    return endpoint.id;
}

bool
HoststackMptcpHost::RemoveEndpoint(const hoststack::IpAddress& address)
{
    const auto found = std::find_if(m_endpoints.begin(),
                                    m_endpoints.end(),
                                    [&](const LocalEndpoint& e) { return e.address == address; });
    if (found == m_endpoints.end())
    {
        return false;
    }
    const auto endpoint = *found;
    m_endpoints.erase(found);
    const auto sockets = m_sockets;
    for (auto* socket : sockets)
    {
        socket->RemoveEndpoint(endpoint);
    }
    return true;
}

void
HoststackMptcpHost::Enter(std::uint32_t token, HoststackMptcpSocket& socket)
{
    m_tokens[token] = &socket;
    m_sockets.push_back(&socket);
}

void
HoststackMptcpHost::Leave(HoststackMptcpSocket& socket)
{
    const auto found = std::find(m_sockets.begin(), m_sockets.end(), &socket);
    if (found != m_sockets.end())
    {
        m_sockets.erase(found);
        m_tokens.erase(socket.Token());
    }
}

HoststackMptcpSocket*
HoststackMptcpHost::Find(std::uint32_t token) const
{
    const auto found = m_tokens.find(token);
    return found == m_tokens.end() ? nullptr : found->second;
}

hoststack::mptcp::Counters
HoststackMptcpHost::GetCounters() const
{
    auto counters = m_counters;
    counters.currEstab = static_cast<std::uint64_t>(
        std::count_if(m_sockets.begin(), m_sockets.end(), [](const auto* socket) {
            return socket->CountsAsEstablished();
        }));
    return counters;
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
                                          : nullptr;
        if (!flag)
        {
            throw std::invalid_argument("unknown endpoint flag \"" + word +
                                        "\": use subflow, signal, backup, fullmesh");
        }
        *flag = true;
    }
    return endpoint;
}

} // namespace ns3
