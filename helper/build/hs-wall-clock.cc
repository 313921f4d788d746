// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-wall-clock.h"

#include "ns3/hs-monotonic-clock.h"

#include <algorithm>

namespace ns3
{

using hoststack::kSecond;
using hoststack::MonotonicClock;
using hoststack::TimeNs;

namespace
{

/// Events that are late, before what comes from outside gets its turn.
constexpr unsigned kMostInARow = 64;

WallClock* g_current = nullptr;

} // namespace

void
WallClock::Watch(int descriptor, Callback callback)
{
    m_files.push_back({descriptor, POLLIN, 0});
    m_callbacks.push_back(std::move(callback));
}

void
WallClock::Forget(int descriptor)
{
    for (auto& file : m_files)
    {
        if (file.fd == descriptor)
        {
            file.fd = -1;
            file.revents = 0;
        }
    }
}

TimeNs
WallClock::Origin()
{
    if (m_origin < 0)
    {
        m_origin = MonotonicClock::Own().Now();
    }
    return m_origin;
}

TimeNs
WallClock::Now()
{
    const auto origin = Origin();
    return MonotonicClock::Own().Now() - origin;
}

const WallClock::Callback*
WallClock::TakeReady()
{
    for (; m_next < m_files.size(); ++m_next)
    {
        if (m_files[m_next].fd >= 0 && m_files[m_next].revents != 0)
        {
            return &m_callbacks[m_next++];
        }
    }
    return nullptr;
}

const WallClock::Callback*
WallClock::WaitUntil(TimeNs due)
{
    if (const auto* ready = TakeReady())
    {
        return ready;
    }
    while (true)
    {
        const auto left = due - Now();
        if (left <= 0 && m_due < kMostInARow)
        {
            ++m_due;
            return nullptr;
        }
        m_due = 0;
        const auto wait = std::max<TimeNs>(0, left);
        const timespec timeout{wait / kSecond, wait % kSecond};
        const int found = ppoll(m_files.data(), m_files.size(), &timeout, nullptr);
        MonotonicClock::Own().NoteWait();
        if (found <= 0)
        {
            continue;
        }
        m_next = 0;
        if (const auto* ready = TakeReady())
        {
            return ready;
        }
    }
}

WallClock*
WallClock::Current()
{
    return g_current;
}

void
WallClock::SetCurrent(WallClock* clock)
{
    g_current = clock;
}

} // namespace ns3
