// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BUFFER_MEMORY_H
#define HS_BUFFER_MEMORY_H

#include <cstdint>

namespace hoststack
{

/// \name Sizes of Linux 6.18 on 64 bit, bytes
/// @{
constexpr std::uint32_t kPageBytes = 4096;
constexpr std::uint32_t kBufferHead = 256;            ///< struct sk_buff
constexpr std::uint32_t kSharedInfo = 320;            ///< struct skb_shared_info
constexpr std::uint32_t kHeadroom = 64;               ///< NET_SKB_PAD
constexpr std::uint32_t kSmallestBlock = 576;         ///< the cache of small heads
constexpr std::uint32_t kMaxFragments = 17;           ///< MAX_SKB_FRAGS
constexpr std::uint32_t kCollapsedBytes = 4096 - 320; ///< SKB_MAX_ORDER(0, 0)

/// @}

/**
 * What one buffer of a receive queue costs (Linux struct sk_buff and the blocks behind it), and how
 * far the next segment may be merged into it (skb_try_coalesce). Bytes. Measured on Linux 6.18.44
 * with TUN and TAP devices: every size from 1 to 65,000 bytes. What a segment costs on arrival is
 * said by a BufferScheme.
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
    std::uint16_t room{0};      ///< free bytes behind what its first block holds
    std::uint8_t fragments{0};  ///< blocks beside the first
    bool headIsFragment{false}; ///< the first block may be handed over to another buffer
    /// What is given back when another buffer takes over the payload; 0: none can, the payload
    /// lies in a block of kmalloc.
    std::uint16_t headCost{0};
    /// The sender, on the same machine, keeps it too until it is acknowledged (skb_cloned): nothing
    /// is merged into it before.
    bool isShared{false};

    /// A payload in fragments that fits behind the headers is copied there (skb_condense).
    void Condense()
    {
        if (fragments > 0 && !headIsFragment && headCost > 0 && length <= room && !isShared)
        {
            truesize = headCost;
            room = static_cast<std::uint16_t>(room - length);
            fragments = 0;
            headCost = 0;
        }
    }
};

/// The block that kmalloc has for \p bytes, a page at most.
std::uint32_t KmallocBlock(std::uint32_t bytes);

/// A buffer that tcp_collapse fills with \p length bytes, kCollapsedBytes at most.
BufferMemory MemoryOfCopy(std::uint32_t length);

/**
 * Merges \p next into \p tail, which ends where it begins. \return false if that cannot be; else
 * \p charge is what the merged buffer costs more than \p tail did.
 */
bool MergeBuffers(BufferMemory& tail, const BufferMemory& next, std::uint32_t* charge);

} // namespace hoststack

#endif // HS_BUFFER_MEMORY_H
