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
      m_withoutMargin(config.tuneWithoutMargin),
      m_clampLifts(config.clampLiftsThreshold)
{
}

void
LinuxWindow::Init(ReceiveState& state, bool scaling)
{
    std::uint32_t space = state.FullSpace();
    state.SetWindowClamp(state.Facts().bufferLocked ? space : 65535u << kMaxShift);
    if (space > state.Facts().advMss)
    {
        space -= space % state.Facts().advMss;
    }
    state.SetFirstWindow(std::min(space, state.WindowClamp()));
    state.SetWindowShift(0);
    if (scaling)
    {
        const std::uint64_t largest =
            std::min<std::uint64_t>(std::max(space, state.Facts().bufferMax), state.WindowClamp());
        const auto bits = Log2(std::max<std::uint64_t>(largest, 1));
        state.SetWindowShift(
            static_cast<std::uint8_t>(std::min(bits > 15 ? bits - 15 : 0, kMaxShift)));
    }
    state.SetWindowClamp(std::min(state.WindowClamp(), 65535u << state.WindowShift()));
    state.SetFirstWindow(std::min(state.Window(), state.WindowClamp()));
    state.SetSsthresh(state.Window());
}

void
LinuxWindow::Established(ReceiveState& state)
{
    // tcp_init_buffer_space: a segment of the whole buffer is kept back (tcp_app_win).
    const std::uint32_t full = state.FullSpace();
    state.SetWindowClamp(std::min(state.WindowClamp(), full));
    if (state.WindowClamp() > 2 * state.Facts().advMss &&
        state.WindowClamp() + state.Facts().advMss > full)
    {
        state.SetWindowClamp(std::max(2 * state.Facts().advMss, full - state.Facts().advMss));
    }
    state.SetSsthresh(std::min(state.Ssthresh(), state.WindowClamp()));
    m_measured =
        std::min({state.Ssthresh(), state.Window(), kInitialSegments * state.Facts().advMss});
    m_measureFrom = state.Facts().read;
    m_measureSince = state.Facts().now;
}

std::uint32_t
LinuxWindow::Candidate(ReceiveState& state)
{
    const std::uint32_t allowed = state.AnnouncedFrom(state.AnnouncedBuffer());
    const std::uint32_t full = std::min(state.WindowClamp(), allowed);
    std::uint32_t free = state.AnnouncedFrom(static_cast<std::int64_t>(state.AnnouncedBuffer()) -
                                             state.Facts().memory);
    const std::uint32_t mss = std::min(state.Facts().mss, full);
    if (mss == 0)
    {
        return 0;
    }
    const std::uint32_t unit = 1u << state.WindowShift();
    if (free < full / 2)
    {
        state.SetQuickAcks(0);
        if (state.Facts().underPressure)
        {
            state.SetSsthresh(std::min(state.Ssthresh(), 4 * state.Facts().advMss));
        }
        free -= free % unit;
        if (free < allowed / 16 || free < mss)
        {
            return 0;
        }
    }
    free = std::min(free, state.Ssthresh());
    if (state.WindowShift() > 0)
    {
        if (state.Facts().shrink)
        {
            return free - free % unit;
        }
        return static_cast<std::uint32_t>(RoundUp(free, unit));
    }
    if (state.Window() + mss <= free || state.Window() > free)
    {
        return free / mss * mss;
    }
    if (mss == full && free > state.Window() + full / 2)
    {
        return free;
    }
    return state.Window();
}

std::uint32_t
LinuxWindow::Select(ReceiveState& state)
{
    std::uint32_t window = Candidate(state);
    const std::uint32_t current = state.Remaining();
    if (window < current && !(state.Facts().shrink && state.WindowShift() > 0))
    {
        window = static_cast<std::uint32_t>(RoundUp(current, 1u << state.WindowShift()));
    }
    return std::min(window, 65535u << state.WindowShift());
}

