// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-send-queue.h"

namespace hoststack::mptcp
{

namespace
{

constexpr std::uint32_t kPage = 32768;      // SKB_FRAG_PAGE_ORDER; facts 3.2.3
constexpr std::uint32_t kFragmentHead = 40; // struct mptcp_data_frag
constexpr std::uint32_t kLeastRoom = 32;    // mptcp_page_frag_refill
constexpr std::uint32_t kAligned = 8;       // mptcp_carve_data_frag

} // namespace

SendQueue::Place
SendQueue::NextPlace() const
{
    if (HasUnsent() && m_page < kPage)
    {
        return {kPage - m_page, 0}; // mptcp_frag_can_collapse_to
    }
    // A page that nobody uses any more is begun anew (skb_page_frag_refill).
    const bool isFree = m_fragments.Empty() || m_page + kFragmentHead + kLeastRoom > kPage;
    const auto used = isFree ? 0 : m_page;
    const auto begin = (used + kAligned - 1) / kAligned * kAligned + kFragmentHead;
    return {kPage - begin, begin - used};
}

void
SendQueue::Append(const Payload& bytes, const Place& place)
{
    const auto begin = m_buffer.End();
    const auto length = bytes.Length();
    m_buffer.Append(bytes);
    m_page = kPage - place.room + length;
    if (place.head == 0)
    {
        m_fragments.Back().end += length;
        return;
    }
    m_fragments.PushBack(
        Fragment{begin, begin + length, begin, static_cast<std::uint8_t>(place.head)});
    m_heads += place.head;
    ++m_unsent;
}

std::uint64_t
SendQueue::RoomWithin(std::uint64_t memory) const
{
    const auto place = NextPlace();
    const auto used = Memory();
    if (used >= memory)
    {
        return 0;
    }
    const auto then = used + place.room + place.head;
    const auto pages = then < memory ? (memory - then + kPage - 1) / kPage : 0;
    return place.room + pages * (kPage - kFragmentHead);
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
        m_heads -= m_fragments.Front().head;
        m_fragments.PopFront();
    }
    if (!m_fragments.Empty() && m_fragments.Front().begin < ack)
    {
        m_fragments.Front().begin = ack;
        m_fragments.Front().sent = std::max(m_fragments.Front().sent, ack);
    }
}

} // namespace hoststack::mptcp
