// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-ping.h"

#include <ns3/abort.h>
#include <ns3/icmpv4.h>
#include <ns3/inet-socket-address.h>
#include <ns3/ipv4-header.h>
#include <ns3/ipv4-raw-socket-factory.h>
#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/simulator.h>
#include <ns3/uinteger.h>

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(HoststackPing);

namespace
{

constexpr std::uint16_t kIcmp = 1;
/// Requests that are remembered: more than an hour of one each second.
constexpr std::size_t kMostOpen = 4096;

} // namespace

TypeId
HoststackPing::GetTypeId()
{
    static TypeId tid = TypeId("ns3::HoststackPing")
                            .SetParent<Application>()
                            .SetGroupName("Hoststack")
                            .AddConstructor<HoststackPing>();
    return tid;
}

HoststackPing::HoststackPing() = default;
HoststackPing::~HoststackPing() = default;

void
HoststackPing::DoDispose()
{
    m_next.Cancel();
    m_socket = nullptr;
    m_machine = nullptr;
    m_config = {};
    Application::DoDispose();
}

void
HoststackPing::Configure(Config config)
{
    m_config = std::move(config);
}

void
HoststackPing::StartApplication()
{
    m_socket = Socket::CreateSocket(GetNode(), Ipv4RawSocketFactory::GetTypeId());
    m_socket->SetAttribute("Protocol", UintegerValue(kIcmp));
    NS_ABORT_MSG_IF(m_socket->Bind(InetSocketAddress(m_config.local, 0)) != 0,
                    "cannot bind to the given address");
    m_socket->SetRecvCallback(MakeCallback(&HoststackPing::Receive, this));
    if (m_config.every > 0)
    {
        Send();
    }
}

void
HoststackPing::StopApplication()
{
    Finish();
}

hoststack::TimeNs
HoststackPing::Now()
{
    if (!m_machine)
    {
        m_machine = HoststackMachine::Of(GetNode());
    }
    return m_machine->Current().Now();
}

void
HoststackPing::Finish()
{
    m_next.Cancel();
    if (m_overAt < 0)
    {
        m_overAt = Now();
        if (m_config.onOver)
        {
            m_config.onOver();
        }
    }
}

void
HoststackPing::Send()
{
    if (Now() >= m_config.stop || (m_config.count > 0 && m_sent >= m_config.count))
    {
        Finish();
        return;
    }
    Ask();
    m_next = Simulator::Schedule(NanoSeconds(m_config.every), &HoststackPing::Send, this);
}

void
HoststackPing::Ask()
{
    const auto number = static_cast<std::uint16_t>(m_sent);
    auto packet = Create<Packet>();
    Icmpv4Echo echo;
    echo.SetIdentifier(m_config.identifier);
    echo.SetSequenceNumber(number);
    echo.SetData(Create<Packet>(m_config.size));
    packet->AddHeader(echo);
    Icmpv4Header header;
    header.SetType(Icmpv4Header::ICMPV4_ECHO);
    header.SetCode(0);
    header.EnableChecksum();
    packet->AddHeader(header);
    ++m_sent;
    m_open[number] = Now();
    if (m_open.size() > kMostOpen)
    {
        m_open.erase(m_open.begin());
    }
    m_socket->SendTo(packet, 0, InetSocketAddress(m_config.remote, 0));
}

void
HoststackPing::Receive(Ptr<Socket> socket)
{
    while (auto packet = socket->Recv())
    {
        Ipv4Header ip;
        Icmpv4Header header;
        packet->RemoveHeader(ip);
        packet->RemoveHeader(header);
        if (header.GetType() != Icmpv4Header::ICMPV4_ECHO_REPLY ||
            ip.GetSource() != m_config.remote)
        {
            continue;
        }
        Icmpv4Echo echo;
        packet->RemoveHeader(echo);
        const auto asked = m_open.find(echo.GetSequenceNumber());
        if (echo.GetIdentifier() != m_config.identifier || asked == m_open.end())
        {
            continue;
        }
        m_lastArrival = Now();
        const auto time = m_lastArrival - asked->second;
        const std::uint64_t number = asked->first;
        m_open.erase(asked);
        m_times.Add(time);
        if (m_lastTime >= 0)
        {
            m_variations.Add(std::abs(time - m_lastTime));
        }
        m_lastTime = time;
        m_reordered += number < m_highest ? 1 : 0;
        m_highest = std::max(m_highest, number);
        if (m_config.onAnswer)
        {
            m_config.onAnswer(time);
        }
    }
}

} // namespace ns3
