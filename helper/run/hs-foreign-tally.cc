// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-foreign-tally.h"

#include <ns3/tcp-socket-base.h>
#include <ns3/uinteger.h>

#include <algorithm>

namespace ns3
{

ForeignTally::ForeignTally(Ptr<Socket> socket)
    : m_socket(socket)
{
    UintegerValue size;
    socket->GetAttribute("SegmentSize", size);
    m_segmentSize = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(size.Get()));
    socket->TraceConnectWithoutContext("Tx", MakeCallback(&ForeignTally::NoteSent, this));
    socket->TraceConnectWithoutContext("RTT", MakeCallback(&ForeignTally::NoteRtt, this));
    socket->TraceConnectWithoutContext("CongestionWindow",
                                       MakeCallback(&ForeignTally::NoteWindow, this));
}

ForeignTally::~ForeignTally()
{
    m_socket->TraceDisconnectWithoutContext("Tx", MakeCallback(&ForeignTally::NoteSent, this));
    m_socket->TraceDisconnectWithoutContext("RTT", MakeCallback(&ForeignTally::NoteRtt, this));
    m_socket->TraceDisconnectWithoutContext("CongestionWindow",
                                            MakeCallback(&ForeignTally::NoteWindow, this));
}

void
ForeignTally::NoteSent(Ptr<const Packet> payload,
                       const TcpHeader& header,
                       Ptr<const TcpSocketBase> /* socket */)
{
    const auto size = payload->GetSize();
    if (size == 0)
    {
        pureAcks += header.GetFlags() == TcpHeader::ACK ? 1 : 0;
        return;
    }
    ++dataSegments;
    const auto end = header.GetSequenceNumber() + size;
    if (m_hasSent && end <= m_highest)
    {
        ++retransmits;
        retransmittedBytes += size;
    }
    else
    {
        m_highest = end;
        m_hasSent = true;
    }
}

void
ForeignTally::NoteRtt(Time /* before */, Time now)
{
    const double rtt = now.GetSeconds();
    rttMin = rttMax == 0 ? rtt : std::min(rttMin, rtt);
    rttMax = std::max(rttMax, rtt);
    rttSum += rtt;
    ++rttSamples;
}

void
ForeignTally::NoteWindow(std::uint32_t /* before */, std::uint32_t now)
{
    cwndMax = std::max(cwndMax, now / m_segmentSize);
}

} // namespace ns3
