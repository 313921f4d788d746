// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-connection.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr TimeNs kMinRttWindow = 300 * kSecond; // tcp_min_rtt_wlen

} // namespace

bool
Connection::ProcessAck(TimeNs now, const TcpSegment& segment, std::uint64_t begin)
{
    const auto offset = SendOffset(segment.ack);
    if (offset > static_cast<std::int64_t>(m_board.sndNxt))
    {
        // Acknowledges what was never sent (RFC 9293 section 3.10.7.4; rate limited, RFC 5961).
        if (ChallengeAllowed(now))
        {
            SendAck(now);
        }
        return false;
    }
    m_cwnd.now = now;
    m_reorderingArmed = false;
    AckDigest digest;
    digest.priorUna = m_board.sndUna;
    digest.priorInFlight = m_board.InFlight();
    digest.priorSackedOut = m_board.sackedOut;
    digest.priorDelivered = m_cwnd.delivered;
    digest.priorHighestSacked = m_board.sackedOut > 0 ? m_board.highestSacked : m_board.sndUna;
    digest.hasData = segment.payload.Length() > 0;
    const auto priorPacketsOut = m_board.packetsOut;
    const auto priorLost = m_board.totalLost;
    Rexmit rexmit = Rexmit::None;
    RateSample sample;

    if (offset < static_cast<std::int64_t>(m_board.sndUna))
    {
        // RFC 5961 section 5.2: far below what the peer can still have on its way.
        const auto window =
            std::min<std::uint64_t>(m_maxSendWindow, m_board.sndUna - (m_passive ? 1 : 0));
        if (offset + static_cast<std::int64_t>(window) < static_cast<std::int64_t>(m_board.sndUna))
        {
            if (ChallengeAllowed(now))
            {
                SendAck(now);
            }
            return false;
        }
        UpdateRecentTimestamp(now, segment, begin);
        // An old ACK may still bring SACK blocks.
        if (segment.options.sackCount > 0 && m_sack)
        {
            TagSacked(now, segment, digest);
            m_cwnd.delivered += digest.sackedSegments;
            AlertFastRetransmit(now, digest, rexmit);
            Recover(now, rexmit);
        }
        return true;
    }
    const auto ack = static_cast<std::uint64_t>(offset);
    digest.advanced = ack > m_board.sndUna;
    if (digest.advanced)
    {
        m_retransmits = 0;
    }
    UpdateRecentTimestamp(now, segment, begin);
    digest.windowUpdated = UpdateSendWindow(segment, begin, ack);
    m_probesOut = 0;
    m_probingSince = -1;
    m_lastEcho = segment.options.timestampEcho;
    m_hasEcho = m_timestamps && segment.options.hasTimestamps && m_lastEcho != 0;
    digest.ece = m_ecn && segment.Has(kEce) && !segment.Has(kSyn);
    if (m_sack && segment.options.sackCount > 0)
    {
        TagSacked(now, segment, digest);
    }
    if (priorPacketsOut == 0)
    {
        // A D-SACK may still say that a repetition was not needed.
        if (digest.dsack)
        {
            AlertFastRetransmit(now, digest, rexmit);
        }
        OnProbeAnswered(now);
        if (m_tlpHighSeq != 0)
        {
            OnLossProbeAck(now, ack, digest);
        }
        return true;
    }
    const auto deliveredBefore = m_cwnd.delivered;
    CleanAcked(now, ack, digest);
    digest.duplicate = !digest.advanced && !digest.hasData && !digest.windowUpdated &&
                       digest.ackedSegments == 0 && !digest.dsack && m_board.packetsOut > 0 &&
                       !segment.Has(kSyn) && !segment.Has(kFin);
    m_info.duplicateAcks += digest.duplicate ? 1 : 0;
    UpdateRtt(now, segment, digest, sample);
    m_recovery->OnAck(digest.dsack, m_cwnd.delivered, digest.rateDelivered);
    if (m_tlpHighSeq != 0)
    {
        OnLossProbeAck(now, ack, digest);
    }
    const bool dubious = !digest.dataAcked || digest.dataSacked || digest.ece ||
                         m_board.caState != CaState::Open || digest.dsack;
    if (dubious)
    {
        AlertFastRetransmit(now, digest, rexmit);
    }
    // tcp_set_xmit_timer: progress moves the time-out; a tail gets a probe instead. A SACK moves it
    // too when the head left after what was SACKed.
    const bool headIsYoung = digest.firstSackedSent >= 0 && !m_board.map.Empty() &&
                             digest.firstSackedSent < m_board.map.At(0).sentAt;
    if ((digest.ackedSegments > 0 || headIsYoung) && !m_reorderingArmed &&
        !ScheduleLossProbe(now, true))
    {
        RearmRto(now);
    }
    SyncCongestionState(now);
    sample.losses = static_cast<std::uint32_t>(m_board.totalLost - priorLost);
    sample.ackedSacked = static_cast<std::uint32_t>(m_cwnd.delivered - deliveredBefore);
    GenerateRateSample(now, digest, sample);
    ControlCongestion(now, digest, sample);
    Recover(now, rexmit);
    if (m_board.packetsOut == 0 && m_sendBuffer.End() <= m_board.sndNxt)
    {
        if (digest.advanced && m_sendBuffer.Size() == 0)
        {
            Raise(kAllAcked);
        }
        if (m_board.map.Empty())
        {
            m_board.highestSacked = m_board.sndUna;
        }
    }
    return true;
}

