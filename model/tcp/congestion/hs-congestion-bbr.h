// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CONGESTION_BBR_H
#define HS_CONGESTION_BBR_H

#include "ns3/hs-bbr-ack-aggregation.h"
#include "ns3/hs-bbr-policer.h"
#include "ns3/hs-bbr-units.h"
#include "ns3/hs-congestion-control.h"
#include "ns3/hs-windowed-max.h"

#include <cstdint>

namespace hoststack::tcp
{

/**
 * BBR version 1 as in Linux 4.20 to 6.18 (tcp_bbr.c; Cardwell et al., ACM Queue 14(5), 2016;
 * draft-cardwell-iccrg-bbr-congestion-control-00).
 *
 * A model of the path (largest delivery rate of 10 rounds, smallest RTT of 10 s) gives pacing rate
 * and window; loss is answered by packet conservation for one round and by not much else.
 * STARTUP doubles per round until the rate has not grown by 25 % in three rounds, DRAIN empties
 * the queue, PROBE_BW cycles its gain 5/4, 3/4, 1 x 6, PROBE_RTT cuts to four segments for 200 ms
 * when the smallest RTT has not been seen for 10 s.
 *
 * The phase in which PROBE_BW begins is drawn from CongestionState::seed and the time of Init, so
 * that it is the same in every run and differs between connections.
 *
 * Limits: counters do not wrap and are not cut to the widths of Linux' bit fields.
 */
class BbrCongestion : public CongestionControl
{
  public:
    enum class Mode : std::uint8_t
    {
        Startup,
        Drain,
        ProbeBw,
        ProbeRtt,
    };

    const char* Name() const override;
    void Init(CongestionState& state) override;
    std::uint32_t Ssthresh(CongestionState& state) override;
    void IncreaseWindow(CongestionState& state, std::uint32_t acked) override;
    bool Control(CongestionState& state, const RateSample& sample) override;
    bool HasFullControl() const override;
    void OnStateChange(CongestionState& state, CaState next) override;
    void OnEvent(CongestionState& state, CaEvent event) override;
    std::uint32_t UndoCwnd(CongestionState& state) override;
    bool NeedsPacing() const override;
    std::uint32_t MinTsoSegments(const CongestionState& state) const override;
    std::uint32_t SendBufferFactor() const override;
    /// "startup", "drain", "probe-bw" or "probe-rtt".
    std::string Phase() const override;

    Mode CurrentMode() const;
    /// The estimated rate of the path: the policer's if one was found, else the filter's.
    BbrRate Bandwidth() const;
    /// The smallest RTT, microseconds; -1: none yet.
    std::int64_t MinRttUs() const;
    /// Of 256.
    std::uint32_t PacingGain() const;
    std::uint32_t CyclePhase() const;
    bool IsPipeFull() const;
    bool IsPoliced() const;
    std::uint32_t ExtraAcked() const;

  private:
    // Steps of Control in Linux' order.
    void UpdateBandwidth(CongestionState& state, const RateSample& sample);
    void UpdateAckAggregation(const CongestionState& state, const RateSample& sample);
    void UpdateCyclePhase(const CongestionState& state, const RateSample& sample);
    void CheckPipeFull(const RateSample& sample);
    void CheckDrain(CongestionState& state);
    void UpdateMinRtt(CongestionState& state, const RateSample& sample);
    void UpdateGains();
    void SetPacingRate(CongestionState& state, BbrRate rate, std::uint32_t gain);
    void SetCwnd(CongestionState& state, const RateSample& sample);

    void SamplePolicer(const CongestionState& state, std::uint32_t losses, bool isAppLimited);
    bool IsCycleDone(const CongestionState& state, const RateSample& sample) const;
    /// \return true while packets are conserved; \p cwnd is then final.
    bool RecoverOrRestore(const CongestionState& state,
                          const RateSample& sample,
                          std::uint32_t& cwnd);
    void CheckProbeRttDone(CongestionState& state);
    void EnterProbeBw();
    void SaveCwnd(const CongestionState& state);
    void InitPacingRate(CongestionState& state);
    BbrPolicer::Totals Totals(const CongestionState& state) const;

    std::uint32_t Bdp(BbrRate rate, std::uint32_t gain) const;
    std::uint32_t AddHeadroom(const CongestionState& state, std::uint32_t cwnd) const;
    std::uint32_t TargetInFlight(const CongestionState& state, std::uint32_t gain) const;
    std::uint32_t InNetworkAtDeparture(const CongestionState& state, std::uint32_t inFlight) const;
    std::uint32_t BurstGoal(const CongestionState& state) const;
    std::uint32_t AggregationCwnd() const;
    std::uint64_t Draw();

    Mode m_mode{Mode::Startup};
    CaState m_previousCaState{CaState::Open};
    bool m_isConserving{false};
    bool m_isRoundStart{false};
    bool m_isIdleRestart{false};
    bool m_hasSeenRtt{false};

    // The model of the path.
    WindowedMax<BbrRate> m_maxRate{10}; ///< over 10 rounds (bbr_bw_rtts)
    std::uint64_t m_round{0};
    std::uint64_t m_roundEnd{0}; ///< `delivered` at which the round ends
    std::int64_t m_minRttUs{-1};
    std::int64_t m_minRttStamp{0}; ///< jiffies
    TimeNs m_deliveredTime{0};     ///< of the newest delivery (delivered_mstamp)
    BbrAckAggregation m_aggregation;
    BbrPolicer m_policer;

    // Gains and their cycle.
    std::uint32_t m_pacingGain{kBbrGainUnit};
    std::uint32_t m_cwndGain{kBbrGainUnit};
    std::uint32_t m_cyclePhase{0};
    TimeNs m_cycleStart{0};

    // Is the pipe full?
    bool m_isPipeFull{false};
    BbrRate m_fullRate{0};
    std::uint32_t m_flatRounds{0};

    // PROBE_RTT and recovery.
    std::int64_t m_probeRttDone{-1}; ///< jiffies; -1: in flight is not yet down
    bool m_probeRttRoundDone{false};
    std::uint32_t m_savedCwnd{0};

    std::uint64_t m_random{0};
};

} // namespace hoststack::tcp

#endif // HS_CONGESTION_BBR_H
