// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-receive-queue.h"

#include <algorithm>
#include <utility>

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

std::pair<std::uint64_t, std::uint64_t>
ReceiveQueue::GapAround(std::uint64_t offset) const
{
    const auto i = FindBeyond(std::max(offset, m_next));
    const auto begin = i > 0 ? m_beyond[i - 1].end : m_next;
    return {begin, i < m_beyond.Size() ? std::max(m_beyond[i].begin, begin) : ~std::uint64_t{0}};
}

bool
ReceiveQueue::Merge(Piece& tail, const BufferMemory& next, std::uint32_t* charge) const
{
    auto& memory = tail.memory;
    if (memory.truesize == 0 || (memory.isShared && tail.end > m_acknowledged))
    {
        return false;
    }
    memory.isShared = false;
    return (m_mergeLimit == 0 || memory.length + next.length <= m_mergeLimit) &&
           MergeBuffers(memory, next, charge);
}

void
ReceiveQueue::AppendInOrder(Payload&& bytes, const BufferMemory& memory)
{
    const auto length = bytes.Length();
    auto own = memory;
    if (!m_inOrder.Empty())
    {
        auto& tail = m_inOrder.Back();
        std::uint32_t charge = 0;
        if (Merge(tail, memory, &charge))
        {
            m_memory += charge;
            own = tail.memory;
            tail.memory = BufferMemory();
            m_inOrder.PushBack(Piece{m_next, m_next + length, own, std::move(bytes)});
            m_next += length;
            return;
        }
    }
    m_memory += own.truesize;
    m_inOrder.PushBack(Piece{m_next, m_next + length, own, std::move(bytes)});
    m_next += length;
}

ReceiveQueue::Result
ReceiveQueue::Insert(std::uint64_t offset, const Payload& bytes, const BufferMemory& memory)
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
    if (offset > m_next)
    {
        InsertBeyond(offset, bytes, memory, result);
        return result;
    }
    Payload rest(bytes);
    if (offset < m_next)
    {
        result.duplicate = true;
        result.duplicateBegin = offset;
        result.duplicateEnd = m_next;
        rest.TrimFront(static_cast<std::uint32_t>(m_next - offset));
    }
    result.inOrder = true;
    result.accepted = rest.Length();
    AppendInOrder(std::move(rest), memory);
    while (!m_beyond.Empty() && m_beyond.Front().begin <= m_next)
    {
        result.filledHole = true;
        MoveBuffer(result);
    }
    return result;
}

void
ReceiveQueue::MoveBuffer(Result& result)
{
    // tcp_ofo_queue: a buffer that begins where the stream ends may merge with its tail.
    const auto count = BufferEnd(m_beyond, 0);
    auto& front = m_beyond.Front();
    auto& tail = m_inOrder.Back();
    auto memory = m_beyond[count - 1].memory;
    std::uint32_t charge = memory.truesize;
    const bool follows = front.begin == m_next;
    const bool merges = follows && Merge(tail, memory, &charge);
    m_memory -= memory.truesize;
    m_memory += charge;
    if (count == 1 && follows)
    {
        m_beyondBytes -= front.bytes.Length();
        m_next = front.end;
        if (merges)
        {
            front.memory = std::exchange(tail.memory, BufferMemory());
        }
        m_inOrder.PushBack(std::move(front));
        m_beyond.PopFront();
        return;
    }
    if (merges)
    {
        memory = std::exchange(tail.memory, BufferMemory());
    }
    for (std::size_t i = 0; i < count; ++i)
    {
        const bool isLast = i + 1 == count;
        m_beyondBytes -= static_cast<std::uint32_t>(m_beyond.Front().end - m_beyond.Front().begin);
        if (m_beyond.Front().begin == m_next)
        {
            auto& moved = m_inOrder.PushBack(std::move(m_beyond.Front()));
            moved.memory = isLast ? memory : BufferMemory();
            m_next = moved.end;
            m_beyond.PopFront();
            continue;
        }
        auto piece = std::move(m_beyond.Front());
        m_beyond.PopFront();
        if (piece.begin < m_next)
        {
            result.accepted -=
                static_cast<std::uint32_t>(std::min(piece.end, m_next) - piece.begin);
            result.NoteDuplicate(piece.begin, std::min(piece.end, m_next));
            if (piece.end > m_next)
            {
                piece.bytes.TrimFront(static_cast<std::uint32_t>(m_next - piece.begin));
            }
        }
        if (piece.end > m_next)
        {
            piece.begin = m_next;
            piece.memory = isLast ? memory : BufferMemory();
            m_next = piece.end;
            m_inOrder.PushBack(std::move(piece));
        }
        else if (isLast)
        {
            m_memory -= charge; // all of it had come meanwhile
        }
    }
}