void
LinuxWindow::OnData(ReceiveState& state, std::uint32_t length, std::uint32_t truesize)
{
    if (state.Facts().underPressure)
    {
        state.SetSsthresh(std::min(state.Ssthresh(), 4 * state.Facts().advMss));
        return;
    }
    const std::uint32_t limit = std::min(state.WindowClamp(), state.Space());
    if (limit <= state.Ssthresh())
    {
        return;
    }
    std::uint32_t increase = 0;
    if (state.FromSpace(truesize) <= length)
    {
        increase = 2 * state.Facts().advMss;
    }
    else
    {
        // A segment that wastes memory may still raise the window while both halvings stay above
        // the present threshold.
        std::uint32_t cost = state.FromSpace(truesize) / 2;
        std::uint32_t window = state.FromSpace(m_bufferMax) / 2;
        while (state.Ssthresh() <= window)
        {
            if (cost <= length)
            {
                increase = 2 * state.Facts().mss;
                break;
            }
            cost /= 2;
            window /= 2;
        }
    }
    if (increase > 0)
    {
        increase = std::max(increase, 2 * length);
        state.SetSsthresh(state.Ssthresh() + (std::min(limit - state.Ssthresh(), increase)));
        state.SetQuickAcks(state.QuickAcks() | (1));
    }
}

void
LinuxWindow::OnLargerSegment(ReceiveState& state, std::uint32_t length, std::uint32_t truesize)
{
    // tcp_measure_rcv_mss: what the buffer is worth follows from what real segments cost.
    const auto ratio = std::max(length * 256 / truesize, 1u);
    if (ratio != state.ScalingRatio())
    {
        state.SetScalingRatio(ratio);
        if (m_clampLifts)
        {
            SetClamp(state, std::max(state.FullSpace(), kLeastClamp));
        }
        else
        {
            state.SetWindowClamp(state.FullSpace());
        }
        m_measured = std::min(m_measured, state.WindowClamp());
    }
}

void
LinuxWindow::SetClamp(ReceiveState& state, std::uint32_t clamp)
{
    // tcp_set_window_clamp: a lower clamp lowers the threshold, a higher one lets it keep up with
    // what was announced.
    if (clamp < state.WindowClamp())
    {
        state.SetSsthresh(std::min(state.Ssthresh(), clamp));
    }
    else if (clamp > state.WindowClamp())
    {
        state.SetSsthresh(std::max(state.Ssthresh(), std::min(state.Window(), clamp)));
    }
    state.SetWindowClamp(clamp);
}

void
LinuxWindow::OnBeyondHole(ReceiveState& state, std::uint64_t highest)
{
    if (m_withoutMargin)
    {
        Enlarge(state, m_measured, highest - state.Facts().next);
    }
}

void
LinuxWindow::OnRead(ReceiveState& state)
{
    // tcp_rcv_space_adjust: what still waits was not read in time.
    if (state.Facts().receiverRtt == 0 ||
        state.Facts().now - m_measureSince < state.Facts().receiverRtt)
    {
        return;
    }
    const auto read = state.Facts().read - m_measureFrom;
    const auto waiting = state.Facts().next - state.Facts().read;
    if (read > waiting + m_measured && m_measured > 0)
    {
        Enlarge(state, read - waiting, 0);
        m_measured = static_cast<std::uint32_t>(read - waiting);
    }
    m_measureFrom = state.Facts().read;
    m_measureSince = state.Facts().now;
}

void
LinuxWindow::Enlarge(ReceiveState& state, std::uint64_t copied, std::uint64_t beyond)
{
    // tcp_rcvbuf_grow
    if (state.Facts().bufferLocked || m_measured == 0)
    {
        return;
    }
    std::uint64_t window = 2 * copied + (m_withoutMargin ? 0 : 16ULL * state.Facts().advMss);
    window += 2 * (window * (copied - m_measured) / m_measured) + beyond;
    if (state.GrowBuffer(state.ToSpace(window)))
    {
        state.SetWindowClamp(std::min(state.FullSpace(), 65535u << state.WindowShift()));
    }
}

bool
LinuxWindow::UpdateDue(ReceiveState& state)
{
    const std::uint32_t current = state.Remaining();
    if (2 * static_cast<std::uint64_t>(current) > state.WindowClamp())
    {
        return false;
    }
    const std::uint32_t window = Candidate(state);
    return window > 0 && window >= 2 * static_cast<std::uint64_t>(current);
}

} // namespace hoststack::tcp
