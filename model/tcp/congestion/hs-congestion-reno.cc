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
    const auto room = state.Ssthresh() - state.Cwnd();
    const auto used = std::min(acked, room);
    state.SetCwnd(state.Cwnd() + used);
    return acked - used;
}

void
AdditiveIncrease(CongestionState& state, std::uint32_t perSegments, std::uint32_t acked)
{
    assert(perSegments > 0);
    std::uint64_t cwnd = state.Cwnd();
    if (state.CwndCount() >= perSegments)
    {
        state.SetCwndCount(0);
        ++cwnd;
    }
    const auto credit = state.CwndCount() + acked;
    cwnd += credit / perSegments;
    state.SetCwndCount(credit % perSegments);
    state.SetCwnd(
        static_cast<std::uint32_t>(std::min<std::uint64_t>(cwnd, state.Facts().cwndClamp)));
}

const char*
RenoCongestion::Name() const
{
    return "reno";
}

std::uint32_t
RenoCongestion::Ssthresh(CongestionState& state)
{
    return std::max(state.Cwnd() / 2, 2U);
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
    AdditiveIncrease(state, std::max(state.Cwnd(), 1U), acked);
}

} // namespace hoststack::tcp
