// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BUFFER_SHARED_H
#define HS_BUFFER_SHARED_H

#include "ns3/hs-buffer-fragments.h"

namespace hoststack
{

/**
 * What a veth pair hands over is the sender's own buffer, or a copy of its head (skb_clone,
 * skb_segment): the payload lies in the sender's pages of 32 KiB and costs what it is. The sender
 * keeps it until it is acknowledged; until then nothing is merged into it, however small it is.
 * Measured on Linux 6.18.44. Where in its pages a sender is, is not known here: a packet is taken
 * to begin with a page.
 */
class SharedBuffers : public FragmentBuffers
{
  public:
    BufferMemory Of(const TruesizeModel& model,
                    std::uint32_t length,
                    std::uint32_t headers) const override
    {
        auto memory = FragmentBuffers::Of(model, length, headers);
        memory.fragments = static_cast<std::uint8_t>((length + kSenderPage - 1) / kSenderPage);
        memory.isShared = true;
        return memory;
    }

    /// A packet that its sender would have let a device cut (GSO) comes in one piece.
    BufferMemory OfMany(const TruesizeModel& model,
                        std::uint32_t length,
                        std::uint32_t /*mss*/,
                        std::uint32_t /*pieces*/,
                        std::uint32_t headers) const override
    {
        return Of(model, length, headers);
    }

  private:
    static constexpr std::uint32_t kSenderPage = 32768; ///< SKB_FRAG_PAGE_ORDER
};

} // namespace hoststack

#endif // HS_BUFFER_SHARED_H
