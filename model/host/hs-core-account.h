// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CORE_ACCOUNT_H
#define HS_CORE_ACCOUNT_H

#include "ns3/hs-context.h"
#include "ns3/hs-units.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>

namespace hoststack::host
{

/// Where the time of one core went until `until`, and what happened on it. All sums.
struct CoreAccount
{
    std::array<TimeNs, kContextKinds> busy{}; ///< by ContextKind
    TimeNs idle{0};
    TimeNs until{0};
    TimeNs daemon{0};   ///< of the soft interrupts' time: in ksoftirqd
    TimeNs charged{0};  ///< what work on it has cost; what is not paid yet is the rest
    TimeNs spinning{0}; ///< of it: waiting for a lock of another core

    std::uint64_t interrupts{0};
    std::uint64_t ticks{0};
    std::uint64_t switches{0};      ///< of threads
    std::uint64_t passes{0};        ///< over soft interrupts
    std::uint64_t handovers{0};     ///< that left work to ksoftirqd
    std::uint64_t squeezes{0};      ///< time_squeeze
    std::uint64_t packets{0};       ///< that pollers took
    std::uint64_t waits{0};         ///< of threads for the core
    TimeNs waited{0};               ///< run-queue delay: their sum
    TimeNs interruptWaited{0};      ///< from asking to the beginning of interrupts, without ticks
    TimeNs longestInterruptWait{0}; ///< with ticks
    TimeNs longestWait{0};

    /// \name Of its backlog, if received units are steered
    /// @{
    bool hasBacklog{false};
    std::uint64_t steered{0};      ///< units put into it
    std::uint64_t backlogDrops{0}; ///< units that found it full
    std::uint64_t signals{0};      ///< interrupts of other cores on its account

    /// @}

    TimeNs Of(ContextKind kind) const
    {
        return busy[static_cast<std::size_t>(kind)];
    }

    TimeNs Busy() const
    {
        return std::accumulate(busy.begin(), busy.end(), TimeNs{0});
    }
};

} // namespace hoststack::host

#endif // HS_CORE_ACCOUNT_H
