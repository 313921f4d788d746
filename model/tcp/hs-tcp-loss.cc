// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-connection.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kInfiniteSsthresh = 0x7fffffff; // TCP_INFINITE_SSTHRESH
constexpr TimeNs kRenegingPatience = 10 * kMillisecond; // tcp_check_sack_reneging

} // namespace

bool
Connection::InReduction() const
{
    return m_board.caState == CaState::Cwr || m_board.caState == CaState::Recovery;
}

void
Connection::ChangeCaState(CaState next)
{
    if (m_board.caState == next)
    {
        return;
    }
    m_congestion->OnStateChange(m_cwnd, next);
    m_board.caState = m_cwnd.caState = next;
}

void
Connection::DetectLosses(TimeNs now, bool again)
{
    const auto retransBefore = m_board.retransOut;
    const TimeNs next = m_recovery->DetectLosses(m_board, now, again);
    if (next != kNever)
    {
        ArmRtx(now, RtxTimer::Reordering, next - now);
        m_reorderingArmed = true;
    }
    m_lostRetransmit = m_board.retransOut < retransBefore;
}

void
Connection::AlertFastRetransmit(TimeNs now, AckDigest& digest, Rexmit& rexmit)
{
    // tcp_fastretrans_alert
    if (m_board.packetsOut == 0 && m_board.sackedOut > 0)
    {
        m_board.sackedOut = 0;
    }
    if (digest.ece)
    {
        m_priorSsthresh = 0; // a reduction for ECN is never taken back
    }
    if (digest.advanced && !m_board.map.Empty() && m_board.map.At(0).sacked)
    {
        // tcp_check_sack_reneging: the peer SACKed the head and does not acknowledge it. It gets
        // a moment to do so.
        ArmRtx(now, RtxTimer::Retransmit, std::max(m_rtt->Srtt() / 2, kRenegingPatience));
        m_reorderingArmed = true;
        return;
    }
    if (m_board.caState == CaState::Open)
    {
        m_retransmitStamp = AnyRetransmitted() ? m_retransmitStamp : -1;
    }
    else if (m_board.sndUna >= m_highSeq)
    {
        if (m_board.caState == CaState::Cwr)
        {
            // One more number must be acknowledged before the reduction counts as done.
            if (m_board.sndUna != m_highSeq)
            {
                EndReduction();
                ChangeCaState(CaState::Open);
            }
        }
        else if (m_board.caState == CaState::Recovery)
        {
            if (!m_board.sack)
            {
                m_board.sackedOut = 0;
            }
            if (TryUndoRecovery())
            {
                return;
            }
            EndReduction();
        }
    }
    switch (m_board.caState)
    {
    case CaState::Recovery:
        if (digest.advanced)
        {
            if (TryUndoPartial())
            {
                return;
            }
        }
        else if (digest.duplicate)
        {
            AddDuplicateAck();
        }
        if (TryUndoDsack())
        {
            TryToOpen();
        }
        DetectLosses(now);
        if (m_board.caState != CaState::Recovery)
        {
            if (m_board.lostOut == 0)
            {
                return;
            }
            EnterRecovery(now, digest.ece);
        }
        break;
    case CaState::Loss:
        ProcessLossState(digest, rexmit);
        DetectLosses(now);
        if (m_board.caState != CaState::Open && !m_lostRetransmit)
        {
            return;
        }
        [[fallthrough]];
    default: {
        if (!m_board.sack)
        {
            if (digest.advanced)
            {
                m_board.sackedOut = 0;
            }
            else if (digest.duplicate)
            {
                AddDuplicateAck();
            }
        }
        if (m_board.caState <= CaState::Disorder)
        {
            TryUndoDsack();
        }
        DetectLosses(now);
        if (m_board.lostOut == 0)
        {
            if (digest.ece && m_board.caState != CaState::Cwr)
            {
                EnterCwr(now);
                ++m_info.ecnReductions;
            }
            else if (m_board.caState != CaState::Cwr)
            {
                m_retransmitStamp = AnyRetransmitted() ? m_retransmitStamp : -1;
                TryToOpen();
            }
            return;
        }
        EnterRecovery(now, digest.ece);
        break;
    }
    }
    rexmit = Rexmit::Lost;
}

