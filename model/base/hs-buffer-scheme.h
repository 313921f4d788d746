// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BUFFER_SCHEME_H
#define HS_BUFFER_SCHEME_H

#include "ns3/hs-buffer-memory.h"
#include "ns3/hs-registry.h"

#include <string>

namespace hoststack
{

class BufferScheme;

/**
 * What one received segment costs in memory, as Linux counts it (`truesize`): how the device's
 * driver makes buffers, and with which sizes. Facts sheet linux.md section 2.4.
 */
struct TruesizeModel
{
    /// Bytes of `struct sk_buff`, aligned.
    std::uint32_t head{kBufferHead};
    /// Bytes beside the packet in its data block: NET_SKB_PAD and `struct skb_shared_info`.
    std::uint32_t overhead{kHeadroom + kSharedInfo};
    /// Bytes of the link's own header, which lies in the block, too (Ethernet: 14).
    std::uint32_t linkHeader{0};
    /// The block of a driver that has one size for all packets; 0: as the scheme says.
    std::uint32_t fixedBlock{0};
    /// Not set: "block" with a fixed block, else "copied".
    const BufferScheme* scheme{nullptr};
};

/// How a driver makes receive buffers. One object serves all connections: it has no state.
class BufferScheme
{
  public:
    virtual ~BufferScheme() = default;

    /// A packet of \p length payload bytes behind \p headers bytes of IP and TCP header.
    virtual BufferMemory Of(const TruesizeModel& model,
                            std::uint32_t length,
                            std::uint32_t headers) const = 0;

    /// \p pieces packets with \p mss payload bytes each, merged on the way up (skb_gro_receive).
    virtual BufferMemory OfMany(const TruesizeModel& model,
                                std::uint32_t length,
                                std::uint32_t mss,
                                std::uint32_t pieces,
                                std::uint32_t headers) const;

    /// The sizes that go with it.
    virtual TruesizeModel Preset() const
    {
        TruesizeModel model;
        model.scheme = this;
        return model;
    }
};

/// All schemes by name; the one place to add a line for a new one.
Registry<BufferScheme>& BufferSchemes();

/// The one object of \p name that all share. \throws UnknownName
const BufferScheme& SharedBufferScheme(const std::string& name);

/// That of \p model.
const BufferScheme& SchemeOf(const TruesizeModel& model);

/// A segment of \p length payload bytes behind \p headers bytes of IP and TCP header.
BufferMemory MemoryOfSegment(const TruesizeModel& model,
                             std::uint32_t length,
                             std::uint32_t headers);

} // namespace hoststack

#endif // HS_BUFFER_SCHEME_H