bool
Connection::MayUpdateWindow(std::uint64_t begin, std::uint64_t ack, std::uint64_t window) const
{
    // RFC 9293 section 3.10.7.4; on the same numbers Linux takes a larger window, and none.
    return ack > m_board.sndUna || begin > m_windowBegin ||
           (begin == m_windowBegin && (window > m_sendWindow || window == 0));
}

bool
Connection::UpdateSendWindow(const TcpSegment& segment, std::uint64_t begin, std::uint64_t ack)
{
    std::uint64_t window = segment.window;
    if (!segment.Has(kSyn))
    {
        window <<= m_sendShift;
    }
    if (!MayUpdateWindow(begin, ack, window))
    {
        return false;
    }
    m_windowBegin = begin;
    m_windowAck = ack;
    const bool changed = window != m_sendWindow;
    m_sendWindow = window;
    if (window > m_maxSendWindow)
    {
        m_maxSendWindow = window;
        BoundMss();
    }
    return changed;
}

void
Connection::OnProbeAnswered(TimeNs now)
{
    // tcp_ack_probe: nothing was in flight.
    if (!IsUnsent() || m_board.sndNxt == 0)
    {
        return;
    }
    // A FIN alone takes one number.
    const auto first = std::max<std::uint64_t>(
        std::min<std::uint64_t>(m_sendBuffer.End() - m_board.sndNxt, CurrentMss()),
        1);
    if (m_board.sndNxt + first <= WindowEnd())
    {
        m_backoff = 0;
        if (m_rtxTimer == RtxTimer::ZeroWindow)
        {
            m_rtxTimer = RtxTimer::None;
            m_rtxDeadline = kNever;
        }
    }
    else
    {
        ArmRtx(now, RtxTimer::ZeroWindow, ProbeDelay());
    }
}

void
Connection::NoteDelivered(TimeNs now, const SentRange& range, AckDigest& digest)
{
    // tcp_skb_spurious_retrans: the echo says that an earlier transmission was delivered. (A SACK
    // of it counts all the same.)
    const bool earlier = !digest.inSack && range.everRetransmitted && m_hasEcho &&
                         static_cast<std::int32_t>(m_lastEcho - TimestampNow(range.sentAt)) < 0;
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
        m_firstSentInRound = range.sentAt;
    }
}

