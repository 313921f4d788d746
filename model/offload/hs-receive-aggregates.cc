// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-receive-aggregates.h"

#include <algorithm>

namespace hoststack
{

namespace
{

constexpr std::uint32_t kPage = 4096;
constexpr std::uint32_t kOverhead = 384; // of a buffer's data: NET_SKB_PAD and skb_shared_info

/// With the header of QMAP, padded to its unit of 4 bytes.
std::uint32_t
Padded(std::uint32_t bytes)
{
    return (bytes + 3) / 4 * 4 + 4;
}

/// What kmalloc() takes for it: powers of two of pages.
std::int64_t
PagesOf(std::uint32_t bytes)
{
    std::int64_t pages = 1;
    while (pages * kPage < std::int64_t{bytes} + kOverhead)
    {
        pages *= 2;
    }
    return pages;
}

} // namespace

ReceiveAggregates::ReceiveAggregates(const AggregateSettings& settings,
                                     std::uint32_t largest,
                                     PageSource& memory)
    : m_settings(settings),
      m_largest(Padded(largest)),
      m_pages(PagesOf(settings.bufferBytes)),
      m_memory(memory)
{
}

ReceiveAggregates::~ReceiveAggregates()
{
    m_memory.GiveBack((m_ready + static_cast<std::int64_t>(m_filled.Size())) * m_pages);
}

TimeNs
ReceiveAggregates::Add(TimeNs now, std::uint32_t bytes)
{
    if (m_open.packets > 0 && m_open.bytes + Padded(bytes) > m_settings.bytes)
    {
        End();
    }
    ++m_open.packets;
    m_open.bytes += Padded(bytes);
    ++m_inModem;
    if (m_open.bytes + m_largest > m_settings.bytes || m_open.packets == m_settings.packets)
    {
        return now;
    }
    return (now + m_settings.period - 1) / m_settings.period * m_settings.period;
}

void
ReceiveAggregates::End()
{
    if (m_open.packets > 0)
    {
        m_complete.PushBack(m_open);
        m_open = Aggregate();
    }
}

std::optional<ReceiveAggregates::Transfer>
ReceiveAggregates::Next(TimeNs now)
{
    if (m_complete.Empty() || m_ready == 0)
    {
        return std::nullopt;
    }
    const auto aggregate = m_complete.Front();
    m_complete.PopFront();
    m_inModem -= aggregate.packets;
    ++m_counters.transfers;
    if (--m_ready == 0)
    {
        m_isStarved = true;
        m_starvedSince = now;
    }
    Transfer transfer{aggregate.packets, 0};
    if (aggregate.bytes > m_settings.bufferBytes)
    {
        ++m_counters.tooLong;
    }
    else
    {
        const auto copies = std::max<std::int64_t>(m_memory.Free(), 0) * kPage /
                            (std::int64_t{m_largest} + kOverhead);
        transfer.whole =
            static_cast<std::uint32_t>(std::min<std::int64_t>(aggregate.packets, copies));
    }
    m_counters.lost += transfer.packets - transfer.whole;
    if (transfer.whole > 0)
    {
        m_filled.PushBack(transfer.whole);
    }
    else
    {
        m_memory.GiveBack(m_pages);
    }
    return transfer;
}

void
ReceiveAggregates::Take(std::uint32_t packets)
{
    while (packets > 0 && !m_filled.Empty())
    {
        auto& first = m_filled.Front();
        const auto taken = std::min(packets, first);
        packets -= taken;
        first -= taken;
        if (first == 0)
        {
            m_filled.PopFront();
            m_memory.GiveBack(m_pages);
        }
    }
}

TimeNs
ReceiveAggregates::Refill(TimeNs now)
{
    if (m_ready <= m_settings.refillAt)
    {
        while (m_ready < m_settings.buffers)
        {
            if (!m_memory.Take(m_pages))
            {
                ++m_counters.failures;
                break;
            }
            ++m_ready;
        }
    }
    if (m_ready == 0)
    {
        m_starvedSince = m_isStarved ? m_starvedSince : now;
        m_isStarved = true;
        return now + m_settings.retry;
    }
    if (m_isStarved)
    {
        m_isStarved = false;
        m_counters.starved += now - m_starvedSince;
    }
    return kNever;
}

ReceiveAggregates::Counters
ReceiveAggregates::GetCounters(TimeNs now) const
{
    auto counters = m_counters;
    counters.starved += m_isStarved ? now - m_starvedSince : 0;
    return counters;
}

} // namespace hoststack
