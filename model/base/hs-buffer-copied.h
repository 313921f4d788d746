// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BUFFER_COPIED_H
#define HS_BUFFER_COPIED_H

#include "ns3/hs-buffer-scheme.h"

#include <algorithm>

namespace hoststack
{

/**
 * The packet is copied into a block of kmalloc (TUN and TAP, alloc_skb): 576 bytes or a power of
 * two. Above a page the first page is filled and whole pages take the rest
 * (sock_alloc_send_pskb). Another segment merges with it only if it fits behind it; it is never
 * handed over itself.
 */
class CopiedBuffers : public BufferScheme
{
  public:
    BufferMemory Of(const TruesizeModel& model,
                    std::uint32_t length,
                    std::uint32_t headers) const override
    {
        BufferMemory memory;
        memory.length = length;
        const auto overhead = model.overhead + model.linkHeader;
        const auto bytes = length + headers + overhead;
        if (bytes > kPageBytes)
        {
            const auto pages = (bytes - 1) / kPageBytes;
            memory.fragments = static_cast<std::uint8_t>(std::min(pages, kMaxFragments));
            memory.truesize = model.head + kPageBytes + pages * kPageBytes;
            return memory;
        }
        const auto block = overhead > 0 ? KmallocBlock(bytes) : bytes;
        memory.room = static_cast<std::uint16_t>(block - bytes);
        memory.truesize = block + model.head;
        return memory;
    }
};

} // namespace hoststack

#endif // HS_BUFFER_COPIED_H
