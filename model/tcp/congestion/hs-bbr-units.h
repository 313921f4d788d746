// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BBR_UNITS_H
#define HS_BBR_UNITS_H

#include "ns3/hs-units.h"

#include <cstdint>

namespace hoststack::tcp
{

/// A delivery rate as BBR counts it: segments per microsecond times 2^24 (tcp_bbr.c BW_SCALE).
using BbrRate = std::uint64_t;

constexpr unsigned kBbrRateShift = 24;
constexpr BbrRate kBbrRateUnit = BbrRate{1} << kBbrRateShift;

/// A gain of 1 (tcp_bbr.c BBR_UNIT).
constexpr unsigned kBbrGainShift = 8;
constexpr std::uint32_t kBbrGainUnit = 1U << kBbrGainShift;

/// \p segments in \p us microseconds (> 0).
constexpr BbrRate
MakeBbrRate(std::uint64_t segments, std::int64_t us)
{
    return segments * kBbrRateUnit / static_cast<std::uint64_t>(us);
}

/// What \p rate delivers in \p us microseconds, whole segments.
constexpr std::uint64_t
BbrSegments(BbrRate rate, std::int64_t us)
{
    return (rate * static_cast<std::uint64_t>(us)) >> kBbrRateShift;
}

/**
 * \p gain (of 256) times \p rate in bytes per second, less the 1 % by which BBR paces below its
 * estimate to keep queues from growing (bbr_pacing_margin_percent).
 */
constexpr BytesPerSecond
BbrPacingRate(BbrRate rate, std::uint32_t gain, std::uint32_t mss)
{
    const auto scaled = (static_cast<Uint128>(rate) * mss * gain) >> kBbrGainShift;
    return static_cast<BytesPerSecond>((scaled * (1000000 / 100 * 99)) >> kBbrRateShift);
}

} // namespace hoststack::tcp

#endif // HS_BBR_UNITS_H
