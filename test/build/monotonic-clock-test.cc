// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-monotonic-clock.h"

#include <catch2/catch.hpp>
#include <ctime>

using namespace hoststack;

namespace
{

void
Wait()
{
    const timespec moment{0, 1000000};
    nanosleep(&moment, nullptr);
}

} // namespace

TEST_CASE("A clock that stands is looked at once after each wait")
{
    MonotonicClock clock(true);
    const auto begin = clock.Now();
    Wait();
    CHECK(clock.Now() == begin);
    CHECK(clock.Looks() == 1);
    clock.NoteWait();
    CHECK(clock.Now() >= begin + kMillisecond);
    CHECK(clock.Looks() == 2);
}

TEST_CASE("A clock that goes on is looked at each time")
{
    MonotonicClock clock(false);
    const auto begin = clock.Now();
    Wait();
    CHECK(clock.Now() >= begin + kMillisecond);
    CHECK(clock.Looks() == 2);
}
