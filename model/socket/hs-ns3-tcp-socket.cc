// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-ns3-tcp-socket.h"

#include <ns3/node.h>
#include <ns3/object-factory.h>
#include <ns3/rtt-estimator.h>
#include <ns3/simulator.h>
#include <ns3/tcp-congestion-ops.h>
#include <ns3/tcp-l4-protocol.h>
#include <ns3/tcp-recovery-ops.h>
#include <ns3/tcp-tx-buffer.h>

#include <algorithm>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(HoststackNs3TcpSocket);
NS_OBJECT_ENSURE_REGISTERED(HoststackNs3TcpSocketFactory);

TypeId
HoststackNs3TcpSocket::GetTypeId()
{
    static TypeId tid = TypeId("ns3::HoststackNs3TcpSocket")
                            .SetParent<TcpSocketBase>()
                            .SetGroupName("Hoststack")
                            .AddConstructor<HoststackNs3TcpSocket>();
    return tid;
}

HoststackNs3TcpSocket::HoststackNs3TcpSocket() = default;
HoststackNs3TcpSocket::HoststackNs3TcpSocket(const HoststackNs3TcpSocket& other) = default;
HoststackNs3TcpSocket::~HoststackNs3TcpSocket() = default;

Ptr<TcpSocketBase>
HoststackNs3TcpSocket::Fork()
{
    return CopyObject<HoststackNs3TcpSocket>(this);
}

std::uint32_t
HoststackNs3TcpSocket::AvailableWindow() const
{
    const auto window = TcpSocketBase::AvailableWindow();
    const bool mayRepeat = m_sackEnabled && m_tcb->m_congState == TcpSocketState::CA_RECOVERY;
    SequenceNumber32 from;
    SequenceNumber32 to;
    const bool isEmpty = window > 0 && m_txBuffer->NextSeg(&from, &to, mayRepeat) && !(to > from);
    return isEmpty ? 0 : window;
}

std::uint32_t
HoststackNs3TcpSocket::SendDataPacket(SequenceNumber32 seq, std::uint32_t maxSize, bool withAck)
{
    if (std::min(maxSize, m_txBuffer->SizeFromSequence(seq)) > 0)
    {
        return TcpSocketBase::SendDataPacket(seq, maxSize, withAck);
    }
    // A time-out or three duplicate ACKs want something repeated: the first unacknowledged segment.
    const auto head = m_txBuffer->HeadSequence();
    if (m_tcb->m_nextTxSequence > head && m_txBuffer->SizeFromSequence(head) > 0)
    {
        return TcpSocketBase::SendDataPacket(head, m_tcb->m_segmentSize, withAck);
    }
    return 0;
}

void
HoststackNs3TcpSocket::PersistTimeout()
{
    if (m_txBuffer->SizeFromSequence(m_tcb->m_nextTxSequence) > 0)
    {
        TcpSocketBase::PersistTimeout();
        return;
    }
    // There is nothing to probe with yet.
    m_persistEvent =
        Simulator::Schedule(m_persistTimeout, &HoststackNs3TcpSocket::PersistTimeout, this);
}

TypeId
HoststackNs3TcpSocketFactory::GetTypeId()
{
    static TypeId tid = TypeId("ns3::HoststackNs3TcpSocketFactory")
                            .SetParent<SocketFactory>()
                            .SetGroupName("Hoststack")
                            .AddConstructor<HoststackNs3TcpSocketFactory>();
    return tid;
}

Ptr<Socket>
HoststackNs3TcpSocketFactory::CreateSocket()
{
    const auto tcp = GetObject<TcpL4Protocol>();
    const auto chosen = [&](const char* attribute) {
        TypeIdValue type;
        tcp->GetAttribute(attribute, type);
        return ObjectFactory(type.Get().GetName());
    };
    const auto socket = CreateObject<HoststackNs3TcpSocket>();
    socket->SetNode(GetObject<Node>());
    socket->SetTcp(tcp);
    socket->SetRtt(chosen("RttEstimatorType").Create<RttEstimator>());
    socket->SetCongestionControlAlgorithm(chosen("SocketType").Create<TcpCongestionOps>());
    socket->SetRecoveryAlgorithm(chosen("RecoveryType").Create<TcpRecoveryOps>());
    return socket;
}

} // namespace ns3
