// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BUFFER_VIRTIO_H
#define HS_BUFFER_VIRTIO_H

#include "ns3/hs-buffer-copied.h"

namespace hoststack
{

/**
 * A device with a virtio header, which says how long the headers are: a packet that fits into a
 * page with its headroom is copied, of a larger one only the headers, and its payload lies in
 * whole pages, as few and as large blocks as there are (tun_alloc_skb, alloc_skb_with_frags).
 * A packet that the sender's device would have cut (GSO) comes in one piece.
 */
class VirtioBuffers : public CopiedBuffers
{
  public:
    BufferMemory Of(const TruesizeModel& model,
                    std::uint32_t length,
                    std::uint32_t headers) const override
    {
        if (kHeadroom + model.linkHeader + headers + length < kPageBytes)
        {
            return CopiedBuffers::Of(model, length, headers);
        }
        BufferMemory memory;
        memory.length = length;
        const auto used = headers + model.overhead + model.linkHeader;
        const auto block = KmallocBlock(used);
        memory.headCost = static_cast<std::uint16_t>(model.head + block);
        memory.truesize = memory.headCost;
        memory.room = static_cast<std::uint16_t>(block - used);
        for (auto left = (length + kPageBytes - 1) / kPageBytes; left > 0;)
        {
            auto pages = kLargestBlock;
            while (pages > left)
            {
                pages /= 2;
            }
            left -= pages;
            memory.truesize += pages * kPageBytes;
            ++memory.fragments;
        }
        return memory;
    }

    BufferMemory OfMany(const TruesizeModel& model,
                        std::uint32_t length,
                        std::uint32_t /*mss*/,
                        std::uint32_t /*pieces*/,
                        std::uint32_t headers) const override
    {
        return Of(model, length, headers);
    }

  private:
    static constexpr std::uint32_t kLargestBlock = 8; ///< pages (PAGE_ALLOC_COSTLY_ORDER)
};

} // namespace hoststack

#endif // HS_BUFFER_VIRTIO_H
