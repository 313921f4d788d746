// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_WALL_CLOCK_H
#define HS_WALL_CLOCK_H

#include "ns3/hs-units.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <poll.h>
#include <vector>

namespace ns3
{

/**
 * The clock on the wall for a run in real time, and what comes from outside while it waits. One
 * thread does all: it waits for descriptors until the next event of the simulator is due. ns-3's
 * RealtimeSimulatorImpl needs a second thread for that, and locks between the two.
 *
 * HoststackWallClockScheduler asks it before each event.
 */
class WallClock
{
  public:
    using Callback = std::function<void()>;

    /// Calls \p callback, within the simulation, whenever \p descriptor can be read; until its
    /// object is destroyed.
    void Watch(int descriptor, Callback callback);
    /// Waits for \p descriptor no more.
    void Forget(int descriptor);

    /// CLOCK_MONOTONIC at simulated time 0, ns. The clock runs since the first call.
    hoststack::TimeNs Origin();
    /// Since then.
    hoststack::TimeNs Now();

    /// Waits until \p due, or until a descriptor can be read before that. \return what to call for
    /// the latter; nullptr: it is due
    const Callback* WaitUntil(hoststack::TimeNs due);

    /// Of the run in real time that is under way; nullptr: none.
    static WallClock* Current();
    static void SetCurrent(WallClock* clock);

  private:
    const Callback* TakeReady();

    std::vector<pollfd> m_files;
    std::deque<Callback> m_callbacks; ///< these do not move
    std::size_t m_next{0}; ///< of those that the last look found ready, the first not yet told
    hoststack::TimeNs m_origin{-1};
    unsigned m_due{0}; ///< events in a row that were due at once
};

} // namespace ns3

#endif // HS_WALL_CLOCK_H