void
Connection::ProcessLossState(const AckDigest& digest, Rexmit& rexmit)
{
    // tcp_process_loss: F-RTO (RFC 5682 section 3.1) and Eifel.
    const bool recovered = m_board.sndUna >= m_highSeq;
    if ((digest.advanced || digest.dataAcked) && TryUndoLoss(false))
    {
        return;
    }
    if (m_frto)
    {
        if (digest.originalSacked && TryUndoLoss(true))
        {
            return;
        }
        if (m_board.sndNxt > m_highSeq)
        {
            if (digest.dataSacked || digest.duplicate)
            {
                m_frto = false; // new data was not acknowledged: the loss was real
            }
        }
        else if (digest.advanced && !recovered)
        {
            m_highSeq = m_board.sndNxt;
            const auto unsent = m_sendBuffer.End() > m_board.sndNxt;
            if (unsent && WindowEnd() > m_board.sndNxt)
            {
                rexmit = Rexmit::New;
                return;
            }
            m_frto = false;
        }
    }
    if (recovered)
    {
        TryUndoRecovery();
        return;
    }
    if (!m_board.sack)
    {
        if (m_board.sndNxt > m_highSeq && digest.duplicate)
        {
            AddDuplicateAck();
        }
        else if (digest.advanced)
        {
            m_board.sackedOut = 0;
        }
    }
    rexmit = Rexmit::Lost;
}

void
Connection::AddDuplicateAck()
{
    // tcp_add_reno_sack: without SACK a duplicate ACK says that one more segment has arrived.
    if (m_board.sack)
    {
        return;
    }
    const auto before = m_board.sackedOut;
    ++m_board.sackedOut;
    LimitDuplicateAcks(0);
    m_cwnd.delivered += m_board.sackedOut > before ? 1 : 0;
}

void
Connection::LimitDuplicateAcks(std::uint32_t acked)
{
    // tcp_check_reno_reordering: more duplicates than segments mean that the path reorders.
    const auto holes = std::min(std::max(m_board.lostOut, 1u), m_board.packetsOut);
    if (m_board.sackedOut + holes <= m_board.packetsOut)
    {
        return;
    }
    m_board.sackedOut = m_board.packetsOut - holes;
    m_board.reordering = std::min(m_board.packetsOut + acked, m_config->maxReordering);
    m_board.reorderingSeen = true;
    ++m_info.reorderings;
}

std::uint32_t
Connection::RemoveDuplicateAcks(std::uint32_t acked)
{
    // tcp_remove_reno_sacks: one acknowledged segment fills the hole, the others eat duplicates.
    const auto before = m_board.sackedOut;
    m_board.sackedOut -= std::min(before, acked - 1);
    LimitDuplicateAcks(acked);
    return acked > before ? std::max(acked - before, 1u) : 1u;
}

void
Connection::InitUndo()
{
    m_undoMarker = m_board.sndUna;
    // Retransmissions still out from an earlier episode must be reported too.
    m_undoRetransmits = m_board.retransOut > 0 ? static_cast<std::int32_t>(m_board.retransOut) : -1;
    if (!AnyRetransmitted())
    {
        m_retransmitStamp = -1;
    }
}

bool
Connection::AnyRetransmitted() const
{
    return m_board.retransOut > 0 || (!m_board.map.Empty() && m_board.map.At(0).everRetransmitted);
}

void
Connection::InitReduction()
{
    m_highSeq = m_board.sndNxt;
    m_tlpHighSeq = 0;
    m_cwnd.cwndCount = 0;
    m_cwnd.priorCwnd = m_cwnd.cwnd;
    m_prrDelivered = m_prrOut = 0;
    m_cwnd.inFlight = m_board.InFlight();
    m_cwnd.ssthresh = m_congestion->Ssthresh(m_cwnd);
    if (m_ecn)
    {
        m_ecnCwr = true;
    }
    if (!m_config->prr && !m_congestion->HasFullControl())
    {
        m_cwnd.cwnd = std::max(m_cwnd.ssthresh, 1u);
    }
}

void
Connection::EnterRecovery(TimeNs now, bool ece)
{
    SyncCongestionState(now);
    ++m_info.fastRecoveries;
    m_source.Note(now, Happening::FastRecovery);
    m_priorSsthresh = 0;
    InitUndo();
    if (!InReduction())
    {
        if (!ece)
        {
            // tcp_current_ssthresh: what to return to.
            m_priorSsthresh = std::max(m_cwnd.ssthresh, (m_cwnd.cwnd >> 1) + (m_cwnd.cwnd >> 2));
        }
        InitReduction();
    }
    m_highSeq = m_board.sndNxt;
    ChangeCaState(CaState::Recovery);
}

