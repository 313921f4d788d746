// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-datagram-source.h"

#include <ns3/packet.h>
#include <ns3/simulator.h>
#include <ns3/udp-socket-factory.h>

#include <algorithm>
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
    m_thread.reset();
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
    if (m_config.wakesEvery == 0)
    {
        ScheduleNext();
    }
    else if (PlansNext())
    {
        m_thread = std::make_unique<HoststackDatagramThread>(
            m_machine,
            [this](hoststack::host::Context& context) { SendRow(context); });
        m_thread->SleepUntil(m_machine->Current(), m_due);
    }
}

void
HoststackDatagramSource::StopApplication()
{
    Finish();
}

/// When the next one is to leave. \return false: none is
bool
HoststackDatagramSource::PlansNext()
{
    const auto gap = m_departures->Next();
    if (m_over)
    {
        return false;
    }
    if (m_config.count > 0 && m_sent >= m_config.count)
    {
        Finish();
        return false;
    }
    // Silence before the stop belongs to it, too.
    m_due = m_start + std::min(gap, m_config.stop - m_start);
    return true;
}

void
HoststackDatagramSource::ScheduleNext()
{
    if (PlansNext())
    {
        m_next = Simulator::Schedule(NanoSeconds(m_due - m_machine->Clock().Now()),
                                     m_due >= m_config.stop ? &HoststackDatagramSource::Finish
                                                            : &HoststackDatagramSource::Send,
                                     this);
    }
}

Ptr<Packet>
HoststackDatagramSource::Next(hoststack::TimeNs now)
{
    std::array<std::uint8_t, kDatagramHeader> head;
    const auto time = static_cast<std::uint64_t>(now);
    for (unsigned i = 0; i < 8; ++i)
    {
        head[i] = static_cast<std::uint8_t>(m_sent >> (56 - 8 * i));
        head[8 + i] = static_cast<std::uint8_t>(time >> (56 - 8 * i));
    }
    const auto packet = Create<Packet>(head.data(), kDatagramHeader);
    packet->AddAtEnd(Create<Packet>(m_config.size - kDatagramHeader)); // zeros
    ++m_sent;
    return packet;
}

void
HoststackDatagramSource::Send()
{
    m_socket->Send(Next(Now()));
    ScheduleNext();
}

void
HoststackDatagramSource::SendRow(hoststack::host::Context& context)
{
    using hoststack::host::Operation;
    for (std::uint32_t i = 0; i < m_config.wakesEvery; ++i)
    {
        if (m_over || m_due >= m_config.stop)
        {
            Finish();
            return;
        }
        context.Charge(Operation::SocketCall);
        context.ChargeBytes(Operation::CopyIn, m_config.size);
        context.Charge(Operation::TransmitUnit);
        auto send = [socket = m_socket, packet = Next(context.Now())](hoststack::TimeNs) {
            socket->Send(packet);
        };
        if (context.IsAhead())
        {
            m_machine->Later().Release(context, std::move(send));
        }
        else
        {
            send(context.Now());
        }
        if (!PlansNext())
        {
            return;
        }
    }
    m_thread->SleepUntil(context, m_due);
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
        if (m_thread)
        {
            m_thread->Stop();
        }
        if (m_config.onOver)
        {
            m_config.onOver();
        }
    }
}

} // namespace ns3
