// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_EVENT_QUEUE_H
#define HS_EVENT_QUEUE_H

#include "ns3/hs-ring.h"

#include <ns3/event-impl.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace ns3
{

/// An event that waits, and what puts it in order.
struct HoststackQueuedEvent
{
    /// Numbers below that can be chosen; events are given the others in turn.
    static constexpr std::uint32_t kChosenNumbers = 1U << 16;

    std::int64_t at;
    EventImpl* event;
    std::uint32_t number;
    std::uint32_t context : 31;
    std::uint32_t isAlarm : 1;

    /// Numbers go round after 2^32 events; those that wait together are closer than half of it.
    bool IsBefore(const HoststackQueuedEvent& other) const
    {
        if (at != other.at)
        {
            return at < other.at;
        }
        const bool isChosen = number < kChosenNumbers;
        return isChosen == (other.number < kChosenNumbers)
                   ? static_cast<std::int32_t>(number - other.number) < 0
                   : isChosen;
    }
};

/**
 * What waits in an event loop, the earliest first. Most events are asked for a few delays ahead:
 * a packet's time on a wire, a timer's interval. Those of one delay are asked for in the order in
 * which they come, so they wait in runs, which cost the same however many they are; what fits no
 * run waits in a heap. It owns no events.
 */
class HoststackEventQueue
{
  public:
    using Entry = HoststackQueuedEvent;
    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

    HoststackEventQueue();

    bool Empty() const
    {
        return m_nearSize == 0 && m_front == kNowhere;
    }

    /// Of the first one; kNever if there is none.
    std::int64_t NextAt() const
    {
        return m_nearSize > 0 ? m_near[m_nearSize - 1].at : m_farAt;
    }

    void Put(const Entry& entry)
    {
        if (entry.at < m_farAt ||
            (entry.at == m_farAt && (m_front == kNowhere || entry.IsBefore(Front()))))
        {
            PutNear(entry);
        }
        else
        {
            PutFar(entry);
        }
    }

    /// The first one; there is one.
    Entry Take()
    {
        return m_nearSize > 0 ? m_near[--m_nearSize] : TakeFar();
    }

    /// \return false: it does not wait here
    bool Remove(const EventImpl* event, std::uint32_t number);

  private:
    static constexpr std::size_t kRuns = 8;
    static constexpr std::size_t kHeap = kRuns; ///< places: a run's index, the heap, none
    static constexpr std::size_t kNowhere = kRuns + 1;

    const Entry& Front() const
    {
        return m_front == kHeap ? m_heap.front() : m_runs[m_front].Front();
    }

    void PutNear(const Entry& entry);
    void PutFirst(const Entry& entry);
    void PutFar(const Entry& entry);
    std::size_t RunFor(const Entry& entry);
    std::size_t FreeRun();
    Entry TakeFar();
    void FindFront();
    void NoteHead(std::size_t run);

    void PutIntoHeap(const Entry& entry);
    void Rise(std::size_t hole, const Entry& entry);
    void Sink(std::size_t hole, const Entry& entry);
    void TakeOut(std::size_t index);
    void GiveBackRoom();

    /// Those before all others, latest first: what comes soon, as links' next deliveries.
    std::array<Entry, 16> m_near;
    std::size_t m_nearSize{0};
    std::size_t m_front{kNowhere}; ///< where the first of runs and heap is
    std::int64_t m_farAt{kNever};  ///< its time
    std::array<std::int64_t, kRuns> m_headAt;
    std::array<std::int64_t, kRuns> m_tailAt{}; ///< of the latest that came; descending
    std::array<hoststack::Ring<Entry>, kRuns> m_runs;
    std::size_t m_used{0};     ///< the runs behind are empty
    std::vector<Entry> m_heap; ///< four children each
};

} // namespace ns3

#endif // HS_EVENT_QUEUE_H
