// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RACK_TIMERS_H
#define HS_RACK_TIMERS_H

#include "ns3/hs-rack-map.h"
#include "ns3/hs-rack-pacing.h"

#include <cstdint>

/**
 * The timers of FreeBSD's RACK stack: how long each is, and which one runs (facts sheet freebsd.md,
 * 3.5 and 3.6). All times are microseconds.
 */
namespace hoststack
{

/// Smoothed RTT and its variation (t_srtt, t_rttvar); 0: none yet.
struct RackRtt
{
    std::uint32_t srtt{0};
    std::uint32_t var{0};
};

/// Bits of rc_hpts_flags.
enum RackTimerFlag : std::uint32_t
{
    kTimerDelAck = 0x1,
    kTimerRack = 0x2,
    kTimerTlp = 0x4,
    kTimerRto = 0x8,
    kTimerPersist = 0x10,
    kTimerKeep = 0x20,
    kTimerMask = 0x3f,
    kPacingOutput = 0x40, ///< PACE_PKT_OUTPUT: output waits for the wheel
};

/// The retransmission time-out after \p shift of them; \p isSyn: of a handshake that had no RTT.
std::uint32_t RackTimeout(const RackRtt& rtt,
                          std::uint32_t shift,
                          std::uint32_t slopUs,
                          bool isSyn);

/// Until the next window probe (rack_get_persists_timer_val).
std::uint32_t RackPersistUs(const RackRtt& rtt, std::uint32_t shift, std::uint32_t slopUs);

/// What a connection knows of reordering on its path, and what its sysctls make of it.
struct RackReordering
{
    std::uint64_t seenUs{0};           ///< rc_reorder_ts; 0: never
    std::uint64_t fadeUs{60'000'000};  ///< reorder_fade; 0: it is never forgotten
    std::uint32_t shift{2};            ///< reorder_thresh
    std::uint32_t packetDelayUs{1000}; ///< pkt_delay
    std::uint32_t dsacks{0};           ///< num_dsack
    bool isStandard{true};             ///< rack_dsack_ctl bit 0: a quarter of the RTT more
    bool countsDsacks{true};           ///< rack_dsack_ctl bit 1
};

/// How long after its last transmission a passed entry counts as lost (rack_calc_thresh_rack).
/// Forgets reordering that was too long ago.
std::uint32_t RackLossThreshold(RackReordering& reordering,
                                std::uint32_t rttUs,
                                std::uint64_t nowUs);

/// Rules of the tail loss probe (`tlp.use`).
enum class RackTlpRule : std::uint8_t
{
    Draft = 1,
    TwoOne = 2,
    TwoTwo = 3,
};

struct RackTlpSettings
{
    RackTlpRule rule{RackTlpRule::TwoOne};
    std::uint32_t divisor{0};    ///< tlp_threshold: srtt / divisor more; 0: twice the srtt
    std::uint32_t minUs{10'000}; ///< tlp_min
    std::uint32_t delayedAckUs{40'000};
};

/// How long after the last transmission a probe is sent (rack_calc_thresh_tlp). \p at: the entry
/// that was sent last; \p outstanding: bytes that are neither acknowledged nor SACKed.
std::uint32_t RackTlpThreshold(const RackTlpSettings& settings,
                               const RackMap& map,
                               std::size_t at,
                               std::uint32_t srttUs,
                               std::uint32_t segment,
                               std::uint32_t outstanding,
                               std::uint32_t timeoutUs);

/// What the choice of a timer looks at.
struct RackTimerView
{
    RackRtt rtt;
    std::uint32_t rackRttUs{0};    ///< rc_rack_rtt: the latest
    std::uint32_t timeoutUs{0};    ///< t_rxtcur
    std::uint32_t shift{0};        ///< t_rxtshift
    std::uint32_t slopUs{200'000}; ///< rexmit_slop
    std::uint64_t lastTimerUs{0};  ///< rc_tlp_rxt_last_time
    std::uint32_t segment{0};      ///< MSS without options
    std::uint32_t outstanding{0};  ///< bytes from snd_una to snd_max
    std::uint32_t sacked{0};       ///< bytes of them
    std::uint32_t buffered{0};     ///< bytes in the send buffer, with outstanding ones
    std::uint32_t prrBytes{0};     ///< rc_prr_sndcnt
    std::uint32_t probes{0};       ///< rc_tlp_cnt_out
    std::uint32_t probeLimit{2};   ///< tlp_retry
    std::uint32_t minUs{1000};     ///< rc_min_to
    bool isEstablished{true};      ///< or beyond
    bool isSackPermitted{true};
    bool isInRecovery{false};
    bool isPersisting{false};
    bool isStopped{false}; ///< t_timers_stopped
    bool isProbing{false}; ///< rc_tlp_in_progress
    bool isPrrOff{false};  ///< rack_no_prr
    bool isRapid{true};    ///< use_rack_rr: rapid recovery
    bool isFinSent{false};
    std::uint8_t rapidConfig{0}; ///< r_rr_config
    RackTlpSettings tlp;
    RackReordering reordering;
};

struct RackTimer
{
    std::uint32_t us{0}; ///< 0: none
    std::uint32_t flag{0};
    bool isOnMinimum{false}; ///< rc_on_min_to
};

/// Which timer runs, and for how long (rack_timer_start). \p withoutRack: neither RACK nor a probe.
RackTimer RackChooseTimer(RackVersion version,
                          RackTimerView& view,
                          const RackMap& map,
                          std::uint64_t nowUs,
                          bool withoutRack);

/// The entry that is to be sent again now (tcp_rack_output); RackMap::kNone.
std::size_t RackLost(RackTimerView& view, const RackMap& map, std::uint64_t nowUs);

} // namespace hoststack

#endif // HS_RACK_TIMERS_H
