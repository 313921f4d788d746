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

constexpr std::size_t kChildren = 4;

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
    for (const auto& entry : m_heap)
    {
        entry.event->Unref();
    }
    m_heap.clear();
    while (m_nearSize > 0)
    {
        m_near[--m_nearSize].event->Unref();
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
    return (m_nearSize == 0 && m_heap.empty()) || m_stop;
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
    Put({at, event, number, context & kNoNode, isAlarm});
    return number;
}

void
HoststackSimulatorImpl::CallEarlyAt(std::uint32_t context,
                                    std::int64_t at,
                                    HoststackAlarmEvent* event,
                                    std::uint32_t number)
{
    NS_ABORT_MSG_IF(at < m_now, "an event before the present time");
    Put({at, event, number, context & kNoNode, true});
}

void
HoststackSimulatorImpl::Put(const Entry& entry)
{
    if (m_heap.empty() || entry.at < m_heap.front().at || entry.IsBefore(m_heap.front()))
    {
        PutNear(entry);
    }
    else
    {
        PutIntoHeap(entry);
    }
}

void
HoststackSimulatorImpl::PutNear(const Entry& entry)
{
    if (m_nearSize == m_near.size())
    {
        if (m_near[0].IsBefore(entry))
        {
            PutIntoHeap(entry);
            return;
        }
        PutIntoHeap(m_near[0]);
        std::move(m_near.begin() + 1, m_near.end(), m_near.begin());
        --m_nearSize;
    }
    Entry* const first = m_near.data();
    Entry* place = first + m_nearSize++;
    for (; place != first && place[-1].at < entry.at; --place)
    {
        *place = place[-1];
    }
    for (; place != first && place[-1].IsBefore(entry); --place) // of the same time
    {
        *place = place[-1];
    }
    *place = entry;
}

void
HoststackSimulatorImpl::PutIntoHeap(const Entry& entry)
{
    m_heap.emplace_back();
    Rise(m_heap.size() - 1, entry);
}

void
HoststackSimulatorImpl::Rise(std::size_t hole, const Entry& entry)
{
    while (hole > 0)
    {
        const std::size_t parent = (hole - 1) / kChildren;
        if (!entry.IsBefore(m_heap[parent]))
        {
            break;
        }
        m_heap[hole] = m_heap[parent];
        hole = parent;
    }
    m_heap[hole] = entry;
}

void
HoststackSimulatorImpl::Sink(std::size_t hole, const Entry& entry)
{
    const auto size = m_heap.size();
    for (;;)
    {
        const std::size_t first = kChildren * hole + 1;
        if (first >= size)
        {
            break;
        }
        std::size_t least = first;
        const std::size_t end = std::min(first + kChildren, size);
        for (std::size_t child = first + 1; child < end; ++child)
        {
            least = m_heap[child].IsBefore(m_heap[least]) ? child : least;
        }
        m_heap[hole] = m_heap[least];
        hole = least;
    }
    Rise(hole, entry); // it was the last one: nearly always it belongs to the bottom
}

void
HoststackSimulatorImpl::TakeOut(std::size_t index)
{
    const Entry last = m_heap.back();
    m_heap.pop_back();
    if (m_heap.size() < m_heap.capacity() / 8)
    {
        GiveBackRoom();
    }
    if (index == m_heap.size())
    {
        return;
    }
    if (index > 0 && last.IsBefore(m_heap[(index - 1) / kChildren]))
    {
        Rise(index, last);
    }
    else
    {
        Sink(index, last);
    }
}

/// Of a time with many more events than now.
void
HoststackSimulatorImpl::GiveBackRoom()
{
    constexpr std::size_t kSmall = 1024;
    if (m_heap.capacity() > kSmall)
    {
        std::vector<Entry> smaller;
        smaller.reserve(std::max(2 * m_heap.size(), kSmall));
        smaller.assign(m_heap.begin(), m_heap.end());
        m_heap.swap(smaller);
    }
}

void
HoststackSimulatorImpl::Run()
{
    m_stop = false;
    while ((m_nearSize > 0 || !m_heap.empty()) && !m_stop)
    {
        Entry next;
        if (m_nearSize > 0)
        {
            next = m_near[--m_nearSize];
        }
        else
        {
            next = m_heap.front();
            TakeOut(0);
        }
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
    const auto isMeant = [&id, event](const Entry& entry) {
        return entry.event == event && entry.number == id.GetUid();
    };
    const auto nearEnd = m_near.begin() + static_cast<std::ptrdiff_t>(m_nearSize);
    const auto close = std::find_if(m_near.begin(), nearEnd, isMeant);
    if (close != nearEnd)
    {
        std::move(close + 1, nearEnd, close);
        --m_nearSize;
    }
    else
    {
        const auto found = std::find_if(m_heap.begin(), m_heap.end(), isMeant);
        if (found == m_heap.end())
        {
            return;
        }
        TakeOut(static_cast<std::size_t>(found - m_heap.begin()));
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