void
Connection::EnterCwr(TimeNs now)
{
    SyncCongestionState(now);
    m_priorSsthresh = 0;
    if (m_board.caState < CaState::Cwr)
    {
        m_undoMarker = 0;
        InitReduction();
        ChangeCaState(CaState::Cwr);
    }
}

void
Connection::EnterLoss(TimeNs now)
{
    SyncCongestionState(now);
    const bool newEpisode = m_board.caState < CaState::Recovery;
    if (m_board.caState <= CaState::Disorder || m_highSeq <= m_board.sndUna ||
        (m_board.caState == CaState::Loss && m_retransmits == 0))
    {
        m_priorSsthresh = std::max(m_cwnd.ssthresh, (m_cwnd.cwnd >> 1) + (m_cwnd.cwnd >> 2));
        m_cwnd.priorCwnd = m_cwnd.cwnd;
        m_cwnd.ssthresh = m_congestion->Ssthresh(m_cwnd);
        m_congestion->OnEvent(m_cwnd, CaEvent::Loss);
        InitUndo();
    }
    // tcp_timeout_mark_lost: everything not SACKed, but what RACK knows to be recent stays.
    const bool reneged = !m_board.map.Empty() && m_board.map.At(0).sacked;
    if (!m_board.sack)
    {
        m_board.sackedOut = 0;
    }
    bool first = true;
    m_board.map.ForEach([&](SentRange& range) {
        if (reneged && range.sacked)
        {
            range.sacked = false;
            m_board.sackedOut -= range.segments;
            m_board.map.Retrack(range);
        }
        const bool young = !first && !reneged && m_recovery->IsRecent(range, now);
        if (!young)
        {
            m_board.MarkLost(range);
        }
        first = false;
    });
    if (reneged)
    {
        m_sackCache = {};
        m_board.highestSacked = m_board.sndUna;
    }
    m_cwnd.cwnd = m_board.InFlight() + 1;
    m_cwnd.cwndCount = 0;
    m_cwndStamp = now;
    if (m_board.caState <= CaState::Disorder && m_board.sackedOut >= m_config->reordering)
    {
        m_board.reordering = std::min(m_board.reordering, m_config->reordering);
    }
    ChangeCaState(CaState::Loss);
    m_highSeq = m_board.sndNxt;
    m_tlpHighSeq = 0;
    if (m_ecn)
    {
        m_ecnCwr = true;
    }
    m_board.retransmitHint = m_board.sndUna;
    m_frto = m_config->frto && (newEpisode || m_retransmits > 0);
}

void
Connection::EndReduction()
{
    if (m_congestion->HasFullControl())
    {
        return;
    }
    if (m_cwnd.ssthresh < kInfiniteSsthresh &&
        (m_board.caState == CaState::Cwr || m_undoMarker != 0))
    {
        m_cwnd.cwnd = m_cwnd.ssthresh;
    }
    m_congestion->OnEvent(m_cwnd, CaEvent::CompleteCwr);
}

void
Connection::ReduceWindow(std::uint32_t delivered, std::uint32_t newlyLost, const AckDigest& digest)
{
    // PRR with the slow-start reduction bound (RFC 6937; Linux: only while no new loss shows).
    if (!m_config->prr)
    {
        m_cwnd.cwnd = std::max(m_cwnd.ssthresh, 1u);
        return;
    }
    if (delivered == 0 || m_cwnd.priorCwnd == 0)
    {
        return;
    }
    m_prrDelivered += delivered;
    const auto inFlight = static_cast<std::int64_t>(m_board.InFlight());
    const std::int64_t delta = static_cast<std::int64_t>(m_cwnd.ssthresh) - inFlight;
    std::int64_t send = 0;
    if (delta < 0)
    {
        const std::uint64_t dividend =
            static_cast<std::uint64_t>(m_cwnd.ssthresh) * m_prrDelivered + m_cwnd.priorCwnd - 1;
        send = static_cast<std::int64_t>(dividend / m_cwnd.priorCwnd) - m_prrOut;
    }
    else
    {
        send =
            std::max<std::int64_t>(static_cast<std::int64_t>(m_prrDelivered) - m_prrOut, delivered);
        if (digest.advanced && newlyLost == 0)
        {
            ++send;
        }
        send = std::min(delta, send);
    }
    // At least one segment leaves on entry, the fast retransmission.
    send = std::max<std::int64_t>(send, m_prrOut > 0 ? 0 : 1);
    m_cwnd.cwnd = static_cast<std::uint32_t>(inFlight + send);
}

