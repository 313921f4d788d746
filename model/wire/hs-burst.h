// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BURST_H
#define HS_BURST_H

#include "ns3/hs-tcp-segment.h"

#include <cstdint>

namespace hoststack
{

/// Where a segment is in what a receive offload has queued for its connection's stack.
enum class BatchPlace : std::uint8_t
{
    None, ///< it comes by itself
    First,
    Middle,
    Last,
    Only, ///< first and last
};

/// Nothing comes behind it in the same call of the stack.
inline bool
EndsBatch(BatchPlace place)
{
    return place == BatchPlace::Last || place == BatchPlace::Only;
}

/// It comes behind another one, in the same call of the stack.
inline bool
Follows(BatchPlace place)
{
    return place == BatchPlace::Middle || place == BatchPlace::Last;
}

/**
 * What a machine hands up at once: one segment, or several that its receive offload has put
 * together (TcpSegment::mss), and what the buffers behind them cost. That cost is the driver's and
 * the offload's doing, which TCP cannot know from the segment. Lives as long as the call it is
 * given to.
 */
struct Burst
{
    Burst(const TcpSegment& arrived,
          std::uint32_t bytes = 0,
          BatchPlace placeInBatch = BatchPlace::None)
        : segment(arrived),
          truesize(bytes),
          place(placeInBatch)
    {
    }

    const TcpSegment& segment;
    std::uint32_t truesize; ///< bytes; 0: what the host's usual driver takes (tcp::TruesizeModel)
    BatchPlace place;       ///< a connection that is not given all of a batch answers to each
};

} // namespace hoststack

#endif // HS_BURST_H
