// SPDX-License-Identifier: GPL-2.0-only

// Connection: sending again what was lost (tcp_xmit_retransmit_queue, __tcp_retransmit_skb).

#include "ns3/hs-tcp-connection.h"

#include <algorithm>

namespace hoststack::tcp
{

bool
Connection::RetransmitRange(TimeNs now, std::size_t position, std::uint32_t maxSegments, bool probe)
{
    if (position >= m_board.map.Size() || maxSegments == 0)
    {
        return false;
    }
    const auto begin = m_board.map.At(position).begin;
    const auto windowEnd = WindowEnd();
    if (begin >= windowEnd && begin != m_board.sndUna)
    {
        return false;
    }
    const auto mss = CurrentMss();
    {
        const auto& range = m_board.map.At(position);
        auto most = static_cast<std::uint64_t>(
                        std::min(maxSegments, std::max(1u, m_config->gsoMaxBytes / mss))) *
                    mss;
        // Not beyond a window that was withdrawn, but the head may always go.
        const std::uint64_t room = windowEnd > begin ? windowEnd - begin : mss;
        if (room < most)
        {
            most = room >= mss ? room - room % mss : room;
        }
        const std::uint64_t data = range.end - range.begin - (range.fin ? 1 : 0);
        if (data > most)
        {
            m_board.Split(position, begin + most);
        }
    }
    auto& range = m_board.map.At(position);
    if (range.mss != mss)
    {
        m_board.Resegment(range, static_cast<std::uint16_t>(mss));
    }
    const bool fin = range.fin;
    const auto length = static_cast<std::uint32_t>(range.end - range.begin - (fin ? 1 : 0));
    if (probe)
    {
        m_board.MarkProbed(range, now);
    }
    else
    {
        m_board.MarkRetransmitted(range, now);
        if (m_retransmitStamp < 0)
        {
            m_retransmitStamp = now;
        }
        if (m_undoRetransmits < 0)
        {
            m_undoRetransmits = 0;
        }
        m_undoRetransmits += static_cast<std::int32_t>(range.segments);
    }
    NoteTransmission(now, range);
    m_info.retransmissions += range.segments;
    m_info.bytesRetransmitted += length;

    TcpSegment segment;
    std::uint16_t flags = kAck | (fin ? kFin : 0);
    const auto segments = length == 0 ? 1 : (length + mss - 1) / mss;
    if (range.pushed || (length > 0 && segments > 1))
    {
        flags |= kPsh;
    }
    FillHeader(segment, begin, flags);
    if (length > 0)
    {
        segment.payload = m_sendBuffer.Gather(begin, length);
        segment.mss = segments > 1 ? static_cast<std::uint16_t>(mss) : 0;
    }
    PaceAfter(now, length);
    Emit(now, std::move(segment));
    return true;
}

void
Connection::RetransmitLost(TimeNs now)
{
    // tcp_xmit_retransmit_queue: lost ranges in sequence order, as far as the window allows.
    if (m_board.packetsOut == 0)
    {
        return;
    }
    auto position = m_board.map.Find(m_board.retransmitHint);
    bool complete = true;
    bool rearm = false;
    for (; position < m_board.map.Size(); ++position)
    {
        auto& range = m_board.map.At(position);
        if (!range.lost || range.retransmitOut || range.sacked)
        {
            if (m_board.lostOut <= m_board.retransOut)
            {
                break;
            }
            continue;
        }
        if (PacingBlocks(now))
        {
            complete = false;
            break;
        }
        const auto inFlight = m_board.InFlight();
        if (inFlight >= m_cwnd.cwnd)
        {
            complete = false;
            break;
        }
        const auto quota =
            std::min({m_cwnd.cwnd - inFlight, SuperSegmentSegments(), range.segments});
        if (!RetransmitRange(now, position, quota))
        {
            complete = false;
            break;
        }
        if (InReduction())
        {
            m_prrOut += m_board.map.At(position).segments;
        }
        if (position == 0 && m_rtxTimer != RtxTimer::Reordering)
        {
            rearm = true;
        }
    }
    m_board.retransmitHint = position < m_board.map.Size() ? m_board.map.At(position).begin
                             : complete                    ? m_board.sndNxt
                                                           : m_board.retransmitHint;
    if (rearm)
    {
        ArmRtx(now, RtxTimer::Retransmit, Rto());
    }
}

void
Connection::Recover(TimeNs now, Rexmit rexmit)
{
    if (rexmit == Rexmit::None || m_state == State::SynSent || m_state == State::Closed)
    {
        return;
    }
    if (rexmit == Rexmit::New)
    {
        PushPending(now);
        if (m_board.sndNxt > m_highSeq)
        {
            return;
        }
        m_frto = false;
    }
    RetransmitLost(now);
}

} // namespace hoststack::tcp