void
Connection::TryToOpen()
{
    // tcp_try_keep_open
    const bool suspicious = m_board.sackedOut > 0 || m_board.lostOut > 0 || AnyRetransmitted();
    const auto next = suspicious ? CaState::Disorder : CaState::Open;
    if (m_board.caState != next)
    {
        ChangeCaState(next);
        m_highSeq = m_board.sndNxt;
    }
}

bool
Connection::PacketDelayed() const
{
    // Eifel: the echoed timestamp is older than the first retransmission.
    return m_retransmitStamp >= 0 && m_hasEcho &&
           static_cast<std::int32_t>(m_lastEcho - TimestampNow(m_retransmitStamp)) < 0;
}

bool
Connection::MayUndo() const
{
    return m_config->undo && m_undoMarker != 0 && (m_undoRetransmits == 0 || PacketDelayed());
}

void
Connection::UndoReduction(bool unmarkLoss)
{
    ++m_info.undos;
    m_source.Note(m_cwnd.now, Happening::Undo);
    if (unmarkLoss)
    {
        m_board.map.ForEach([&](SentRange& range) {
            if (range.lost)
            {
                range.lost = false;
                if (!range.tracked)
                {
                    m_board.map.Retrack(range);
                }
            }
        });
        m_board.lostOut = 0;
        m_board.retransmitHint = m_board.sndNxt;
    }
    if (m_priorSsthresh != 0)
    {
        m_cwnd.cwnd = m_congestion->UndoCwnd(m_cwnd);
        if (m_priorSsthresh > m_cwnd.ssthresh)
        {
            m_cwnd.ssthresh = m_priorSsthresh;
            m_ecnCwr = false;
        }
    }
    m_cwndStamp = m_cwnd.now;
    m_undoMarker = 0;
}

bool
Connection::TryUndoRecovery()
{
    if (MayUndo())
    {
        UndoReduction(false);
        m_retransmitStamp = -1;
    }
    else
    {
        m_recovery->OnRecoveryEnd();
    }
    if (m_board.sndUna == m_highSeq && !m_board.sack)
    {
        // Without SACK, duplicates of this window could start another false recovery.
        if (!AnyRetransmitted())
        {
            m_retransmitStamp = -1;
        }
        return true;
    }
    ChangeCaState(CaState::Open);
    return false;
}

bool
Connection::TryUndoDsack()
{
    if (m_config->undo && m_undoMarker != 0 && m_undoRetransmits == 0)
    {
        UndoReduction(false);
        return true;
    }
    return false;
}

bool
Connection::TryUndoLoss(bool frto)
{
    if (!m_config->undo || !(frto || MayUndo()))
    {
        return false;
    }
    UndoReduction(true);
    m_retransmits = 0;
    if (frto || m_board.sack)
    {
        ChangeCaState(CaState::Open);
        m_retransmitStamp = -1;
    }
    return true;
}

bool
Connection::TryUndoPartial()
{
    if (!m_config->undo || m_undoMarker == 0 || !PacketDelayed())
    {
        return false;
    }
    // The original of a retransmitted range arrived: the path reorders.
    m_board.reorderingSeen = true;
    if (m_board.retransOut > 0)
    {
        return true; // wait: those in flight would look like new losses
    }
    UndoReduction(true);
    TryToOpen();
    return true;
}

void
Connection::OnLossProbeAck(TimeNs now, std::uint64_t ack, const AckDigest& digest)
{
    // tcp_process_tlp_ack (RFC 8985 section 7.4)
    if (ack < m_tlpHighSeq)
    {
        return;
    }
    if (!m_tlpRetransmit || digest.dsack)
    {
        m_tlpHighSeq = 0; // the probe was new data, or a duplicate: nothing was lost
    }
    else if (ack > m_tlpHighSeq)
    {
        // The probe repaired a loss at the tail: one reduction.
        SyncCongestionState(now);
        InitReduction();
        ChangeCaState(CaState::Cwr);
        EndReduction();
        TryToOpen();
    }
    else if (!digest.advanced && !digest.dataSacked && !digest.hasData && !digest.windowUpdated)
    {
        m_tlpHighSeq = 0; // a pure duplicate ACK answers the probe
    }
}

} // namespace hoststack::tcp
