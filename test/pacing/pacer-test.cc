// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-pacer.h"

#include <catch2/catch.hpp>

using namespace hoststack;

namespace
{

constexpr BytesPerSecond kRate = 1'000'000; // 1000 bytes take a millisecond

/// One that has let the unspaced first segments go at \p now.
std::unique_ptr<Pacer>
Begun(TimeNs now)
{
    auto pacer = Pacers().Create("internal", PacingWish());
    pacer->OnSent(now, 0, 10, kRate);
    return pacer;
}

} // namespace

TEST_CASE("nobody holds the bursts of a sender without a pacer", "[pacing]")
{
    const auto pacer = Pacers().Create("none", PacingWish());
    CHECK_FALSE(pacer->HoldsOutput());
    pacer->OnSent(kSecond, 1'000'000, 1000, kRate);
    CHECK(pacer->EarliestDeparture() == 0);
}

TEST_CASE("pacing is automatic where the congestion control asks for it", "[pacing]")
{
    PacingWish wish;
    CHECK_FALSE(Pacers().Create("auto", wish)->HoldsOutput());
    wish.isAsked = true;
    CHECK(Pacers().Create("auto", wish)->HoldsOutput());
    CHECK_THROWS_AS(Pacers().Create("hpst", wish), UnknownName);
}

TEST_CASE("the first ten segments of a connection leave unspaced", "[pacing]")
{
    // Facts sheet linux.md 6.2.3.
    const auto pacer = Pacers().Create("internal", PacingWish());
    pacer->OnSent(kSecond, 9000, 9, kRate);
    CHECK(pacer->EarliestDeparture() == kSecond);
    pacer->OnSent(kSecond, 1000, 1, kRate);
    CHECK(pacer->EarliestDeparture() == kSecond + kMillisecond);
}

TEST_CASE("a burst keeps the next one back as long as it takes at the rate", "[pacing]")
{
    const auto pacer = Begun(kSecond);
    pacer->OnSent(kSecond, 4000, 4, kRate);
    CHECK(pacer->EarliestDeparture() == kSecond + 4 * kMillisecond);
}

TEST_CASE("lateness is made up for by at most half of a gap", "[pacing]")
{
    // tcp_update_skb_after_send
    const auto pacer = Begun(kSecond);
    pacer->OnSent(kSecond, 4000, 4, kRate); // next at + 4 ms
    pacer->OnSent(kSecond + 5 * kMillisecond, 4000, 4, kRate);
    CHECK(pacer->EarliestDeparture() == kSecond + 8 * kMillisecond);
    pacer->OnSent(kSecond + 20 * kMillisecond, 4000, 4, kRate);
    CHECK(pacer->EarliestDeparture() == kSecond + 22 * kMillisecond);
}

TEST_CASE("repetitions are spaced, too, and do not count as first segments", "[pacing]")
{
    const auto pacer = Pacers().Create("internal", PacingWish());
    pacer->OnSent(kSecond, 1000, 9, kRate);
    pacer->OnSent(kSecond, 1000, 0, kRate);
    CHECK(pacer->EarliestDeparture() == kSecond);
}
