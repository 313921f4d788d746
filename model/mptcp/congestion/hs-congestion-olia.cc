// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-congestion-olia.h"

#include <algorithm>

namespace hoststack::mptcp
{

std::uint32_t
OliaCongestion::Ssthresh(tcp::CongestionState& state)
{
    m_betweenLosses = m_sinceLoss;
    m_sinceLoss = 0;
    return CoupledCongestion::Ssthresh(state);
}

void
OliaCongestion::OnAcked(tcp::CongestionState& state, std::uint32_t acked, TimeNs rtt)
{
    CoupledCongestion::OnAcked(state, acked, rtt);
    m_sinceLoss += acked;
}

double
OliaCongestion::Quality() const
{
    const double carried = std::max(m_sinceLoss, m_betweenLosses);
    return IsKnown() ? carried * carried / Rtt() : 0;
}

double
OliaCongestion::IncreasePerSegment() const
{
    double rates = 0;
    double bestQuality = 0;
    double largest = 0;
    std::size_t paths = 0;
    for (const auto* member : Group().Members())
    {
        const auto* s = static_cast<const OliaCongestion*>(member);
        if (s->IsKnown())
        {
            ++paths;
            rates += s->Rate();
            bestQuality = std::max(bestQuality, s->Quality());
            largest = std::max(largest, s->Window());
        }
    }
    if (rates == 0)
    {
        return 1 / std::max(1.0, Window());
    }
    // The best paths that do not have the largest window, and those that have it.
    std::size_t collected = 0;
    std::size_t large = 0;
    for (const auto* member : Group().Members())
    {
        const auto* s = static_cast<const OliaCongestion*>(member);
        if (s->IsKnown())
        {
            collected += s->Quality() >= bestQuality && s->Window() < largest ? 1 : 0;
            large += s->Window() >= largest ? 1 : 0;
        }
    }
    double alpha = 0;
    if (collected > 0)
    {
        if (Quality() >= bestQuality && Window() < largest)
        {
            alpha = 1.0 / (static_cast<double>(paths) * static_cast<double>(collected));
        }
        else if (Window() >= largest)
        {
            alpha = -1.0 / (static_cast<double>(paths) * static_cast<double>(large));
        }
    }
    return Window() / (Rtt() * Rtt()) / (rates * rates) + alpha / std::max(1.0, Window());
}

} // namespace hoststack::mptcp
