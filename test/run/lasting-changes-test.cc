// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-lasting-changes.h"

#include <catch2/catch.hpp>

using hoststack::LastingChanges;

namespace
{

const int a = 0;
const int b = 0;

} // namespace

TEST_CASE("a change that is taken back leaves what was before", "[scenario]")
{
    LastingChanges<int> value(10);
    value.Begin(&a, 5);
    CHECK(value.Value() == 5);
    CHECK(value.End(&a));
    CHECK(value.Value() == 10);
    CHECK_FALSE(value.End(&a));
}

TEST_CASE("of changes that overlap the latest counts while it lasts", "[scenario]")
{
    LastingChanges<int> value(10);
    value.Begin(&a, 5);
    value.Begin(&b, 2);
    SECTION("the later one ends first: the earlier one counts again")
    {
        CHECK(value.End(&b));
        CHECK(value.Value() == 5);
        CHECK(value.End(&a));
    }
    SECTION("the earlier one ends first: nothing changes before the later one ends")
    {
        CHECK_FALSE(value.End(&a));
        CHECK(value.Value() == 2);
        CHECK(value.End(&b));
    }
    CHECK(value.Value() == 10);
}

TEST_CASE("a change for good outlives those that were before it", "[scenario]")
{
    LastingChanges<int> value(10);
    value.Begin(&a, 5);
    value.Begin(nullptr, 7);
    CHECK_FALSE(value.End(&a));
    CHECK(value.Value() == 7);
    value.Begin(&b, 1);
    CHECK(value.End(&b));
    CHECK(value.Value() == 7);
}
