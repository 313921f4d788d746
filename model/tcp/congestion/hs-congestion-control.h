// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CONGESTION_CONTROL_H
#define HS_CONGESTION_CONTROL_H

#include "ns3/hs-pooled.h"
#include "ns3/hs-registry.h"
#include "ns3/hs-units.h"

#include <algorithm>
#include <cstdint>
#include <string>

namespace hoststack::tcp
{

/// Phase of congestion handling (Linux' tcp_ca_state; names as in its tcp_info).
enum class CaState : std::uint8_t
{
    Open,     ///< nothing suspicious
    Disorder, ///< duplicate ACKs or SACKs seen
    Cwr,      ///< reducing after ECN or a local signal
    Recovery, ///< fast recovery
    Loss,     ///< after a retransmission time-out
};

/// What a congestion control may be told besides ACKs (Linux' tcp_ca_event).
enum class CaEvent : std::uint8_t
{
    TxStart,     ///< first transmission with nothing in flight
    CwndRestart, ///< window restarted after idle
    CompleteCwr, ///< a reduction has ended
    Loss,        ///< a retransmission time-out
    EcnNoCe,     ///< segment received without CE
    EcnIsCe,     ///< segment received with CE
};

/**
 * Delivery-rate sample of one ACK (draft-cheng-iccrg-delivery-rate-estimation-02; Linux'
 * struct rate_sample, tcp_rate.c).
 *
 * The sampled segment is, of those that this ACK newly (S)ACKs, the one sent last. When a segment
 * leaves it notes `delivered`, the time of the newest delivery and the departure of the segment
 * that this delivery acknowledged. When it is acknowledged, `interval` is the longer of the send
 * interval (between the two departures) and the ACK interval (between the two deliveries); so
 * delivered / interval never exceeds the send rate and ACK compression does not inflate it.
 * There is no sample (`delivered` and `interval` -1) if the ACK delivers nothing. If the interval
 * is shorter than the minimum RTT, it alone is -1 and the rate is unknown. `ackedSacked`,
 * `losses`, `rtt` and `priorInFlight` are valid on every ACK.
 */
struct RateSample
{
    std::uint64_t priorDelivered{0}; ///< segments delivered when the sampled one left
    std::int64_t delivered{-1};      ///< segments delivered over `interval`; -1: no sample
    TimeNs interval{-1};             ///< ns; -1: no sample
    TimeNs rtt{-1};                  ///< of the newest segment acknowledged; -1: none
    std::uint32_t losses{0};         ///< segments marked lost while this ACK was processed
    std::uint32_t ackedSacked{0};    ///< segments newly (S)ACKed
    std::uint32_t priorInFlight{0};  ///< segments in flight before this ACK
    bool isAppLimited{false};
    bool isRetransmit{false};
    bool isAckDelayed{false}; ///< probably held by a delayed ACK
};

/// What a sender tells its congestion control; counts are segments unless said otherwise.
struct CongestionFacts
{
    TimeNs now{0};
    TimeNs srtt{0};             ///< 0: no sample yet
    TimeNs minRtt{kNever};      ///< windowed minimum (tcp_min_rtt)
    std::uint64_t delivered{0}; ///< total segments delivered
    std::uint64_t lost{0};      ///< total segments marked lost (tp->lost)
    std::uint64_t sndUna{0};    ///< stream offset of the oldest unacknowledged byte
    std::uint64_t sndNxt{0};    ///< stream offset of the next byte to send
    /// `delivered` at which an application-limited phase ends; 0: none
    std::uint64_t appLimitedUntil{0};
    TimeNs lastSendTime{0}; ///< departure of the last data segment (lsndtime)
    TimeNs nextSendTime{0}; ///< earliest departure the pacer allows (tcp_wstamp_ns)
    BytesPerSecond maxPacingRate{~BytesPerSecond{0}};
    TimeNs tick{4 * kMillisecond}; ///< Config::tick: what a jiffy is; 0: 1 ms
    std::uint32_t cwndClamp{0xffffffff};
    std::uint32_t priorCwnd{0}; ///< cwnd before the last reduction
    std::uint32_t mss{1448};    ///< bytes
    std::uint32_t packetsOut{0};
    std::uint32_t inFlight{0}; ///< packetsOut - sacked - lost + retransmitted
    std::uint32_t reordering{3};
    std::uint32_t gsoMaxBytes{65536}; ///< Config::gsoMaxBytes
    /// Differs by connection and is the same in every run (a hash of its name); the source of an
    /// algorithm's random choices.
    std::uint32_t seed{0};
    std::uint8_t pacingShift{10}; ///< Config::pacingShift
    CaState caState{CaState::Open};
    bool isCwndLimited{false}; ///< the window was full in the last round (is_cwnd_limited)
    bool hasUnsentData{false}; ///< the send queue is not empty
    bool isPaced{false};       ///< a pacer spaces the segments (sk_pacing_status not NONE)
};

/**
 * A sender as its congestion control sees it: facts to read, and the four numbers that it decides
 * about. The facts are the sender's alone (CongestionLedger).
 *
 * Invariants: the window is at least one segment and at most the clamp; the pacing rate is at most
 * the largest allowed.
 */
class CongestionState
{
  public:
    const CongestionFacts& Facts() const
    {
        return m_facts;
    }

