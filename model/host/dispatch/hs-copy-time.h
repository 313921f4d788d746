// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_COPY_TIME_H
#define HS_COPY_TIME_H

#include "ns3/hs-units.h"

#include <cstdint>

namespace hoststack::host
{

/// Where what a program's call copies lies.
enum class CopiedMemory : std::uint8_t
{
    Warm,  ///< the same buffers again and again
    Cold,  ///< in no cache
    Fault, ///< into fresh pages, each of which faults
};

/**
 * A page of a program's memory that is not there when a copy comes to it: the processor stops in
 * the middle of the copy, the kernel finds, clears and maps a page, and the copy goes on; whoever
 * copies keeps its locks meanwhile. No disk is asked.
 *
 * Derived from the same machine: what copies into fresh pages took longer than those into memory in
 * no cache, the first page and the mean of all further ones from 16 KiB to 16 MiB.
 */
struct PageFault
{
    static constexpr std::uint64_t kPage = 4096;
    static constexpr TimeNs kFirst = 1493; ///< of a copy
    static constexpr TimeNs kNext = 780;   ///< each further one

    /// Pages that \p bytes of memory touch for the first time.
    static std::uint64_t Of(CopiedMemory memory, std::uint64_t bytes)
    {
        return memory == CopiedMemory::Fault ? (bytes + kPage - 1) / kPage : 0;
    }

    static TimeNs Cost(std::uint64_t faults)
    {
        return faults > 0 ? kFirst + static_cast<TimeNs>(faults - 1) * kNext : 0;
    }
};

/// Time to copy \p bytes, its page faults included, as
/// measured on the machine of TablePrices::Measured().
TimeNs CopyTime(CopiedMemory memory, std::uint64_t bytes);

} // namespace hoststack::host

#endif // HS_COPY_TIME_H
