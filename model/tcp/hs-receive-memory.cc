// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-receive-memory.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kPage = 4096;
constexpr std::uint32_t kSmallestBlock = 576; // the cache of small heads
constexpr std::uint32_t kSharedInfo = 320;    // struct skb_shared_info
constexpr std::uint32_t kHead = 256;          // struct sk_buff
constexpr std::uint32_t kMaxFragments = 17;   // MAX_SKB_FRAGS

/// The block that kmalloc has for \p bytes, a page at most.
std::uint32_t
BlockFor(std::uint32_t bytes)
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

} // namespace

BufferMemory
MemoryOfSegment(const TruesizeModel& model, std::uint32_t length, std::uint32_t headers)
{
    BufferMemory memory;
    memory.length = length;
    const auto bytes = length + headers + model.overhead;
    std::uint32_t block = 0;
    if (model.fixedBlock > 0 || model.blockUnit > 0)
    {
        // build_skb: the driver's own block, or one cut out of a page.
        block = model.fixedBlock > 0
                    ? std::max(model.fixedBlock, length + headers)
                    : (bytes + model.blockUnit - 1) / model.blockUnit * model.blockUnit;
        memory.headIsFragment = true;
        memory.headCost = static_cast<std::uint16_t>(model.head);
    }
    else if (bytes > kPage)
    {
        // The first page is filled, whole pages take the rest.
        memory.fragments =
            static_cast<std::uint8_t>(std::min((bytes - kPage + kPage - 1) / kPage, kMaxFragments));
        memory.truesize = model.head + kPage + (bytes - kPage + kPage - 1) / kPage * kPage;
        return memory;
    }
    else
    {
        block = model.overhead > 0 ? BlockFor(bytes) : bytes;
    }
    memory.room = static_cast<std::uint16_t>(block > bytes ? block - bytes : 0);
    memory.truesize = block + model.head;
    return memory;
}

BufferMemory
MemoryOfSuperSegment(const TruesizeModel& model,
                     std::uint32_t length,
                     std::uint32_t mss,
                     std::uint32_t pieces,
                     std::uint32_t headers)
{
    auto memory = MemoryOfSegment(model, mss, headers);
    memory.truesize += (pieces - 1) * (memory.truesize - model.head);
    memory.length = length;
    memory.room = 0;
    memory.fragments = static_cast<std::uint8_t>(std::min(pieces - 1, kMaxFragments));
    return memory;
}

BufferMemory
MemoryOfCopy(std::uint32_t length)
{
    BufferMemory memory;
    const auto block = BlockFor((length + 63) / 64 * 64 + kSharedInfo);
    memory.length = length;
    memory.truesize = block + kHead;
    memory.room = static_cast<std::uint16_t>(block - kSharedInfo - length);
    return memory;
}

bool
MergeBuffers(BufferMemory& tail, const BufferMemory& next, std::uint32_t* charge)
{
    if (next.length <= tail.room && next.length > 0)
    {
        *charge = 0;
        tail.room = static_cast<std::uint16_t>(tail.room - next.length);
        tail.length += next.length;
        return true;
    }
    // Its first block becomes one more fragment, its head is given back.
    if (!next.headIsFragment || tail.fragments + next.fragments >= kMaxFragments ||
        tail.length == 0)
    {
        return false;
    }
    *charge = next.truesize - next.headCost;
    tail.room = 0;
    tail.fragments = static_cast<std::uint8_t>(tail.fragments + next.fragments + 1);
    tail.truesize += *charge;
    tail.length += next.length;
    return true;
}

} // namespace hoststack::tcp
