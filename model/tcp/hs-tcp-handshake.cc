// SPDX-License-Identifier: GPL-2.0-only

// Connection: opening (RFC 9293 section 3.5), both ways and at the same time.

#include "ns3/hs-tcp-connection.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr TimeNs kTimeoutMin = 2 * kMillisecond; // TCP_TIMEOUT_MIN, two jiffies where they tick

} // namespace

void
Connection::Open(TimeNs now)
{
    assert(m_common.state == State::Closed);
    m_sender.StartClock(now);
    m_common.lastReceived = now;
    m_receiver.Acks().Start(now);
    m_common.agreed.timestamps = m_common.config->timestamps;
    m_common.agreed.scaling = m_common.config->windowScaling;
    m_common.agreed.sack = m_common.config->sack;
}

void
Connection::Connect(TimeNs now)
{
    Open(now);
    m_receiver.Start(m_common.config->mss); // whether timestamps will take their bytes is open
    SetState(now, State::SynSent);
    SendSyn(now, false);
}

void
Connection::AcceptSyn(TimeNs now, const TcpSegment& syn)
{
    Open(now);
    m_common.passive = true;
    m_receiver.OnPeerSyn(syn);
    Negotiate(syn);
    m_receiver.Start(m_receiver.State().Facts().advMss);
    m_common.agreed.ecn = m_common.config->ecn != EcnMode::Off && syn.Has(kEce) && syn.Has(kCwr);
    SetState(now, State::SynReceived);
    ++m_common.traffic.segmentsReceived;
    SendSyn(now, false);
}

void
Connection::Negotiate(const TcpSegment& syn)
{
    auto& agreed = m_common.agreed;
    agreed.timestamps = agreed.timestamps && syn.options.hasTimestamps;
    agreed.sack = agreed.sack && syn.options.sackPermitted;
    agreed.scaling = agreed.scaling && syn.options.hasWindowScale;
    if (agreed.timestamps)
    {
        m_receiver.BeginTimestamps(syn.options);
    }
    m_sender.OnPeerSyn(syn);
}

void
Connection::Establish(TimeNs now, bool repeated)
{
    m_receiver.Establish(now);
    m_sender.Establish(now, repeated);
    if (m_sender.Congestion().NeedsEcn())
    {
        m_common.agreed.ecn = m_common.agreed.ecn || m_ecnAsked;
    }
    if (m_common.config->keepAlive)
    {
        m_keepAliveDeadline = Expiry(now, m_common.config->keepAliveTime);
    }
    m_common.source->Note(now, Happening::Connected);
    m_common.Raise(kConnected);
    if (SendSpace() > 0)
    {
        m_common.Raise(kWritable);
    }
}

void
Connection::SendSyn(TimeNs now, bool again)
{
    const auto& agreed = m_common.agreed;
    TcpSegment syn;
    const bool reply = m_common.state == State::SynReceived;
    syn.sourcePort = m_common.localPort;
    syn.destinationPort = m_common.remotePort;
    syn.seq = m_common.iss;
    syn.flags = kSyn;
    auto& o = syn.options;
    o.hasMss = true;
    o.mss = static_cast<std::uint16_t>(std::min<std::uint32_t>(m_common.config->mss, 65535));
    o.sackPermitted = agreed.sack;
    o.hasWindowScale = agreed.scaling;
    if (agreed.timestamps)
    {
        o.hasTimestamps = true;
        o.timestampValue = m_common.TimestampNow(now);
    }
    if (reply)
    {
        syn.flags |= kAck;
        syn.ack = m_common.ReceiveSeq(m_receiver.Next());
        if (agreed.ecn)
        {
            syn.flags |= kEce;
        }
    }
    else
    {
        // A lost ECN-setup SYN is repeated without ECN (RFC 3168 section 6.1.1.1).
        m_ecnAsked = m_common.config->ecn == EcnMode::On && m_sender.Retransmits() == 0;
        if (m_ecnAsked)
        {
            syn.flags |= kEce | kCwr;
        }
    }
    m_receiver.StampSyn(syn);
    if (m_common.extension)
    {
        m_common.extension->OnTransmit(now, syn, 0);
    }
    ++m_common.traffic.segmentsSent;
    m_sender.OnSynSent(now, again);
    m_common.sink.Transmit(std::move(syn));
}

