// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-on-demand.h"

#include <catch2/catch.hpp>
#include <cstdint>

using hoststack::OnDemand;

namespace
{

struct Counts
{
    std::uint64_t losses{0};
    std::int64_t least{7};
};

} // namespace

TEST_CASE("a value on demand takes a pointer and reads as its initial one until it is changed",
          "[base]")
{
    OnDemand<Counts> counts;
    CHECK(sizeof counts == sizeof(void*));
    CHECK(counts->least == 7);
    CHECK(!counts.IsOwned());
    counts.Own().least = 3;
    CHECK(counts.IsOwned());
    CHECK(counts->least == 3);
    CHECK(OnDemand<Counts>()->least == 7); // that of the others
}

TEST_CASE("counting nothing asks for no memory", "[base]")
{
    OnDemand<Counts> counts;
    counts.Add(&Counts::losses, 0);
    CHECK(!counts.IsOwned());
    counts.Add(&Counts::losses, 2u);
    counts.Add(&Counts::losses, 0);
    CHECK(counts->losses == 2);
}

TEST_CASE("a value that is reset keeps its memory, one that is released does not", "[base]")
{
    OnDemand<Counts> counts;
    counts.Reset();
    CHECK(!counts.IsOwned());
    counts.Own().losses = 5;
    const Counts* const place = &*counts;
    counts.Reset();
    CHECK(counts->losses == 0);
    CHECK(&counts.Own() == place);
    counts.Release();
    CHECK(!counts.IsOwned());
    CHECK(counts->losses == 0);
}

TEST_CASE("a copy of a value on demand is one of its own", "[base]")
{
    OnDemand<Counts> counts;
    OnDemand<Counts> copy(counts);
    CHECK(!copy.IsOwned());
    counts.Own().losses = 1;
    copy = counts;
    counts.Own().losses = 2;
    CHECK(copy->losses == 1);
}
