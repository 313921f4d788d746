// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BURST_H
#define HS_BURST_H

#include "ns3/hs-tcp-segment.h"

#include <cstdint>

namespace hoststack
{

/**
 * What a machine hands up at once: one segment, or several that its receive offload has put
 * together (TcpSegment::mss), and what the buffers behind them cost. That cost is the driver's and
 * the offload's doing, which TCP cannot know from the segment. Lives as long as the call it is
 * given to.
 */
struct Burst
{
    Burst(const TcpSegment& arrived, std::uint32_t bytes = 0)
        : segment(arrived),
          truesize(bytes)
    {
    }

    const TcpSegment& segment;
    std::uint32_t truesize; ///< bytes; 0: what the host's usual driver takes (tcp::TruesizeModel)
};

} // namespace hoststack

#endif // HS_BURST_H
