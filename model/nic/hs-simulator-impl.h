// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SIMULATOR_IMPL_H
#define HS_SIMULATOR_IMPL_H

#include "ns3/hs-event-queue.h"
#include "ns3/hs-public.h"

#include <ns3/event-id.h>
#include <ns3/event-impl.h>
#include <ns3/nstime.h>
#include <ns3/object-factory.h>
#include <ns3/simulator-impl.h>

#include <cstdint>
#include <list>
#include <type_traits>
#include <utility>

namespace ns3
{

/// An event whose id nobody has, so that it cannot be cancelled.
class HoststackAlarmEvent : public EventImpl
{
  public:
    void Happen()
    {
        Notify();
    }
};

/**
 * An event loop that runs the events of ns3::DefaultSimulatorImpl in the same order (by time, then
 * by when they were asked for) for a quarter of the work: one queue of values, no scheduler object.
 * Scenarios run on it; a program asks for it before the simulation begins:
 *
 * \code
 *   GlobalValue::Bind("SimulatorImplementationType", StringValue("ns3::HoststackSimulatorImpl"));
 * \endcode
 *
 * Who has one recurring event may ask for the clock instead (AdvanceTo) while nothing else is due.
 *
 * Limits: one thread; SchedulerType counts for nothing.
 */
class HS_PUBLIC HoststackSimulatorImpl : public SimulatorImpl
{
  public:
    static TypeId GetTypeId();
    HoststackSimulatorImpl();
    ~HoststackSimulatorImpl() override;

    /// The one that is in use, or nullptr.
    static HoststackSimulatorImpl* Current()
    {
        return g_current;
    }

    std::int64_t NowStep() const
    {
        return m_now;
    }

    /// Like ScheduleWithContext(); \p at is not before now. Keeps one reference of \p event.
    void CallAt(std::uint32_t context, std::int64_t at, HoststackAlarmEvent* event)
    {
        Insert(at, context, event, true);
    }

    static constexpr std::uint32_t kChosenNumbers = HoststackQueuedEvent::kChosenNumbers;

    /// The same for an event that comes before all others of its time, whenever it was asked for;
    /// among such the one with the lower \p number, which is below kChosenNumbers, comes first.
    void CallEarlyAt(std::uint32_t context,
                     std::int64_t at,
                     HoststackAlarmEvent* event,
                     std::uint32_t number);

    /**
     * The event that runs at present goes on as one at \p at would, if that were the next one.
     * \return false: something else comes first, or the run is to stop; nothing was done
     */
    bool AdvanceTo(std::int64_t at)
    {
        if (m_stop || m_queue.NextAt() <= at)
        {
            return false;
        }
        m_now = at;
        m_running = m_next++;
        ++m_count;
        return true;
    }

    /// void before ns-3.41.
    using StopResult = decltype(std::declval<SimulatorImpl&>().Stop(std::declval<const Time&>()));

    // SimulatorImpl
    void Destroy() override;
    bool IsFinished() const override;
    void Stop() override;
    StopResult Stop(const Time& delay) override;
    EventId Schedule(const Time& delay, EventImpl* event) override;
    void ScheduleWithContext(std::uint32_t context, const Time& delay, EventImpl* event) override;
    EventId ScheduleNow(EventImpl* event) override;
    EventId ScheduleDestroy(EventImpl* event) override;
    void Remove(const EventId& id) override;
    void Cancel(const EventId& id) override;
    bool IsExpired(const EventId& id) const override;
    void Run() override;
    Time Now() const override;
    Time GetDelayLeft(const EventId& id) const override;
    Time GetMaximumSimulationTime() const override;
    void SetScheduler(ObjectFactory schedulerFactory) override;
    std::uint32_t GetSystemId() const override;
    std::uint32_t GetContext() const override;
    std::uint64_t GetEventCount() const override;

  protected:
    void DoDispose() override;

  private:
    static constexpr std::uint32_t kNoNode = 0x7fffffff; ///< 31 bits

    std::uint32_t Insert(std::int64_t at,
                         std::uint32_t context,
                         EventImpl* event,
                         bool isAlarm = false);

    static HoststackSimulatorImpl* g_current;

    HoststackEventQueue m_queue;
    std::list<EventId> m_atDestroy;
    std::int64_t m_now{0};
    std::uint64_t m_count{0};
    std::uint32_t m_next{kChosenNumbers};
    std::uint32_t m_running{EventId::UID::INVALID};
    std::uint32_t m_context;
    bool m_stop{false};
};

} // namespace ns3

#endif // HS_SIMULATOR_IMPL_H