void
Connection::TagSacked(TimeNs now, const TcpSegment& segment, AckDigest& digest)
{
    const auto& o = segment.options;
    const auto ack = SendOffset(segment.ack);
    std::array<std::pair<std::uint64_t, std::uint64_t>, TcpOptions::kMaxSackBlocks> blocks{};
    std::uint8_t count = 0;
    digest.inSack = true;
    for (std::uint8_t i = 0; i < o.sackCount; ++i)
    {
        const auto b = SendOffset(o.sack[i].begin);
        const auto e = SendOffset(o.sack[i].end);
        if (b >= e || e > static_cast<std::int64_t>(m_board.sndNxt) || b < 0)
        {
            continue;
        }
        if (i == 0)
        {
            // RFC 2883 section 4: a first block below the ACK or inside the second is a DSACK.
            const bool below = e <= ack;
            const bool inside = o.sackCount > 1 && SendOffset(o.sack[1].begin) <= b &&
                                SendOffset(o.sack[1].end) >= e;
            if (below || inside)
            {
                digest.dsack = true;
                ++m_info.dsacksReceived;
                if (m_undoMarker != 0 && m_undoRetransmits > 0 &&
                    static_cast<std::uint64_t>(e) > m_undoMarker)
                {
                    const auto segments = static_cast<std::int32_t>((e - b + m_mss - 1) / m_mss);
                    m_undoRetransmits = std::max(0, m_undoRetransmits - segments);
                }
                continue;
            }
        }
        if (static_cast<std::uint64_t>(e) <= m_board.sndUna)
        {
            continue;
        }
        blocks[count++] = {std::max<std::uint64_t>(static_cast<std::uint64_t>(b), m_board.sndUna),
                           static_cast<std::uint64_t>(e)};
    }
    for (std::uint8_t i = 1; i < count; ++i)
    {
        for (std::uint8_t k = i; k > 0 && blocks[k] < blocks[k - 1]; --k)
        {
            std::swap(blocks[k], blocks[k - 1]);
        }
    }
    for (std::uint8_t i = 0; i < count; ++i)
    {
        const auto [b, e] = blocks[i];
        auto from = b;
        // Only what the previous ACK did not report already.
        for (const auto& [cachedBegin, cachedEnd] : m_sackCache)
        {
            if (cachedEnd <= from || cachedBegin >= e)
            {
                continue;
            }
            if (from < cachedBegin)
            {
                TagBlock(now, from, b, cachedBegin, digest);
            }
            from = std::min(e, cachedEnd);
        }
        if (from < e)
        {
            TagBlock(now, from, b, e, digest);
        }
    }
    m_sackCache = blocks;
    digest.inSack = false;
    if (digest.reorderedFrom != ~std::uint64_t{0})
    {
        if (m_board.caState != CaState::Loss || m_undoMarker != 0)
        {
            CheckReordering(digest.reorderedFrom);
        }
        digest.reorderedFrom = ~std::uint64_t{0};
    }
}

void
Connection::TagBlock(TimeNs now,
                     std::uint64_t from,
                     std::uint64_t begin,
                     std::uint64_t end,
                     AckDigest& digest)
{
    auto& map = m_board.map;
    for (auto position = map.Find(from); position < map.Size(); ++position)
    {
        if (map.At(position).begin >= end)
        {
            break;
        }
        if (map.At(position).sacked)
        {
            continue;
        }
        if (map.At(position).begin < begin)
        {
            // A part of a segment is not news; whole segments are cut off on the left.
            const auto& range = map.At(position);
            const auto cut =
                range.begin + (begin - range.begin + range.mss - 1) / range.mss * range.mss;
            if (cut >= range.end || cut >= end)
            {
                continue;
            }
            position = m_board.Split(position, cut);
        }
        if (map.At(position).end > end)
        {
            const auto& range = map.At(position);
            const auto whole = (end - range.begin) / range.mss * range.mss;
            if (whole == 0)
            {
                break;
            }
            m_board.Split(position, range.begin + whole);
        }
        auto& range = map.At(position);
        if (!range.everRetransmitted)
        {
            if (range.begin < m_board.highestSacked)
            {
                digest.reorderedFrom = std::min(digest.reorderedFrom, range.begin);
            }
            if (range.end <= m_highSeq)
            {
                digest.originalSacked = true;
            }
            if (digest.firstSackedSent < 0)
            {
                digest.firstSackedSent = range.sentAt;
            }
            digest.lastSackedSent = range.sentAt;
        }
        NoteDelivered(now, range, digest);
        m_board.MarkSacked(range);
        digest.sackedSegments += range.segments;
        digest.dataSacked = true;
        m_board.highestSacked = std::max(m_board.highestSacked, range.end);
    }
}

