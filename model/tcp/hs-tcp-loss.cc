// SPDX-License-Identifier: GPL-2.0-only

// Sender: the recovery state machine (tcp_fastretrans_alert).

#include "ns3/hs-tcp-sender.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kInfiniteSsthresh = 0x7fffffff; // TCP_INFINITE_SSTHRESH
constexpr TimeNs kRenegingPatience = 10 * kMillisecond; // tcp_check_sack_reneging

} // namespace

bool
Sender::InReduction() const
{
    return m_board.State() == CaState::Cwr || m_board.State() == CaState::Recovery;
}

void
Sender::ChangeCaState(CaState next)
{
    if (m_board.State() == next)
    {
        return;
    }
    if (next >= CaState::Cwr)
    {
        m_pacer->OnDisturbance();
    }
    m_congestion->OnStateChange(m_cwnd, next);
    m_board.SetState(next);
    m_cwnd.Tell().caState = next;
}

void
Sender::DetectLosses(TimeNs now, bool again)
{
    const auto retransBefore = m_board.RetransOut();
    const TimeNs next = m_recovery->DetectLosses(m_board, now, again);
    if (next != kNever)
    {
        ArmRtx(now, RtxTimer::Reordering, next - now);
        m_reorderingArmed = true;
    }
    m_lostRetransmit = m_board.RetransOut() < retransBefore;
}

bool
Sender::HasReneged(TimeNs now, const AckDigest& digest)
{
    if (!digest.advanced || m_board.Map().Empty() || !m_board.Map().At(0).sacked)
    {
        return false;
    }
    // tcp_check_sack_reneging: the peer SACKed the head and does not acknowledge it. It gets a
    // moment to do so.
    ArmRtx(now, RtxTimer::Retransmit, std::max(m_rtt->Srtt() / 2, kRenegingPatience));
    m_reorderingArmed = true;
    return true;
}

bool
Sender::LeavesEpisode()
{
    if (m_board.State() == CaState::Open)
    {
        if (!AnyRetransmitted())
        {
            ForgetRetransmitStamp();
        }
        return false;
    }
    if (m_board.SndUna() < m_episode->highSeq)
    {
        return false;
    }
    if (m_board.State() == CaState::Cwr)
    {
        // One more number must be acknowledged before the reduction counts as done.
        if (m_board.SndUna() != m_episode->highSeq)
        {
            EndReduction();
            ChangeCaState(CaState::Open);
        }
    }
    else if (m_board.State() == CaState::Recovery)
    {
        m_board.ForgetDuplicates();
        if (TryUndoRecovery())
        {
            return true;
        }
        EndReduction();
    }
    return false;
}

