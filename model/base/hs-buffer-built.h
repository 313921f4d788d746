// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BUFFER_BUILT_H
#define HS_BUFFER_BUILT_H

#include "ns3/hs-buffer-copied.h"

namespace hoststack
{

/**
 * A block cut out of a page, as large as the packet needs in units of a cache line (build_skb on a
 * page fragment; a TAP device without NAPI): it is handed over to the buffer before, so that
 * merging gives the head back. What leaves no room for XDP in a page is copied
 * (tun_can_build_skb, Linux 6.18).
 */
class BuiltBuffers : public CopiedBuffers
{
  public:
    static constexpr std::uint32_t kUnit = 64;
    static constexpr std::uint32_t kXdpHeadroom = 256;

    BufferMemory Of(const TruesizeModel& model,
                    std::uint32_t length,
                    std::uint32_t headers) const override
    {
        const auto bytes = length + headers + model.overhead + model.linkHeader;
        if (RoundUp(bytes + kXdpHeadroom) > kPageBytes)
        {
            return CopiedBuffers::Of(model, length, headers);
        }
        BufferMemory memory;
        memory.length = length;
        memory.room = static_cast<std::uint16_t>(RoundUp(bytes) - bytes);
        memory.truesize = RoundUp(bytes) + model.head;
        memory.headIsFragment = true;
        memory.headCost = static_cast<std::uint16_t>(model.head);
        return memory;
    }

    TruesizeModel Preset() const override
    {
        auto model = BufferScheme::Preset();
        model.linkHeader = 14;
        return model;
    }

  private:
    static std::uint32_t RoundUp(std::uint32_t bytes)
    {
        return (bytes + kUnit - 1) / kUnit * kUnit;
    }
};

} // namespace hoststack

#endif // HS_BUFFER_BUILT_H