void
Connection::CleanAcked(TimeNs now, std::uint64_t ack, AckDigest& digest)
{
    auto& map = m_board.map;
    std::uint32_t fresh = 0; // segments not counted as delivered by a SACK before
    while (!map.Empty())
    {
        auto& range = map.At(0);
        if (range.begin >= ack)
        {
            break;
        }
        const bool whole = range.end <= ack;
        if (!whole)
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
            if (range.end <= m_highSeq)
            {
                digest.originalSacked = true;
            }
        }
        if (range.sacked)
        {
            m_board.sackedOut -= segments;
        }
        else
        {
            fresh += segments;
            NoteDelivered(now, range, digest);
        }
        m_board.ClearMarks(range);
        m_board.packetsOut -= segments;
        digest.ackedSegments += segments;
        if (range.begin == 0)
        {
            digest.synAcked = true;
            m_retransmitStamp = -1;
        }
        else
        {
            digest.dataAcked = true;
        }
        map.PopFront();
    }
    if (!m_sack && digest.ackedSegments > 0)
    {
        if (digest.retransmittedAcked)
        {
            digest.originalSacked = false; // nothing tells the original from the copy
        }
        fresh = RemoveDuplicateAcks(digest.ackedSegments);
    }
    if (digest.advanced)
    {
        m_board.sndUna = ack;
        m_board.retransmitHint = std::max(m_board.retransmitHint, ack);
        m_sendBuffer.Release(std::min(ack, m_sendBuffer.End()));
        if (ack > m_board.highestSacked)
        {
            m_board.highestSacked = ack;
        }
        if (m_board.packetsOut == 0 || map.Empty())
        {
            m_sackCache = {};
        }
        digest.mayBeDelayed = digest.priorInFlight == 1 && digest.priorSackedOut == 0 &&
                              fresh == 1 && m_board.packetsOut == 0;
    }
    m_cwnd.delivered += fresh + digest.sackedSegments;
    digest.sackedSegments = 0;
    if (fresh > 0 && digest.reorderedFrom < digest.priorHighestSacked)
    {
        CheckReordering(digest.reorderedFrom);
    }
    if (m_writerBlocked && Queued() <= 2 * (m_sendBufferLimit / 3))
    {
        m_writerBlocked = false;
        Raise(kWritable);
    }
}

void
Connection::CheckReordering(std::uint64_t lowest)
{
    // tcp_check_sack_reordering: how far before the end of the newest did a late original arrive?
    const auto highest = m_board.sackedOut > 0 ? m_board.highestSacked : m_board.sndUna;
    if (lowest >= highest)
    {
        return;
    }
    ++m_info.reorderings;
    m_board.reorderingSeen = true;
    const auto distance = (highest - lowest + m_mss - 1) / m_mss;
    if (distance > m_board.reordering)
    {
        m_board.reordering =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(distance, m_config->maxReordering));
    }
}

void
Connection::UpdateRtt(TimeNs now, const TcpSegment& segment, AckDigest& digest, RateSample& sample)
{
    TimeNs rtt = -1;
    TimeNs newest = -1;
    if (digest.firstAckedSent >= 0 && !digest.retransmittedAcked)
    {
        rtt = now - digest.firstAckedSent;
        newest = now - digest.lastAckedSent;
    }
    if (digest.firstSackedSent >= 0)
    {
        if (rtt < 0)
        {
            rtt = now - digest.firstSackedSent;
        }
        if (newest < 0)
        {
            newest = now - digest.lastSackedSent;
        }
    }
    if (rtt < 0 && digest.advanced && m_hasEcho)
    {
        const auto ticks =
            static_cast<std::int32_t>(TimestampNow(now) - segment.options.timestampEcho);
        if (ticks >= 0)
        {
            rtt = newest = std::max<TimeNs>(ticks, 1) * kMillisecond;
        }
    }
    sample.rtt = newest;
    if (rtt < 0)
    {
        return;
    }
    if (newest >= 0 && (newest <= m_board.minRtt || now - m_minRttAt > kMinRttWindow))
    {
        m_board.minRtt = std::max<TimeNs>(newest, 1);
        m_minRttAt = now;
    }
    m_rtt->OnSample(rtt, m_board.sndUna, m_board.sndNxt);
    ++m_info.rttSamples;
    m_info.rttSum += rtt;
    m_info.rttMost = std::max(m_info.rttMost, rtt);
    m_info.rttLeast = std::min(m_info.rttLeast, newest >= 0 ? newest : rtt);
    m_board.srtt = m_rtt->Srtt();
    m_backoff = 0;
}

void
Connection::GenerateRateSample(TimeNs now, const AckDigest& digest, RateSample& sample)
{
    // draft-cheng-iccrg-delivery-rate-estimation section 3.3; tcp_rate_gen.
    if (m_cwnd.appLimitedUntil > 0 && m_cwnd.delivered > m_cwnd.appLimitedUntil)
    {
        m_cwnd.appLimitedUntil = 0;
    }
    sample.priorInFlight = digest.priorInFlight;
    sample.isAckDelayed = digest.mayBeDelayed;
    if (sample.ackedSacked > 0)
    {
        m_deliveredAt = now;
    }
    if (digest.rateSentAt < 0)
    {
        return;
    }
    sample.priorDelivered = digest.rateDelivered;
    sample.isAppLimited = digest.rateAppLimited;
    sample.isRetransmit = digest.rateRetransmit;
    sample.delivered = static_cast<std::int64_t>(m_cwnd.delivered - digest.rateDelivered);
    sample.interval = std::max(digest.rateSendInterval, now - digest.rateDeliveredAt);
    if (m_board.minRtt != kNever && sample.interval < m_board.minRtt)
    {
        sample.interval = -1;
        return;
    }
    if (!sample.isAppLimited || static_cast<double>(sample.delivered) * m_rateInterval >=
                                    static_cast<double>(m_rateDelivered) * sample.interval)
    {
        m_rateDelivered = static_cast<std::uint64_t>(sample.delivered);
        m_rateInterval = sample.interval;
    }
}

