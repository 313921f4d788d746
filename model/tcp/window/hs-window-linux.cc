// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-window-linux.h"

#include "ns3/hs-tcp-config.h"

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kMaxShift = 14;        // RFC 7323 section 2.3
constexpr std::uint32_t kInitialSegments = 10; // TCP_INIT_CWND, first measure of right-sizing
constexpr std::uint32_t kLeastClamp = 1152;    // SOCK_MIN_RCVBUF / 2

std::uint32_t
Log2(std::uint64_t x)
{
    std::uint32_t n = 0;
    while (x >>= 1)
    {
        ++n;
    }
    return n;
}

std::uint64_t
RoundUp(std::uint64_t x, std::uint64_t step)
{
    return (x + step - 1) / step * step;
}

} // namespace

LinuxWindow::LinuxWindow(const Config& config)
    : m_bufferMax(config.receiveBufferMax),
      m_withoutMargin(config.tuneWithoutMargin)
{
}

void
LinuxWindow::Init(ReceiveState& state, bool scaling)
{
    std::uint32_t space = state.FullSpace();
    state.windowClamp = state.bufferLocked ? space : 65535u << kMaxShift;
    if (space > state.advMss)
    {
        space -= space % state.advMss;
    }
    state.window = std::min(space, state.windowClamp);
    state.windowShift = 0;
    if (scaling)
    {
        const std::uint64_t largest =
            std::min<std::uint64_t>(std::max(space, state.bufferMax), state.windowClamp);
        const auto bits = Log2(std::max<std::uint64_t>(largest, 1));
        state.windowShift =
            static_cast<std::uint8_t>(std::min(bits > 15 ? bits - 15 : 0, kMaxShift));
    }
    state.windowClamp = std::min(state.windowClamp, 65535u << state.windowShift);
    state.window = std::min(state.window, state.windowClamp);
    state.ssthresh = state.window;
}

void
LinuxWindow::Established(ReceiveState& state)
{
    // tcp_init_buffer_space: a segment of the whole buffer is kept back (tcp_app_win).
    const std::uint32_t full = state.FullSpace();
    state.windowClamp = std::min(state.windowClamp, full);
    if (state.windowClamp > 2 * state.advMss && state.windowClamp + state.advMss > full)
    {
        state.windowClamp = std::max(2 * state.advMss, full - state.advMss);
    }
    state.ssthresh = std::min(state.ssthresh, state.windowClamp);
    m_measured = std::min({state.ssthresh, state.window, kInitialSegments * state.advMss});
    m_measureFrom = state.read;
    m_measureSince = state.now;
}

std::uint32_t
LinuxWindow::Candidate(ReceiveState& state)
{
    const std::uint32_t allowed = state.AnnouncedFrom(state.buffer);
    const std::uint32_t full = std::min(state.windowClamp, allowed);
    std::uint32_t free =
        state.AnnouncedFrom(static_cast<std::int64_t>(state.buffer) - state.memory);
    const std::uint32_t mss = std::min(state.mss, full);
    if (mss == 0)
    {
        return 0;
    }
    const std::uint32_t unit = 1u << state.windowShift;
    if (free < full / 2)
    {
        state.quickAcks = 0;
        if (state.underPressure)
        {
            state.ssthresh = std::min(state.ssthresh, 4 * state.advMss);
        }
        free -= free % unit;
        if (free < allowed / 16 || free < mss)
        {
            return 0;
        }
    }
    free = std::min(free, state.ssthresh);
    if (state.windowShift > 0)
    {
        if (state.shrink)
        {
            return free - free % unit;
        }
        return static_cast<std::uint32_t>(RoundUp(free, unit));
    }
    if (state.window + mss <= free || state.window > free)
    {
        return free / mss * mss;
    }
    if (mss == full && free > state.window + full / 2)
    {
        return free;
    }
    return state.window;
}

std::uint32_t
LinuxWindow::Select(ReceiveState& state)
{
    std::uint32_t window = Candidate(state);
    const std::uint32_t current = state.Remaining();
    if (window < current && !(state.shrink && state.windowShift > 0))
    {
        window = static_cast<std::uint32_t>(RoundUp(current, 1u << state.windowShift));
    }
    return std::min(window, 65535u << state.windowShift);
}

