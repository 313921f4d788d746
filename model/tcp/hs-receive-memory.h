// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RECEIVE_MEMORY_H
#define HS_RECEIVE_MEMORY_H

#include "ns3/hs-tcp-config.h"

#include <cstdint>

namespace hoststack::tcp
{

/**
 * What one buffer of a receive queue costs (Linux struct sk_buff and the blocks behind it), and how
 * far the next segment may be merged into it (skb_try_coalesce). Bytes. Measured on Linux 6.18.44
 * with TUN and TAP devices: every size from 1 to 65,000 bytes.
 */
struct BufferMemory
{
    BufferMemory() = default;

    /// A buffer that merges with nothing.
    BufferMemory(std::uint32_t bytes)
        : truesize(bytes)
    {
    }

    std::uint32_t truesize{0};
    std::uint32_t length{0};    ///< payload in it
    std::uint16_t room{0};      ///< free bytes behind the payload in its only block
    std::uint8_t fragments{0};  ///< blocks beside the first
    bool headIsFragment{false}; ///< the first block may be handed over to another buffer
    std::uint16_t headCost{0};  ///< what is given back with the head then
};

/// A segment of \p length payload bytes behind \p headers bytes of IP and TCP header.
BufferMemory MemoryOfSegment(const TruesizeModel& model,
                             std::uint32_t length,
                             std::uint32_t headers);

/// A super-segment of \p pieces such segments with \p mss payload bytes each (skb_gro_receive).
BufferMemory MemoryOfSuperSegment(const TruesizeModel& model,
                                  std::uint32_t length,
                                  std::uint32_t mss,
                                  std::uint32_t pieces,
                                  std::uint32_t headers);

/// A buffer that tcp_collapse fills with \p length bytes, kCollapsedBytes at most.
BufferMemory MemoryOfCopy(std::uint32_t length);

constexpr std::uint32_t kCollapsedBytes = 3776; ///< SKB_MAX_ORDER(0, 0): a page less its overhead

/**
 * Merges \p next into \p tail, which ends where it begins. \return false if that cannot be; else
 * \p charge is what the merged buffer costs more than \p tail did.
 */
bool MergeBuffers(BufferMemory& tail, const BufferMemory& next, std::uint32_t* charge);

} // namespace hoststack::tcp

#endif // HS_RECEIVE_MEMORY_H