void
ReceiveQueue::InsertBeyond(std::uint64_t begin,
                           Payload bytes,
                           const BufferMemory& memory,
                           Result& result)
{
    const std::uint64_t end = begin + bytes.Length();
    auto position = FindBeyond(begin);
    const bool isFree = position == m_beyond.Size() || m_beyond[position].begin >= end;
    if (isFree && position > 0 && m_beyond[position - 1].end == begin)
    {
        // It continues a buffer (tcp_ooo_try_coalesce).
        auto& tail = m_beyond[position - 1];
        std::uint32_t charge = 0;
        if (Merge(tail, memory, &charge))
        {
            m_memory += charge;
            m_beyondBytes += bytes.Length();
            result.accepted += bytes.Length();
            result.mergedBeyond = true;
            const auto own = tail.memory;
            tail.memory = BufferMemory();
            m_beyond.Insert(position, Piece{begin, end, own, std::move(bytes)});
            return;
        }
    }
    if (isFree)
    {
        auto own = memory;
        own.Condense();
        m_memory += own.truesize;
        m_beyondBytes += bytes.Length();
        result.accepted += bytes.Length();
        if (position == m_beyond.Size())
        {
            m_beyond.PushBack(Piece{begin, end, own, std::move(bytes)});
        }
        else
        {
            m_beyond.Insert(position, Piece{begin, end, own, std::move(bytes)});
        }
        return;
    }
    std::uint64_t at = begin;
    auto last = m_beyond.Size();
    bool any = false;
    // Keep what is there, fill only the gaps.
    while (at < end)
    {
        const bool isLast = position >= m_beyond.Size();
        const std::uint64_t gapEnd = isLast ? end : std::min(end, m_beyond[position].begin);
        if (at < gapEnd)
        {
            Payload part = bytes.Slice(static_cast<std::uint32_t>(at - begin),
                                       static_cast<std::uint32_t>(gapEnd - at));
            m_beyondBytes += part.Length();
            result.accepted += part.Length();
            m_beyond.Insert(position, Piece{at, gapEnd, BufferMemory(), std::move(part)});
            last = position;
            any = true;
            ++position;
            at = gapEnd;
        }
        if (at < end)
        {
            const std::uint64_t overlapEnd = std::min(end, m_beyond[position].end);
            result.NoteDuplicate(std::max(at, m_beyond[position].begin), overlapEnd);
            at = std::max(at, overlapEnd);
            ++position;
        }
    }
    if (any)
    {
        auto& own = m_beyond[last].memory;
        own = memory;
        own.Condense();
        m_memory += own.truesize;
    }
}

std::uint32_t
ReceiveQueue::FirstBuffer() const
{
    std::uint32_t bytes = 0;
    for (std::size_t i = 0; i < m_inOrder.Size(); ++i)
    {
        bytes += m_inOrder[i].bytes.Length();
        if (m_inOrder[i].memory.truesize > 0)
        {
            break;
        }
    }
    return bytes;
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
            m_memory -= front.memory.truesize;
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
        memory += m_inOrder[i].memory.truesize;
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
        memory += piece.memory.truesize;
        beyond += piece.bytes.Length();
    }
    return memory == m_memory && unread == Available() && beyond == m_beyondBytes;
}

void
ReceiveQueue::CountFin()
{
    while (!m_beyond.Empty())
    {
        m_memory -= m_beyond.Back().memory.truesize;
        m_beyond.PopBack();
    }
    m_beyondBytes = 0;
    ++m_next;
    ++m_read;
}

