// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-congestion-freebsd-newreno.h"

#include "ns3/hs-congestion-reno.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kAbcLimit = 2;       // net.inet.tcp.abc_l_var
constexpr std::uint32_t kInitialWindow = 10; // tcp_compute_initwnd
constexpr std::uint32_t kLeastSsthresh = 2;

} // namespace

void
FreebsdSlowStart(CongestionState& state, std::uint32_t acked)
{
    const auto limit = state.Facts().caState == CaState::Loss ? 1 : kAbcLimit;
    state.SetCwnd(state.Cwnd() + std::min(acked, limit));
    state.SetCwndCount(0);
}

void
FreebsdAfterIdle(CongestionState& state)
{
    state.SetCwnd(std::min(state.Cwnd(), kInitialWindow));
}

const char*
FreebsdNewReno::Name() const
{
    return "freebsd-newreno";
}

std::uint32_t
FreebsdNewReno::Ssthresh(CongestionState& state)
{
    return std::max(state.Cwnd() / 2, kLeastSsthresh);
}

void
FreebsdNewReno::IncreaseWindow(CongestionState& state, std::uint32_t acked)
{
    if (state.Cwnd() <= state.Ssthresh())
    {
        FreebsdSlowStart(state, acked);
        return;
    }
    AdditiveIncrease(state, state.Cwnd(), acked);
}

void
FreebsdNewReno::OnEvent(CongestionState& state, CaEvent event)
{
    if (event == CaEvent::CwndRestart)
    {
        FreebsdAfterIdle(state);
    }
}

} // namespace hoststack::tcp
