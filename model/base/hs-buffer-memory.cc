// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-buffer-memory.h"

namespace hoststack
{

std::uint32_t
KmallocBlock(std::uint32_t bytes)
{
    if (bytes <= kSmallestBlock)
    {
        return kSmallestBlock;
    }
    std::uint32_t block = 1024;
    while (block < bytes)
    {
        block <<= 1;
    }
    return block;
}

BufferMemory
MemoryOfCopy(std::uint32_t length)
{
    BufferMemory memory;
    const auto block = KmallocBlock((length + 63) / 64 * 64 + kSharedInfo);
    memory.length = length;
    memory.truesize = block + kBufferHead;
    memory.room = static_cast<std::uint16_t>(block - kSharedInfo - length);
    return memory;
}

bool
MergeBuffers(BufferMemory& tail, const BufferMemory& next, std::uint32_t* charge)
{
    if (next.length <= tail.room && tail.fragments == 0 && next.length > 0)
    {
        *charge = 0;
        tail.room = static_cast<std::uint16_t>(tail.room - next.length);
        tail.length += next.length;
        return true;
    }
    // Its blocks become fragments of the tail, its head is given back.
    const std::uint32_t taken = next.fragments + (next.headIsFragment ? 1 : 0);
    if (next.headCost == 0 || tail.fragments + taken > kMaxFragments || tail.length == 0)
    {
        return false;
    }
    *charge = next.truesize - next.headCost;
    tail.fragments = static_cast<std::uint8_t>(tail.fragments + taken);
    tail.room = 0;
    tail.truesize += *charge;
    tail.length += next.length;
    return true;
}

} // namespace hoststack
