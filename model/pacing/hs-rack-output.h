// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RACK_OUTPUT_H
#define HS_RACK_OUTPUT_H

#include "ns3/hs-output-path.h"
#include "ns3/hs-rack-pacing.h"

#include <cstdint>

/**
 * Whether FreeBSD's RACK stack sends something small, which window it offers, and when the next
 * output may take the fast path (facts sheet freebsd.md, 3.7 and 3.9). Bytes.
 */
namespace hoststack
{

/// The receiving side that a window follows from.
struct RackReceiveView
{
    std::uint32_t bufferSize{0}; ///< sb_hiwat
    std::int64_t space{0};       ///< free bytes; may be negative
    std::uint32_t offered{0};    ///< rcv_adv - rcv_nxt
    std::uint8_t scale{0};       ///< rcv_scale
};

/// The window of the next segment.
std::uint32_t RackOfferedWindow(const RackReceiveView& view, std::uint32_t segment);

/// Why a segment goes out (the source's `pass`).
enum class RackSend : std::int8_t
{
    No = -1,
    FullSegment = 0,
    LastOfWrite = 2, ///< Nagle has nothing against it
    HalfWindow = 4,  ///< half of the largest window that the peer has ever offered
    Again = 5,       ///< behind what has been sent
    Retransmission = 6,
    WindowUpdate = 7,
    AckNow = 8,
    SmallWindow = 12, ///< the window lets no full segment go, and little is outstanding
    NothingOut = 22,  ///< nothing is outstanding
    HalfBufferUpdate = 23,
};

struct RackSendView
{
    std::uint32_t una{0};
    std::uint32_t next{0}; ///< snd_nxt
    std::uint32_t max{0};  ///< snd_max
    std::uint32_t sacked{0};
    std::uint32_t buffered{0};   ///< sbavail
    std::uint32_t peerWindow{0}; ///< snd_wnd
    std::uint32_t highWindow{0}; ///< rc_high_rwnd
    std::uint32_t maxWindow{0};  ///< max_sndwnd
    std::uint32_t cwnd{0};       ///< in use
    std::uint32_t burst{0};      ///< largest paced burst
    std::uint32_t minSegment{0}; ///< rc_pace_min_segs
    bool isEstablished{true};
    bool isDelayedAck{false};
    bool isAckNow{false};
    bool isNoDelay{false};
    bool isMoreToCome{false};
    bool isNoPush{false};
    bool hasTso{false};
    bool isFinReceived{false};
    RackReceiveView receive;
};

struct RackDecision
{
    RackSend why{RackSend::No};
    std::uint32_t bytes{0};
    bool entersPersist{false};
    bool isTso{false};
};

/// Whether \p bytes at \p offset of the send buffer go out.
struct RackAttempt
{
    std::uint32_t bytes{0};
    std::uint32_t offset{0};
    std::uint32_t segment{0};
    bool isIdle{false};
    bool isRetransmission{false};
    bool isTimeout{false}; ///< a retransmission timer has gone off
    bool isProbe{false};   ///< a tail loss probe
};

RackDecision RackDecide(const RackSendView& view, const RackAttempt& attempt);

/// What fast output may follow on a segment.
struct RackFastView
{
    std::uint32_t sent{0};   ///< bytes just sent
    std::uint32_t wanted{0}; ///< bytes that could have been
    std::uint32_t segment{0};
    std::uint32_t burst{0};     ///< largest paced burst
    std::uint32_t unsent{0};    ///< bytes in the send buffer behind snd_max
    bool isPlain{true};         ///< neither SYN nor FIN nor retransmission nor IP options
    bool arePlainOptions{true}; ///< none, or timestamps only
    bool isNew{true};           ///< snd_nxt is snd_max
    bool isEstablished{true};
    bool isInRecovery{false};
    bool mustRetransmit{false};
    bool needsFin{false};
    bool hasSackBlocks{false};
    bool hasTemplate{true}; ///< r_fsb_inited
    bool isOn{true};        ///< features.rfo
    bool hasFailed{false};
};

struct RackFast
{
    bool isArmed{false};
    std::uint32_t left{0};
    bool pushesAtEnd{false};
};

/// Whether the next output is fast output, and for how much (rack_setup_fast_output).
RackFast RackArmFast(RackVersion version, const RackFastView& view);

/// What is left of it once \p acked more bytes are (rack_gain_for_fastoutput).
std::uint32_t RackExtendFast(std::uint32_t left,
                             std::uint32_t acked,
                             std::uint32_t unsent,
                             std::uint32_t windowLeft);

/**
 * Which way the bursts of one connection take (r_fast_output and r_ctl.fsb). A fast one does not
 * look at the congestion window, at Nagle or at small windows: it sends of what the last full one
 * left over, and of what ACKs have added since. Left out: that its segments repeat the window that
 * was offered then.
 */
class RackWayOut
{
  public:
    explicit RackWayOut(RackVersion version)
        : m_version(version)
    {
    }

    /// \p burst: the largest paced one, bytes.
    OutputPath Leave(const OutputView& view, std::uint32_t burst);
    void OnAcked(std::uint64_t bytes, std::uint64_t unsent, std::uint64_t windowLeft);

    void Disarm()
    {
        m_left = 0;
    }

    /// Bytes that fast output may still send; 0: the next burst takes the whole way.
    std::uint32_t Left() const
    {
        return m_left;
    }

    const OutputCounts& Counts() const
    {
        return m_counts;
    }

  private:
    OutputPath Repair(const OutputView& view);
    OutputPath Send(const OutputView& view, std::uint32_t burst);

    OutputCounts m_counts;
    std::uint32_t m_left{0};
    std::uint32_t m_segment{0}; ///< payload of a full one, when it was armed
    RackVersion m_version;
};

} // namespace hoststack

#endif // HS_RACK_OUTPUT_H
