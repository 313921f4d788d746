// SPDX-License-Identifier: GPL-2.0-only

#include "reference-folder.h"
#include "tcp-peer.h"

#include <catch2/catch.hpp>

namespace
{

using namespace hoststack;
using namespace hoststack::reference;

constexpr TimeNs kGap = 200 * kMicrosecond;
constexpr std::uint32_t kIsolated = 8; // segments that touch none before

} // namespace

TEST_CASE(
    "a received segment costs what it did on a live kernel, merged with the one before or not",
    "[reference]")
{
    Group group("truesize");
    const auto cases = CasesOf("truesize");
    for (const auto& c : cases)
    {
        Differences differences;
        const auto size = c["size"].get<std::uint32_t>();
        const auto gso = c["gso_size"].get<std::uint32_t>();
        const auto config = MeasuredKernel(c["mode"], c["mtu"], 4 << 20);
        TcpPeer peer(config, kGap);
        for (std::uint32_t i = 0; i < kIsolated; ++i)
        {
            const auto before = peer.connection->ReceiveMemory();
            peer.Data((2 * i + 1) * std::uint64_t{size}, size, gso);
            differences.Check("isolated " + std::to_string(i),
                              "truesize",
                              peer.connection->ReceiveMemory() - before,
                              c["isolated"].get<std::uint32_t>());
        }
        TcpPeer other(config, kGap);
        std::uint64_t offset = 0;
        for (const auto& delta : c["inorder_delta"])
        {
            const auto before = other.connection->ReceiveMemory();
            other.Data(offset, size, gso);
            differences.Check("in order at " + std::to_string(offset),
                              "memory",
                              other.connection->ReceiveMemory() - before,
                              delta.get<std::uint32_t>());
            offset += size;
        }
        differences.Check("end",
                          "rcv_mss",
                          other.connection->GetReceiveState().Facts().mss,
                          c["rcv_mss"].get<std::uint32_t>());
        group.Judge(c["name"], differences);
    }
    group.Finish(40);
}

TEST_CASE("the cost of a received segment steps at the sizes at which a live kernel's did",
          "[reference]")
{
    Group group("truesize_steps");
    const auto modes = CasesOf("truesize_steps", "modes");
    for (const auto& mode : modes)
    {
        Differences differences;
        const std::string name = mode["mode"];
        const auto model = MeasuredKernel(name, 65535, 0)->truesize;
        std::size_t step = 0;
        const auto& steps = mode["steps_first_size_truesize"];
        for (std::uint32_t size = 1; size <= mode["max_size"].get<std::uint32_t>(); ++size)
        {
            if (step + 1 < steps.size() && steps[step + 1][0] == size)
            {
                ++step;
            }
            differences.Check(std::to_string(size),
                              "truesize",
                              MemoryOfSegment(model, size, 52).truesize,
                              steps[step][1].get<std::uint32_t>());
        }
        group.Judge("steps_" + name, differences);
    }
    group.Finish(4);
}
