// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-ack-linux.h"

#include "ns3/hs-tcp-config.h"
#include "ns3/hs-timer-wheel.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kUncompressedAcks = 3;    // TCP_FASTRETRANS_THRESH, sheet 6.9.4
constexpr std::uint32_t kCompressRttDivisor = 20; // 5 % of the RTT

} // namespace

void
LinuxAcks::OnInOrderData(const AckView& view)
{
    // tcp_event_data_recv: how fast does data come, hence how long may an ACK wait (sheet 6.9.2).
    const TimeNs minimum = m_config.delayedAckMin;
    if (m_ato == 0)
    {
        if (m_config.quickAck)
        {
            AddQuickAcks(view.state, kMaxQuickAcks);
        }
        m_ato = minimum;
    }
    else
    {
        const TimeNs gap = view.now - m_lastArrival;
        if (gap <= minimum / 2)
        {
            m_ato = m_ato / 2 + minimum / 2;
        }
        else if (gap < m_ato)
        {
            m_ato = std::min(m_ato / 2 + gap, view.rtt.Rto());
        }
        else if (gap > view.rtt.Rto() && m_config.quickAck)
        {
            AddQuickAcks(view.state, kMaxQuickAcks);
        }
    }
    m_lastArrival = view.now;
}

void
LinuxAcks::AddQuickAcks(ReceiveState& state, std::uint32_t count)
{
    // tcp_incr_quickack
    const auto affordable = state.Window() / (2 * std::max(state.Facts().mss, 1u));
    state.SetQuickAcks(
        std::max(state.QuickAcks(), std::min(affordable == 0 ? 2 : affordable, count)));
}

void
LinuxAcks::OnDisorder(ReceiveState& state, std::uint32_t acks)
{
    // tcp_enter_quickack_mode
    if (!m_config.quickAck)
    {
        return;
    }
    AddQuickAcks(state, acks);
    m_pingPong = 0;
    m_ato = m_config.delayedAckMin;
}

void
LinuxAcks::OnDataSent(TimeNs now)
{
    // A reply: the peer's data was answered (sheet 6.9.3).
    if (now - m_lastArrival < m_ato)
    {
        ++m_pingPong;
    }
}

bool
LinuxAcks::HoldsDuplicate(AckView& view)
{
    if (m_config.compressedAckDelay == 0 || !view.sack)
    {
        return false;
    }
    if (m_hole != view.state.Facts().next)
    {
        m_hole = view.state.Facts().next;
        m_duplicatesSent = 0;
    }
    if (m_held >= m_config.compressedAckCount)
    {
        return false;
    }
    if (m_duplicatesSent < kUncompressedAcks)
    {
        ++m_duplicatesSent;
        return false;
    }
    ++m_held;
    if (m_heldDeadline == kNever)
    {
        TimeNs rtt = view.state.Facts().receiverRtt;
        if (view.rtt.Srtt() > 0 && (rtt == 0 || view.rtt.Srtt() < rtt))
        {
            rtt = view.rtt.Srtt();
        }
        const TimeNs delay = std::min(m_config.compressedAckDelay, rtt / kCompressRttDivisor);
        // The timer may fire anywhere in its slack; it is modelled at the middle.
        m_heldDeadline = view.now + delay + m_config.compressedAckSlack / 2;
    }
    return true;
}

bool
LinuxAcks::Decide(AckView& view)
{
    // __tcp_ack_snd_check: the look at the window comes first, and ends the quick ACKs of a buffer
    // that is more than half full.
    const auto unacknowledged = view.state.Facts().next - view.state.Facts().windowUpdated;
    if ((unacknowledged > view.state.Facts().mss && view.WindowHolds()) || m_urgent ||
        (view.state.QuickAcks() > 0 && m_pingPong == 0))
    {
        return true;
    }
    if (view.hasHole)
    {
        return !HoldsDuplicate(view);
    }
    return Delay(view);
}

bool
LinuxAcks::Delay(const AckView& view)
{
    // tcp_send_delayed_ack
    const TimeNs srtt = view.rtt.Srtt();
    TimeNs wait = m_ato;
    if (wait > m_config.delayedAckMin && srtt > 0)
    {
        wait = std::min(wait, std::max(srtt, m_config.delayedAckMin));
    }
    wait = std::min(wait, m_config.delayedAckMax);
    if (m_delayedDeadline != kNever && IsSoon(view.now, wait / 4))
    {
        return true; // it would leave soon anyway
    }
    m_delayedDeadline = std::min(m_delayedDeadline, WheelExpiry(m_config.tick, view.now, wait));
    return false;
}

bool
LinuxAcks::IsSoon(TimeNs now, TimeNs margin) const
{
    // Both sides as the host sees them: in ticks, and a timer fires one after its own.
    const TimeNs tick = m_config.tick;
    return tick > 0 ? m_delayedDeadline / tick - 1 <= now / tick + margin / tick
                    : m_delayedDeadline <= now + margin;
}

bool
LinuxAcks::DueAfterRead(const ReceiveState& state, std::uint64_t unacknowledged, bool isEmpty) const
{
    // __tcp_cleanup_rbuf (facts sheet linux.md 1.6).
    return m_pending && (unacknowledged > state.Facts().mss ||
                         (isEmpty && (m_pushedTwice || (m_pushed && m_pingPong == 0))));
}

bool
LinuxAcks::OnDelayedDeadline(TimeNs rto)
{
    m_delayedDeadline = kNever;
    if (!m_pending)
    {
        return false;
    }
    // tcp_delack_timer_handler: a missed reply halves trust in ping-pong, a plain one inflates ato.
    if (m_pingPong == 0)
    {
        m_ato = std::min(m_ato * 2, rto);
    }
    else
    {
        m_pingPong = 0;
        m_ato = m_config.delayedAckMin;
    }
    return true;
}

} // namespace hoststack::tcp
