// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_OUTPUT_PATH_H
#define HS_OUTPUT_PATH_H

#include "ns3/hs-units.h"

#include <cstdint>

namespace hoststack
{

/// Which way through its stack's output function a burst has taken; a host may price each.
enum class OutputPath : std::uint8_t
{
    Full,       ///< the whole function
    Fast,       ///< FreeBSD's rack_fast_output: headers and place in the buffer were kept
    FastRepair, ///< rack_fast_rsm_output: the same for what is sent again
};

/// Bursts with data by the way that they took.
struct OutputCounts
{
    std::uint64_t full{0};
    std::uint64_t fast{0};
    std::uint64_t fastRepairs{0};
};

/// What a stack with short ways out looks at when a burst leaves. Bytes; what is left is counted
/// behind the burst.
struct OutputView
{
    std::uint32_t bytes{0};          ///< payload that leaves now
    std::uint32_t segment{0};        ///< payload of a full segment
    std::uint64_t unsent{0};         ///< in the send buffer
    std::uint64_t windowLeft{0};     ///< of the peer's window
    std::uint64_t congestionLeft{0}; ///< of the congestion window
    std::uint64_t cwnd{0};           ///< the whole of it
    std::uint64_t ssthresh{0};       ///< slow start is below
    std::uint64_t peerWindow{0};     ///< the whole of the peer's window
    std::uint64_t acked{0};          ///< offset of the first byte that is not acknowledged
    std::uint64_t sent{0};           ///< offset behind all that was ever sent
    BytesPerSecond rate{0};          ///< the sender's
    TimeNs minRtt{kNever};           ///< kNever: none yet
    TimeNs srtt{0};                  ///< 0: none yet
    TimeNs oldestSent{-1};           ///< when that byte left; -1: more than once
    bool isRepair{false};            ///< it was sent before
    bool isPlain{true};              ///< no FIN, no options but timestamps
    bool isProbing{false};           ///< it is a tail loss probe, or one is out
    bool isRecovering{false};        ///< fast recovery, or a reduction for ECN
    bool hasLosses{false};           ///< something waits to be sent again
    bool hasSackBlocks{false};       ///< there are some to report
};

/// When what an ACK is about to take off the list of what is in flight was sent.
struct AckedSends
{
    TimeNs last{-1};      ///< the last transmission of its last byte
    TimeNs lastFirst{-1}; ///< the first one
    /// That of the first range, from where the pacer measures, that nothing has acknowledged and
    /// that left once; -1: there is none.
    TimeNs fresh{-1};
};

/// What a stack that measures looks at when an ACK has moved on. Bytes and offsets.
struct AckProgress
{
    TimeNs now{0};
    std::uint64_t acked{0}; ///< more than before
    std::uint64_t ack{0};   ///< offset of the first byte that is not acknowledged
    std::uint64_t sent{0};  ///< offset behind all that was ever sent
    std::uint64_t unsent{0};
    std::uint64_t windowLeft{0}; ///< of the peer's window
    std::uint64_t peerWindow{0}; ///< the whole of it
    TimeNs srtt{0};              ///< before this ACK
    TimeNs rtt{-1};              ///< the lowest that it tells; -1: none
    TimeNs oldestSent{-1}; ///< when the first byte that is still in flight left last; -1: none is
    bool isRecovering{false}; ///< fast recovery, or a reduction for ECN
};

} // namespace hoststack

#endif // HS_OUTPUT_PATH_H