bool
Connection::AnswersSyn(TimeNs now, const TcpSegment& segment)
{
    if (segment.Has(kAck) && m_sender.OffsetOf(segment.ack) != 1)
    {
        // What answered may be an old connection, which the RST ends: ask again soon.
        m_sender.HastenSyn(now, std::max(2 * m_common.config->tick, kTimeoutMin));
        if (!segment.Has(kRst))
        {
            m_common.sink.Transmit(ResetFor(segment));
        }
        return false;
    }
    if (segment.Has(kRst))
    {
        if (segment.Has(kAck))
        {
            Die(now, kRefused);
        }
        return false;
    }
    return segment.Has(kSyn);
}

void
Connection::OnSegmentInSynSent(TimeNs now, const TcpSegment& segment)
{
    // RFC 9293 section 3.10.7.3
    if (!AnswersSyn(now, segment))
    {
        return;
    }
    m_receiver.OnPeerSyn(segment);
    Negotiate(segment);
    m_receiver.OnSynAnswered();
    if (!segment.Has(kAck))
    {
        // Simultaneous open (section 3.5, figure 7).
        m_common.agreed.ecn =
            m_common.config->ecn != EcnMode::Off && segment.Has(kEce) && segment.Has(kCwr);
        SetState(now, State::SynReceived);
        SendSyn(now, true);
        return;
    }
    m_common.agreed.ecn = m_ecnAsked && segment.Has(kEce) && !segment.Has(kCwr);
    CompleteActiveOpen(now, segment);
}

void
Connection::CompleteActiveOpen(TimeNs now, const TcpSegment& segment)
{
    const bool repeated = m_sender.EndHandshake();
    SetState(now, State::Established);
    if (!TakeAck(now, segment, 0) ||
        (m_common.extension && !m_common.extension->OnHandshake(now, segment)))
    {
        return;
    }
    Establish(now, repeated);
    if (m_sender.FinQueued())
    {
        SetState(now, State::FinWait1);
    }
    m_receiver.Acks().RequestNow();
    m_sender.PushPending(now);
    if (m_receiver.Acks().IsPending())
    {
        SendAck(now);
    }
}

bool
Connection::CompletePassiveOpen(TimeNs now, const TcpSegment& segment, std::uint64_t begin)
{
    const auto ack = m_sender.OffsetOf(segment.ack);
    if (ack != 1 && !(ack > 1 && ack <= static_cast<std::int64_t>(m_sender.SndNxt())))
    {
        m_common.sink.Transmit(ResetFor(segment));
        return false;
    }
    if (m_common.extension && !m_common.extension->OnHandshake(now, segment))
    {
        return false;
    }
    SetState(now, m_sender.FinQueued() ? State::FinWait1 : State::Established);
    const bool repeated = m_sender.EndHandshake();
    if (m_common.passive)
    {
        m_sender.RestartWindow(segment);
    }
    if (!TakeAck(now, segment, begin))
    {
        return false;
    }
    Establish(now, repeated);
    return true;
}

bool
Connection::CompletesHandshake(const TcpSegment& segment) const
{
    if (!m_common.passive || m_common.state != State::SynReceived || !segment.Has(kAck) ||
        segment.Has(kRst) || segment.Has(kSyn) || m_sender.OffsetOf(segment.ack) != 1)
    {
        return false;
    }
    const auto begin = m_receiver.OffsetOf(segment.seq);
    return begin >= 1 &&
           begin <= static_cast<std::int64_t>(m_receiver.Next() + m_receiver.State().Remaining());
}

} // namespace hoststack::tcp
