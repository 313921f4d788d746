// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-hpts-wheel.h"

#include <algorithm>

namespace hoststack
{

HptsWheel::HptsWheel(HptsShared& shared, HptsCpuChoice& choice, std::uint16_t index)
    : m_shared(shared),
      m_choice(choice),
      m_slots(shared.version.slots),
      m_index(index)
{
    const std::uint64_t us = NowUs();
    m_lastRan = static_cast<std::uint32_t>(us);
    m_clock = ClockOf(us);
    m_current = m_shared.version.PositionOf(m_clock);
    m_previous = m_current;
    m_next = Add(m_current, 1);
    m_sleepTime = static_cast<std::uint32_t>(shared.settings.maxSleep);
    m_mySleepUs = static_cast<std::uint32_t>(shared.settings.minSleep);
}

void
HptsWheel::Start()
{
    m_shownUs = m_sleepTime * m_shared.version.sleepUs;
    ArmCallout(m_shownUs);
}

std::uint32_t
HptsWheel::Add(std::uint32_t slot, std::uint32_t plus) const
{
    return (slot + plus) % m_slots.Size();
}

std::uint32_t
HptsWheel::Distance(std::uint32_t from, std::uint32_t to, std::uint32_t ifEqual) const
{
    return from == to ? ifEqual : to > from ? to - from : m_slots.Size() - from + to;
}

std::uint32_t
HptsWheel::Distance(std::uint32_t from, std::uint32_t to) const
{
    return Distance(from, to, m_slots.Size() - 1);
}

bool
HptsWheel::IsMidRun() const
{
    return m_isActive && !m_isComplete;
}

bool
HptsWheel::IsOverThreshold() const
{
    return static_cast<std::int32_t>(m_count) >= m_shared.settings.cntThresh;
}

std::uint64_t
HptsWheel::NowUs() const
{
    return static_cast<std::uint64_t>(m_shared.platform.Now() / kMicrosecond);
}

std::uint32_t
HptsWheel::ClockOf(std::uint64_t us) const
{
    return static_cast<std::uint32_t>(us / m_shared.version.clockUs);
}

std::uint32_t
HptsWheel::MaxSlots(std::uint32_t wheelSlot, std::uint32_t& lastSlot) const
{
    const std::uint32_t size = m_slots.Size();
    if (!IsMidRun())
    {
        lastSlot = Add(m_previous, size - 1);
        return size - Distance(m_previous, wheelSlot, 1);
    }
    lastSlot = Add(m_running, size - 1);
    const std::uint32_t free = size - Distance(m_running, m_current, 1);
    const std::uint32_t lateness = Distance(m_current, wheelSlot, 0);
    if (free <= lateness)
    {
        lastSlot = m_next;
        return 0;
    }
    return free - lateness;
}

void
HptsWheel::Link(HptsEntry& entry)
{
    const auto slot = static_cast<std::uint32_t>(entry.slot);
    entry.state = HptsEntry::State::OnQueue;
    entry.generation = m_slots.GenerationOf(slot);
    m_slots.PushBack(slot, entry);
    ++m_count;
    ++m_shared.counters.inserts;
    if (m_count > m_mostQueued)
    {
        m_mostQueued = m_count;
        ++m_shared.counters.maxQueued;
    }
}

HptsInsertion
HptsWheel::Insert(HptsEntry& entry, std::uint64_t us)
{
    const HptsVersion& version = m_shared.version;
    HptsInsertion done;
    if (entry.IsOnWheel() || (us == 0 && !version.takesZero))
    {
        return done;
    }
    done.isTaken = true;
    std::uint32_t request = version.SlotsFor(us);
    m_histograms.insertSlots.AddExponential(request);
    m_shared.counters.longTimers += us > version.longUs ? 1 : 0;
    const std::uint64_t now = NowUs();
    entry.dueUs = static_cast<std::uint32_t>(now + us);
    if (request == 0)
    {
        InsertNow(entry, done);
        return done;
    }
    done.request = request;
    const std::uint32_t wheelSlot = version.PositionOf(ClockOf(now));
    std::uint32_t lastSlot = 0;
    done.maxSlots = MaxSlots(wheelSlot, lastSlot);
    if (done.maxSlots == 0)
    {
        ++m_shared.counters.combinedWheelWrap;
        request -= request > 1 ? 1 : 0;
        entry.slot = static_cast<std::int32_t>(lastSlot);
        entry.remaining = request;
    }
    else if (request <= done.maxSlots)
    {
        entry.slot = static_cast<std::int32_t>(Add(wheelSlot, request));
        entry.remaining = 0;
    }
    else
    {
        entry.slot = static_cast<std::int32_t>(lastSlot);
        entry.remaining = request - done.maxSlots;
    }
    done.slot = static_cast<std::uint32_t>(entry.slot);
    done.remaining = entry.remaining;
    if (entry.state != HptsEntry::State::Moving)
    {
        Link(entry);
    }
    if (!m_isActive && entry.remaining == 0 && !m_isOnMinSleep)
    {
        ConsiderSleep(wheelSlot, done);
    }
    done.nextSlot = m_next;
    return done;
}

void
HptsWheel::InsertNow(HptsEntry& entry, HptsInsertion& done)
{
    entry.remaining = 0;
    entry.slot = static_cast<std::int32_t>(IsMidRun() ? m_running : Add(m_previous, 1));
    done.slot = static_cast<std::uint32_t>(entry.slot);
    if (entry.state != HptsEntry::State::Moving)
    {
        Link(entry);
    }
    if (!m_isActive && !m_isOnMinSleep)
    {
        m_isDirectWake = true;
        Wake();
    }
    done.nextSlot = m_next;
}

void
HptsWheel::ConsiderSleep(std::uint32_t wheelSlot, HptsInsertion& done)
{
    const HptsVersion& version = m_shared.version;
    const std::uint32_t unitsPerSlot = version.slotUs / version.sleepUs;
    done.haveSlept = Distance(m_previous, wheelSlot);
    const std::uint32_t slept = done.haveSlept * unitsPerSlot;
    if (slept >= m_sleepTime)
    {
        m_isDirectWake = true;
        Wake();
        return;
    }
    done.yetToSleep = m_sleepTime - slept;
    const std::uint32_t wanted = done.request * unitsPerSlot;
    if (done.yetToSleep > wanted)
    {
        m_sleepTime = wanted;
        done.rearmUs = wanted * version.sleepUs;
        if (version.clockUs == 1)
        {
            m_shownUs = done.rearmUs;
        }
        ArmCallout(done.rearmUs);
    }
}

void
HptsWheel::Wake()
{
    if (m_shared.settings.noWakeOverThresh != 0 && IsOverThreshold())
    {
        m_isDirectWake = false;
        return;
    }
    if (!m_isWakeScheduled)
    {
        m_isWakeScheduled = true;
        m_shared.platform.WakeThread(m_index);
    }
}

void
HptsWheel::ArmCallout(std::uint32_t us)
{
    const bool wasPending = m_isCalloutPending;
    m_isCalloutPending = true;
    m_isCalloutActive = true;
    // C_PREL: a code of 31 and more leaves no slack.
    const auto code = static_cast<std::uint32_t>(m_shared.settings.precision);
    const std::uint32_t slackUs = code < 31 ? us >> code : 0;
    m_calloutAt = m_shared.platform.Now() + (us + slackUs) * kMicrosecond;
    m_shared.platform.ArmCallout(m_index, us + slackUs, wasPending);
}

void
HptsWheel::Remove(HptsEntry& entry)
{
    if (entry.state == HptsEntry::State::Moving)
    {
        entry.slot = HptsEntry::kNoSlot;
        return;
    }
    if (entry.state != HptsEntry::State::OnQueue)
    {
        return;
    }
    entry.remaining = 0;
    const auto slot = static_cast<std::uint32_t>(entry.slot);
    if (entry.generation == m_slots.GenerationOf(slot))
    {
        m_slots.Unlink(slot, entry);
        entry.state = HptsEntry::State::Off;
        --m_count;
        ++m_shared.counters.removes;
    }
    else
    {
        entry.state = HptsEntry::State::Moving;
        entry.slot = HptsEntry::kNoSlot;
        ++m_shared.counters.moves;
    }
}

void
HptsWheel::Forget(HptsEntry& entry)
{
    Remove(entry);
    if (entry.state == HptsEntry::State::Moving)
    {
        m_detached.Unlink(entry);
        entry.state = HptsEntry::State::Off;
    }
}

HptsWheel::State
HptsWheel::GetState() const
{
    State s{};
    s.previous = m_previous;
    s.current = m_current;
    s.next = m_next;
    s.running = m_running;
    s.isActive = m_isActive;
    s.isComplete = m_isComplete;
    s.isOnMinSleep = m_isOnMinSleep;
    s.isDirectWake = m_isDirectWake;
    s.isWakeScheduled = m_isWakeScheduled;
    s.isOverThreshold = m_isOverThreshold;
    s.count = m_count;
    s.sleepTime = m_sleepTime;
    s.mySleepUs = m_mySleepUs;
    s.shownUs = m_shownUs;
    s.overriddenUs = m_overriddenUs;
    s.isCalloutPending = m_isCalloutPending;
    s.isCalloutActive = m_isCalloutActive;
    s.calloutAt = m_calloutAt;
    s.lastRan = m_lastRan;
    s.lastClock = m_lastClock;
    s.clock = m_clock;
    return s;
}

} // namespace hoststack
