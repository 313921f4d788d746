// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_WALL_CLOCK_SCHEDULER_H
#define HS_WALL_CLOCK_SCHEDULER_H

#include "ns3/hs-wall-clock.h"

#include <ns3/priority-queue-scheduler.h>
#include <ns3/scheduler.h>

#include <cstdint>

namespace ns3
{

/**
 * Hands out each event when the clock on the wall says so, and before that what has come from
 * outside (WallClock::Current(); without one nothing is waited for), as an event of that moment. An
 * event that is late is handed out at once, with its own time.
 */
class HoststackWallClockScheduler : public Scheduler
{
  public:
    static TypeId GetTypeId();
    HoststackWallClockScheduler();

    void Insert(const Event& event) override;
    bool IsEmpty() const override;
    Event PeekNext() const override;
    Event RemoveNext() override;
    void Remove(const Event& event) override;

  private:
    Ptr<PriorityQueueScheduler> m_events;
    std::uint64_t m_last{0}; ///< time of what was handed out last
};

} // namespace ns3

#endif // HS_WALL_CLOCK_SCHEDULER_H
