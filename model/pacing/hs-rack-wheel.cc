// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-rack-wheel.h"

#include <algorithm>

namespace hoststack
{

namespace
{

constexpr std::uint64_t kSlotUs = 10;
constexpr std::uint64_t kDelayedAckUs = 40'000;   // tcp_delacktime
constexpr std::uint64_t kMostUs = 0x7ffffffe;     // rack_start_hpts_timer
constexpr std::uint32_t kUsualIdleMs = 7'200'000; // net.inet.tcp.keepidle
constexpr std::uint64_t kKeepInitUs = 75'000'000; // net.inet.tcp.keepinit
constexpr std::uint64_t kProbeRttUs = 40'000;     // as executed: looked at again so soon

std::uint64_t
SlotsFor(std::uint64_t us)
{
    return (us + kSlotUs - 1) / kSlotUs;
}

} // namespace

void
RackWheel::Insert(std::uint64_t slots)
{
    m_isOnWheel = true;
    asked = static_cast<std::int64_t>(slots);
}

std::uint32_t
RackWheel::Compensated(const RackWheelView& view, std::uint32_t gapUs)
{
    if (m_version == RackVersion::V15 && view.isDynamic && view.honoursMinimum)
    {
        return compensation.ApplyGently(gapUs, acksMaySend, view.mostPercent, view.minSleepUs);
    }
    return compensation.Apply(gapUs, acksMaySend);
}

std::uint64_t
RackWheel::ChooseTimer(RackWheelView& view, const RackMap& map, std::uint64_t nowUs, bool isPaced)
{
    const auto timer = RackChooseTimer(m_version, view.timers, map, nowUs, false);
    std::uint64_t us = timer.us;
    m_flags |= timer.flag;
    if (view.isDelayedAck && (us == 0 || kDelayedAckUs < us))
    {
        us = kDelayedAckUs;
        m_flags |= kTimerDelAck;
    }
    if (us == 0 && !isPaced && view.isKeptAlive && !view.isClosed)
    {
        // 32-bit microseconds: two hours overflow.
        const auto idleUs = static_cast<std::uint32_t>(
            std::uint64_t{view.keepIdleMs == 0 ? kUsualIdleMs : view.keepIdleMs} * 1000);
        us = view.timers.isEstablished ? idleUs : kKeepInitUs;
        us = view.isProbingRtt ? kProbeRttUs : us;
        m_flags |= kTimerKeep;
    }
    return us;
}

void
RackWheel::ChooseQueueing(const RackWheelView& view)
{
    m_queuesInput = !acksMaySend;
    bool isStrict = (m_flags & kTimerRack) != 0;
    bool isQuiet = view.timers.rapidConfig != 3;
    if (m_version == RackVersion::V15)
    {
        isStrict = isStrict || view.timers.isInRecovery;
        isQuiet = isQuiet || view.isUndisturbed;
    }
    m_queuesSacks = !acksMaySend && isStrict && isQuiet;
}

void
RackWheel::Start(RackWheelView& view, const RackMap& map, std::uint64_t nowUs, std::uint32_t gapUs)
{
    asked = kNothing;
    if (m_isOnWheel)
    {
        return;
    }
    const auto left = stopped != 0 && expiresUs > nowUs ? expiresUs - nowUs : 0;
    expiresUs = 0;
    m_flags = 0;
    gapUs = Compensated(view, gapUs);
    auto us = ChooseTimer(view, map, nowUs, gapUs > 0);
    // These two go on where they were stopped.
    if (left > 0 && (stopped & (kTimerKeep | kTimerDelAck)) == m_flags)
    {
        us = std::min(us, left);
    }
    if (us > 0)
    {
        us = std::min(us, kMostUs);
        expiresUs = nowUs + us;
    }
    if (!view.isGoodputReady && !view.isFixed && us < gapUs &&
        (m_flags & (kTimerTlp | kTimerRto)) != 0)
    {
        gapUs = static_cast<std::uint32_t>(us);
    }
    m_queuesInput = false;
    m_queuesSacks = false;
    if (gapUs > 0)
    {
        m_flags |= kPacingOutput;
        m_targetUs = nowUs + gapUs;
        ChooseQueueing(view);
        const bool isRapid = view.timers.isRapid && view.timers.rapidConfig < 2;
        Insert(SlotsFor(isRapid && us > 0 && us < gapUs ? us : gapUs));
    }
    else if (us > 0)
    {
        Insert(SlotsFor(us));
    }
    stopped = 0;
}

bool
RackWheel::GoOff(RackWheelView& view,
                 const RackMap& map,
                 std::uint64_t nowUs,
                 bool isCalledByWheel,
                 RackPassage& passage)
{
    if (nowUs < expiresUs)
    {
        if ((m_flags & kPacingOutput) == 0 && isCalledByWheel)
        {
            Insert((expiresUs - nowUs) * 100 + 1); // the slip of units
            return true;
        }
        return false;
    }
    passage.timer = m_flags & kTimerMask;
    m_flags &= ~kTimerMask;
    stopped = 0;
    if (passage.timer == kTimerDelAck)
    {
        passage.timer = 0;
        return false;
    }
    if (passage.timer == kTimerRack)
    {
        passage.timer = 0;
        view.timers.lastTimerUs = nowUs;
        if (RackLost(view.timers, map, nowUs) == RackMap::kNone)
        {
            Start(view, map, nowUs, 0);
            return true;
        }
        view.timers.isInRecovery = true;
        isOverridden = true;
        if (view.timers.isRapid)
        {
            m_flags &= ~kPacingOutput; // being early is not made up for
        }
        return false;
    }
    if (passage.timer == kTimerRto)
    {
        compensation = {};
    }
    if (passage.timer != kTimerPersist && passage.timer != kTimerKeep)
    {
        view.timers.lastTimerUs = nowUs;
    }
    isOverridden = true;
    return false;
}

void
RackWheel::Account(const RackWheelView& view, std::uint64_t nowUs, RackPassage& passage)
{
    const bool isEarly = (m_flags & kPacingOutput) != 0 && m_targetUs > nowUs;
    passage.earlyUs = isEarly ? m_targetUs - nowUs : 0;
    if (m_version == RackVersion::V15 && !view.isPacing)
    {
        compensation = {};
    }
    else if (isEarly || passage.lateUs > 0)
    {
        compensation.OnOutput(nowUs, m_targetUs);
    }
}

RackPassage
RackWheel::Enter(RackWheelView& view, const RackMap& map, std::uint64_t nowUs, bool isCalledByWheel)
{
    asked = kNothing;
    RackPassage passage;
    if ((m_flags & kPacingOutput) == 0 && m_isOnWheel)
    {
        Cancel(nowUs, view.timers.outstanding == 0);
    }
    if ((m_flags & kPacingOutput) != 0 && nowUs >= m_targetUs)
    {
        passage.lateUs = nowUs - m_targetUs;
    }
    if ((m_flags & kTimerMask) != 0 && GoOff(view, map, nowUs, isCalledByWheel, passage))
    {
        passage.gate = RackGate::TimerHandled;
        return passage;
    }
    if (view.timers.isPersisting)
    {
        passage.gate = RackGate::Persist;
        if (!m_isOnWheel)
        {
            Start(view, map, nowUs, 0);
        }
        return passage;
    }
    if (isOverridden || acksMaySend || passage.lateUs > 0 || !view.timers.isEstablished)
    {
        acksMaySend = false;
        m_isOnWheel = false;
    }
    else if (m_isOnWheel)
    {
        passage.gate = RackGate::Paced;
        return passage;
    }
    Account(view, nowUs, passage);
    m_flags &= ~kPacingOutput;
    isOverridden = false;
    return passage;
}

void
RackWheel::Cancel(std::uint64_t nowUs, bool isNothingOut)
{
    if ((m_flags & kPacingOutput) != 0 && (nowUs >= m_targetUs || isNothingOut))
    {
        m_isOnWheel = false;
        if (isNothingOut)
        {
            m_flags &= ~kPacingOutput;
        }
    }
    if ((m_flags & kTimerMask) == 0)
    {
        return;
    }
    stopped = m_flags & kTimerMask;
    if ((m_flags & kPacingOutput) == 0)
    {
        m_isOnWheel = false;
    }
    m_flags &= ~kTimerMask;
}

void
RackWheel::LeavePersist()
{
    m_isOnWheel = false;
    m_flags = 0;
    compensation = {};
}

} // namespace hoststack
