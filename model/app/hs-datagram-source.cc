// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-datagram-source.h"

#include <ns3/packet.h>
#include <ns3/simulator.h>
#include <ns3/udp-socket-factory.h>

#include <array>
#include <utility>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(HoststackDatagramSource);

TypeId
HoststackDatagramSource::GetTypeId()
{
    static TypeId tid = TypeId("ns3::HoststackDatagramSource")
                            .SetParent<Application>()
                            .SetGroupName("Hoststack")
                            .AddConstructor<HoststackDatagramSource>();
    return tid;
}

HoststackDatagramSource::HoststackDatagramSource() = default;
HoststackDatagramSource::~HoststackDatagramSource() = default;

void
HoststackDatagramSource::DoDispose()
{
    m_next.Cancel();
    m_entry.reset();
    m_socket = nullptr;
    m_machine = nullptr;
    m_config = {};
    Application::DoDispose();
}

void
HoststackDatagramSource::Configure(Config config, std::unique_ptr<hoststack::Departures> departures)
{
    m_config = std::move(config);
    m_departures = std::move(departures);
}

void
HoststackDatagramSource::StartApplication()
{
    m_socket = Socket::CreateSocket(GetNode(), UdpSocketFactory::GetTypeId());
    m_socket->Bind(m_config.local);
    m_socket->Connect(m_config.remote);
    m_start = Now();
    m_entry = std::make_unique<HoststackDatagramEntry>(m_machine, m_socket);
    ScheduleNext();
}

void
HoststackDatagramSource::StopApplication()
{
    Finish();
}

void
HoststackDatagramSource::ScheduleNext()
{
    const auto gap = m_departures->Next();
    if (m_over)
    {
        return;
    }
    if (m_config.count > 0 && m_sent >= m_config.count)
    {
        Finish();
        return;
    }
    // Silence before the stop belongs to it, too.
    const bool stops = gap >= m_config.stop - m_start;
    m_next = Simulator::Schedule(
        NanoSeconds((stops ? m_config.stop : m_start + gap) - m_machine->Clock().Now()),
        stops ? &HoststackDatagramSource::Finish : &HoststackDatagramSource::Send,
        this);
}

void
HoststackDatagramSource::Send()
{
    std::array<std::uint8_t, kDatagramHeader> head;
    const auto now = static_cast<std::uint64_t>(Now());
    for (unsigned i = 0; i < 8; ++i)
    {
        head[i] = static_cast<std::uint8_t>(m_sent >> (56 - 8 * i));
        head[8 + i] = static_cast<std::uint8_t>(now >> (56 - 8 * i));
    }
    const auto packet = Create<Packet>(head.data(), kDatagramHeader);
    packet->AddAtEnd(Create<Packet>(m_config.size - kDatagramHeader)); // zeros
    ++m_sent;
    m_socket->Send(packet);
    ScheduleNext();
}

hoststack::TimeNs
HoststackDatagramSource::Now()
{
    if (!m_machine)
    {
        m_machine = HoststackMachine::Of(GetNode());
    }
    return m_machine->Current().Now();
}

void
HoststackDatagramSource::Finish()
{
    if (!m_over)
    {
        m_over = true;
        m_overAt = Now();
        m_next.Cancel();
        if (m_config.onOver)
        {
            m_config.onOver();
        }
    }
}

} // namespace ns3
