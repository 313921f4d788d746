// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-send-queue.h"

namespace hoststack::mptcp
{

namespace
{

constexpr std::uint32_t kFragmentBytes = 32768; // page fragment of the kernel, facts 3.2.3

} // namespace

void
SendQueue::Append(const Payload& bytes)
{
    auto begin = m_buffer.End();
    m_buffer.Append(bytes);
    const auto end = m_buffer.End();
    while (begin < end)
    {
        auto* last = m_fragments.Empty() ? nullptr : &m_fragments.Back();
        if (!last || last->end - last->begin >= kFragmentBytes)
        {
            last = &m_fragments.PushBack(Fragment{begin, begin, begin});
            ++m_unsent;
        }
        const auto n = std::min(end - begin, kFragmentBytes - (last->end - last->begin));
        last->end += n;
        begin += n;
    }
}

std::size_t
SendQueue::FirstUnsent()
{
    // Fragments are handed out in order, so those with something left are the last ones; far more
    // may be written than is in flight.
    const auto size = m_fragments.Size();
    const auto isUnsent = [this](std::size_t i) {
        return m_fragments[i].sent < m_fragments[i].end;
    };
    const auto guess = size - std::min(m_unsent, size);
    if ((guess == 0 || !isUnsent(guess - 1)) && (guess == size || isUnsent(guess)))
    {
        return guess;
    }
    std::size_t low = 0;
    std::size_t high = size;
    while (low < high)
    {
        const std::size_t middle = (low + high) / 2;
        if (isUnsent(middle))
        {
            high = middle;
        }
        else
        {
            low = middle + 1;
        }
    }
    m_unsent = size - low;
    return low;
}

std::uint64_t
SendQueue::HandOut(std::size_t i, std::uint32_t length)
{
    auto& fragment = m_fragments[i];
    const auto again =
        fragment.sent < m_next ? std::min<std::uint64_t>(length, m_next - fragment.sent) : 0;
    fragment.sent += length;
    m_next = std::max(m_next, fragment.sent);
    m_unsent = m_fragments.Size() - i - (fragment.sent < fragment.end ? 0 : 1);
    return again;
}

void
SendQueue::Reach(std::uint64_t offset)
{
    m_next = std::max(m_next, offset);
}

void
SendQueue::SyncFragments()
{
    for (std::size_t i = 0; i < m_fragments.Size(); ++i)
    {
        auto& f = m_fragments[i];
        f.sent = std::max(f.sent, std::min(f.end, m_next));
    }
}

void
SendQueue::TakeBack()
{
    for (std::size_t i = 0; i < m_fragments.Size(); ++i)
    {
        m_fragments[i].sent = m_fragments[i].begin;
    }
}

void
SendQueue::Release(std::uint64_t ack)
{
    m_una = ack;
    const auto data = std::min(ack, m_buffer.End());
    m_next = std::max(m_next, data);
    m_buffer.Release(data);
    while (!m_fragments.Empty() && m_fragments.Front().end <= ack)
    {
        // The last one may still grow by a later write; it is replaced by a new one then.
        m_fragments.PopFront();
    }
    if (!m_fragments.Empty() && m_fragments.Front().begin < ack)
    {
        m_fragments.Front().begin = ack;
        m_fragments.Front().sent = std::max(m_fragments.Front().sent, ack);
    }
}

} // namespace hoststack::mptcp
