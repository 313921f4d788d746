// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-connection.h"

#include <algorithm>

// What the network says about a connection's segments (ICMP), and when writes wait for more.

namespace hoststack::tcp
{

const char*
ToString(NetworkFault fault)
{
    switch (fault)
    {
    case NetworkFault::None:
        return "none";
    case NetworkFault::NetUnreachable:
        return "net-unreachable";
    case NetworkFault::HostUnreachable:
        return "host-unreachable";
    case NetworkFault::ProtocolUnreachable:
        return "protocol-unreachable";
    case NetworkFault::PortUnreachable:
        return "port-unreachable";
    case NetworkFault::Prohibited:
        return "prohibited";
    case NetworkFault::TimeExceeded:
        return "time-exceeded";
    case NetworkFault::ParameterProblem:
        return "parameter-problem";
    }
    return "?";
}

bool
Connection::IsInFlight(Seq32 sequence)
{
    const auto offset = SendOffset(sequence);
    // A request of a listener knows one number only (tcp_req_err).
    const auto end = m_passive && m_state == State::SynReceived ? 0 : m_board.sndNxt;
    if (offset >= static_cast<std::int64_t>(m_board.sndUna) &&
        offset <= static_cast<std::int64_t>(end))
    {
        return true;
    }
    ++m_info.outOfWindowIcmps;
    return false;
}

void
Connection::OnNetworkError(TimeNs now, const NetworkError& error)
{
    if (m_state == State::Closed || m_state == State::TimeWait || !IsInFlight(error.sequence))
    {
        return;
    }
    if (m_passive && m_state == State::SynReceived)
    {
        if (error.endsHandshake)
        {
            m_networkFault = error.fault;
            Die(now, kRefused | kUnreachable);
        }
        return;
    }
    if (error.revertsBackoff)
    {
        RevertBackoff(now, error.sequence);
    }
    if (m_state == State::Closed)
    {
        return;
    }
    m_networkFault = error.fault;
    if (m_state == State::SynSent || m_state == State::SynReceived)
    {
        Die(now, kRefused | kUnreachable);
    }
    // Else a soft error (sk_err_soft): it is the reason given if the connection times out.
}

void
Connection::RevertBackoff(TimeNs now, Seq32 sequence)
{
    // tcp_ld_RTO_revert
    if (sequence != SendSeq(m_board.sndUna) || m_retransmits == 0 || m_backoff == 0 ||
        m_board.map.Empty())
    {
        return;
    }
    --m_backoff;
    const TimeNs left = Rto() - (now - m_board.map.At(0).sentAt);
    if (left > 0)
    {
        ArmRtx(now, RtxTimer::Retransmit, left);
    }
    else
    {
        m_rtxTimer = RtxTimer::None;
        m_rtxDeadline = kNever;
        OnRetransmissionTimeout(now);
    }
}

bool
Connection::OnPathMss(TimeNs now, Seq32 sequence, std::uint32_t mss)
{
    if (m_state == State::Closed || m_state == State::TimeWait || !IsInFlight(sequence) ||
        (m_passive && m_state == State::SynReceived))
    {
        return false;
    }
    if (mss < std::min(m_config->mss, m_pathMss))
    {
        LimitPathMss(mss);
        RetransmitTooLong(now);
    }
    return true;
}

void
Connection::LimitPathMss(std::uint32_t mss)
{
    m_pathMss = std::min(m_pathMss, mss);
    RefreshMss();
}

void
Connection::RetransmitTooLong(TimeNs now)
{
    // tcp_simple_retransmit: no sign of congestion, so the window stays as it is.
    const auto most = CurrentMss();
    m_board.map.ForEach([&](SentRange& range) {
        const std::uint64_t data = range.end - range.begin - (range.fin ? 1 : 0);
        if (std::min<std::uint64_t>(data, range.mss) > most)
        {
            m_board.MarkLost(range);
        }
    });
    if (m_board.lostOut == 0)
    {
        return;
    }
    if (!m_board.sack)
    {
        LimitDuplicateAcks(0);
    }
    if (m_board.caState != CaState::Loss)
    {
        // tcp_non_congestion_loss_retransmit
        m_highSeq = m_board.sndNxt;
        if (!InReduction())
        {
            m_cwnd.ssthresh = std::max(m_cwnd.ssthresh, (m_cwnd.cwnd >> 1) + (m_cwnd.cwnd >> 2));
        }
        m_priorSsthresh = 0;
        m_undoMarker = 0;
        m_frto = false;
        ChangeCaState(CaState::Loss);
    }
    RetransmitLost(now);
}

bool
Connection::CompletesHandshake(const TcpSegment& segment) const
{
    if (!m_passive || m_state != State::SynReceived || !segment.Has(kAck) || segment.Has(kRst) ||
        segment.Has(kSyn) || SendOffset(segment.ack) != 1)
    {
        return false;
    }
    const auto begin = ReceiveOffset(segment.seq);
    return begin >= 1 && begin <= static_cast<std::int64_t>(m_queue.Next() + m_receive.Remaining());
}

void
Connection::SetCork(TimeNs now, bool on)
{
    m_corked = on;
    if (!on)
    {
        PushPending(now);
    }
}

void
Connection::SetNoDelay(TimeNs now, bool on)
{
    m_nagle = !on;
    if (on)
    {
        // __tcp_sock_set_nodelay: what waits leaves, once even past a cork.
        PushHeld(now, Hold::Nothing);
    }
}

void
Connection::PushHeld(TimeNs now, Hold hold)
{
    m_hold = hold;
    PushPending(now);
    m_hold = Hold::ByRule;
}

} // namespace hoststack::tcp