bool
Sender::StaysInRecovery(TimeNs now, const AckDigest& digest)
{
    if (digest.advanced)
    {
        if (TryUndoPartial())
        {
            return false;
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
    if (m_board.State() != CaState::Recovery)
    {
        if (m_board.LostOut() == 0)
        {
            return false;
        }
        EnterRecovery(now, digest.ece);
    }
    return true;
}

bool
Sender::LooksForLosses(TimeNs now, const AckDigest& digest)
{
    if (digest.advanced)
    {
        m_board.ForgetDuplicates();
    }
    else if (digest.duplicate)
    {
        AddDuplicateAck();
    }
    if (m_board.State() <= CaState::Disorder)
    {
        TryUndoDsack();
    }
    DetectLosses(now);
    if (m_board.LostOut() > 0)
    {
        EnterRecovery(now, digest.ece);
        return true;
    }
    if (digest.ece && m_board.State() != CaState::Cwr)
    {
        EnterCwr(now);
        ++m_common.troubles.Own().ecnReductions;
    }
    else if (m_board.State() != CaState::Cwr)
    {
        if (!AnyRetransmitted())
        {
            ForgetRetransmitStamp();
        }
        TryToOpen();
    }
    return false;
}

void
Sender::AlertFastRetransmit(TimeNs now, AckDigest& digest, Rexmit& rexmit)
{
    if (m_board.PacketsOut() == 0)
    {
        m_board.ForgetDuplicates();
    }
    if (digest.ece)
    {
        m_episode.Own().priorSsthresh = 0; // a reduction for ECN is never taken back
    }
    if (HasReneged(now, digest) || LeavesEpisode())
    {
        return;
    }
    if (m_board.State() == CaState::Recovery)
    {
        rexmit = StaysInRecovery(now, digest) ? Rexmit::Lost : rexmit;
        return;
    }
    if (m_board.State() == CaState::Loss)
    {
        ProcessLossState(digest, rexmit);
        DetectLosses(now);
        if (m_board.State() != CaState::Open && !m_lostRetransmit)
        {
            return;
        }
    }
    rexmit = LooksForLosses(now, digest) ? Rexmit::Lost : rexmit;
}

void
Sender::ProcessLossState(const AckDigest& digest, Rexmit& rexmit)
{
    // tcp_process_loss: F-RTO (RFC 5682 section 3.1) and Eifel.
    const bool recovered = m_board.SndUna() >= m_episode->highSeq;
    if ((digest.advanced || digest.dataAcked) && TryUndoLoss(false))
    {
        return;
    }
    if (m_episode->frto)
    {
        if (digest.originalSacked && TryUndoLoss(true))
        {
            return;
        }
        if (m_board.SndNxt() > m_episode->highSeq)
        {
            if (digest.dataSacked || digest.duplicate)
            {
                m_episode.Own().frto = false; // new data was not acknowledged: the loss was real
            }
        }
        else if (digest.advanced && !recovered)
        {
            m_episode.Own().highSeq = m_board.SndNxt();
            const auto unsent = m_buffer.End() > m_board.SndNxt();
            if (unsent && WindowEnd() > m_board.SndNxt())
            {
                rexmit = Rexmit::New;
                return;
            }
            m_episode.Own().frto = false;
        }
    }
    if (recovered)
    {
        TryUndoRecovery();
        return;
    }
    if (!m_board.UsesSack())
    {
        if (m_board.SndNxt() > m_episode->highSeq && digest.duplicate)
        {
            AddDuplicateAck();
        }
        else if (digest.advanced)
        {
            m_board.ForgetDuplicates();
        }
    }
    rexmit = Rexmit::Lost;
}

void
Sender::AddDuplicateAck()
{
    // tcp_add_reno_sack: without SACK a duplicate ACK says that one more segment has arrived.
    if (m_board.UsesSack())
    {
        return;
    }
    const auto before = m_board.SackedOut();
    m_board.AddDuplicate();
    LimitDuplicateAcks(0);
    m_cwnd.Tell().delivered += m_board.SackedOut() > before ? 1 : 0;
}

void
Sender::LimitDuplicateAcks(std::uint32_t acked)
{
    // tcp_check_reno_reordering: more duplicates than segments mean that the path reorders.
    if (m_board.LimitDuplicates())
    {
        return;
    }
    m_board.SetReordering(std::min(m_board.PacketsOut() + acked, m_common.config->maxReordering));
    m_board.NoteReordering();
    ++m_common.troubles.Own().reorderings;
}

std::uint32_t
Sender::RemoveDuplicateAcks(std::uint32_t acked)
{
    // tcp_remove_reno_sacks: one acknowledged segment fills the hole, the others eat duplicates.
    const auto before = m_board.SackedOut();
    m_board.RemoveDuplicates(acked - 1);
    LimitDuplicateAcks(acked);
    return acked > before ? std::max(acked - before, 1u) : 1u;
}

bool
Sender::AnyRetransmitted() const
{
    return m_board.RetransOut() > 0 ||
           (!m_board.Map().Empty() && m_board.Map().At(0).everRetransmitted);
}

void
Sender::InitReduction()
{
    auto& episode = m_episode.Own();
    episode.highSeq = m_board.SndNxt();
    m_probe.highSeq = 0;
    m_cwnd.SetCwndCount(0);
    m_cwnd.Tell().priorCwnd = m_cwnd.Cwnd();
    episode.prrDelivered = episode.prrOut = 0;
    m_cwnd.Tell().inFlight = m_board.InFlight();
    m_cwnd.SetSsthresh(m_congestion->Ssthresh(m_cwnd));
    if (m_common.agreed.ecn)
    {
        m_ecnCwr = true;
    }
    if (!m_common.config->prr && !m_congestion->HasFullControl())
    {
        m_cwnd.SetCwnd(std::max(m_cwnd.Ssthresh(), 1u));
    }
}

void
Sender::EnterRecovery(TimeNs now, bool ece)
{
    SyncCongestionState(now);
    ++m_common.troubles.Own().fastRecoveries;
    m_common.source->Note(now, Happening::FastRecovery);
    m_episode.Own().priorSsthresh = 0;
    InitUndo();
    if (!InReduction())
    {
        if (!ece)
        {
            // tcp_current_ssthresh: what to return to.
            m_episode.Own().priorSsthresh =
                std::max(m_cwnd.Ssthresh(), (m_cwnd.Cwnd() >> 1) + (m_cwnd.Cwnd() >> 2));
        }
        InitReduction();
    }
    m_episode.Own().highSeq = m_board.SndNxt();
    ChangeCaState(CaState::Recovery);
}

void
Sender::EnterCwr(TimeNs now)
{
    SyncCongestionState(now);
    m_episode.Own().priorSsthresh = 0;
    if (m_board.State() < CaState::Cwr)
    {
        m_episode.Own().undoMarker = 0;
        InitReduction();
        ChangeCaState(CaState::Cwr);
    }
}

void
Sender::EnterLoss(TimeNs now)
{
    SyncCongestionState(now);
    const bool newEpisode = m_board.State() < CaState::Recovery;
    if (m_board.State() <= CaState::Disorder || m_episode->highSeq <= m_board.SndUna() ||
        (m_board.State() == CaState::Loss && m_timer.retransmits == 0))
    {
        m_episode.Own().priorSsthresh =
            std::max(m_cwnd.Ssthresh(), (m_cwnd.Cwnd() >> 1) + (m_cwnd.Cwnd() >> 2));
        m_cwnd.Tell().priorCwnd = m_cwnd.Cwnd();
        m_cwnd.SetSsthresh(m_congestion->Ssthresh(m_cwnd));
        m_congestion->OnEvent(m_cwnd, CaEvent::Loss);
        InitUndo();
    }
    // tcp_timeout_mark_lost: everything not SACKed, but what RACK knows to be recent stays.
    const bool reneged = !m_board.Map().Empty() && m_board.Map().At(0).sacked;
    m_board.ForgetDuplicates();
    if (reneged)
    {
        m_board.ForgetSacks();
        m_sackCache.Reset();
    }
    for (std::size_t i = 0; i < m_board.Map().Size(); ++i)
    {
        const auto& range = m_board.Map().At(i);
        if (i == 0 || reneged || !m_recovery->IsRecent(range, now))
        {
            m_board.MarkLost(range);
        }
    }
    m_cwnd.SetCwnd(m_board.InFlight() + 1);
    m_cwnd.SetCwndCount(0);
    m_usage.stamp = now;
    if (m_board.State() <= CaState::Disorder && m_board.SackedOut() >= m_common.config->reordering)
    {
        m_board.SetReordering(std::min(m_board.Reordering(), m_common.config->reordering));
    }
    ChangeCaState(CaState::Loss);
    m_episode.Own().highSeq = m_board.SndNxt();
    m_probe.highSeq = 0;
    if (m_common.agreed.ecn)
    {
        m_ecnCwr = true;
    }
    m_board.RestartRetransmission();
    m_episode.Own().frto = m_common.config->frto && (newEpisode || m_timer.retransmits > 0);
}

void
Sender::EndReduction()
{
    if (m_congestion->HasFullControl())
    {
        return;
    }
    if (m_cwnd.Ssthresh() < kInfiniteSsthresh &&
        (m_board.State() == CaState::Cwr || m_episode->undoMarker != 0))
    {
        m_cwnd.SetCwnd(m_cwnd.Ssthresh());
    }
    m_congestion->OnEvent(m_cwnd, CaEvent::CompleteCwr);
}

void
Sender::ReduceWindow(std::uint32_t delivered, std::uint32_t newlyLost, const AckDigest& digest)
{
    // PRR with the slow-start reduction bound (RFC 6937; Linux: only while no new loss shows).
    if (!m_common.config->prr)
    {
        m_cwnd.SetCwnd(std::max(m_cwnd.Ssthresh(), 1u));
        return;
    }
    if (delivered == 0 || m_cwnd.Facts().priorCwnd == 0)
    {
        return;
    }
    m_episode.Own().prrDelivered += delivered;
    const auto inFlight = static_cast<std::int64_t>(m_board.InFlight());
    const std::int64_t delta = static_cast<std::int64_t>(m_cwnd.Ssthresh()) - inFlight;
    std::int64_t send = 0;
    if (delta < 0)
    {
        const std::uint64_t dividend =
            static_cast<std::uint64_t>(m_cwnd.Ssthresh()) * m_episode->prrDelivered +
            m_cwnd.Facts().priorCwnd - 1;
        send = static_cast<std::int64_t>(dividend / m_cwnd.Facts().priorCwnd) - m_episode->prrOut;
    }
    else
    {
        send = std::max<std::int64_t>(static_cast<std::int64_t>(m_episode->prrDelivered) -
                                          m_episode->prrOut,
                                      delivered);
        if (digest.advanced && newlyLost == 0)
        {
            ++send;
        }
        send = std::min(delta, send);
    }
    // At least one segment leaves on entry, the fast retransmission.
    send = std::max<std::int64_t>(send, m_episode->prrOut > 0 ? 0 : 1);
    m_cwnd.SetCwnd(static_cast<std::uint32_t>(inFlight + send));
}

void
Sender::TryToOpen()
{
    // tcp_try_keep_open
    const bool suspicious = m_board.SackedOut() > 0 || m_board.LostOut() > 0 || AnyRetransmitted();
    const auto next = suspicious ? CaState::Disorder : CaState::Open;
    if (m_board.State() != next)
    {
        ChangeCaState(next);
        m_episode.Own().highSeq = m_board.SndNxt();
    }
}

void
Sender::OnLossProbeAck(TimeNs now, std::uint64_t ack, const AckDigest& digest)
{
    // tcp_process_tlp_ack (RFC 8985 section 7.4)
    if (ack < m_probe.highSeq)
    {
        return;
    }
    if (!m_probe.retransmit || digest.dsack)
    {
        m_probe.highSeq = 0; // the probe was new data, or a duplicate: nothing was lost
    }
    else if (ack > m_probe.highSeq)
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
        m_probe.highSeq = 0; // a pure duplicate ACK answers the probe
    }
}

} // namespace hoststack::tcp
