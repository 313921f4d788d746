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
    BytesPerSecond rate{0};          ///< the sender's
    TimeNs minRtt{kNever};           ///< kNever: none yet
    TimeNs srtt{0};                  ///< 0: none yet
    bool isRepair{false};            ///< it was sent before
    bool isPlain{true};              ///< no FIN, no options but timestamps
    bool isProbing{false};           ///< it is a tail loss probe, or one is out
    bool isRecovering{false};        ///< fast recovery, or a reduction for ECN
    bool hasLosses{false};           ///< something waits to be sent again
    bool hasSackBlocks{false};       ///< there are some to report
};

} // namespace hoststack

#endif // HS_OUTPUT_PATH_H
