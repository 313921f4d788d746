// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RACK_GOODPUT_H
#define HS_RACK_GOODPUT_H

#include "ns3/hs-output-path.h"
#include "ns3/hs-rack-rate.h"
#include "ns3/hs-rack-rtt.h"

#include <cstdint>

namespace hoststack
{

/**
 * What FreeBSD's RACK stack measures its path by: where a measurement of goodput begins
 * (rack_start_gp_measurement, rack_need_set_test), where it ends (rack_enough_for_measurement) and
 * what becomes of it (rack_do_goodput_measurement); since 15 the long-term bandwidth, too. Gains
 * stay as they are: `dynamicgp` is 0 as it comes. Read, not executed: docs/models/pacing.md says
 * which texts.
 *
 * It writes what it finds into a RackRateView. Offsets are those of the stream.
 */
class RackGoodput
{
  public:
    explicit RackGoodput(RackVersion version);

    /// New data has left, \p bytes up to \p output.sent. \p isPaced: a gap comes from the estimate;
    /// else it counts as if the application were the limit.
    void OnSent(RackRateView& view, const OutputView& output, std::uint64_t nowUs, bool isPaced);

    /// From where the first new ACK begins the measurement (app_limited_needs_set); else the
    /// largest number.
    std::uint64_t AwaitedFrom() const;

    void OnAcking(const AckedSends& sends)
    {
        m_sends = sends;
    }

    /// \return true after the first measurement: from now on gaps come from the estimate
    bool OnAcked(RackRateView& view, const AckProgress& ack);

    /// Output had nothing to send (rack_output's just_return): a measurement ends with \p sent.
    void OnRanDry(std::uint64_t sent);

  private:
    /// What was sent at once, and when.
    struct Sent
    {
        std::uint64_t begin{0};
        std::uint64_t end{0}; ///< 0: nothing
        std::int64_t us{0};
    };

    void Start(const RackRateView& view, const OutputView& output);
    void StartAt(const RackRateView& view, std::uint64_t from, std::int64_t sentUs);
    bool StartBehindLimit(const RackRateView& view);
    void RestartBeforeLimit(const RackRateView& view, const AckProgress& ack);
    void Mark(const Sent& sent);
    void Forget(std::uint64_t ack);
    void Begin(const RackRateView& view, const AckProgress& ack);
    bool IsEnough(const RackRateView& view, const AckProgress& ack) const;
    bool Measure(RackRateView& view, const AckProgress& ack);
    std::uint64_t Rate(const RackRateView& view, const AckProgress& ack) const;
    void Count(RackRateView& view, std::uint64_t rate);
    void CountLongTerm(RackRateView& view, const AckProgress& ack);
    void SampleRtt(const AckProgress& ack);

    RackVersion m_version;
    bool m_isRunning{false};          ///< TF_GPUTINPROG
    bool m_awaitsAck{false};          ///< app_limited_needs_set
    std::uint64_t m_from{0};          ///< gput_seq
    std::uint64_t m_to{0};            ///< gput_ack
    std::int64_t m_fromUs{0};         ///< gput_ts
    std::int64_t m_sentUs{0};         ///< rc_gp_output_ts
    std::int64_t m_lastSentUs{0};     ///< rc_gp_cumack_ts
    std::int64_t m_ackUs{0};          ///< when the last ACK came (act_rcv_time)
    std::uint64_t m_spanUs{0};        ///< of the measurement that has ended
    std::uint32_t m_lowestRttUs{0};   ///< rc_gp_lowrtt; 0: none
    std::uint64_t m_largestWindow{0}; ///< rc_gp_high_rwnd
    Sent m_latest;
    Sent m_firstLimited; ///< rc_first_appl
    Sent m_lastLimited;  ///< rc_end_appl, or the last that was not paced
    Sent m_behindLimit;  ///< what follows the first
    AckedSends m_sends;
    RackRttSampler m_rtt;
    RackRtt m_unused; ///< the sampler's other averages; the sender has its own
    std::uint32_t m_timeoutUs{0};

    // rack_get_lt_bw; V15
    bool m_isCounting{false}; ///< lt_bw_up
    std::uint64_t m_countedBytes{0};
    std::uint64_t m_countedUs{0};
    std::uint64_t m_countsFrom{0};  ///< lt_seq
    std::int64_t m_countsFromUs{0}; ///< lt_timemark
};

} // namespace hoststack

#endif // HS_RACK_GOODPUT_H
