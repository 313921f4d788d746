// SPDX-License-Identifier: GPL-2.0-only

// Sender: an acknowledgement, step by step (tcp_ack, tcp_clean_rtx_queue).

#include "ns3/hs-tcp-sender.h"

#include <algorithm>

namespace hoststack::tcp
{

AckDigest
Sender::BeginDigest(const TcpSegment& segment) const
{
    AckDigest digest;
    digest.priorUna = m_board.SndUna();
    digest.priorInFlight = m_board.InFlight();
    digest.priorSackedOut = m_board.SackedOut();
    digest.priorDelivered = m_cwnd.Facts().delivered;
    digest.priorHighestSacked =
        m_board.SackedOut() > 0 ? m_board.HighestSacked() : m_board.SndUna();
    digest.hasData = segment.payload.Length() > 0;
    return digest;
}

void
Sender::OnAck(TimeNs now, const TcpSegment& segment, std::uint64_t begin)
{
    const auto offset = OffsetOf(segment.ack);
    m_cwnd.Tell().now = now;
    m_reorderingArmed = false;
    AckDigest digest = BeginDigest(segment);
    if (offset < static_cast<std::int64_t>(m_board.SndUna()))
    {
        OnOldAck(now, segment, digest);
        return;
    }
    const auto ack = static_cast<std::uint64_t>(offset);
    digest.advanced = ack > m_board.SndUna();
    if (digest.advanced)
    {
        m_timer.retransmits = 0;
    }
    digest.windowUpdated = UpdateWindow(segment, begin, ack);
    if (m_probesOut > 0)
    {
        EndProbing();
    }
    m_lastEcho = segment.options.timestampEcho;
    m_hasEcho = m_common.agreed.timestamps && segment.options.hasTimestamps && m_lastEcho != 0;
    digest.ece = m_common.agreed.ecn && segment.Has(kEce) && !segment.Has(kSyn);
    if (m_board.PacketsOut() == 0)
    {
        if (m_common.agreed.sack && segment.options.sackCount > 0)
        {
            TagSacked(now, segment, digest);
        }
        OnIdleAck(now, ack, digest);
        return;
    }
    OnFlightAck(now, segment, ack, digest);
}

void
Sender::OnOldAck(TimeNs now, const TcpSegment& segment, AckDigest& digest)
{
    // It may still bring SACK blocks.
    if (segment.options.sackCount > 0 && m_common.agreed.sack)
    {
        Rexmit rexmit = Rexmit::None;
        TagSacked(now, segment, digest);
        m_cwnd.Tell().delivered += digest.sackedSegments;
        AlertFastRetransmit(now, digest, rexmit);
        Recover(now, rexmit);
    }
}

void
Sender::OnIdleAck(TimeNs now, std::uint64_t ack, AckDigest& digest)
{
    // A D-SACK may still say that a repetition was not needed.
    if (digest.dsack)
    {
        Rexmit rexmit = Rexmit::None;
        AlertFastRetransmit(now, digest, rexmit);
    }
    OnProbeAnswered(now);
    if (m_probe.highSeq != 0)
    {
        OnLossProbeAck(now, ack, digest);
    }
}

void
Sender::OnFlightAck(TimeNs now, const TcpSegment& segment, std::uint64_t ack, AckDigest& digest)
{
    const auto priorLost = m_board.TotalLost();
    Rexmit rexmit = Rexmit::None;
    RateSample sample;
    if (segment.options.sackCount > 0 && m_common.agreed.sack)
    {
        TagSacked(now, segment, digest);
    }
    const auto deliveredBefore = m_cwnd.Facts().delivered;
    if (m_pace.isWatched)
    {
        CleanWatched(now, ack, digest);
    }
    else
    {
        CleanAcked(now, ack, digest);
    }
    digest.duplicate = !digest.advanced && !digest.hasData && !digest.windowUpdated &&
                       digest.ackedSegments == 0 && !digest.dsack && m_board.PacketsOut() > 0 &&
                       !segment.Has(kSyn) && !segment.Has(kFin);
    if (digest.duplicate)
    {
        ++m_common.troubles.Own().duplicateAcks;
    }
    UpdateRtt(now, segment, digest, sample);
    m_recovery->OnAck(digest.dsack, m_cwnd.Facts().delivered, digest.rateDelivered);
    if (m_probe.highSeq != 0)
    {
        OnLossProbeAck(now, ack, digest);
    }
    const bool dubious = !digest.dataAcked || digest.dataSacked || digest.ece ||
                         m_board.State() != CaState::Open || digest.dsack;
    if (dubious)
    {
        AlertFastRetransmit(now, digest, rexmit);
    }
    RearmAfterAck(now, digest);
    SyncCongestionState(now);
    sample.losses = static_cast<std::uint32_t>(m_board.TotalLost() - priorLost);
    sample.ackedSacked = static_cast<std::uint32_t>(m_cwnd.Facts().delivered - deliveredBefore);
    GenerateRateSample(now, digest, sample);
    ControlCongestion(now, digest, sample);
    Recover(now, rexmit);
    NoteAllAcked(digest);
}

void
Sender::RearmAfterAck(TimeNs now, const AckDigest& digest)
{
    // tcp_set_xmit_timer: progress moves the time-out; a tail gets a probe instead. A SACK moves it
    // too when the head left after what was SACKed.
    const bool headIsYoung = digest.firstSackedSent >= 0 && !m_board.Map().Empty() &&
                             digest.firstSackedSent < m_board.Map().At(0).sentAt;
    if ((digest.ackedSegments > 0 || headIsYoung) && !m_reorderingArmed &&
        !ScheduleLossProbe(now, true))
    {
        RearmRto(now);
    }
}

void
Sender::NoteAllAcked(const AckDigest& digest)
{
    if (m_board.PacketsOut() > 0 || HasUnsentData())
    {
        return;
    }
    if (digest.advanced && m_buffer.Size() == 0)
    {
        m_common.Raise(kAllAcked);
    }
}

void
Sender::OnProbeAnswered(TimeNs now)
{
    // tcp_ack_probe: nothing was in flight.
    if (!IsUnsent() || m_board.SndNxt() == 0)
    {
        return;
    }
    // A FIN alone takes one number.
    const auto first = std::max<std::uint64_t>(
        std::min<std::uint64_t>(m_buffer.End() - m_board.SndNxt(), CurrentMss()),
        1);
    if (m_board.SndNxt() + first <= WindowEnd())
    {
        m_timer.backoff = 0;
        if (m_timer.kind == RtxTimer::ZeroWindow)
        {
            m_timer.kind = RtxTimer::None;
            m_timer.deadline = kNever;
        }
    }
    else
    {
        ArmRtx(now, RtxTimer::ZeroWindow, ProbeDelay());
    }
}

void
Sender::NoteDelivered(TimeNs now, const SentRange& range, AckDigest& digest)
{
    // tcp_skb_spurious_retrans: the echo says that an earlier transmission was delivered. (A SACK
    // of it counts all the same.)
    const bool earlier =
        !digest.inSack && range.everRetransmitted && m_hasEcho &&
        static_cast<std::int32_t>(m_lastEcho - m_common.TimestampNow(range.sentAt)) < 0;
    if (!earlier)
    {
        m_recovery->OnDelivered(range, m_board, now);
    }
    // The newest-sent delivered range gives the rate sample (tcp_rate_skb_delivered).
    if (range.begin == 0)
    {
        return; // a SYN says nothing about the rate
    }
    const bool newer = digest.rateSentAt < 0 || range.sentAt > digest.rateSentAt ||
                       (range.sentAt == digest.rateSentAt && range.end > digest.rateEnd);
    if (newer)
    {
        digest.rateDelivered = range.delivered;
        digest.rateDeliveredAt = range.deliveredAt;
        digest.rateSendInterval = range.sentAt - range.windowStart;
        digest.rateSentAt = range.sentAt;
        digest.rateEnd = range.end;
        digest.rateAppLimited = range.appLimited;
        digest.rateRetransmit = range.everRetransmitted;
        m_rate.firstSentInRound = range.sentAt;
    }
}

void
Sender::NoteAcked(const SentRange& range, AckDigest& digest)
{
    if (range.retransmitOut || range.everRetransmitted)
    {
        digest.retransmittedAcked = true;
    }
    else if (!range.sacked)
    {
        digest.lastAckedSent = range.sentAt;
        if (digest.firstAckedSent < 0)
        {
            digest.firstAckedSent = range.sentAt;
        }
        digest.reorderedFrom = std::min(digest.reorderedFrom, range.begin);
        if (range.end <= m_episode->highSeq)
        {
            digest.originalSacked = true;
        }
    }
}

std::uint32_t
Sender::PopAcked(TimeNs now, std::uint64_t ack, AckDigest& digest)
{
    const auto& map = m_board.Map();
    std::uint32_t fresh = 0;
    while (!map.Empty())
    {
        const auto& range = map.At(0);
        if (range.begin >= ack)
        {
            break;
        }
        if (range.end > ack)
        {
            const auto cut = range.begin + (ack - range.begin) / range.mss * range.mss;
            if (cut > range.begin)
            {
                m_board.Split(0, cut);
                continue;
            }
            // Less than a segment: its bytes are gone, it still counts (tcp_tso_acked).
            m_board.TrimFront(ack);
            break;
        }
        const auto segments = range.segments;
        NoteAcked(range, digest);
        if (!range.sacked)
        {
            fresh += segments;
            NoteDelivered(now, range, digest);
        }
        digest.ackedSegments += segments;
        if (range.begin == 0)
        {
            digest.synAcked = true;
            ForgetRetransmitStamp();
        }
        else
        {
            digest.dataAcked = true;
        }
        m_board.PopFront();
    }
    return fresh;
}

void
Sender::CleanAcked(TimeNs now, std::uint64_t ack, AckDigest& digest)
{
    auto fresh = PopAcked(now, ack, digest); // segments that no SACK has counted as delivered
    if (digest.synAcked)
    {
        m_board.Shrink();
    }
    if (!m_common.agreed.sack && digest.ackedSegments > 0)
    {
        if (digest.retransmittedAcked)
        {
            digest.originalSacked = false; // nothing tells the original from the copy
        }
        fresh = RemoveDuplicateAcks(digest.ackedSegments);
    }
    if (digest.advanced)
    {
        AdvanceUna(ack, fresh, digest);
    }
    m_cwnd.Tell().delivered += fresh + digest.sackedSegments;
    digest.sackedSegments = 0;
    if (fresh > 0 && digest.reorderedFrom < digest.priorHighestSacked)
    {
        CheckReordering(digest.reorderedFrom);
    }
}

void
Sender::CleanWatched(TimeNs now, std::uint64_t ack, AckDigest& digest)
{
    if (digest.advanced)
    {
        TellAcking(ack);
    }
    CleanAcked(now, ack, digest);
    if (digest.advanced)
    {
        TellAcked(now, digest);
    }
}

void
Sender::AdvanceUna(std::uint64_t ack, std::uint32_t fresh, AckDigest& digest)
{
    m_board.Acknowledge(ack);
    m_buffer.Release(std::min(ack, m_buffer.End()));
    if (m_account)
    {
        ChargeQueue();
    }
    if (m_board.PacketsOut() == 0 || m_board.Map().Empty())
    {
        m_sackCache.Reset();
    }
    digest.mayBeDelayed = digest.priorInFlight == 1 && digest.priorSackedOut == 0 && fresh == 1 &&
                          m_board.PacketsOut() == 0;
}

void
Sender::CheckReordering(std::uint64_t lowest)
{
    // tcp_check_sack_reordering: how far before the end of the newest did a late original arrive?
    const auto highest = m_board.SackedOut() > 0 ? m_board.HighestSacked() : m_board.SndUna();
    if (lowest >= highest)
    {
        return;
    }
    ++m_common.troubles.Own().reorderings;
    m_board.NoteReordering();
    const auto distance = (highest - lowest + m_size.cached - 1) / m_size.cached;
    if (distance > m_board.Reordering())
    {
        m_board.SetReordering(static_cast<std::uint32_t>(
            std::min<std::uint64_t>(distance, m_common.config->maxReordering)));
    }
}

} // namespace hoststack::tcp