void
LinuxWindow::OnData(ReceiveState& state, std::uint32_t length, std::uint32_t truesize)
{
    if (state.underPressure)
    {
        state.ssthresh = std::min(state.ssthresh, 4 * state.advMss);
        return;
    }
    const std::uint32_t limit = std::min(state.windowClamp, state.Space());
    if (limit <= state.ssthresh)
    {
        return;
    }
    std::uint32_t increase = 0;
    if (state.FromSpace(truesize) <= length)
    {
        increase = 2 * state.advMss;
    }
    else
    {
        // A segment that wastes memory may still raise the window while both halvings stay above
        // the present threshold.
        std::uint32_t cost = state.FromSpace(truesize) / 2;
        std::uint32_t window = state.FromSpace(m_bufferMax) / 2;
        while (state.ssthresh <= window)
        {
            if (cost <= length)
            {
                increase = 2 * state.mss;
                break;
            }
            cost /= 2;
            window /= 2;
        }
    }
    if (increase > 0)
    {
        increase = std::max(increase, 2 * length);
        state.ssthresh += std::min(limit - state.ssthresh, increase);
        state.quickAcks |= 1;
    }
}

void
LinuxWindow::OnLargerSegment(ReceiveState& state, std::uint32_t length, std::uint32_t truesize)
{
    // tcp_measure_rcv_mss: what the buffer is worth follows from what real segments cost.
    const auto ratio = std::max(length * 256 / truesize, 1u);
    if (ratio != state.scalingRatio)
    {
        state.scalingRatio = ratio;
        SetClamp(state, std::max(state.FullSpace(), kLeastClamp));
        m_measured = std::min(m_measured, state.windowClamp);
    }
}

void
LinuxWindow::SetClamp(ReceiveState& state, std::uint32_t clamp)
{
    // tcp_set_window_clamp: a lower clamp lowers the threshold, a higher one lets it keep up with
    // what was announced.
    if (clamp < state.windowClamp)
    {
        state.ssthresh = std::min(state.ssthresh, clamp);
    }
    else if (clamp > state.windowClamp)
    {
        state.ssthresh = std::max(state.ssthresh, std::min(state.window, clamp));
    }
    state.windowClamp = clamp;
}

void
LinuxWindow::OnBeyondHole(ReceiveState& state, std::uint64_t highest)
{
    if (m_withoutMargin)
    {
        Enlarge(state, m_measured, highest - state.next);
    }
}

void
LinuxWindow::OnRead(ReceiveState& state)
{
    // tcp_rcv_space_adjust: what still waits was not read in time.
    if (state.receiverRtt == 0 || state.now - m_measureSince < state.receiverRtt)
    {
        return;
    }
    const auto read = state.read - m_measureFrom;
    const auto waiting = state.next - state.read;
    if (read > waiting + m_measured && m_measured > 0)
    {
        Enlarge(state, read - waiting, 0);
        m_measured = static_cast<std::uint32_t>(read - waiting);
    }
    m_measureFrom = state.read;
    m_measureSince = state.now;
}

void
LinuxWindow::Enlarge(ReceiveState& state, std::uint64_t copied, std::uint64_t beyond)
{
    // tcp_rcvbuf_grow
    if (state.bufferLocked || m_measured == 0)
    {
        return;
    }
    std::uint64_t window = 2 * copied + (m_withoutMargin ? 0 : 16ULL * state.advMss);
    window += 2 * (window * (copied - m_measured) / m_measured) + beyond;
    const auto buffer = std::min<std::uint64_t>(state.ToSpace(window), state.bufferMax);
    if (buffer > state.buffer)
    {
        state.buffer = static_cast<std::uint32_t>(buffer);
        state.windowClamp = std::min(state.FullSpace(), 65535u << state.windowShift);
    }
}

bool
LinuxWindow::UpdateDue(ReceiveState& state)
{
    const std::uint32_t current = state.Remaining();
    if (2 * static_cast<std::uint64_t>(current) > state.windowClamp)
    {
        return false;
    }
    const std::uint32_t window = Candidate(state);
    return window > 0 && window >= 2 * static_cast<std::uint64_t>(current);
}

} // namespace hoststack::tcp
