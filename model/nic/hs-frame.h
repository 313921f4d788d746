// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_FRAME_H
#define HS_FRAME_H

#include "ns3/hs-burst.h"
#include "ns3/hs-flow.h"
#include "ns3/hs-tcp-segment.h"

#include <ns3/packet.h>
#include <ns3/ptr.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace ns3
{

/// What travels over a HoststackChannel: a TCP segment on the direct path, or any IP packet.
struct HoststackFrame
{
    Ptr<const HoststackFlow> flow; ///< set: `segment` counts; not set: `packet` and `protocol` do
    hoststack::TcpSegment segment;
    Ptr<Packet> packet;              ///< begins with its IP header
    std::uint16_t protocol{0};       ///< EtherType of `packet`
    std::uint16_t identification{0}; ///< IPv4 identification of a direct frame
    std::uint32_t truesize{0};       ///< of a direct frame as it goes up: see hoststack::Burst
    std::uint8_t hops{0};            ///< that took from the time to live of a direct frame
    bool isInTransit{false};         ///< in a device's queue: it was another host's
    hoststack::BatchPlace place{hoststack::BatchPlace::None}; ///< as it goes up
    std::uint32_t pieces{1}; ///< in a slab: times that it is still to be given back

    /// A burst that nobody has cut: each of its wire segments is a piece of it.
    bool IsBurst() const
    {
        return flow && segment.mss != 0;
    }
};

/// Wire frames: one of a slab, or pieces of a burst there that follow each other.
struct HoststackPiece
{
    std::uint32_t frame{0};
    std::uint32_t index{0}; ///< of the first
    std::uint32_t count{1};
};

/// Piece \p index of \p burst as a frame of its own.
void CutFrame(const HoststackFrame& burst, std::uint32_t index, HoststackFrame& piece);

/**
 * The frames on their way in one direction, by index. Memory grows to the largest number that were
 * ever on their way at once; a frame never moves, so a reference stays good until Release().
 */
class HoststackFrameSlab
{
  public:
    std::uint32_t Take()
    {
        if (m_free.empty())
        {
            Grow();
        }
        const auto index = m_free.back();
        m_free.pop_back();
        return index;
    }

    HoststackFrame& operator[](std::uint32_t index)
    {
        return m_blocks[index / kBlock][index % kBlock];
    }

    /// It is gone once it was released that many times.
    void Divide(std::uint32_t index, std::uint32_t pieces)
    {
        (*this)[index].pieces = pieces;
    }

    void Release(std::uint32_t index, std::uint32_t pieces = 1)
    {
        auto& frame = (*this)[index];
        if (frame.pieces > pieces)
        {
            frame.pieces -= pieces;
            return;
        }
        frame.pieces = 1;
        frame.flow = nullptr;
        if (frame.packet) // most frames have none, and emptying one that is empty is a call
        {
            frame.packet = nullptr;
        }
        frame.hops = 0;
        frame.segment.payload = hoststack::Payload();
        m_free.push_back(index);
    }

    std::size_t InUse() const
    {
        return m_blocks.size() * kBlock - m_free.size();
    }

  private:
    static constexpr std::uint32_t kBlock = 64;

    void Grow();

    std::vector<std::unique_ptr<HoststackFrame[]>> m_blocks;
    std::vector<std::uint32_t> m_free;
};

} // namespace ns3

#endif // HS_FRAME_H
