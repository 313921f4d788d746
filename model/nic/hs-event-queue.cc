// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-event-queue.h"

#include <algorithm>
#include <utility>

namespace ns3
{

namespace
{

constexpr std::size_t kChildren = 4;

/// Slots that the heap keeps when it needs them no more.
constexpr std::size_t kKept = 1024;

using Run = hoststack::Ring<HoststackQueuedEvent>;

/// Gives back the room of a time with many more events in it than now.
void
Narrow(Run& run)
{
    constexpr std::size_t kKeptInRun = 128;
    if (run.Capacity() > kKeptInRun)
    {
        Run smaller;
        for (std::size_t i = 0; i < run.Size(); ++i)
        {
            smaller.PushBack(run[i]);
        }
        run = std::move(smaller);
    }
}

} // namespace

HoststackEventQueue::HoststackEventQueue()
{
    m_headAt.fill(kNever);
}

void
HoststackEventQueue::PutNear(const Entry& entry)
{
    if (m_nearSize == m_near.size())
    {
        if (m_near[0].IsBefore(entry))
        {
            PutFirst(entry);
            return;
        }
        PutFirst(m_near[0]);
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

/// What is before all that wait in runs and heap; so it can be the head of any run.
void
HoststackEventQueue::PutFirst(const Entry& entry)
{
    const auto run = m_front < kRuns ? m_front : 0;
    m_runs[run].Insert(0, entry);
    m_headAt[run] = entry.at;
    m_tailAt[run] = std::max(m_tailAt[run], entry.at);
    m_used = std::max(m_used, run + 1);
    m_front = run;
    m_farAt = entry.at;
}

/// What is not the first.
void
HoststackEventQueue::PutFar(const Entry& entry)
{
    const auto run = RunFor(entry);
    if (run == kHeap)
    {
        PutIntoHeap(entry);
        return;
    }
    auto& entries = m_runs[run];
    if (entries.Empty())
    {
        m_headAt[run] = entry.at;
        m_used = std::max(m_used, run + 1);
    }
    m_tailAt[run] = entry.at;
    entries.PushBack(entry);
}

/// The run whose last one is the closest before \p entry, or kHeap.
std::size_t
HoststackEventQueue::RunFor(const Entry& entry)
{
    for (std::size_t run = 0; run < kRuns; ++run)
    {
        if (m_tailAt[run] <= entry.at)
        {
            const bool fits = m_tailAt[run] < entry.at || m_runs[run].Empty() ||
                              m_runs[run].Back().IsBefore(entry);
            return fits ? run : kHeap;
        }
    }
    return FreeRun();
}

/// What is alone in its run and late, such as a timer, must not keep others from it: it moves to
/// the heap. \return the last run, or kHeap if none has become free
std::size_t
HoststackEventQueue::FreeRun()
{
    for (std::size_t run = 0; run < kRuns; ++run)
    {
        auto& entries = m_runs[run];
        if (entries.Size() > 1)
        {
            continue;
        }
        if (!entries.Empty())
        {
            PutIntoHeap(entries.Front());
            entries.PopFront();
            m_headAt[run] = kNever;
            m_front = m_front == run ? kHeap : m_front;
        }
        const auto toEnd = [run](auto& ofRuns) {
            std::rotate(ofRuns.begin() + run, ofRuns.begin() + run + 1, ofRuns.end());
        };
        toEnd(m_runs);
        toEnd(m_headAt);
        toEnd(m_tailAt);
        m_front -= m_front > run && m_front < kRuns ? 1 : 0;
        return kRuns - 1;
    }
    return kHeap;
}

HoststackEventQueue::Entry
HoststackEventQueue::TakeFar()
{
    const auto first = Front();
    if (m_front == kHeap)
    {
        TakeOut(0);
    }
    else
    {
        auto& entries = m_runs[m_front];
        entries.PopFront();
        NoteHead(m_front);
        if (entries.Size() < entries.Capacity() / 8)
        {
            Narrow(entries);
        }
    }
    FindFront();
    return first;
}

void
HoststackEventQueue::FindFront()
{
    auto at = m_heap.empty() ? kNever : m_heap.front().at;
    m_front = m_heap.empty() ? kNowhere : kHeap;
    const auto comesFirst = [this](const Run& run) { // at the same time
        return !run.Empty() && (m_front == kNowhere || run.Front().IsBefore(Front()));
    };
    for (std::size_t run = 0, used = m_used; run < used; ++run)
    {
        const auto headAt = m_headAt[run];
        if (headAt < at || (headAt == at && comesFirst(m_runs[run])))
        {
            at = headAt;
            m_front = run;
        }
    }
    m_farAt = at;
}

void
HoststackEventQueue::NoteHead(std::size_t run)
{
    if (!m_runs[run].Empty())
    {
        m_headAt[run] = m_runs[run].Front().at;
        return;
    }
    m_headAt[run] = kNever;
    while (m_used > 0 && m_runs[m_used - 1].Empty())
    {
        --m_used;
    }
}

bool
HoststackEventQueue::Remove(const EventImpl* event, std::uint32_t number)
{
    const auto isMeant = [event, number](const Entry& entry) {
        return entry.event == event && entry.number == number;
    };
    const auto nearEnd = m_near.begin() + static_cast<std::ptrdiff_t>(m_nearSize);
    const auto close = std::find_if(m_near.begin(), nearEnd, isMeant);
    if (close != nearEnd)
    {
        std::move(close + 1, nearEnd, close);
        --m_nearSize;
        return true;
    }
    const auto found = std::find_if(m_heap.begin(), m_heap.end(), isMeant);
    if (found != m_heap.end())
    {
        TakeOut(static_cast<std::size_t>(found - m_heap.begin()));
        FindFront();
        return true;
    }
    for (std::size_t run = 0; run < m_used; ++run)
    {
        for (std::size_t i = 0; i < m_runs[run].Size(); ++i)
        {
            if (isMeant(m_runs[run][i]))
            {
                m_runs[run].Erase(i);
                NoteHead(run);
                FindFront();
                return true;
            }
        }
    }
    return false;
}

void
HoststackEventQueue::PutIntoHeap(const Entry& entry)
{
    m_heap.emplace_back();
    Rise(m_heap.size() - 1, entry);
}

void
HoststackEventQueue::Rise(std::size_t hole, const Entry& entry)
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
HoststackEventQueue::Sink(std::size_t hole, const Entry& entry)
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
HoststackEventQueue::TakeOut(std::size_t index)
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

void
HoststackEventQueue::GiveBackRoom()
{
    if (m_heap.capacity() > kKept)
    {
        std::vector<Entry> smaller;
        smaller.reserve(std::max(2 * m_heap.size(), kKept));
        smaller.assign(m_heap.begin(), m_heap.end());
        m_heap.swap(smaller);
    }
}

} // namespace ns3
