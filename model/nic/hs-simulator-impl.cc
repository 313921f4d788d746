// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-simulator-impl.h"

#include <ns3/abort.h>
#include <ns3/simulator.h>

#include <algorithm>
#include <limits>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(HoststackSimulatorImpl);

namespace
{

template <class Result>
Result
Given(const EventId& id)
{
    if constexpr (!std::is_void_v<Result>)
    {
        return id;
    }
}

} // namespace

HoststackSimulatorImpl* HoststackSimulatorImpl::g_current = nullptr;

TypeId
HoststackSimulatorImpl::GetTypeId()
{
    static TypeId tid = TypeId("ns3::HoststackSimulatorImpl")
                            .SetParent<SimulatorImpl>()
                            .SetGroupName("Hoststack")
                            .AddConstructor<HoststackSimulatorImpl>();
    return tid;
}

HoststackSimulatorImpl::HoststackSimulatorImpl()
    : m_context(Simulator::NO_CONTEXT)
{
    g_current = this;
}

HoststackSimulatorImpl::~HoststackSimulatorImpl()
{
    if (g_current == this)
    {
        g_current = nullptr;
    }
}

void
HoststackSimulatorImpl::DoDispose()
{
    while (!m_queue.Empty())
    {
        m_queue.Take().event->Unref();
    }
    SimulatorImpl::DoDispose();
}

void
HoststackSimulatorImpl::Destroy()
{
    while (!m_atDestroy.empty())
    {
        const Ptr<EventImpl> event = m_atDestroy.front().PeekEventImpl();
        m_atDestroy.pop_front();
        if (!event->IsCancelled())
        {
            event->Invoke();
        }
    }
}

bool
HoststackSimulatorImpl::IsFinished() const
{
    return m_queue.Empty() || m_stop;
}

void
HoststackSimulatorImpl::Stop()
{
    m_stop = true;
}

HoststackSimulatorImpl::StopResult
HoststackSimulatorImpl::Stop(const Time& delay)
{
    return Given<StopResult>(Simulator::Schedule(delay, [] { Simulator::Stop(); }));
}

std::uint32_t
HoststackSimulatorImpl::Insert(std::int64_t at,
                               std::uint32_t context,
                               EventImpl* event,
                               bool isAlarm)
{
    NS_ABORT_MSG_IF(at < m_now, "an event before the present time");
    m_next = std::max(m_next, kChosenNumbers); // it goes round
    const auto number = m_next++;
    m_queue.Put({at, event, number, context & kNoNode, isAlarm});
    return number;
}

void
HoststackSimulatorImpl::CallEarlyAt(std::uint32_t context,
                                    std::int64_t at,
                                    HoststackAlarmEvent* event,
                                    std::uint32_t number)
{
    NS_ABORT_MSG_IF(at < m_now, "an event before the present time");
    m_queue.Put({at, event, number, context & kNoNode, true});
}

void
HoststackSimulatorImpl::Run()
{
    m_stop = false;
    while (!m_queue.Empty() && !m_stop)
    {
        const auto next = m_queue.Take();
        if (next.number >= kChosenNumbers)
        {
            m_running = next.number;
        }
        else if (next.at != m_now)
        {
            m_running = m_next - std::numeric_limits<std::int32_t>::max(); // none of that time yet
        }
        m_now = next.at;
        m_context = next.context == kNoNode ? std::uint32_t{Simulator::NO_CONTEXT} : next.context;
        ++m_count;
        if (next.isAlarm)
        {
            static_cast<HoststackAlarmEvent*>(next.event)->Happen();
        }
        else
        {
            next.event->Invoke();
        }
        next.event->Unref();
    }
}

EventId
HoststackSimulatorImpl::Schedule(const Time& delay, EventImpl* event)
{
    const auto at = m_now + delay.GetTimeStep();
    const auto number = Insert(at, m_context, event);
    return EventId(event, static_cast<std::uint64_t>(at), m_context, number);
}

void
HoststackSimulatorImpl::ScheduleWithContext(std::uint32_t context,
                                            const Time& delay,
                                            EventImpl* event)
{
    Insert(m_now + delay.GetTimeStep(), context, event);
}

EventId
HoststackSimulatorImpl::ScheduleNow(EventImpl* event)
{
    return Schedule(TimeStep(0), event);
}

EventId
HoststackSimulatorImpl::ScheduleDestroy(EventImpl* event)
{
    EventId id(Ptr<EventImpl>(event, false),
               static_cast<std::uint64_t>(m_now),
               Simulator::NO_CONTEXT,
               EventId::UID::DESTROY);
    m_atDestroy.push_back(id);
    ++m_next;
    return id;
}

void
HoststackSimulatorImpl::Remove(const EventId& id)
{
    if (id.GetUid() == EventId::UID::DESTROY)
    {
        m_atDestroy.remove(id);
        return;
    }
    if (IsExpired(id))
    {
        return;
    }
    auto* event = id.PeekEventImpl();
    if (!m_queue.Remove(event, id.GetUid()))
    {
        return;
    }
    event->Cancel();
    event->Unref();
}

void
HoststackSimulatorImpl::Cancel(const EventId& id)
{
    if (!IsExpired(id))
    {
        id.PeekEventImpl()->Cancel();
    }
}

bool
HoststackSimulatorImpl::IsExpired(const EventId& id) const
{
    auto* event = id.PeekEventImpl();
    if (event == nullptr || event->IsCancelled())
    {
        return true;
    }
    if (id.GetUid() == EventId::UID::DESTROY)
    {
        return std::find(m_atDestroy.begin(), m_atDestroy.end(), id) == m_atDestroy.end();
    }
    const auto at = static_cast<std::int64_t>(id.GetTs());
    return at < m_now || (at == m_now && static_cast<std::int32_t>(id.GetUid() - m_running) <= 0);
}

Time
HoststackSimulatorImpl::Now() const
{
    return TimeStep(static_cast<std::uint64_t>(m_now));
}

Time
HoststackSimulatorImpl::GetDelayLeft(const EventId& id) const
{
    return TimeStep(IsExpired(id) ? 0 : id.GetTs() - static_cast<std::uint64_t>(m_now));
}

Time
HoststackSimulatorImpl::GetMaximumSimulationTime() const
{
    return TimeStep(static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
}

void
HoststackSimulatorImpl::SetScheduler(ObjectFactory /*schedulerFactory*/)
{
}

std::uint32_t
HoststackSimulatorImpl::GetSystemId() const
{
    return 0;
}

std::uint32_t
HoststackSimulatorImpl::GetContext() const
{
    return m_context;
}

std::uint64_t
HoststackSimulatorImpl::GetEventCount() const
{
    return m_count;
}

} // namespace ns3
