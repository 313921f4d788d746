// SPDX-License-Identifier: GPL-2.0-only

// Sender: SACK blocks that come in (tcp_sacktag_write_queue).

#include "ns3/hs-tcp-sender.h"

#include <algorithm>

namespace hoststack::tcp
{

void
Sender::NoteDsack(std::int64_t begin, std::int64_t end, AckDigest& digest)
{
    digest.dsack = true;
    ++m_common.troubles.Own().dsacksReceived;
    if (m_episode->undoMarker != 0 && m_episode->undoRetransmits > 0 &&
        static_cast<std::uint64_t>(end) > m_episode->undoMarker)
    {
        const auto segments =
            static_cast<std::int32_t>((end - begin + m_size.cached - 1) / m_size.cached);
        m_episode.Own().undoRetransmits = std::max(0, m_episode->undoRetransmits - segments);
    }
}

std::uint8_t
Sender::ReadBlocks(const TcpSegment& segment, Blocks& blocks, AckDigest& digest)
{
    const auto& o = segment.options;
    const auto ack = OffsetOf(segment.ack);
    std::uint8_t count = 0;
    for (std::uint8_t i = 0; i < o.sackCount; ++i)
    {
        const auto b = OffsetOf(o.sack[i].begin);
        const auto e = OffsetOf(o.sack[i].end);
        if (b >= e || e > static_cast<std::int64_t>(m_board.SndNxt()) || b < 0)
        {
            continue;
        }
        if (i == 0)
        {
            // RFC 2883 section 4: a first block below the ACK or inside the second is a DSACK.
            const bool below = e <= ack;
            const bool inside =
                o.sackCount > 1 && OffsetOf(o.sack[1].begin) <= b && OffsetOf(o.sack[1].end) >= e;
            if (below || inside)
            {
                NoteDsack(b, e, digest);
                continue;
            }
        }
        if (static_cast<std::uint64_t>(e) <= m_board.SndUna())
        {
            continue;
        }
        blocks[count++] = {std::max<std::uint64_t>(static_cast<std::uint64_t>(b), m_board.SndUna()),
                           static_cast<std::uint64_t>(e)};
    }
    for (std::uint8_t i = 1; i < count; ++i)
    {
        for (std::uint8_t k = i; k > 0 && blocks[k] < blocks[k - 1]; --k)
        {
            std::swap(blocks[k], blocks[k - 1]);
        }
    }
    return count;
}

void
Sender::TagNews(TimeNs now, const Block& block, AckDigest& digest)
{
    // Only what the previous ACK did not report already.
    const auto [b, e] = block;
    auto from = b;
    for (const auto& [cachedBegin, cachedEnd] : *m_sackCache)
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

void
Sender::TagSacked(TimeNs now, const TcpSegment& segment, AckDigest& digest)
{
    Blocks blocks{};
    digest.inSack = true;
    const auto count = ReadBlocks(segment, blocks, digest);
    for (std::uint8_t i = 0; i < count; ++i)
    {
        TagNews(now, blocks[i], digest);
    }
    m_sackCache.Own() = blocks;
    digest.inSack = false;
    if (digest.reorderedFrom != ~std::uint64_t{0})
    {
        if (m_board.State() != CaState::Loss || m_episode->undoMarker != 0)
        {
            CheckReordering(digest.reorderedFrom);
        }
        digest.reorderedFrom = ~std::uint64_t{0};
    }
}

void
Sender::NoteSacked(const SentRange& range, AckDigest& digest) const
{
    if (range.everRetransmitted)
    {
        return;
    }
    if (range.begin < m_board.HighestSacked())
    {
        digest.reorderedFrom = std::min(digest.reorderedFrom, range.begin);
    }
    if (range.end <= m_episode->highSeq)
    {
        digest.originalSacked = true;
    }
    if (digest.firstSackedSent < 0)
    {
        digest.firstSackedSent = range.sentAt;
    }
    digest.lastSackedSent = range.sentAt;
}

void
Sender::TagBlock(TimeNs now,
                 std::uint64_t from,
                 std::uint64_t begin,
                 std::uint64_t end,
                 AckDigest& digest)
{
    const auto& map = m_board.Map();
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
        const auto& range = map.At(position);
        NoteSacked(range, digest);
        NoteDelivered(now, range, digest);
        m_board.MarkSacked(range);
        digest.sackedSegments += range.segments;
        digest.dataSacked = true;
    }
}

} // namespace hoststack::tcp
