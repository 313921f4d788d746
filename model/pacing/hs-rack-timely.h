// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RACK_TIMELY_H
#define HS_RACK_TIMELY_H

#include "ns3/hs-rack-rate.h"

#include <cstdint>

namespace hoststack
{

/// What a round trip says of the gains.
enum class RackTimelyVerdict : std::uint8_t
{
    Raise = 0,
    Gradient = 1, ///< lower as the RTT grows
    High = 2,     ///< lower more: the RTT is three times the lowest
};

/// \p rttUs after \p minUs as the lowest, and \p differenceUs more than the one before.
RackTimelyVerdict RackJudgeRtt(std::uint64_t rttUs, std::int64_t differenceUs, std::uint64_t minUs);

/**
 * Moves the gains of dynamic pacing by round-trip times, after TIMELY (Mittal et al., SIGCOMM
 * 2015), as FreeBSD 14 does. Lowering is unsigned there: a step of more than all leaves one percent
 * less.
 */
struct RackTimely
{
    RackGains gains;
    std::uint64_t minRttUs{0};
    bool sawSlowStart{false}; ///< in this round
    bool sawAvoidance{false};
    bool sawRecovery{false};
    bool keepsRecovery{false}; ///< rc_gp_no_rec_chg

    /// \p isForced: bandwidth is being lost, a large step at once. Bandwidths of this round and the
    /// last one.
    void Raise(std::uint64_t current, std::uint64_t last, bool isForced);
    void Lower(RackTimelyVerdict verdict, std::uint64_t rttUs, std::uint64_t differenceUs);

  private:
    std::uint32_t m_raises{0}; ///< in a row
};

} // namespace hoststack

#endif // HS_RACK_TIMELY_H
