// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-send-map.h"

#include <algorithm>
#include <utility>

namespace hoststack::tcp
{

SendMap::SendMap()
    : m_ranges(1)
{
}

std::uint32_t
SendMap::Allocate()
{
    if (m_free != kNone)
    {
        return std::exchange(m_free, m_ranges[m_free].newer);
    }
    m_ranges.emplace_back();
    return static_cast<std::uint32_t>(m_ranges.size() - 1);
}

void
SendMap::Free(std::uint32_t index)
{
    m_ranges[index].newer = std::exchange(m_free, index);
}

void
SendMap::Track(std::uint32_t index)
{
    auto& range = m_ranges[index];
    auto& head = m_ranges[0];
    range.older = head.older;
    range.newer = kNone;
    m_ranges[head.older].newer = index;
    head.older = index;
    range.tracked = true;
}

void
SendMap::Untrack(SentRange& range)
{
    if (!range.tracked)
    {
        return;
    }
    m_ranges[range.older].newer = range.newer;
    m_ranges[range.newer].older = range.older;
    range.older = range.newer = kNone;
    range.tracked = false;
}

SentRange&
SendMap::Append(std::uint64_t begin,
                std::uint64_t end,
                std::uint32_t segments,
                std::uint16_t mss,
                TimeNs now)
{
    const auto index = Allocate();
    auto& range = m_ranges[index];
    range = SentRange();
    range.begin = begin;
    range.end = end;
    range.segments = segments;
    range.mss = mss;
    range.transmissions = 1;
    range.sentAt = range.firstSentAt = now;
    m_order.PushBack(index);
    Track(index);
    return m_ranges[index];
}

std::size_t
SendMap::Find(std::uint64_t offset) const
{
    std::size_t low = 0;
    std::size_t high = m_order.Size();
    while (low < high)
    {
        const std::size_t middle = (low + high) / 2;
        if (At(middle).end <= offset)
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

std::size_t
SendMap::Split(std::size_t position, std::uint64_t offset)
{
    const auto rightIndex = Allocate();
    const auto leftIndex = m_order[position];
    auto& left = m_ranges[leftIndex];
    auto& right = m_ranges[rightIndex];
    assert(offset > left.begin && offset < left.end);
    const auto leftSegments =
        static_cast<std::uint32_t>((offset - left.begin + left.mss - 1) / left.mss);
    right = left;
    right.begin = offset;
    left.end = offset;
    left.fin = left.pushed = false;
    const std::uint64_t rest = right.end - right.begin - (right.fin ? 1 : 0);
    right.segments =
        std::max<std::uint32_t>(1, static_cast<std::uint32_t>((rest + right.mss - 1) / right.mss));
    left.segments = leftSegments;
    if (left.tracked)
    {
        // The right part takes the place after the left one: they left together.
        right.older = leftIndex;
        m_ranges[right.newer].older = rightIndex;
        left.newer = rightIndex;
    }
    m_order.Insert(position + 1, rightIndex);
    return position + 1;
}

void
SendMap::PopFront()
{
    const auto index = m_order.Front();
    Untrack(m_ranges[index]);
    m_order.PopFront();
    Free(index);
}

std::uint32_t
SendMap::TrimFront(std::uint64_t offset)
{
    auto& front = At(0);
    assert(offset > front.begin && offset < front.end);
    front.begin = offset;
    const std::uint64_t rest = front.end - offset - (front.fin ? 1 : 0);
    const auto left =
        std::max<std::uint32_t>(1, static_cast<std::uint32_t>((rest + front.mss - 1) / front.mss));
    const auto gone = front.segments > left ? front.segments - left : 0;
    front.segments -= gone;
    return gone;
}

void
SendMap::Touch(SentRange& range, TimeNs now)
{
    Untrack(range);
    range.sentAt = now;
    ++range.transmissions;
    Track(static_cast<std::uint32_t>(&range - m_ranges.data()));
}

void
SendMap::Retrack(SentRange& range)
{
    assert(!range.tracked);
    const auto index = static_cast<std::uint32_t>(&range - m_ranges.data());
    std::uint32_t before = m_ranges[0].older;
    while (before != kNone &&
           (m_ranges[before].sentAt > range.sentAt ||
            (m_ranges[before].sentAt == range.sentAt && m_ranges[before].begin > range.begin)))
    {
        before = m_ranges[before].older;
    }
    range.older = before;
    range.newer = m_ranges[before].newer;
    m_ranges[range.newer].older = index;
    m_ranges[before].newer = index;
    range.tracked = true;
}

bool
SendMap::IsConsistent() const
{
    std::size_t tracked = 0;
    for (std::size_t i = 0; i < m_order.Size(); ++i)
    {
        const auto& range = At(i);
        if (range.begin >= range.end || range.segments == 0 || range.mss == 0 ||
            (i > 0 && At(i - 1).end != range.begin))
        {
            return false;
        }
        tracked += range.tracked ? 1 : 0;
    }
    std::size_t listed = 0;
    TimeNs last = 0;
    std::uint32_t before = kNone;
    for (auto i = m_ranges[0].newer; i != kNone; i = m_ranges[i].newer)
    {
        if (!m_ranges[i].tracked || m_ranges[i].sentAt < last || m_ranges[i].older != before ||
            ++listed > tracked)
        {
            return false;
        }
        last = m_ranges[i].sentAt;
        before = i;
    }
    return listed == tracked && m_ranges[0].older == before;
}

void
SendMap::Clear()
{
    m_order.Clear();
    m_ranges.resize(1);
    m_ranges[0] = SentRange();
    m_free = kNone;
}

} // namespace hoststack::tcp
