// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-receive-queue.h"

#include <algorithm>

namespace hoststack::tcp
{

std::size_t
ReceiveQueue::FindBeyond(std::uint64_t offset) const
{
    // New data almost always lies at the far end.
    std::size_t high = m_beyond.Size();
    if (high == 0 || m_beyond[high - 1].end <= offset)
    {
        return high;
    }
    std::size_t low = 0;
    while (low < high)
    {
        const std::size_t middle = (low + high) / 2;
        if (m_beyond[middle].end <= offset)
        {
            low = middle + 1;
        }
        else
        {
            high = middle;
        }
    }
    return low;
}

std::uint64_t
ReceiveQueue::RunEnd(std::uint64_t offset) const
{
    std::uint64_t end = offset;
    for (auto i = FindBeyond(offset); i < m_beyond.Size() && m_beyond[i].begin <= end; ++i)
    {
        end = m_beyond[i].end;
    }
    return end;
}

std::uint64_t
ReceiveQueue::RunBegin(std::uint64_t offset) const
{
    auto i = FindBeyond(offset);
    if (i >= m_beyond.Size() || m_beyond[i].begin > offset)
    {
        return offset;
    }
    while (i > 0 && m_beyond[i - 1].end == m_beyond[i].begin)
    {
        --i;
    }
    return m_beyond[i].begin;
}

void
ReceiveQueue::AppendInOrder(Payload&& bytes, std::uint32_t truesize)
{
    const auto length = bytes.Length();
    m_memory += truesize;
    m_inOrder.PushBack(Piece{m_next, m_next + length, truesize, std::move(bytes)});
    m_next += length;
}

ReceiveQueue::Result
ReceiveQueue::Insert(std::uint64_t offset, const Payload& bytes, std::uint32_t truesize)
{
    Result result;
    const std::uint64_t end = offset + bytes.Length();
    if (end <= m_next)
    {
        result.duplicate = true;
        result.duplicateBegin = offset;
        result.duplicateEnd = end;
        return result;
    }
    Payload rest(bytes);
    if (offset < m_next)
    {
        result.duplicate = true;
        result.duplicateBegin = offset;
        result.duplicateEnd = m_next;
        rest.TrimFront(static_cast<std::uint32_t>(m_next - offset));
        offset = m_next;
    }
    if (offset > m_next)
    {
        InsertBeyond(offset, std::move(rest), truesize, result);
        return result;
    }
    result.inOrder = true;
    result.accepted = rest.Length();
    AppendInOrder(std::move(rest), truesize);
    while (!m_beyond.Empty() && m_beyond.Front().begin <= m_next)
    {
        auto piece = std::move(m_beyond.Front());
        m_beyond.PopFront();
        m_beyondBytes -= static_cast<std::uint32_t>(piece.end - piece.begin);
        m_memory -= piece.truesize;
        result.filledHole = true;
        if (piece.begin < m_next)
        {
            result.accepted -=
                static_cast<std::uint32_t>(std::min(piece.end, m_next) - piece.begin);
            if (!result.duplicate)
            {
                result.duplicate = true;
                result.duplicateBegin = piece.begin;
                result.duplicateEnd = std::min(piece.end, m_next);
            }
            if (piece.end <= m_next)
            {
                continue;
            }
            piece.bytes.TrimFront(static_cast<std::uint32_t>(m_next - piece.begin));
        }
        AppendInOrder(std::move(piece.bytes), piece.truesize);
    }
    return result;
}

void
ReceiveQueue::InsertBeyond(std::uint64_t begin,
                           Payload bytes,
                           std::uint32_t truesize,
                           Result& result)
{
    const std::uint64_t end = begin + bytes.Length();
    auto position = FindBeyond(begin);
    std::uint64_t at = begin;
    bool charged = false;
    // Keep what is there, fill only the gaps.
    while (at < end)
    {
        const bool isLast = position >= m_beyond.Size();
        const std::uint64_t gapEnd = isLast ? end : std::min(end, m_beyond[position].begin);
        if (at < gapEnd)
        {
            Payload part = bytes.Slice(static_cast<std::uint32_t>(at - begin),
                                       static_cast<std::uint32_t>(gapEnd - at));
            const std::uint32_t cost = charged ? 0 : truesize;
            charged = true;
            m_memory += cost;
            m_beyondBytes += part.Length();
            result.accepted += part.Length();
            m_beyond.Insert(position, Piece{at, gapEnd, cost, std::move(part)});
            ++position;
            at = gapEnd;
        }
        if (at < end)
        {
            const std::uint64_t overlapEnd = std::min(end, m_beyond[position].end);
            if (!result.duplicate)
            {
                result.duplicate = true;
                result.duplicateBegin = std::max(at, m_beyond[position].begin);
                result.duplicateEnd = overlapEnd;
            }
            at = std::max(at, overlapEnd);
            ++position;
        }
    }
}

std::uint32_t
ReceiveQueue::Read(std::uint32_t max, std::vector<Payload>* out)
{
    std::uint32_t taken = 0;
    while (taken < max && !m_inOrder.Empty())
    {
        auto& front = m_inOrder.Front();
        const std::uint32_t n = std::min(max - taken, front.bytes.Length());
        const bool whole = n == front.bytes.Length();
        if (out && whole)
        {
            out->push_back(std::move(front.bytes));
        }
        else if (out)
        {
            out->push_back(front.bytes.Slice(0, n));
        }
        taken += n;
        if (whole)
        {
            m_memory -= front.truesize;
            m_inOrder.PopFront();
        }
        else
        {
            front.bytes.TrimFront(n);
        }
    }
    m_read += taken;
    return taken;
}

bool
ReceiveQueue::IsConsistent() const
{
    std::uint64_t memory = 0;
    std::uint64_t unread = 0;
    for (std::size_t i = 0; i < m_inOrder.Size(); ++i)
    {
        memory += m_inOrder[i].truesize;
        unread += m_inOrder[i].bytes.Length();
    }
    std::uint64_t beyond = 0;
    std::uint64_t end = m_next;
    for (std::size_t i = 0; i < m_beyond.Size(); ++i)
    {
        const auto& piece = m_beyond[i];
        if (piece.begin < end || (i == 0 && piece.begin == m_next) ||
            piece.end != piece.begin + piece.bytes.Length() || piece.begin == piece.end)
        {
            return false;
        }
        end = piece.end;
        memory += piece.truesize;
        beyond += piece.bytes.Length();
    }
    return memory == m_memory && unread == Available() && beyond == m_beyondBytes;
}

bool
ReceiveQueue::PruneOutOfOrder(std::uint32_t target, std::uint64_t keepBefore)
{
    std::uint32_t freed = 0;
    bool any = false;
    while (!m_beyond.Empty() && freed < target && m_beyond.Back().end > keepBefore)
    {
        freed += m_beyond.Back().truesize;
        m_memory -= m_beyond.Back().truesize;
        m_beyondBytes -= m_beyond.Back().bytes.Length();
        m_beyond.PopBack();
        any = true;
    }
    return any;
}

} // namespace hoststack::tcp
