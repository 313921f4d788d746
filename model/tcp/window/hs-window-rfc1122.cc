// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-window-rfc1122.h"

#include "ns3/hs-window-payload.h"

namespace hoststack::tcp
{

void
Rfc1122Window::Init(ReceiveState& state, bool scaling)
{
    state.SetScalingRatio(256);
    state.SetWindowShift(0);
    while (scaling && state.WindowShift() < 14 && (65535u << state.WindowShift()) < state.Buffer())
    {
        state.SetWindowShift(state.WindowShift() + 1);
    }
    state.SetWindowClamp(std::min(state.Buffer(), 65535u << state.WindowShift()));
    state.SetFirstWindow(state.WindowClamp());
    state.SetSsthresh(state.WindowClamp());
}

std::uint32_t
Rfc1122Window::Candidate(ReceiveState& state)
{
    const std::uint32_t unit = 1u << state.WindowShift();
    std::uint32_t free = std::min(FreePayload(state), state.WindowClamp());
    free -= free % unit;
    const std::uint32_t current = Promised(state);
    const std::uint32_t step = std::min(state.Buffer() / 2, state.Facts().advMss);
    return free >= current + step ? free : current;
}

std::uint32_t
Rfc1122Window::Select(ReceiveState& state)
{
    return InUnits(state, std::max(Candidate(state), Promised(state)));
}

bool
Rfc1122Window::UpdateDue(ReceiveState& state)
{
    const std::uint32_t current = Promised(state);
    return current < state.Facts().advMss && Candidate(state) > current;
}

} // namespace hoststack::tcp
