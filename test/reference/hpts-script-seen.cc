// SPDX-License-Identifier: GPL-2.0-only

// What HptsScript records.

#include "hpts-script.h"

namespace hoststack::reference
{

namespace
{

constexpr int kMostPasses = 60;

} // namespace

TimeNs
HptsScript::Now()
{
    // Everybody reads whole microseconds.
    return m_now / kMicrosecond * kMicrosecond;
}

void
HptsScript::WakeThread(std::uint16_t wheel)
{
    m_events.push_back({"k", wheel});
    if (!m_threads[wheel].isScheduled)
    {
        m_threads[wheel].isScheduled = true;
        m_threads[wheel].at = Now();
    }
}

void
HptsScript::ArmCallout(std::uint16_t wheel, std::uint32_t us, bool wasPending)
{
    m_events.push_back({"z", wheel, us, wasPending ? 1 : 0});
}

void
HptsScript::StopCallout(std::uint16_t wheel, bool wasPending)
{
    m_events.push_back({"x", wheel, wasPending ? 1 : 0});
}

std::uint32_t
HptsScript::Random()
{
    if (m_random.empty())
    {
        return 0;
    }
    const auto value = m_random.front();
    m_random.pop_front();
    return value;
}

void
HptsScript::OnPass(std::uint16_t /*wheel*/)
{
    if (++m_passes == kMostPasses + 1)
    {
        m_events.push_back({"G"});
        m_areCostsStopped = true;
    }
}

void
HptsScript::OnSlotsWalked(std::uint16_t /*wheel*/, std::uint32_t slots)
{
    m_now += m_areCostsStopped ? 0 : m_slotCost * slots;
}

void
HptsScript::OnWheelWrap(std::uint16_t wheel)
{
    m_events.push_back({"W", wheel});
}

void
HptsScript::OnRunEnd(const HptsRun& run)
{
    m_events.push_back({"r",
                        run.wheel,
                        run.isByThread ? 1 : 0,
                        run.result,
                        run.passes,
                        run.calls,
                        m_now / kMicrosecond});
}

Json
HptsScript::Seen()
{
    Json seen = Json::object();
    seen["e"] = m_events;
    m_events = Json::array();
    for (const auto& [key, value] : {std::pair{"w", WheelChanges()},
                                     std::pair{"c", ConnectionChanges()},
                                     std::pair{"g", CounterChanges()}})
    {
        if (!value.empty())
        {
            seen[key] = value;
        }
    }
    seen["t"] = m_now / kMicrosecond;
    return seen;
}

Json
HptsScript::WheelChanges()
{
    Json changes = Json::object();
    for (std::uint16_t i = 0; i < m_hpts->Wheels(); ++i)
    {
        const auto s = m_hpts->Wheel(i).GetState();
        const auto name = std::to_string(i);
        const auto field = [&](const char* key, std::int64_t value) {
            auto& before = m_wheelsSeen[name][key];
            if (before != value)
            {
                before = value;
                changes[name][key] = value;
            }
        };
        field("pv", s.previous);
        field("cu", s.current);
        field("nx", s.next);
        field("rs", s.running);
        field("ac", s.isActive);
        field("wc", s.isComplete);
        field("om", s.isOnMinSleep);
        field("dw", s.isDirectWake);
        field("ws", s.isWakeScheduled);
        field("n", s.count);
        field("st", s.sleepTime);
        field("my", s.mySleepUs);
        field("sl", s.shownUs);
        field("ov", s.overriddenUs);
        field("cp", s.isCalloutPending);
        field("ca", s.isCalloutActive);
        field("cd", s.isCalloutPending ? s.calloutAt / kMicrosecond : 0);
        field("sp", m_threads[i].isScheduled);
        field("lr", s.lastRan);
        if (m_version.callsInputAndOutput)
        {
            field("lt", s.lastClock);
            field("ct", s.clock);
        }
        else
        {
            field("th", s.isOverThreshold);
        }
    }
    return changes;
}

Json
HptsScript::ConnectionChanges()
{
    Json changes = Json::array();
    for (auto& [id, c] : m_connections)
    {
        if (c->Fields() != c->seen)
        {
            c->seen = c->Fields();
            Json one{id};
            for (const auto field : c->seen)
            {
                one.push_back(field);
            }
            changes.push_back(one);
        }
    }
    return changes;
}

Json
HptsScript::CounterChanges()
{
    Json changes = Json::object();
    const auto& c = m_hpts->Counters();
    const auto field = [&](const char* key, std::uint64_t value) {
        auto& before = m_countersSeen[key];
        if (before != value)
        {
            before = value;
            changes[key] = value;
        }
    };
    if (m_version.callsInputAndOutput)
    {
        field("hop", c.hopeless);
        field("loops", c.loops);
        field("cwrap", c.combinedWheelWrap);
        field("wwrap", c.wheelWrap);
        field("dcall", c.directCall);
        field("tmo", c.timeoutWakeup);
        field("dawk", c.directAwakening);
        field("back", c.backToSleep);
        field("cflow", c.cpuFlowId);
        field("crand", c.cpuRandom);
        return changes;
    }
    field("soft", static_cast<std::uint64_t>(m_hpts->WheelsOverThreshold()));
    field("ic", c.inserts);
    field("rc", c.removes);
    field("mc", c.moves);
    field("pc", c.runsByThread);
    field("po", c.runsByHook);
    field("pn", c.idleHooks);
    field("lg", c.longTimers);
    field("mx", c.maxQueued);
    return changes;
}

} // namespace hoststack::reference
