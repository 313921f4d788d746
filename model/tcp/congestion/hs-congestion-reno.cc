// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-congestion-reno.h"

#include <algorithm>
#include <cassert>

namespace hoststack::tcp
{

std::uint32_t
SlowStart(CongestionState& state, std::uint32_t acked)
{
    assert(state.InSlowStart());
    const auto room = state.ssthresh - state.cwnd;
    const auto used = std::min(acked, room);
    state.cwnd = std::min(state.cwnd + used, state.cwndClamp);
    return acked - used;
}

void
AdditiveIncrease(CongestionState& state, std::uint32_t perSegments, std::uint32_t acked)
{
    assert(perSegments > 0);
    std::uint64_t cwnd = state.cwnd;
    if (state.cwndCount >= perSegments)
    {
        state.cwndCount = 0;
        ++cwnd;
    }
    const auto credit = state.cwndCount + acked;
    cwnd += credit / perSegments;
    state.cwndCount = credit % perSegments;
    state.cwnd = static_cast<std::uint32_t>(std::min<std::uint64_t>(cwnd, state.cwndClamp));
}

const char*
RenoCongestion::Name() const
{
    return "reno";
}

std::uint32_t
RenoCongestion::Ssthresh(CongestionState& state)
{
    return std::max(state.cwnd / 2, 2U);
}

void
RenoCongestion::IncreaseWindow(CongestionState& state, std::uint32_t acked)
{
    if (state.InSlowStart())
    {
        acked = SlowStart(state, acked);
        if (acked == 0)
        {
            return;
        }
    }
    AdditiveIncrease(state, std::max(state.cwnd, 1U), acked);
}

} // namespace hoststack::tcp
