// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-wall-clock-scheduler.h"

#include <ns3/event-impl.h>
#include <ns3/make-event.h>
#include <ns3/object-base.h>
#include <ns3/simulator.h>

#include <algorithm>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(HoststackWallClockScheduler);

namespace
{

/// Lower than that of every event that is scheduled (EventId::UID::VALID is the first), so that
/// none of the same time counts as over.
constexpr std::uint32_t kUid = 0;

} // namespace

TypeId
HoststackWallClockScheduler::GetTypeId()
{
    static const TypeId tid = TypeId("ns3::HoststackWallClockScheduler")
                                  .SetParent<Scheduler>()
                                  .SetGroupName("Hoststack")
                                  .AddConstructor<HoststackWallClockScheduler>();
    return tid;
}

HoststackWallClockScheduler::HoststackWallClockScheduler()
    : m_events(CreateObject<PriorityQueueScheduler>())
{
}

void
HoststackWallClockScheduler::Insert(const Event& event)
{
    m_events->Insert(event);
}

bool
HoststackWallClockScheduler::IsEmpty() const
{
    return m_events->IsEmpty();
}

Scheduler::Event
HoststackWallClockScheduler::PeekNext() const
{
    return m_events->PeekNext();
}

Scheduler::Event
HoststackWallClockScheduler::RemoveNext()
{
    auto* clock = WallClock::Current();
    const auto due = m_events->PeekNext().key.m_ts;
    const auto* ready = clock ? clock->WaitUntil(static_cast<hoststack::TimeNs>(due)) : nullptr;
    if (!ready)
    {
        m_last = due;
        return m_events->RemoveNext();
    }
    // Never behind what is still to come: time does not go back.
    const auto now = static_cast<std::uint64_t>(clock->Now());
    m_last = std::max(m_last, std::min(now, due));
    Event event;
    event.impl = MakeEvent([ready] { (*ready)(); });
    event.key = {m_last, kUid, Simulator::NO_CONTEXT};
    return event;
}

void
HoststackWallClockScheduler::Remove(const Event& event)
{
    m_events->Remove(event);
}

} // namespace ns3
