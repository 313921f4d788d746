// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RACK_PACING_H
#define HS_RACK_PACING_H

#include "ns3/hs-units.h"

#include <cstdint>

namespace hoststack
{

/// States of FreeBSD's rack.c that differ in how they pace (facts sheet freebsd.md, sections 2, 3).
enum class RackVersion : std::uint8_t
{
    V14, ///< A: 14.0-CURRENT, July 2022
    V15, ///< R: 15-CURRENT of 2024
};

/// Sysctls of tcp_ratelimit.c that shape a burst (`net.inet.tcp.rl.*`).
struct RackBurstRules
{
    std::uint32_t leastSegments{0}; ///< floor_mss
    std::uint32_t divisor{1000};    ///< where the stack names none, or too small a one; V15
    bool isEven{true};              ///< even: an odd number is raised by one (V15)
    std::uint32_t evenThresh{4};    ///< eventhresh: above so many segments
};

/// What a connection says of its bursts (sysctls and socket options of RACK), segments.
struct RackBurstLimits
{
    std::uint32_t most{40};     ///< pace_max_seg
    std::uint32_t least{0};     ///< V15
    std::uint32_t divisor{250}; ///< V15
    bool mayBeOne{false};       ///< one segment is allowed
    bool isMost{false};         ///< always the largest: a static rate, or forced
};

/**
 * Bytes of a burst at \p rate (tcp_get_pacing_burst_size_w_divisor), whole segments of \p mss.
 * \p mayBeOne: a burst of one segment is allowed.
 */
std::uint32_t RackBurstBytes(RackVersion version,
                             std::uint64_t rate,
                             std::uint32_t mss,
                             bool mayBeOne,
                             std::uint32_t divisor,
                             const RackBurstRules& rules = {});

/// The same within a connection's limits (rack_get_pacing_len).
std::uint32_t RackPacingLength(RackVersion version,
                               std::uint64_t rate,
                               std::uint32_t mss,
                               const RackBurstLimits& limits,
                               const RackBurstRules& rules = {});

/**
 * How long \p bytes, as segments of \p mss, take at \p rate, in whole microseconds
 * (rack_get_pacing_delay). Headers count: of IP, TCP and Ethernet. \p maxSegment: mss and TCP's
 * options.
 */
std::uint64_t RackGapUs(RackVersion version,
                        std::uint64_t bytes,
                        std::uint32_t mss,
                        std::uint64_t rate,
                        std::uint32_t maxSegment,
                        bool isV6);

/**
 * What early and late output does to the gaps that follow (rack_start_hpts_timer, rack_output):
 * early time is repaid in full, late time by shortening gaps, never below 10 us. Microseconds.
 */
struct RackCompensation
{
    std::uint32_t early{0};   ///< rc_agg_early
    std::uint32_t delayed{0}; ///< rc_agg_delayed
    bool isEarly{false};      ///< r_early
    bool isLate{false};       ///< r_late

    /// Output at \p nowUs where \p targetUs was asked for.
    void OnOutput(std::uint64_t nowUs, std::uint64_t targetUs);
    /// The gap that is asked for where \p gapUs is wanted. \p acksMaySend: ACKs may release data,
    /// and early time is not repaid.
    std::uint32_t Apply(std::uint32_t gapUs, bool acksMaySend = false);
    /// The same where DGP paces and honours the minimum of HPTS: at most \p percent of a gap.
    std::uint32_t ApplyGently(std::uint32_t gapUs,
                              bool acksMaySend,
                              std::uint32_t percent,
                              std::uint32_t minSleepUs);

  private:
    std::uint32_t RepayEarly(std::uint32_t gapUs, bool acksMaySend);
};

} // namespace hoststack

#endif // HS_RACK_PACING_H
