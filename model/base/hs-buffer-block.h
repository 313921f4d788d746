// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BUFFER_BLOCK_H
#define HS_BUFFER_BLOCK_H

#include "ns3/hs-buffer-scheme.h"

#include <algorithm>

namespace hoststack
{

/**
 * A block of one size for each packet: half a page or a page of a page pool (build_skb). It is
 * handed over to the buffer before, so that merging gives the head back, but never the block:
 * merged or not, a page per packet stays a page per packet.
 */
class BlockBuffers : public BufferScheme
{
  public:
    explicit BlockBuffers(std::uint32_t bytes)
        : m_bytes(bytes)
    {
    }

    BufferMemory Of(const TruesizeModel& model,
                    std::uint32_t length,
                    std::uint32_t headers) const override
    {
        BufferMemory memory;
        memory.length = length;
        const auto bytes = length + headers + model.overhead + model.linkHeader;
        const auto block = std::max(model.fixedBlock, length + headers);
        memory.room = static_cast<std::uint16_t>(block > bytes ? block - bytes : 0);
        memory.truesize = block + model.head;
        memory.headIsFragment = true;
        memory.headCost = static_cast<std::uint16_t>(model.head);
        return memory;
    }

    TruesizeModel Preset() const override
    {
        auto model = BufferScheme::Preset();
        model.linkHeader = 14;
        model.fixedBlock = m_bytes;
        return model;
    }

  private:
    std::uint32_t m_bytes;
};

} // namespace hoststack

#endif // HS_BUFFER_BLOCK_H
