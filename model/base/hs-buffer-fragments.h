// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BUFFER_FRAGMENTS_H
#define HS_BUFFER_FRAGMENTS_H

#include "ns3/hs-buffer-scheme.h"

#include <algorithm>

namespace hoststack
{

/**
 * The headers lie in a small head, the payload in fragments of pages (napi_gro_frags):
 * the fragments cost what they hold, and merging gives the
 * whole head back. A small payload that waits beyond a hole is copied behind its headers.
 */
class FragmentBuffers : public BufferScheme
{
  public:
    BufferMemory Of(const TruesizeModel& model,
                    std::uint32_t length,
                    std::uint32_t headers) const override
    {
        BufferMemory memory;
        memory.length = length;
        memory.fragments = static_cast<std::uint8_t>(
            std::min((length + kPageBytes - 1) / kPageBytes, kMaxFragments));
        memory.headCost = static_cast<std::uint16_t>(model.head + kSmallestBlock);
        memory.truesize = memory.headCost + length;
        const auto used = headers + model.overhead + model.linkHeader;
        memory.room = static_cast<std::uint16_t>(kSmallestBlock - std::min(used, kSmallestBlock));
        return memory;
    }

    TruesizeModel Preset() const override
    {
        auto model = BufferScheme::Preset();
        model.linkHeader = 14;
        return model;
    }
};

} // namespace hoststack

#endif // HS_BUFFER_FRAGMENTS_H
