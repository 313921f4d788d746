// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CONGESTION_FREEBSD_CUBIC_H
#define HS_CONGESTION_FREEBSD_CUBIC_H

#include "ns3/hs-congestion-control.h"

#include <cstdint>

namespace hoststack::tcp
{

/**
 * CUBIC of FreeBSD (cc_cubic.c and cc_cubic.h of main, 2022 and later, read). Where Linux chooses
 * how many ACKs are worth a segment, this sets the window to the larger of the curve
 * C (t + RTT - K)^3 + Wmax and what a Reno-friendly sender would have since the last reduction. RTT
 * is the mean of the smoothed ones between two reductions. Slow start is NewReno's.
 *
 * The first reduction halves the window, and Wmax is then 0.7 of it; later ones leave 0.7. A
 * time-out leaves 0.7 of what is in flight, and keeps Wmax until slow start is over.
 *
 * HyStart++ is there but off, as RACK and the default stack leave it (CCF_HYSTART_ALLOWED is not
 * set). Windows are whole segments here; the cube root is exact.
 */
class FreebsdCubic : public CongestionControl
{
  public:
    const char* Name() const override;
    void Init(CongestionState& state) override;
    std::uint32_t Ssthresh(CongestionState& state) override;
    void IncreaseWindow(CongestionState& state, std::uint32_t acked) override;
    void OnAcked(CongestionState& state, std::uint32_t acked, TimeNs rtt) override;
    void OnEvent(CongestionState& state, CaEvent event) override;
    void OnStateChange(CongestionState& state, CaState next) override;
    std::uint32_t UndoCwnd(CongestionState& state) override;
    std::string Phase() const override;

    /// Wmax, segments.
    std::uint64_t LastMax() const
    {
        return m_lastMax;
    }

  private:
    void StartEpoch(const CongestionState& state);
    void EndReduction();
    std::uint64_t Curve(TimeNs sinceEpoch) const;
    std::uint64_t Friendly(TimeNs sinceEpoch, std::uint32_t mss) const;

    std::uint64_t m_lastMax{0};     ///< W_max
    std::uint64_t m_lastMaxUndo{0}; ///< before the last reduction
    std::int64_t m_origin{0};       ///< K, 1/256 s
    TimeNs m_epoch{0};
    TimeNs m_meanRtt{kMicrosecond};
    TimeNs m_leastRtt{0}; ///< of the smoothed ones; 0: too few samples
    TimeNs m_rttSum{0};   ///< since the last reduction
    std::uint64_t m_rttCount{0};
    std::uint32_t m_samples{0};
    bool m_isReduced{false};    ///< CUBICFLAG_CONG_EVENT
    bool m_isTimedOut{false};   ///< CUBICFLAG_RTO_EVENT
    bool m_isStarting{false};   ///< CUBICFLAG_IN_SLOWSTART
    bool m_isFriendly{false};   ///< the last step followed Reno
    bool m_isRecovering{false}; ///< a reduction has begun and not ended
};

} // namespace hoststack::tcp

#endif // HS_CONGESTION_FREEBSD_CUBIC_H
