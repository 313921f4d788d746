// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-window-rfc1122.h"

namespace hoststack::tcp
{

namespace
{

std::uint32_t
FreeBytes(const ReceiveState& state)
{
    const auto unread = state.Facts().stream
                            ? state.Facts().stream->Unread()
                            : static_cast<std::uint32_t>(state.Facts().next - state.Facts().read);
    return state.Buffer() > unread ? state.Buffer() - unread : 0;
}

bool
IsShared(const ReceiveState& state)
{
    return state.Facts().stream && state.Facts().stream->HasEdge();
}

/// What the peer may still send.
std::uint32_t
Promised(const ReceiveState& state)
{
    return IsShared(state) ? state.Facts().stream->Announced() : state.Remaining();
}

} // namespace

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
    std::uint32_t free = std::min(FreeBytes(state), state.WindowClamp());
    free -= free % unit;
    const std::uint32_t current = Promised(state);
    const std::uint32_t step = std::min(state.Buffer() / 2, state.Facts().advMss);
    return free >= current + step ? free : current;
}

std::uint32_t
Rfc1122Window::Select(ReceiveState& state)
{
    const std::uint32_t unit = 1u << state.WindowShift();
    const std::uint32_t window = std::max(Candidate(state), Promised(state));
    if (IsShared(state))
    {
        return window - window % unit; // the connection keeps its edge where it is
    }
    return std::min((window + unit - 1) / unit * unit, 65535u << state.WindowShift());
}

bool
Rfc1122Window::UpdateDue(ReceiveState& state)
{
    const std::uint32_t current = Promised(state);
    return current < state.Facts().advMss && Candidate(state) > current;
}

} // namespace hoststack::tcp
