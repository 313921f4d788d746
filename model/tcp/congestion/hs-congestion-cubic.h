// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CONGESTION_CUBIC_H
#define HS_CONGESTION_CUBIC_H

#include "ns3/hs-congestion-control.h"

#include <cstdint>

namespace hoststack::tcp
{

/// The switches that make the registered variants of CUBIC.
struct CubicOptions
{
    const char* name{"cubic"};
    bool hystart{true};         ///< module parameter hystart
    bool fastConvergence{true}; ///< module parameter fast_convergence
    bool friendliness{true};    ///< module parameter tcp_friendliness
    /// Rounds are followed below the HyStart low window too: Linux since 6.14 and its stable
    /// releases (commit 25c1a9ca53db). False: a round may begin only at 16 segments and more.
    bool countsEarlyRounds{true};
};

/**
 * CUBIC (RFC 9438) as Linux 6.x computes it (tcp_cubic.c), with HyStart.
 *
 * The window follows W(t) = C (t - K)^3 + Wmax, C = 410/1024 segments/s^3, by choosing how many
 * acknowledged segments are worth one segment of window; never less than two, so growth is at most
 * half a segment per segment. Time is counted in jiffies (CongestionState::tick) and computed in
 * 1/1024 s; the target is that of one minimum RTT later. After a reduction to 717/1024 the curve
 * starts anew; a time-out forgets Wmax, and growth is then at least 5 % per round.
 * The Reno-friendly window grows by one segment per 15/8 of a window acknowledged.
 *
 * HyStart ends slow start when ACKs have come at most 2 ms apart for longer than half the minimum
 * RTT (the whole if the sender is paced) plus a cushion for super-segments, or when the smallest
 * of a round's first RTTs exceeds the minimum by an eighth of it, kept within 4..16 ms.
 *
 * Limits: the cube root is exact (Linux: a table and one Newton step, about 0.2 % off), and the
 * curve does not wrap after 350 s without a reduction as 64-bit arithmetic does there.
 */
class CubicCongestion : public CongestionControl
{
  public:
    explicit CubicCongestion(const CubicOptions& options = {});

    const char* Name() const override;
    void Init(CongestionState& state) override;
    std::uint32_t Ssthresh(CongestionState& state) override;
    void IncreaseWindow(CongestionState& state, std::uint32_t acked) override;
    void OnAcked(CongestionState& state, std::uint32_t acked, TimeNs rtt) override;
    void OnStateChange(CongestionState& state, CaState next) override;
    void OnEvent(CongestionState& state, CaEvent event) override;
    /// "concave", "convex", "probing" (no Wmax known) or "reno-friendly"; empty before the first
    /// congestion avoidance after a reduction.
    std::string Phase() const override;

    /// Wmax of the curve in use or to come, segments; 0: none yet.
    std::uint32_t LastMax() const;
    /// K, the time from the start of the epoch to Wmax, 1/1024 s.
    std::uint64_t TimeToOrigin() const;
    /// Why HyStart ended slow start.
    enum class HystartExit : std::uint8_t
    {
        None,
        AckTrain,
        Delay,
    };
    HystartExit Exit() const;

  private:
    void Reset();
    void StartRound(const CongestionState& state);
    void UpdateHystart(CongestionState& state, std::int64_t delayUs);
    void LeaveSlowStart(CongestionState& state, HystartExit why);
    void UpdateIncrement(const CongestionState& state, std::uint32_t acked);
    void StartEpoch(std::int64_t nowJiffies, std::uint32_t cwnd, std::uint32_t acked);
    void FollowCurve(std::int64_t nowJiffies, TimeNs tick, std::uint32_t cwnd);
    void FollowReno(std::uint32_t cwnd);

    CubicOptions m_options;
    const char* m_region{""}; ///< what the increment in use follows

    // The curve (struct bictcp, first half: cleared by a time-out).
    std::uint32_t m_increment{0};    ///< segments acknowledged per segment of growth
    std::uint32_t m_lastMax{0};      ///< segments
    std::uint32_t m_lastCwnd{0};     ///< window at the last computation
    std::uint32_t m_origin{0};       ///< the curve's plateau, segments
    std::int64_t m_lastTime{0};      ///< of the last computation, jiffies
    std::uint64_t m_timeToOrigin{0}; ///< K, 1/1024 s
    std::int64_t m_delayMinUs{0};    ///< 0: none yet
    std::int64_t m_epochStart{-1};   ///< jiffies; -1: no epoch
    std::uint32_t m_ackCount{0};     ///< acknowledged towards the next step of Reno
    std::uint32_t m_renoCwnd{0};     ///< what Reno would have, segments

    // HyStart.
    HystartExit m_exit{HystartExit::None};
    std::uint32_t m_samples{0}; ///< RTT samples in this round
    std::int64_t m_roundStartUs{0};
    std::uint64_t m_roundEnd{0};  ///< stream offset
    std::int64_t m_lastAckUs{0};  ///< last ACK of the train
    std::int64_t m_roundRttUs{0}; ///< smallest of the round
};

} // namespace hoststack::tcp

#endif // HS_CONGESTION_CUBIC_H
