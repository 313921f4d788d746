// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-frame.h"

namespace ns3
{

void
CutFrame(const HoststackFrame& burst, std::uint32_t index, HoststackFrame& piece)
{
    piece.flow = burst.flow;
    piece.segment = CutSegment(burst.segment, index);
    piece.identification = static_cast<std::uint16_t>(burst.identification + index);
    piece.hops = burst.hops;
}

void
HoststackFrameSlab::Grow()
{
    const auto base = static_cast<std::uint32_t>(m_blocks.size()) * kBlock;
    m_blocks.push_back(std::make_unique<HoststackFrame[]>(kBlock));
    m_free.reserve(base + kBlock);
    for (std::uint32_t i = kBlock; i > 0; --i)
    {
        m_free.push_back(base + i - 1);
    }
}

} // namespace ns3
