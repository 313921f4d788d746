// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_UNITS_H
#define HS_UNITS_H

/**
 * \file
 * Units of the protocol core: time is signed 64-bit nanoseconds since the start of the run,
 * sizes are bytes, rates are bits per second unless a name says otherwise.
 */

#include <cstdint>
#include <limits>

namespace hoststack
{

/// A point in simulated time or a duration, in nanoseconds.
using TimeNs = std::int64_t;
/// A rate in bits per second.
using BitsPerSecond = std::uint64_t;
/// A rate in bytes per second (what TCP paces with).
using BytesPerSecond = std::uint64_t;

/// For products that 64 bits do not hold; every compiler of ns-3 has it, no C++ standard does.
__extension__ typedef unsigned __int128 Uint128;

constexpr TimeNs kMicrosecond = 1000;
constexpr TimeNs kMillisecond = 1000 * kMicrosecond;
constexpr TimeNs kSecond = 1000 * kMillisecond;
/// A deadline that never comes.
constexpr TimeNs kNever = std::numeric_limits<TimeNs>::max();

/// Time to serialise \p bytes at \p rate, rounded up to a whole nanosecond; kNever at rate 0.
constexpr TimeNs
SerialisationTime(std::uint64_t bytes, BitsPerSecond rate)
{
    if (rate == 0)
    {
        return kNever;
    }
    const std::uint64_t bits = bytes * 8;
    // 128-bit: 18 GB would overflow bits * 1e9 in 64 bits.
    const auto product = static_cast<Uint128>(bits) * kSecond;
    return static_cast<TimeNs>((product + rate - 1) / rate);
}

constexpr double
ToSeconds(TimeNs t)
{
    return static_cast<double>(t) / kSecond;
}

} // namespace hoststack

#endif // HS_UNITS_H
