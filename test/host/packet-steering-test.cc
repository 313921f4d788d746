// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-packet-steering.h"

#include <array>
#include <catch2/catch.hpp>
#include <memory>

using namespace hoststack;
using namespace hoststack::host;

namespace
{

std::unique_ptr<PacketSteering>
Make(const char* name, std::vector<CoreId> cores = {})
{
    SteeringSettings settings;
    settings.name = name;
    settings.cores = std::move(cores);
    return PacketSteerings().Create(name, settings);
}

} // namespace

TEST_CASE("without steering a core goes on with what it has polled", "[host][steering]")
{
    const std::vector<std::uint64_t> heads(4);
    CHECK_FALSE(Make("none", {1, 2})->CoreOf(1, heads));
    CHECK_FALSE(Make("threaded-napi")->CoreOf(1, heads));
    CHECK(Make("threaded-napi")->PollsInThread());
    CHECK_FALSE(Make("rps", {0})->PollsInThread());
    CHECK_THROWS_AS(Make("rsp"), UnknownName);
}

TEST_CASE("the hash chooses among the cores of the mask by its share of its range",
          "[host][steering]")
{
    const auto rps = Make("rps", {1, 2, 5});
    const std::vector<std::uint64_t> heads(6);
    CHECK(rps->CoreOf(0, heads) == CoreId{1});
    CHECK(rps->CoreOf(0x55555555, heads) == CoreId{1});
    CHECK(rps->CoreOf(0x55555556, heads) == CoreId{2});
    CHECK(rps->CoreOf(0xaaaaaaab, heads) == CoreId{5});
    CHECK(rps->CoreOf(0xffffffff, heads) == CoreId{5});
    std::array<std::uint32_t, 6> counts{};
    for (std::uint32_t i = 0; i < 3000; ++i)
    {
        ++counts.at(*rps->CoreOf(i * 1431655, heads));
    }
    for (const auto core : {1U, 2U, 5U})
    {
        CHECK(counts.at(core) == Approx(1000).margin(2));
    }
}

TEST_CASE("a flow follows its program, but not past what it has in another core's backlog",
          "[host][steering]")
{
    const auto rfs = Make("rfs", {0});
    std::vector<std::uint64_t> heads(4);
    CHECK(rfs->CoreOf(7, heads) == CoreId{0}); // nobody has called: as the mask says
    rfs->OnCall(7, 1);
    CHECK(rfs->CoreOf(7, heads) == CoreId{1});
    rfs->OnQueued(7, 1, 3); // the third unit of core 1's backlog
    rfs->OnCall(7, 2);
    CHECK(rfs->CoreOf(7, heads) == CoreId{1});
    heads[1] = 2;
    CHECK(rfs->CoreOf(7, heads) == CoreId{1});
    heads[1] = 3;
    CHECK(rfs->CoreOf(7, heads) == CoreId{2});
    heads[1] = 0;
    CHECK(rfs->CoreOf(7, heads) == CoreId{2});
}

TEST_CASE("a flow without a program goes by the mask, or stays if there is none",
          "[host][steering]")
{
    const std::vector<std::uint64_t> heads(4);
    const auto masked = Make("rfs", {3});
    masked->OnCall(7, 1);
    constexpr std::uint32_t kSameEntry = 7 + 32768;
    CHECK(masked->CoreOf(kSameEntry, heads) == CoreId{3});
    const auto bare = Make("rfs");
    CHECK_FALSE(bare->CoreOf(7, heads));
    bare->OnCall(7, 1);
    CHECK(bare->CoreOf(7, heads) == CoreId{1});
}
