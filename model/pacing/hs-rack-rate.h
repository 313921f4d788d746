// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RACK_RATE_H
#define HS_RACK_RATE_H

#include "ns3/hs-rack-pacing.h"

#include <cstdint>

/**
 * How fast FreeBSD's RACK stack wants to send, how large its bursts then are and how long the gap
 * after one is (facts sheet freebsd.md, 3.1 to 3.3). Rates are bytes a second, times microseconds.
 *
 * What a rate is measured by is given (hs-rack-goodput.h). Left out: hardware pacing, the policer.
 */
namespace hoststack
{

/// Percent of the estimate that is sent at.
struct RackGains
{
    std::uint32_t slowStart{250};
    std::uint32_t avoidance{200};
    std::uint32_t recovery{200};
    std::uint32_t probe{60}; ///< while it probes for the lowest RTT
};

/// What a connection knows of its path, and how it is told to pace.
struct RackRateView
{
    std::uint32_t segment{1448};    ///< MSS without options
    std::uint32_t maxSegment{1460}; ///< t_maxseg
    bool isV6{false};

    std::uint64_t cwnd{0};      ///< snd_cwnd
    std::uint64_t cwndInUse{0}; ///< cwnd_to_use
    std::uint64_t ssthresh{0xffffffff};
    std::uint64_t peerWindow{0};  ///< snd_wnd
    std::uint64_t outstanding{0}; ///< bytes sent and not acknowledged
    std::uint64_t sacked{0};      ///< bytes of them
    std::uint64_t largestCwnd{0}; ///< rc_rack_largest_cwnd
    bool isInFastRecovery{false};
    bool isInRecovery{false}; ///< of any kind
    bool isProbingRtt{false}; ///< in_probe_rtt

    std::uint64_t srttUs{0};
    std::uint64_t minRttUs{0};     ///< rc_rack_min_rtt
    std::uint64_t lastRttUs{0};    ///< rc_last_us_rtt
    std::uint64_t goodputRttUs{0}; ///< the lowest of goodput measurements

    bool isPacing{false};  ///< rc_always_pace
    bool isDynamic{false}; ///< dgp_on; V15
    std::uint64_t fixedSlowStart{0};
    std::uint64_t fixedAvoidance{0};
    std::uint64_t fixedRecovery{0};
    bool isFixed{false}; ///< use_fixed_rate

    std::uint64_t goodput{0}; ///< gp_bw: a sum below three measurements
    std::uint32_t measurements{0};
    bool isFilled{false};         ///< rc_gp_filled
    bool isReady{false};          ///< gp_ready
    std::uint64_t initialRate{0}; ///< init_rate
    std::uint64_t rateCap{0};     ///< bw_rate_cap; 0: none
    std::uint64_t longTerm{0};    ///< long-term bandwidth; V15
    bool usesLongTerm{true};      ///< not dis_lt_bw
    bool usesLesser{false};       ///< use_lesser_lt_bw

    RackGains gains;
    bool isPrrOff{false};            ///< rack_no_prr
    bool newDataAtConfigured{false}; ///< rack_rec_nonrxt_use_cr
    std::uint8_t rapidConfig{0};     ///< r_rr_config
    std::uint32_t minTimerUs{1000};  ///< rc_min_to

    bool fillsWindow{false};          ///< rc_pace_to_cwnd
    std::uint64_t fillCap{3'750'000}; ///< pacing.fillcw_cap; V15
    bool fillsInRange{false};         ///< rc_pace_fill_if_rttin_range
    std::uint32_t rttLimit{0};        ///< rtt_limit_mul
    bool fillsLess{false};            ///< r_fill_less_agg; V14
    bool fillsDiscounted{false};      ///< rc_fillcw_apply_discount; V15
    bool hasHighBeta{false};          ///< rack_hibeta
    std::uint32_t highBeta{0};        ///< saved_hibeta
    std::uint32_t reduction{4};       ///< pacing.burst_reduces
    bool limitsBySrtt{false};         ///< a gap is not longer than the smoothed RTT

    RackBurstLimits limits;
    std::uint32_t burst{0}; ///< rc_pace_max_segs, bytes
};

/// 10 segments as RFC 6928 counts them.
std::uint32_t RackInitialWindow(std::uint32_t segment);

/// What the path carries (rack_get_bw); 0: unknown.
std::uint64_t RackEstimate(RackVersion version, const RackRateView& view);

/// Percent of it for what is sent next (rack_get_output_gain).
std::uint32_t RackGain(const RackRateView& view, bool isRetransmission);

/// The two together (rack_get_output_bw). \p isCapped: a largest rate has bounded it.
std::uint64_t RackWantedRate(RackVersion version,
                             const RackRateView& view,
                             std::uint64_t estimate,
                             bool isRetransmission,
                             bool& isCapped);

/// The largest burst after a change of rate, bytes (rack_set_pace_segments).
std::uint32_t RackLargestBurst(RackVersion version, const RackRateView& view);

/// How much is measured at a time, bytes (rack_get_measure_window).
std::uint32_t RackMeasureWindow(RackVersion version, const RackRateView& view);

struct RackGap
{
    std::uint64_t us{0};
    bool acksMaySend{false}; ///< ACKs release data in spite of it
    bool isByFill{false};    ///< the rate is the one that fills the window
    bool setsBurst{false};   ///< the largest burst is to be set anew
};

/// The gap after a burst of \p bytes (rack_get_pacing_delay).
RackGap RackPacingGap(RackVersion version,
                      const RackRateView& view,
                      std::uint64_t bytes,
                      std::uint32_t segment,
                      bool isRetransmission);

} // namespace hoststack

#endif // HS_RACK_RATE_H
