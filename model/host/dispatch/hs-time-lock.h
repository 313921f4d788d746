// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TIME_LOCK_H
#define HS_TIME_LOCK_H

#include "ns3/hs-time-histogram.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <vector>

namespace hoststack::host
{

/**
 * A spin lock between cores, in time: who wants it for a while gets the first such while in which
 * nobody has it, and spins until then. Who takes it from another core pays for the line of memory
 * that has to come over.
 *
 * Waiting and holding add up to what the cores spend at it.
 */
class TimeLock
{
  public:
    struct Hold
    {
        TimeNs from{0};
        TimeNs until{0};
    };

    /// \param handOver what it costs when the last holder was another core and somebody waits
    explicit TimeLock(TimeNs handOver)
        : m_handOver(handOver)
    {
    }

    /// \p core wants it at \p now for \p duration; \p now may be before other holds.
    Hold Take(TimeNs now, TimeNs duration, std::uint32_t core);

    /// Holds that ended before \p now are over for everybody.
    void Forget(TimeNs now);

    std::uint64_t Takes() const
    {
        return m_takes;
    }

    /// Takes that had to wait.
    std::uint64_t Contended() const
    {
        return m_contended;
    }

    TimeNs Waited() const
    {
        return m_waited;
    }

    TimeNs Held() const
    {
        return m_held;
    }

  private:
    struct Interval
    {
        TimeNs from;
        TimeNs until;
        std::uint32_t core;
    };

    TimeNs m_handOver;
    std::vector<Interval> m_holds; ///< in their order
    std::uint64_t m_takes{0};
    std::uint64_t m_contended{0};
    TimeNs m_waited{0};
    TimeNs m_held{0};
};

} // namespace hoststack::host

#endif // HS_TIME_LOCK_H
