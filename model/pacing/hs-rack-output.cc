// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-rack-output.h"

#include <algorithm>

namespace hoststack
{

namespace
{

constexpr std::int64_t kMostWindow = 65'535;

/// Whether so little is to be sent that nothing is.
bool
IsTooLittle(const RackSendView& view, const RackAttempt& attempt)
{
    const auto outstanding = view.max - view.una;
    const bool isFilled = outstanding - view.sacked > 2 * attempt.segment;
    if (view.peerWindow < std::min(view.highWindow / 2, attempt.segment) && view.isEstablished)
    {
        return true;
    }
    if (view.cwnd >= std::max(view.minSegment, 4 * attempt.segment) && isFilled)
    {
        return true;
    }
    // The difference is unsigned.
    const std::uint32_t windowLeft = view.peerWindow - outstanding;
    return windowLeft < std::min(view.highWindow / 2, view.minSegment) && isFilled &&
           view.isEstablished;
}

/// Silly window avoidance of the sender.
RackSend
DataReason(const RackSendView& view, const RackAttempt& attempt)
{
    const auto bytes = attempt.bytes;
    const auto outstanding = view.max - view.una;
    if (bytes >= attempt.segment)
    {
        return RackSend::FullSegment;
    }
    if (!view.isMoreToCome && (attempt.isIdle || view.isNoDelay) &&
        bytes + attempt.offset >= view.buffered && !view.isNoPush)
    {
        return RackSend::LastOfWrite;
    }
    if (outstanding == 0)
    {
        return RackSend::NothingOut;
    }
    if (view.maxWindow > 0 && bytes >= view.maxWindow / 2)
    {
        return RackSend::HalfWindow;
    }
    if (view.next != view.max)
    {
        return RackSend::Again;
    }
    if (attempt.isTimeout)
    {
        return RackSend::Retransmission;
    }
    const std::uint32_t windowLeft = view.peerWindow - outstanding;
    return windowLeft < attempt.segment && outstanding < 2 * attempt.segment ? RackSend::SmallWindow
                                                                             : RackSend::No;
}

RackSend
UpdateReason(const RackSendView& view, std::uint32_t segment)
{
    const auto& receive = view.receive;
    const std::int64_t window =
        std::clamp<std::int64_t>(receive.space, 0, kMostWindow << receive.scale);
    if (window == 0 || view.isDelayedAck || view.isFinReceived)
    {
        return RackSend::No;
    }
    const std::int64_t growth = std::max<std::int64_t>(window - receive.offered, 0);
    const std::int64_t edge = growth + receive.offered;
    if (receive.offered >> receive.scale >= edge >> receive.scale)
    {
        return RackSend::No;
    }
    const std::int64_t size = receive.bufferSize;
    const std::int64_t mss = segment;
    if (growth >= 2 * mss && (growth >= size / 4 || window <= size / 8 || size <= 8 * mss))
    {
        return RackSend::WindowUpdate;
    }
    return 2 * growth >= size ? RackSend::HalfBufferUpdate : RackSend::No;
}

} // namespace

std::uint32_t
RackOfferedWindow(const RackReceiveView& view, std::uint32_t segment)
{
    std::int64_t window = std::max<std::int64_t>(view.space, 0);
    if (window < view.bufferSize / 4 && window < segment)
    {
        window = 0;
    }
    window = std::min(window, kMostWindow << view.scale);
    window = std::max<std::int64_t>(window, view.offered);
    const std::int64_t unit = std::int64_t{1} << view.scale;
    return static_cast<std::uint32_t>((window + unit - 1) / unit * unit);
}

RackDecision
RackDecide(const RackSendView& view, const RackAttempt& asked)
{
    RackAttempt attempt = asked;
    RackDecision decision;
    const bool isNew = !attempt.isRetransmission && !attempt.isProbe;
    const bool isLast = attempt.bytes >= view.buffered - attempt.offset;
    if (isNew && attempt.bytes < view.burst && attempt.bytes < attempt.segment && !isLast &&
        IsTooLittle(view, attempt))
    {
        attempt.bytes = 0;
        decision.entersPersist = view.max == view.una && view.isEstablished &&
                                 view.peerWindow < std::min(view.highWindow / 2, attempt.segment);
    }
    decision.bytes = attempt.bytes;
    decision.isTso = view.hasTso && attempt.bytes > attempt.segment;
    decision.why = attempt.bytes > 0 ? DataReason(view, attempt) : RackSend::No;
    if (decision.why == RackSend::No)
    {
        decision.why = UpdateReason(view, attempt.segment);
    }
    if (decision.why == RackSend::No && view.isAckNow)
    {
        decision.why = RackSend::AckNow;
    }
    return decision;
}

RackFast
RackArmFast(RackVersion version, const RackFastView& view)
{
    RackFast fast;
    const bool isAllowed = view.isOn && view.isPlain && view.arePlainOptions && view.isNew &&
                           view.isEstablished && !view.mustRetransmit && !view.needsFin &&
                           !view.hasSackBlocks && view.hasTemplate && !view.hasFailed;
    if (!isAllowed || view.sent == 0 || view.wanted <= view.sent ||
        view.wanted - view.sent < view.segment)
    {
        return fast;
    }
    fast.left = view.wanted - view.sent;
    if (version == RackVersion::V15)
    {
        if (view.isInRecovery || fast.left < view.burst || view.burst == 0)
        {
            return {};
        }
        fast.left -= fast.left % view.burst;
    }
    fast.isArmed = true;
    fast.pushesAtEnd = fast.left == view.unsent;
    return fast;
}

OutputPath
RackWayOut::Leave(const OutputView& view, std::uint32_t burst)
{
    const auto path = view.isRepair ? Repair(view) : Send(view, burst);
    m_counts.full += path == OutputPath::Full ? 1 : 0;
    m_counts.fast += path == OutputPath::Fast ? 1 : 0;
    m_counts.fastRepairs += path == OutputPath::FastRepair ? 1 : 0;
    return path;
}

OutputPath
RackWayOut::Repair(const OutputView& view)
{
    m_left = 0;
    return view.isPlain ? OutputPath::FastRepair : OutputPath::Full;
}

OutputPath
RackWayOut::Send(const OutputView& view, std::uint32_t burst)
{
    const bool isArmed = m_left > 0 && view.segment == m_segment && !view.hasLosses;
    if (isArmed && view.isPlain && !view.isProbing && !view.hasSackBlocks && view.bytes <= m_left)
    {
        m_left -= view.bytes;
        m_left = static_cast<std::uint32_t>(std::min<std::uint64_t>(m_left, view.windowLeft));
        m_left = m_left < m_segment ? 0 : m_left;
        return OutputPath::Fast;
    }
    RackFastView arming;
    arming.sent = view.bytes;
    arming.wanted = static_cast<std::uint32_t>(std::min<std::uint64_t>(
        view.bytes + std::min({view.unsent, view.windowLeft, view.congestionLeft}),
        0xffffffff));
    arming.segment = view.segment;
    arming.burst = burst;
    arming.unsent = static_cast<std::uint32_t>(std::min<std::uint64_t>(view.unsent, 0xffffffff));
    arming.isPlain = view.isPlain && !view.isProbing;
    arming.isInRecovery = view.isRecovering;
    arming.mustRetransmit = view.hasLosses;
    arming.hasSackBlocks = view.hasSackBlocks;
    m_segment = view.segment;
    m_left = RackArmFast(m_version, arming).left;
    return OutputPath::Full;
}

void
RackWayOut::OnAcked(std::uint64_t bytes, std::uint64_t unsent, std::uint64_t windowLeft)
{
    const auto word = [](std::uint64_t value) {
        return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, 0x7fffffff));
    };
    if (m_left > 0)
    {
        m_left = RackExtendFast(m_left, word(bytes), word(unsent), word(windowLeft));
    }
}

std::uint32_t
RackExtendFast(std::uint32_t left,
               std::uint32_t acked,
               std::uint32_t unsent,
               std::uint32_t windowLeft)
{
    const auto most = std::min(unsent, windowLeft);
    return left + acked <= most ? left + acked : left;
}

} // namespace hoststack
