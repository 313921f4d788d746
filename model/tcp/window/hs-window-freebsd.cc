// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-window-freebsd.h"

#include "ns3/hs-window-payload.h"

namespace hoststack::tcp
{

void
FreebsdWindow::Init(ReceiveState& state, bool scaling)
{
    state.SetScalingRatio(256);
    state.SetWindowShift(0);
    const std::uint64_t largest = std::max(state.Buffer(), state.Facts().bufferMax);
    while (scaling && state.WindowShift() < ReceiveState::kLargestShift &&
           (std::uint64_t{65535} << state.WindowShift()) < largest)
    {
        state.SetWindowShift(static_cast<std::uint8_t>(state.WindowShift() + 1));
    }
    state.SetWindowClamp(65535u << state.WindowShift());
    state.SetFirstWindow(std::min(state.Buffer(), 65535u)); // a SYN's is never scaled
    state.SetSsthresh(state.WindowClamp());
}

std::uint32_t
FreebsdWindow::Candidate(ReceiveState& state)
{
    const auto free = std::min(FreePayload(state), state.WindowClamp());
    return free < state.Buffer() / 4 && free < state.Facts().advMss ? 0 : free;
}

std::uint32_t
FreebsdWindow::Select(ReceiveState& state)
{
    return InUnits(state, std::max(Candidate(state), Promised(state)));
}

void
FreebsdWindow::OnData(ReceiveState& state, std::uint32_t length, std::uint32_t /*truesize*/)
{
    const auto& facts = state.Facts();
    if (m_countedSince < 0)
    {
        m_countedSince = facts.now;
        m_counted = length;
        return;
    }
    if (facts.receiverRtt == 0 || facts.now - m_countedSince <= facts.receiverRtt / 2)
    {
        m_counted += length;
        return;
    }
    if (m_counted > state.Buffer() / 2 / 4 * 3)
    {
        state.GrowBuffer(std::uint64_t{state.Buffer()} + state.Buffer() / 2);
    }
    m_countedSince = -1;
}

bool
FreebsdWindow::UpdateDue(ReceiveState& state)
{
    const std::uint64_t window = std::min(FreePayload(state), state.WindowClamp());
    const std::uint64_t promised = Promised(state);
    if (window >> state.WindowShift() <= promised >> state.WindowShift())
    {
        return false;
    }
    const std::uint64_t more = window - promised;
    const std::uint64_t buffer = state.Buffer();
    const std::uint64_t segment = state.Facts().advMss;
    if (more >= 2 * segment &&
        (more >= buffer / 4 || window <= buffer / 8 || buffer <= 8 * segment))
    {
        return true;
    }
    return 2 * more >= buffer;
}

} // namespace hoststack::tcp
