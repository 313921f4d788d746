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

/// Time to copy \p bytes, as measured on the machine of TablePrices::Measured().
TimeNs CopyTime(CopiedMemory memory, std::uint64_t bytes);

} // namespace hoststack::host

#endif // HS_COPY_TIME_H
