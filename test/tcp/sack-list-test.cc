// SPDX-License-Identifier: GPL-2.0-only

#include "../property-rounds.h"
#include "ns3/hs-random.h"
#include "ns3/hs-sack-list.h"

#include <catch2/catch.hpp>
#include <set>

using namespace hoststack;
using namespace hoststack::test;
using tcp::SackList;

TEST_CASE("the run with the newest segment is reported first", "[tcp][sack]")
{
    // RFC 2018 section 4.
    SackList list;
    list.Put(100, 200);
    list.Put(300, 400);
    CHECK(list.RunAt(0) == SackList::Run(300, 400));
    CHECK(list.RunAt(1) == SackList::Run(100, 200));
    CHECK(list.HighestEnd() == 400);
    CHECK(list.Find(150, 160) == 1);
    CHECK(list.Find(250, 260) == 2);
}

TEST_CASE("a run swallows the runs that it touches", "[tcp][sack]")
{
    SackList list;
    list.Put(100, 200);
    list.Put(300, 400);
    list.Put(500, 600);
    list.Put(200, 300);
    REQUIRE(list.RunCount() == 2);
    CHECK(list.RunAt(0) == SackList::Run(200, 300));
    CHECK(list.RunAt(1) == SackList::Run(500, 600));
}

TEST_CASE("runs that became part of the stream are reported no longer", "[tcp][sack]")
{
    SackList list;
    list.Put(100, 200);
    list.Put(300, 400);
    list.DropBefore(200);
    CHECK(list.RunCount() == 1);
    list.NoteDuplicate(10, 20);
    CHECK(list.BlockCount() == 2);
    list.ForgetDuplicate();
    list.Clear();
    CHECK(list.Empty());
}

TEST_CASE("no two runs of a SACK list touch, whatever is put into it", "[tcp][sack][property]")
{
    const auto rounds = RoundsOf(200);
    for (int round = rounds.first; round < rounds.end; ++round)
    {
        RandomStream random(static_cast<std::uint64_t>(round), "sack list");
        SackList list;
        std::set<std::uint64_t> put; // bytes
        std::uint64_t next = 1;
        for (int step = 0; step < 60; ++step)
        {
            // As a receiver does it: the whole run that the new bytes belong to.
            auto begin = next + 1 + random.Bits() % 60;
            auto end = begin + 1 + random.Bits() % 8;
            for (auto i = begin; i < end; ++i)
            {
                put.insert(i);
            }
            while (put.count(begin - 1) > 0)
            {
                --begin;
            }
            while (put.count(end) > 0)
            {
                ++end;
            }
            list.Put(begin, end);
            CAPTURE(round, step);
            REQUIRE(list.IsConsistent());
            REQUIRE(list.RunAt(0) == SackList::Run(begin, end));
            if (random.Bernoulli(0.1))
            {
                next += random.Bits() % 10;
                while (put.count(next) > 0)
                {
                    ++next;
                }
                put.erase(put.begin(), put.lower_bound(next));
                list.DropBefore(next);
                for (std::uint8_t i = 0; i < list.RunCount(); ++i)
                {
                    REQUIRE(list.RunAt(i).second > next);
                }
            }
        }
    }
}
