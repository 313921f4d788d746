// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-datagram-sink.h"

#include "ns3/hs-datagram-source.h"

#include <ns3/packet.h>
#include <ns3/udp-socket-factory.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(HoststackDatagramSink);

TypeId
HoststackDatagramSink::GetTypeId()
{
    static TypeId tid = TypeId("ns3::HoststackDatagramSink")
                            .SetParent<Application>()
                            .SetGroupName("Hoststack")
                            .AddConstructor<HoststackDatagramSink>();
    return tid;
}

HoststackDatagramSink::HoststackDatagramSink() = default;
HoststackDatagramSink::~HoststackDatagramSink() = default;

void
HoststackDatagramSink::DoDispose()
{
    m_entry.reset();
    m_socket = nullptr;
    m_machine = nullptr;
    Application::DoDispose();
}

void
HoststackDatagramSink::StartApplication()
{
    m_machine = HoststackMachine::Of(GetNode());
    m_socket = Socket::CreateSocket(GetNode(), UdpSocketFactory::GetTypeId());
    m_socket->Bind(m_local);
    m_entry = std::make_unique<HoststackDatagramEntry>(m_machine, m_socket);
    m_socket->SetRecvCallback(MakeCallback(&HoststackDatagramSink::Read, this));
}

void
HoststackDatagramSink::StopApplication()
{
    if (m_socket)
    {
        m_socket->Close();
    }
}

void
HoststackDatagramSink::Read(Ptr<Socket> socket)
{
    Address from;
    while (const auto packet = socket->RecvFrom(from))
    {
        m_entry->OnReceived(*packet, from);
        std::array<std::uint8_t, kDatagramHeader> head{};
        if (packet->CopyData(head.data(), kDatagramHeader) < kDatagramHeader)
        {
            continue; // of somebody else
        }
        std::uint64_t number = 0;
        std::uint64_t sent = 0;
        for (unsigned i = 0; i < 8; ++i)
        {
            number = number << 8 | head[i];
            sent = sent << 8 | head[8 + i];
        }
        m_lastArrival = m_machine->Current().Now();
        const auto delay = m_lastArrival - static_cast<hoststack::TimeNs>(sent);
        m_delays.Add(delay);
        if (m_lastDelay >= 0)
        {
            m_variations.Add(std::abs(delay - m_lastDelay));
        }
        m_lastDelay = delay;
        m_bytes += packet->GetSize();
        m_reordered += number < m_highest ? 1 : 0;
        m_highest = std::max(m_highest, number);
    }
}

} // namespace ns3
