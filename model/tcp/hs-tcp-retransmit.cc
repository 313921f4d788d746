// SPDX-License-Identifier: GPL-2.0-only

// Sender: sending again what was lost (tcp_xmit_retransmit_queue, __tcp_retransmit_skb).

#include "ns3/hs-tcp-sender.h"

#include <algorithm>
#include <utility>

namespace hoststack::tcp
{

bool
Sender::CutForRetransmission(std::size_t position, std::uint32_t maxSegments, std::uint32_t mss)
{
    const auto& range = m_board.Map().At(position);
    const auto begin = range.begin;
    const auto windowEnd = WindowEnd();
    if (begin >= windowEnd && begin != m_board.SndUna())
    {
        return false;
    }
    const auto least = std::max(1u, m_common.config->gsoMaxBytes / mss);
    auto most = static_cast<std::uint64_t>(std::min(maxSegments, least)) * mss;
    // Not beyond a window that was withdrawn, but the head may always go.
    const std::uint64_t room = windowEnd > begin ? windowEnd - begin : mss;
    if (room < most)
    {
        most = room >= mss ? room - room % mss : room;
    }
    const std::uint64_t data = range.end - begin - (range.fin ? 1 : 0);
    if (data > most)
    {
        m_board.Split(position, begin + most);
    }
    return true;
}

bool
Sender::RetransmitRange(TimeNs now, std::size_t position, std::uint32_t maxSegments, bool probe)
{
    if (position >= m_board.Map().Size() || maxSegments == 0)
    {
        return false;
    }
    const auto mss = CurrentMss();
    if (!CutForRetransmission(position, maxSegments, mss))
    {
        return false;
    }
    const auto departs = DepartsAt(now);
    const auto& range = m_board.Map().At(position);
    if (range.mss != mss)
    {
        m_board.Resegment(range, static_cast<std::uint16_t>(mss));
    }
    const bool fin = range.fin;
    const auto length = static_cast<std::uint32_t>(range.end - range.begin - (fin ? 1 : 0));
    if (probe)
    {
        m_board.MarkProbed(range, departs);
    }
    else
    {
        m_board.MarkRetransmitted(range, departs);
        auto& episode = m_episode.Own();
        if (episode.retransmitStamp < 0)
        {
            episode.retransmitStamp = departs;
        }
        episode.undoRetransmits =
            std::max(episode.undoRetransmits, 0) + static_cast<std::int32_t>(range.segments);
    }
    NoteTransmission(now, range);
    auto& troubles = m_common.troubles.Own();
    troubles.retransmissions += range.segments;
    troubles.bytesRetransmitted += length;

    TcpSegment segment;
    const auto segments = length == 0 ? 1 : (length + mss - 1) / mss;
    segment.seq = m_common.SendSeq(range.begin);
    segment.flags = kAck | (fin ? kFin : 0);
    if (range.pushed || (length > 0 && segments > 1))
    {
        segment.flags |= kPsh;
    }
    if (length > 0)
    {
        segment.payload = m_buffer.Gather(range.begin, length);
        segment.mss = segments > 1 ? static_cast<std::uint16_t>(mss) : 0;
    }
    PaceAfter(now, segment, 0);
    m_common.outlet.Emit(now, std::move(segment), departs);
    return true;
}

void
Sender::RetransmitLost(TimeNs now)
{
    // tcp_xmit_retransmit_queue: lost ranges in sequence order, as far as the window allows.
    if (m_board.PacketsOut() == 0)
    {
        return;
    }
    auto position = m_board.Map().Find(m_board.RetransmitHint());
    bool rearm = false;
    for (; position < m_board.Map().Size(); ++position)
    {
        const auto& range = m_board.Map().At(position);
        if (!range.lost || range.retransmitOut || range.sacked)
        {
            if (m_board.LostOut() <= m_board.RetransOut())
            {
                break;
            }
            continue;
        }
        if (PacingBlocks(now))
        {
            break;
        }
        const auto inFlight = m_board.InFlight();
        if (inFlight >= m_cwnd.Cwnd())
        {
            break;
        }
        const auto burst = m_pacer->RepairSegments(SuperSegmentSegments());
        const auto quota = std::min({m_cwnd.Cwnd() - inFlight, burst, range.segments});
        const bool waits = m_pace.backlog != nullptr && IsBacklogged(quota * m_size.mss, 1);
        if (waits || !RetransmitRange(now, position, quota))
        {
            break;
        }
        if (InReduction())
        {
            m_episode.Own().prrOut += m_board.Map().At(position).segments;
        }
        if (position == 0 && m_timer.kind != RtxTimer::Reordering)
        {
            rearm = true;
        }
    }
    m_board.ReachRetransmission(position);
    if (rearm)
    {
        ArmRtx(now, RtxTimer::Retransmit, Rto());
    }
}

void
Sender::Recover(TimeNs now, Rexmit rexmit)
{
    if (rexmit == Rexmit::None || m_common.state == State::SynSent ||
        m_common.state == State::Closed)
    {
        return;
    }
    if (m_common.moreComes)
    {
        m_heldRexmit = rexmit;
        return;
    }
    if (rexmit == Rexmit::New)
    {
        PushPending(now);
        if (m_board.SndNxt() > m_episode->highSeq)
        {
            return;
        }
        m_episode.Own().frto = false;
    }
    RetransmitLost(now);
}

void
Sender::EndBatch(TimeNs now)
{
    m_pacer->OnInputTaken();
    Recover(now, std::exchange(m_heldRexmit, Rexmit::None));
}

void
Sender::RetransmitTooLong(TimeNs now)
{
    // tcp_simple_retransmit: no sign of congestion, so the window stays as it is.
    const auto most = CurrentMss();
    for (std::size_t i = 0; i < m_board.Map().Size(); ++i)
    {
        const auto& range = m_board.Map().At(i);
        const std::uint64_t data = range.end - range.begin - (range.fin ? 1 : 0);
        if (std::min<std::uint64_t>(data, range.mss) > most)
        {
            m_board.MarkLost(range);
        }
    }
    if (m_board.LostOut() == 0)
    {
        return;
    }
    if (!m_board.UsesSack())
    {
        LimitDuplicateAcks(0);
    }
    if (m_board.State() != CaState::Loss)
    {
        // tcp_non_congestion_loss_retransmit
        auto& episode = m_episode.Own();
        episode.highSeq = m_board.SndNxt();
        if (!InReduction())
        {
            m_cwnd.SetSsthresh(
                std::max(m_cwnd.Ssthresh(), (m_cwnd.Cwnd() >> 1) + (m_cwnd.Cwnd() >> 2)));
        }
        episode.priorSsthresh = 0;
        episode.undoMarker = 0;
        episode.frto = false;
        ChangeCaState(CaState::Loss);
    }
    RetransmitLost(now);
}

} // namespace hoststack::tcp
