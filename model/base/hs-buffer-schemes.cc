// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-buffer-block.h"
#include "ns3/hs-buffer-built.h"
#include "ns3/hs-buffer-copied.h"
#include "ns3/hs-buffer-fragments.h"
#include "ns3/hs-buffer-shared.h"
#include "ns3/hs-buffer-virtio.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace hoststack
{

namespace
{

const CopiedBuffers kCopied;
const BlockBuffers kBlock(0);

} // namespace

Registry<BufferScheme>&
BufferSchemes()
{
    static Registry<BufferScheme> registry(
        "receive-buffer scheme",
        {
            {"copied",
             "copied into a block of kmalloc: 576 bytes or a power of two (TUN and TAP)",
             [] { return std::make_unique<CopiedBuffers>(); }},
            {"build-skb",
             "cut out of a page, as large as the packet (build_skb on a page fragment)",
             [] { return std::make_unique<BuiltBuffers>(); }},
            {"napi-frags",
             "headers in a small head, the payload in page fragments (napi_gro_frags)",
             [] { return std::make_unique<FragmentBuffers>(); }},
            {"veth",
             "the sender's own buffers, which it keeps until they are acknowledged (a veth pair)",
             [] { return std::make_unique<SharedBuffers>(); }},
            {"virtio",
             "small packets copied, large ones and those cut by the sender's device in whole pages",
             [] { return std::make_unique<VirtioBuffers>(); }},
            {"half-page",
             "2048 bytes for each packet (many Intel drivers)",
             [] { return std::make_unique<BlockBuffers>(kPageBytes / 2); }},
            {"page-pool",
             "a page for each packet (mtk_eth_soc of Filogic routers, XDP drivers)",
             [] { return std::make_unique<BlockBuffers>(kPageBytes); }},
        });
    return registry;
}

const BufferScheme&
SharedBufferScheme(const std::string& name)
{
    static std::vector<std::pair<std::string, std::unique_ptr<BufferScheme>>> shared;
    const auto known = std::find_if(shared.begin(), shared.end(), [&](const auto& entry) {
        return entry.first == name;
    });
    if (known != shared.end())
    {
        return *known->second;
    }
    shared.emplace_back(name, BufferSchemes().Create(name));
    return *shared.back().second;
}

const BufferScheme&
SchemeOf(const TruesizeModel& model)
{
    if (model.scheme)
    {
        return *model.scheme;
    }
    return model.fixedBlock > 0 ? static_cast<const BufferScheme&>(kBlock) : kCopied;
}

BufferMemory
BufferScheme::OfMany(const TruesizeModel& model,
                     std::uint32_t length,
                     std::uint32_t mss,
                     std::uint32_t pieces,
                     std::uint32_t headers) const
{
    auto memory = Of(model, mss, headers);
    memory.truesize += (pieces - 1) * (memory.truesize - model.head);
    memory.length = length;
    memory.room = 0;
    memory.fragments = static_cast<std::uint8_t>(std::min(pieces - 1, kMaxFragments));
    return memory;
}

BufferMemory
MemoryOfSegment(const TruesizeModel& model, std::uint32_t length, std::uint32_t headers)
{
    return SchemeOf(model).Of(model, length, headers);
}

} // namespace hoststack
