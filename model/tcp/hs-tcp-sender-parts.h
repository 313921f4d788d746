// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_SENDER_PARTS_H
#define HS_TCP_SENDER_PARTS_H

#include "ns3/hs-tcp-types.h"
#include "ns3/hs-units.h"

#include <cstdint>

namespace hoststack::tcp
{

/// \name Small parts of a Sender, each one idea; nobody else sees them
/// @{

/// What the peer lets us send (snd_wnd).
struct OfferedWindow
{
    std::uint32_t size{0};  ///< bytes from the first unacknowledged one
    std::uint32_t most{0};  ///< largest announcement
    std::uint64_t begin{0}; ///< peer's offset of the segment that announced it (snd_wl1)
};

/// How much payload a segment carries, bytes.
struct SegmentSize
{
    static constexpr std::uint32_t kUnbound = 1u << 30;

    static constexpr std::uint16_t kNoFallback = 65535;

    std::uint16_t peer{536};               ///< as the peer's SYN said
    std::uint16_t fallback{kNoFallback};   ///< where black-hole detection has gone down to
    std::uint32_t mss{536};                ///< in use
    std::uint32_t cached{536};             ///< without an extension's options (mss_cache)
    std::uint32_t bound{kUnbound};         ///< half of the largest window of the peer
    std::uint32_t path{~std::uint32_t{0}}; ///< as ICMP said, without options
};

/// What becomes of the end of the queue if it does not fill a segment.
enum class Hold : std::uint8_t
{
    ByRule,  ///< Nagle and the cork decide
    All,     ///< it waits
    Nothing, ///< it leaves
    One      ///< its first buffer leaves, and waits for no more to go with it (tcp_push_one)
};

/// Borders of writes, and what waits for more.
struct WriteRules
{
    bool nagle{true};
    bool corked{false};
    Hold hold{Hold::ByRule};
    std::uint64_t pushedTo{1}; ///< end of the last write: carries PSH (pushed_seq)
    std::uint64_t smallEnd{0}; ///< end of the last sub-MSS segment (Minshall)
};

enum class Rexmit : std::uint8_t
{
    None,
    Lost,
    New,
};

/// What one round of writing may send, or why it sends nothing.
struct Allowance
{
    std::uint32_t length{0};
    std::uint32_t mss{1};
    bool fin{false};
    bool stops{true};    ///< nothing leaves
    bool isLast{false};  ///< nothing more after this
    bool isFull{false};  ///< the congestion window holds it
    bool isWhole{false}; ///< the rest of a buffer
    Limit limit{Limit::Application};
};

/// What was written and has not left (sk_write_queue): buffers that are full but for the last one,
/// or the mappings of a multipath layer. What has left in one go is a buffer of its own.
struct UnsentBuffers
{
    std::uint32_t count{0};
    std::uint32_t headEnd{0}; ///< offset after the first of several, modulo 2^32
    bool isHeadPushed{false}; ///< ... and whether it ends with PSH, of mappings
};

enum class RtxTimer : std::uint8_t
{
    None,
    Retransmit,
    LossProbe,
    Reordering,
    ZeroWindow,
};

/// The one timer that sees to what is in flight (icsk_retransmit_timer); it runs if it has a kind.
struct RetransmitTimer
{
    RtxTimer kind{RtxTimer::None};
    std::uint16_t backoff{0};     ///< doublings
    std::uint32_t retransmits{0}; ///< consecutive time-outs (icsk_retransmits)
    TimeNs deadline{kNever};

    void Stop()
    {
        kind = RtxTimer::None;
        deadline = kNever;
    }
};

/// One reduction of the window: how far it goes, and what would take it back. And since when a
/// closed window is probed.
struct RecoveryEpisode
{
    std::uint64_t highSeq{0};
    std::uint64_t undoMarker{0};
    std::int32_t undoRetransmits{-1};
    std::uint32_t priorSsthresh{0};
    TimeNs retransmitStamp{-1}; ///< first retransmission of this episode; -1: none
    TimeNs firstTimeout{-1};    ///< of the consecutive ones
    TimeNs probingSince{-1};    ///< -1: not at all
    std::uint32_t prrDelivered{0};
    std::uint32_t prrOut{0};
    bool frto{false};
};

/// A loss probe that has not been answered (RFC 8985 section 7).
struct TailProbe
{
    TailProbe()
        : highSeq(0),
          retransmit(false),
          isLeaving(false)
    {
    }

    std::uint64_t highSeq : 62; ///< 0: none
    bool retransmit : 1;        ///< it repeated what was sent before
    bool isLeaving : 1;         ///< it is being sent
};

/// What the pacer has said, and what lies in the queues of the host's own device (sk_wmem_alloc),
/// of which small queues (TSQ) let there be only little.
struct PacerState
{
    TimeNs wakesAt{0}; ///< when a sender that is held back looks again
    /// The owner's sum of TruesizeOfSend(); nullptr: nothing ever lies there.
    const std::uint64_t* backlog{nullptr};
    bool awaitsBacklog{false}; ///< the connection waits for less of it
    bool isSized{false};       ///< the pacer says how long bursts are
    bool halves{false};        ///< bursts are at most half of the window (tcp_cwnd_test)
    bool isBelow{false};       ///< the host's device holds bursts until then, not the sender
    bool isWatched{false};     ///< the pacer is asked which way out a burst takes
    bool holdsAcks{false};     ///< while the pacer holds data it holds ACKs, too
    bool ackWaits{false};      ///< one is held
};

/// Congestion window validation (RFC 7661 in Linux' form).
struct WindowUsage
{
    std::uint32_t maxPacketsOut{0};
    std::uint32_t used{0};
    std::uint64_t end{0};
    TimeNs stamp{0};
};

/// Delivery rate (draft-cheng-iccrg-delivery-rate-estimation).
struct RateSampler
{
    TimeNs deliveredAt{0};
    TimeNs firstSentInRound{0};
    std::uint64_t delivered{0}; ///< of the last good sample, segments
    TimeNs interval{0};         ///< over which
};

/// @}

} // namespace hoststack::tcp

#endif // HS_TCP_SENDER_PARTS_H
