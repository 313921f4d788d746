// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-ns3-tcp-socket.h"

#include <ns3/node.h>
#include <ns3/object-factory.h>
#include <ns3/rtt-estimator.h>
#include <ns3/simulator.h>
#include <ns3/tcp-congestion-ops.h>
#include <ns3/tcp-l4-protocol.h>
#include <ns3/tcp-recovery-ops.h>
#include <ns3/tcp-rx-buffer.h>
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

std::uint16_t
HoststackNs3TcpSocket::AdvertisedWindowSize(bool scale) const
{
    const auto field = TcpSocketBase::AdvertisedWindowSize(scale);
    const auto window = static_cast<std::uint32_t>(field) << (scale ? m_rcvWindShift : 0);
    m_toldEdge = m_tcb->m_rxBuffer->NextRxSequence() + SequenceNumber32(window);
    return field;
}

std::uint32_t
HoststackNs3TcpSocket::WindowUpTo(SequenceNumber32 edge) const
{
    const auto next = m_tcb->m_rxBuffer->NextRxSequence();
    return edge > next ? static_cast<std::uint32_t>(edge - next) : 0;
}

Ptr<Packet>
HoststackNs3TcpSocket::Recv(std::uint32_t maxSize, std::uint32_t flags)
{
    const auto packet = TcpSocketBase::Recv(maxSize, flags);
    const auto& buffer = *m_tcb->m_rxBuffer;
    const bool canReceive =
        m_state == ESTABLISHED || m_state == FIN_WAIT_1 || m_state == FIN_WAIT_2;
    const auto told = WindowUpTo(m_toldEdge);
    if (!canReceive || buffer.GotFin() || told >= m_tcb->m_segmentSize)
    {
        return packet;
    }
    const auto room = std::min(WindowUpTo(buffer.MaxRxSequence()) >> m_rcvWindShift,
                               static_cast<std::uint32_t>(m_maxWinSize))
                      << m_rcvWindShift;
    if (room >= told + std::min(m_tcb->m_segmentSize, buffer.MaxBufferSize() / 2))
    {
        const bool echoes = m_tcb->m_ecnState == TcpSocketState::ECN_CE_RCVD ||
                            m_tcb->m_ecnState == TcpSocketState::ECN_SENDING_ECE;
        SendEmptyPacket(echoes ? TcpHeader::ACK | TcpHeader::ECE : TcpHeader::ACK);
    }
    return packet;
}

bool
HoststackNs3TcpSocket::IsHeldBySmallWindow() const
{
    return m_rWnd.Get() > 0 && m_rWnd.Get() < m_tcb->m_segmentSize &&
           (m_state == ESTABLISHED || m_state == CLOSE_WAIT) && UnAckDataCount() == 0 &&
           m_txBuffer->Size() > 0;
}

bool
HoststackNs3TcpSocket::IsEmptyProbe(const Packet& segment) const
{
    constexpr std::uint32_t LONGEST_HEADER = 60;
    if (m_state < ESTABLISHED || segment.GetSize() > LONGEST_HEADER)
    {
        return false;
    }
    TcpHeader header;
    const auto headerSize = segment.PeekHeader(header);
    const auto next = m_tcb->m_rxBuffer->NextRxSequence();
    return headerSize == segment.GetSize() &&
           (header.GetFlags() & ~TcpHeader::PSH) == TcpHeader::ACK &&
           header.GetSequenceNumber() + SequenceNumber32(1) == next;
}

void
HoststackNs3TcpSocket::DoForwardUp(Ptr<Packet> packet, const Address& from, const Address& to)
{
    const bool isProbe = IsEmptyProbe(*packet);
    TcpSocketBase::DoForwardUp(packet, from, to);
    if (isProbe)
    {
        SendEmptyPacket(TcpHeader::ACK);
    }
    if (IsHeldBySmallWindow() && m_retxEvent.IsExpired())
    {
        m_retxEvent = Simulator::Schedule(m_rto.Get(), &HoststackNs3TcpSocket::ReTxTimeout, this);
    }
}

void
HoststackNs3TcpSocket::ReTxTimeout()
{
    const bool isFirstTry = IsHeldBySmallWindow();
    if (!isFirstTry)
    {
        TcpSocketBase::ReTxTimeout();
    }
    // Silly window avoidance also keeps the base from repeating what was sent into a small window.
    const bool isLeftOut = m_retxEvent.IsExpired() && m_rWnd.Get() > 0 &&
                           m_rWnd.Get() < m_tcb->m_segmentSize && m_txBuffer->Size() > 0;
    if ((m_endPoint || m_endPoint6) && (isFirstTry || isLeftOut))
    {
        const auto head = m_txBuffer->HeadSequence();
        const auto sent = SendDataPacket(head, std::min(m_rWnd.Get(), m_txBuffer->Size()), true);
        m_tcb->m_nextTxSequence =
            std::max(m_tcb->m_nextTxSequence.Get(), head + SequenceNumber32(sent));
    }
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
