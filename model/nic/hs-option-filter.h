// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_OPTION_FILTER_H
#define HS_OPTION_FILTER_H

#include "ns3/hs-frame.h"
#include "ns3/hs-tcp-segment.h"

#include <cstdint>

namespace ns3
{

/**
 * A middlebox that takes one kind of TCP option out of some segments, as Honda et al. found on many
 * paths ("Is it still possible to extend TCP?", IMC 2011). The header becomes shorter; everything
 * else passes unchanged.
 */
struct HoststackOptionFilter
{
    std::uint8_t kind{0};
    bool syn{false};    ///< of SYN without ACK
    bool synAck{false}; ///< of SYN with ACK
    bool later{false};  ///< of all other segments

    bool IsActive() const
    {
        return syn || synAck || later;
    }

    bool Applies(std::uint16_t flags) const
    {
        return (flags & hoststack::kSyn) == 0   ? later
               : (flags & hoststack::kAck) == 0 ? syn
                                                : synAck;
    }

    /// \return whether the segment is another one now
    bool Strip(hoststack::TcpSegment& segment) const;
    /// The same for a frame that holds an IP packet; fragments pass.
    void Strip(HoststackFrame& frame) const;
};

} // namespace ns3

#endif // HS_OPTION_FILTER_H
