// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-hpts-wheel.h"

#include <algorithm>

namespace hoststack
{

namespace
{

constexpr std::uint32_t kMostWraps = 2; // wrap_loop_cnt

} // namespace

void
HptsWheel::ReadClock(Run& run)
{
    run.us = NowUs();
    m_clock = ClockOf(run.us);
}

std::uint32_t
HptsWheel::RunSlots(bool isByThread)
{
    const HptsVersion& version = m_shared.version;
    Run run{isByThread};
    ++(isByThread ? m_shared.counters.runsByThread : m_shared.counters.runsByHook);
    m_lastClock = version.comparesWithBegin ? m_clock : m_lastRan;
    ReadClock(run);
    const std::uint64_t begunUs = run.us;
    m_lastRan = static_cast<std::uint32_t>(run.us);
    m_current = version.PositionOf(m_clock);
    const auto hasMoved = [&] { return version.SlotOf(m_lastClock) != version.SlotOf(m_clock); };
    bool goesOn = m_count != 0 && hasMoved();
    if (!goesOn)
    {
        m_previous = m_current;
        m_lastClock = version.comparesWithBegin ? m_clock : m_lastClock;
    }
    for (;;)
    {
        while (goesOn)
        {
            goesOn = Pass(run);
        }
        m_lastRan = static_cast<std::uint32_t>(run.us);
        m_isComplete = true;
        if (!isByThread || !hasMoved())
        {
            break;
        }
        ReadClock(run);
        ++m_shared.counters.loops;
        m_current = version.PositionOf(m_clock);
        goesOn = true;
    }
    if (isByThread)
    {
        FindSleep(run.wraps);
    }
    Record(run, begunUs);
    // Both ends of what the kernel measures here are the first occupied slot.
    const std::uint32_t result = run.hasSeen ? m_slots.Size() - 1 : 0;
    m_shared.platform.OnRunEnd({m_index, isByThread, result, run.passes, run.calls});
    return result;
}

bool
HptsWheel::Pass(Run& run)
{
    const HptsVersion& version = m_shared.version;
    ++run.passes;
    run.passUs = static_cast<std::uint32_t>(run.us);
    m_shared.platform.OnPass(m_index);
    m_isComplete = false;
    const std::uint32_t slots = BeginPass(run);
    if (m_count != 0)
    {
        WalkSlots(run, slots);
    }
    m_delayedBy = 0;
    m_previous = m_current;
    m_lastClock = m_clock;
    if (!version.boundsPasses)
    {
        ReadClock(run);
    }
    if (!run.isByThread || run.loops > m_shared.settings.loopMax)
    {
        m_shared.counters.hopeless += run.isByThread && version.boundsPasses ? 1 : 0;
        return false;
    }
    if (version.boundsPasses)
    {
        ReadClock(run);
    }
    m_current = version.PositionOf(m_clock);
    if (run.wraps < kMostWraps && version.SlotOf(m_lastClock) != version.SlotOf(m_clock))
    {
        ++m_shared.counters.loops;
        ++run.loops;
        return true;
    }
    return false;
}

std::uint32_t
HptsWheel::BeginPass(Run& run)
{
    const HptsVersion& version = m_shared.version;
    const std::uint32_t slots = Distance(m_previous, m_current);
    // Where the clock counts 10 us this is 10.24 s, as in the source, and not the 1.024 s of the
    // wheel: a thread that is later than the wheel but not by that runs the remainder only.
    const std::uint32_t span = (m_slots.Size() - 1) * version.slotUs;
    if (m_count == 0 || m_clock - m_lastClock <= span)
    {
        m_next = m_previous;
        m_running = Add(m_previous, 1);
        return slots;
    }
    ++run.wraps;
    ++m_shared.counters.wheelWrap;
    m_shared.platform.OnWheelWrap(m_index);
    m_next = Add(m_previous, 1);
    m_running = Add(m_previous, 2);
    m_current = m_previous;
    m_slots.Merge(m_next, m_running);
    return m_slots.Size() - 1;
}

void
HptsWheel::WalkSlots(Run& run, std::uint32_t slots)
{
    for (std::uint32_t i = 0; i < slots;)
    {
        const std::uint32_t empty = m_slots.EmptyFrom(m_running, slots - i);
        if (empty > 0)
        {
            m_shared.platform.OnSlotsWalked(m_index, empty);
            m_running = Add(m_running, empty);
            i += empty;
            continue;
        }
        ++i;
        m_delayedBy = (slots - i) * m_shared.version.slotUs;
        m_detached = m_slots.Detach(m_running);
        m_count -= m_detached.count;
        m_shared.platform.OnSlotsWalked(m_index, 1);
        while (HptsEntry* entry = m_detached.PopFront())
        {
            Serve(run, *entry, slots - i);
        }
        m_running = Add(m_running, 1);
    }
    run.slotsWalked += slots;
}

void
HptsWheel::Serve(Run& run, HptsEntry& entry, std::uint32_t slotsLeft)
{
    run.hasSeen = true;
    if (entry.state == HptsEntry::State::Moving)
    {
        if (entry.slot == HptsEntry::kNoSlot)
        {
            entry.state = HptsEntry::State::Off;
        }
        else
        {
            Link(entry);
        }
        return;
    }
    if (entry.remaining != 0 && PutBack(entry, slotsLeft))
    {
        return;
    }
    entry.remaining = 0;
    entry.state = HptsEntry::State::Off;
    if (!entry.isCpuSet)
    {
        m_choice.SetCpu(entry);
    }
    Call(run, entry, slotsLeft);
}

bool
HptsWheel::PutBack(HptsEntry& entry, std::uint32_t slotsLeft)
{
    if (entry.remaining <= slotsLeft)
    {
        return false;
    }
    std::uint32_t lastSlot = 0;
    const std::uint32_t maxSlots = MaxSlots(m_current, lastSlot);
    if (maxSlots >= entry.remaining)
    {
        entry.slot = static_cast<std::int32_t>(Add(m_running, entry.remaining));
        entry.remaining = 0;
    }
    else
    {
        entry.slot = static_cast<std::int32_t>(lastSlot);
        entry.remaining -= maxSlots;
    }
    Link(entry);
    return true;
}

void
HptsWheel::Call(Run& run, HptsEntry& entry, std::uint32_t slotsLeft)
{
    const auto lateUs = static_cast<std::int32_t>(run.passUs - entry.dueUs);
    ++run.services;
    ++run.calls;
    m_shared.counters.logged += m_shared.settings.logging != 0 ? 1 : 0;
    if (!entry.HasQueuedInput())
    {
        entry.OnOutput(*this);
    }
    else if (entry.OnQueuedInput(*this) && m_shared.version.callsInputAndOutput)
    {
        ++run.calls;
        entry.OnOutput(*this);
    }
    m_histograms.lateness.AddExponential(slotsLeft);
    m_histograms.latenessUs.AddExponential(static_cast<std::uint32_t>(std::max(lateUs, 0)));
}

void
HptsWheel::FindSleep(std::uint32_t wraps)
{
    const HptsVersion& version = m_shared.version;
    const auto most = static_cast<std::uint32_t>(m_shared.settings.maxSleep);
    m_sleepTime = most;
    if (m_count != 0 && wraps < kMostWraps)
    {
        const std::uint32_t empty = m_slots.EmptyFrom(Add(m_current, 1), m_slots.Size());
        m_sleepTime = std::min((empty + 1) * (version.slotUs / version.sleepUs), most);
    }
}

void
HptsWheel::Record(const Run& run, std::uint64_t begunUs)
{
    m_histograms.connections.AddLinear(run.services);
    m_histograms.slots.AddExponential(run.slotsWalked);
    if (run.services > 0)
    {
        const auto us = static_cast<std::uint32_t>(NowUs() - begunUs);
        (run.isByThread ? m_histograms.threadRunUs : m_histograms.hookRunUs).AddExponential(us);
        m_histograms.usPerConnection.AddLinear(us / run.services);
    }
    m_histograms.loops.AddLinear(static_cast<std::uint32_t>(run.loops));
}

} // namespace hoststack