void
Connection::SyncCongestionState(TimeNs now)
{
    m_cwnd.now = now;
    m_cwnd.srtt = m_rtt->Srtt();
    m_cwnd.minRtt = m_board.minRtt;
    m_cwnd.packetsOut = m_board.packetsOut;
    m_cwnd.inFlight = m_board.InFlight();
    m_cwnd.reordering = m_board.reordering;
    m_cwnd.sndUna = m_board.sndUna;
    m_cwnd.sndNxt = m_board.sndNxt;
    m_cwnd.caState = m_board.caState;
    m_cwnd.lost = m_board.totalLost;
    m_cwnd.lastSendTime = m_lastSent;
    m_cwnd.hasUnsentData = m_sendBuffer.End() > m_board.sndNxt;
}

void
Connection::ControlCongestion(TimeNs now, const AckDigest& digest, const RateSample& sample)
{
    if (digest.ackedSegments > 0 || sample.ackedSacked > 0)
    {
        m_congestion->OnAcked(m_cwnd, digest.ackedSegments, sample.rtt);
    }
    if (m_congestion->Control(m_cwnd, sample))
    {
        m_cwnd.pacingRate = std::min(m_cwnd.pacingRate, m_cwnd.maxPacingRate);
    }
    else
    {
        if (InReduction())
        {
            ReduceWindow(sample.ackedSacked, sample.losses, digest);
        }
        else
        {
            // tcp_may_raise_cwnd
            const bool progress = m_board.reordering > m_config->reordering
                                      ? digest.dataAcked || sample.ackedSacked > 0
                                      : digest.dataAcked;
            const bool limited =
                m_cwnd.isCwndLimited || (m_cwnd.InSlowStart() && m_cwnd.cwnd < 2 * m_maxPacketsOut);
            if (progress && limited)
            {
                const bool report = m_cwnd.isCwndLimited;
                m_cwnd.isCwndLimited = true;
                m_congestion->IncreaseWindow(m_cwnd, sample.ackedSacked);
                m_cwnd.isCwndLimited = report;
                m_cwndStamp = now;
            }
        }
        UpdatePacingRate();
    }
    m_cwnd.cwnd = std::min(m_cwnd.cwnd, m_cwnd.cwndClamp);
    m_info.cwndMost = std::max(m_info.cwndMost, m_cwnd.cwnd);
    m_sendBufferGrows = !m_config->sendBufferLocked && digest.advanced;
}

void
Connection::GrowSendBuffer()
{
    // tcp_sndbuf_expand, in tcp_check_space: after the options of a multipath layer.
    m_sendBufferGrows = false;
    const auto segments = std::max({10u, m_cwnd.cwnd, m_board.reordering + 1});
    const std::uint64_t wanted = static_cast<std::uint64_t>(m_congestion->SendBufferFactor()) *
                                 segments * SendTruesize(m_mss);
    m_sendBufferLimit = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(std::max<std::uint64_t>(m_sendBufferLimit, wanted),
                                std::max(m_config->sendBufferMax, m_sendBufferLimit)));
    if (m_writerBlocked && Queued() <= 2 * (m_sendBufferLimit / 3))
    {
        m_writerBlocked = false;
        Raise(kWritable);
    }
}

void
Connection::UpdatePacingRate()
{
    // tcp_update_pacing_rate; facts sheet linux.md 6.2.1.
    const std::uint64_t segments = std::max(m_cwnd.cwnd, m_board.packetsOut);
    std::uint64_t rate = static_cast<std::uint64_t>(m_mss) * segments *
                         (m_cwnd.cwnd < m_cwnd.ssthresh / 2 ? m_config->pacingSlowStartPercent
                                                            : m_config->pacingAvoidancePercent) /
                         100;
    const TimeNs srtt = m_rtt->Srtt();
    if (srtt > 0)
    {
        rate = static_cast<std::uint64_t>(static_cast<Uint128>(rate) * kSecond / srtt);
    }
    else
    {
        rate *= 1000; // one millisecond until a sample came
    }
    m_cwnd.pacingRate = std::min(rate, m_cwnd.maxPacingRate);
}

} // namespace hoststack::tcp
