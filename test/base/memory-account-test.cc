// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-memory-account.h"

#include <catch2/catch.hpp>

using namespace hoststack;

namespace
{

/// A host of so many pages.
class SmallHost : public MemoryAccount
{
  public:
    explicit SmallHost(std::int64_t pages)
        : left(pages)
    {
    }

    bool UnderPressure() const override
    {
        return left <= 0;
    }

    std::int64_t left;

  protected:
    bool Allocate(std::int64_t pages, MemoryUse /*use*/, bool isForced) override
    {
        if (pages > left && !isForced)
        {
            return false;
        }
        left -= pages;
        return true;
    }

    void Return(std::int64_t pages) override
    {
        left += pages;
    }
};

} // namespace

TEST_CASE("a socket asks its host only for whole pages, and only when none is in hand", "[base]")
{
    SmallHost host(10);
    CHECK(host.Schedule(832));
    CHECK(host.left == 9);
    CHECK(host.InHand() == 4096);
    host.Charge(832);
    CHECK(host.Schedule(3000));
    CHECK(host.left == 9);
    host.Charge(3000);
    CHECK(host.Schedule(9000));
    CHECK(host.left == 6);
    host.Charge(9000);
    CHECK(host.InHand() == 4 * 4096 - 832 - 3000 - 9000);
}

TEST_CASE("what is freed goes back to the host in whole pages", "[base]")
{
    SmallHost host(10);
    REQUIRE(host.Schedule(9000));
    host.Charge(9000);
    host.Uncharge(9000);
    CHECK(host.left == 10);
    CHECK(host.InHand() == 0);
}

TEST_CASE("a host without pages refuses, unless it is forced", "[base]")
{
    SmallHost host(1);
    CHECK_FALSE(host.Schedule(9000));
    CHECK(host.left == 1);
    CHECK_FALSE(host.UnderPressure());
    host.ForceSchedule(9000);
    CHECK(host.InHand() == 3 * 4096);
    CHECK(host.UnderPressure());
}

TEST_CASE("memory without end is short only when it is told so", "[base]")
{
    UnlimitedMemory memory;
    CHECK(memory.Schedule(1u << 30));
    CHECK_FALSE(memory.UnderPressure());
    memory.SetPressure(true);
    CHECK(memory.UnderPressure());
}
