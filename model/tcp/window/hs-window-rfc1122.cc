// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-window-rfc1122.h"

namespace hoststack::tcp
{

namespace
{

std::uint32_t
FreeBytes(const ReceiveState& state)
{
    const auto unread =
        state.stream ? state.stream->Unread() : static_cast<std::uint32_t>(state.next - state.read);
    return state.buffer > unread ? state.buffer - unread : 0;
}

bool
IsShared(const ReceiveState& state)
{
    return state.stream && state.stream->HasEdge();
}

/// What the peer may still send.
std::uint32_t
Promised(const ReceiveState& state)
{
    return IsShared(state) ? state.stream->Announced() : state.Remaining();
}

} // namespace

void
Rfc1122Window::Init(ReceiveState& state, bool scaling)
{
    state.scalingRatio = 256;
    state.windowShift = 0;
    while (scaling && state.windowShift < 14 && (65535u << state.windowShift) < state.buffer)
    {
        ++state.windowShift;
    }
    state.windowClamp = std::min(state.buffer, 65535u << state.windowShift);
    state.window = state.windowClamp;
    state.ssthresh = state.windowClamp;
}

std::uint32_t
Rfc1122Window::Candidate(ReceiveState& state)
{
    const std::uint32_t unit = 1u << state.windowShift;
    std::uint32_t free = std::min(FreeBytes(state), state.windowClamp);
    free -= free % unit;
    const std::uint32_t current = Promised(state);
    const std::uint32_t step = std::min(state.buffer / 2, state.advMss);
    return free >= current + step ? free : current;
}

std::uint32_t
Rfc1122Window::Select(ReceiveState& state)
{
    const std::uint32_t unit = 1u << state.windowShift;
    const std::uint32_t window = std::max(Candidate(state), Promised(state));
    if (IsShared(state))
    {
        return window - window % unit; // the connection keeps its edge where it is
    }
    return std::min((window + unit - 1) / unit * unit, 65535u << state.windowShift);
}

bool
Rfc1122Window::UpdateDue(ReceiveState& state)
{
    const std::uint32_t current = Promised(state);
    return current < state.advMss && Candidate(state) > current;
}

} // namespace hoststack::tcp
