// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MONOTONIC_CLOCK_H
#define HS_MONOTONIC_CLOCK_H

#include "ns3/hs-units.h"

#include <cstdint>

namespace hoststack
{

/**
 * CLOCK_MONOTONIC for programs on real descriptors.
 *
 * In a kernel in virtual time no time passes while a process works, but each look at the clock is a
 * system call and puts it on by 256 ns (timer_read, arch/um/kernel/time.c, Linux 6.1 to 6.12): with
 * many looks for each packet, packets are late. There the clock is looked at once after each wait.
 */
class MonotonicClock
{
  public:
    /// \param stands no time passes but in waits, which NoteWait() is told of
    explicit MonotonicClock(bool stands);

    /// ns
    TimeNs Now();

    /// This process has waited: time may have passed.
    void NoteWait()
    {
        m_isKnown = false;
    }

    /// How often it was looked at. While that stays, no time was seen to pass.
    std::uint64_t Looks() const
    {
        return m_looks;
    }

    /// This process' own. It stands if HOSTSTACK_VIRTUAL_TIME is in the environment.
    static MonotonicClock& Own();

  private:
    bool m_stands;
    bool m_isKnown{false}; ///< m_now is true
    TimeNs m_now{0};
    std::uint64_t m_looks{0};
};

} // namespace hoststack

#endif // HS_MONOTONIC_CLOCK_H