    /// Segments.
    std::uint32_t Cwnd() const
    {
        return m_cwnd;
    }

    void SetCwnd(std::uint32_t segments)
    {
        m_cwnd = std::min(std::max(segments, 1u), m_facts.cwndClamp);
    }

    /// Segments; slow start ends there.
    std::uint32_t Ssthresh() const
    {
        return m_ssthresh;
    }

    void SetSsthresh(std::uint32_t segments)
    {
        m_ssthresh = segments;
    }

    bool InSlowStart() const
    {
        return m_cwnd < m_ssthresh;
    }

    /// Credit of linear increase, segments (snd_cwnd_cnt).
    std::uint32_t CwndCount() const
    {
        return m_cwndCount;
    }

    void SetCwndCount(std::uint32_t segments)
    {
        m_cwndCount = segments;
    }

    /// bytes/s; set by the algorithm if it paces itself (NeedsPacing), else by the connection after
    /// every ACK (facts sheet linux.md 6.2.1), even if nothing is spaced by it.
    BytesPerSecond PacingRate() const
    {
        return m_pacingRate;
    }

    void SetPacingRate(BytesPerSecond rate)
    {
        m_pacingRate = std::min(rate, m_facts.maxPacingRate);
    }

    /// What is in flight now says nothing about the path's rate (tp->app_limited).
    void MarkAppLimited()
    {
        m_facts.appLimitedUntil = std::max<std::uint64_t>(m_facts.delivered + m_facts.inFlight, 1);
    }

  protected:
    CongestionState() = default;
    CongestionState(const CongestionState&) = default;
    CongestionState& operator=(const CongestionState&) = default;
    ~CongestionState() = default;

    CongestionFacts m_facts;

  private:
    std::uint32_t m_cwnd{10};
    std::uint32_t m_ssthresh{0x7fffffff};
    std::uint32_t m_cwndCount{0};
    BytesPerSecond m_pacingRate{0};
};

/// The same in the hands of its sender, which alone tells the facts.
class CongestionLedger : public CongestionState
{
  public:
    CongestionFacts& Tell()
    {
        return m_facts;
    }
};

/**
 * One congestion-control algorithm on one connection (Linux' tcp_congestion_ops as a class).
 *
 * Call order per ACK: OnAcked (RTT and count), then Control (if it returns true it has set cwnd
 * and pacing rate itself) else, outside recovery and while cwnd-limited, IncreaseWindow.
 * On entering a reduction: Ssthresh, then OnStateChange. After a spurious one: UndoCwnd.
 */
class CongestionControl : public Pooled
{
  public:
    virtual ~CongestionControl() = default;

    virtual const char* Name() const = 0;

    /// Called once when the connection is established.
    virtual void Init(CongestionState& /*state*/)
    {
    }

    /// The new slow-start threshold for a reduction that begins now, segments.
    virtual std::uint32_t Ssthresh(CongestionState& state) = 0;

    /// Window growth for \p acked segments newly acknowledged.
    virtual void IncreaseWindow(CongestionState& state, std::uint32_t acked) = 0;

    /// \p acked segments (S)ACKed; \p rtt of the ACK or -1 (pkts_acked).
    virtual void OnAcked(CongestionState& /*state*/, std::uint32_t /*acked*/, TimeNs /*rtt*/)
    {
    }

    /// Full control per ACK (cong_control). \return false: use IncreaseWindow and PRR.
    virtual bool Control(CongestionState& /*state*/, const RateSample& /*sample*/)
    {
        return false;
    }

    /// True if Control takes every decision (BBR): the connection then leaves cwnd alone in
    /// recovery.
    virtual bool HasFullControl() const
    {
        return false;
    }

    virtual void OnStateChange(CongestionState& /*state*/, CaState /*next*/)
    {
    }

    virtual void OnEvent(CongestionState& /*state*/, CaEvent /*event*/)
    {
    }

    /// The window to return to when a reduction proves spurious, segments.
    virtual std::uint32_t UndoCwnd(CongestionState& state)
    {
        return std::max(state.Cwnd(), state.Facts().priorCwnd);
    }

    /// True if the algorithm sets `pacingRate` and segments must be spaced by it.
    virtual bool NeedsPacing() const
    {
        return false;
    }

    /// Fewest segments per super-segment; 0: the configured minimum (min_tso_segs).
    virtual std::uint32_t MinTsoSegments(const CongestionState& /*state*/) const
    {
        return 0;
    }

    /// Factor of cwnd that the send buffer holds (sndbuf_expand).
    virtual std::uint32_t SendBufferFactor() const
    {
        return 2;
    }

    /// True if the algorithm wants ECT on its segments and ECN on the handshake (DCTCP).
    virtual bool NeedsEcn() const
    {
        return false;
    }

    /// Internal state for series and summaries ("startup", "probe-bw", ...); empty: none.
    virtual std::string Phase() const
    {
        return {};
    }
};

/// The congestion controls by name; the one place to add a line for a new one.
Registry<CongestionControl>& CongestionControls();

} // namespace hoststack::tcp

#endif // HS_CONGESTION_CONTROL_H
