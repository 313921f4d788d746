// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-pacer-internal.h"

#include <algorithm>

namespace hoststack
{

namespace
{

constexpr std::uint64_t kUnspacedSegments = 10; // tcp_update_skb_after_send

} // namespace

void
InternalPacer::OnSent(TimeNs now, std::uint32_t bytes, std::uint32_t fresh, BytesPerSecond rate)
{
    m_fresh += fresh;
    if (rate == 0)
    {
        return;
    }
    const TimeNs prior = m_next;
    m_next = std::max(prior, now);
    if (m_fresh < kUnspacedSegments)
    {
        return;
    }
    const TimeNs gap = static_cast<TimeNs>(static_cast<Uint128>(bytes) * kSecond / rate);
    const TimeNs credit = prior > 0 ? m_next - prior : 0;
    m_next += gap - std::min(gap / 2, credit);
}

} // namespace hoststack