bool
ReceiveQueue::PruneOutOfOrder(std::uint32_t target, std::uint64_t keepBefore)
{
    std::uint32_t freed = 0;
    bool any = false;
    while (!m_beyond.Empty() && freed < target)
    {
        auto first = m_beyond.Size() - 1;
        while (first > 0 && m_beyond[first - 1].memory.truesize == 0)
        {
            --first;
        }
        if (m_beyond[first].begin < keepBefore)
        {
            break;
        }
        while (m_beyond.Size() > first)
        {
            freed += m_beyond.Back().memory.truesize;
            m_memory -= m_beyond.Back().memory.truesize;
            m_beyondBytes -= m_beyond.Back().bytes.Length();
            m_beyond.PopBack();
        }
        any = true;
    }
    return any;
}

std::size_t
ReceiveQueue::BufferEnd(const Ring<Piece>& pieces, std::size_t i)
{
    while (i + 1 < pieces.Size() && pieces[i].memory.truesize == 0)
    {
        ++i;
    }
    return i + 1;
}

std::size_t
ReceiveQueue::CollapseRun(Ring<Piece>& pieces,
                          std::size_t first,
                          std::size_t last,
                          std::uint32_t ratio,
                          std::uint32_t& freed)
{
    // What is filled well enough in front stays; from the first bloated or partly read buffer on
    // all of the run is copied.
    while (first < last)
    {
        const auto end = BufferEnd(pieces, first);
        std::uint32_t unread = 0;
        for (auto i = first; i < end; ++i)
        {
            unread += pieces[i].bytes.Length();
        }
        const auto& memory = pieces[end - 1].memory;
        const auto worth = static_cast<std::uint64_t>(memory.truesize) * ratio / 256;
        if (worth > memory.length || unread < memory.length)
        {
            break;
        }
        first = end;
    }
    if (first >= last)
    {
        return last;
    }
    std::vector<Piece> rest;
    std::uint64_t left = 0;
    const auto count = last - first;
    rest.reserve(pieces.Size() - first);
    for (auto i = first; i < pieces.Size(); ++i)
    {
        rest.push_back(std::move(pieces[i]));
        if (i < last)
        {
            left += rest.back().bytes.Length();
            m_memory -= rest.back().memory.truesize;
            freed += rest.back().memory.truesize > 0 ? 1 : 0;
        }
    }
    while (pieces.Size() > first)
    {
        pieces.PopBack();
    }
    std::uint32_t copied = 0; // into the buffer that is being filled
    for (std::size_t i = 0; i < count; ++i)
    {
        auto& piece = rest[i];
        while (piece.bytes.Length() > 0)
        {
            const auto capacity =
                static_cast<std::uint32_t>(std::min<std::uint64_t>(kCollapsedBytes, left + copied));
            const auto n = std::min(piece.bytes.Length(), capacity - copied);
            copied += n;
            left -= n;
            BufferMemory memory;
            if (copied == capacity)
            {
                memory = MemoryOfCopy(capacity);
                m_memory += memory.truesize;
                copied = 0;
            }
            const auto end = piece.end - (piece.bytes.Length() - n);
            pieces.PushBack(Piece{end - n, end, memory, piece.bytes.Slice(0, n)});
            piece.bytes.TrimFront(n);
        }
    }
    const auto end = pieces.Size();
    for (auto i = count; i < rest.size(); ++i)
    {
        pieces.PushBack(std::move(rest[i]));
    }
    return end;
}

std::uint32_t
ReceiveQueue::Collapse(std::uint32_t ratio, std::uint32_t buffer)
{
    std::uint32_t freed = 0;
    std::uint32_t tiny = 0; // memory of runs not worth a copy
    for (std::size_t first = 0; first < m_beyond.Size() && tiny <= buffer / 8;)
    {
        auto last = first + 1;
        std::uint32_t truesize = m_beyond[first].memory.truesize;
        std::uint32_t buffers = truesize > 0 ? 1 : 0;
        while (last < m_beyond.Size() && (m_beyond[last].begin == m_beyond[last - 1].end ||
                                          m_beyond[last - 1].memory.truesize == 0))
        {
            truesize += m_beyond[last].memory.truesize;
            buffers += m_beyond[last].memory.truesize > 0 ? 1 : 0;
            ++last;
        }
        if (buffers > 1 || m_beyond[last - 1].end - m_beyond[first].begin >= kCollapsedBytes)
        {
            last = CollapseRun(m_beyond, first, last, ratio, freed);
        }
        else
        {
            tiny += truesize;
        }
        first = last;
    }
    CollapseRun(m_inOrder, 0, m_inOrder.Size(), ratio, freed);
    return freed;
}

} // namespace hoststack::tcp
