// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-moderation-adaptive.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <string>

using namespace hoststack;

namespace
{

std::unique_ptr<InterruptModeration>
Made(const std::string& name, TimeNs delay, std::uint32_t packets = 0)
{
    return InterruptModerations().Create(name, ModerationSettings{delay, packets});
}

/// Polls of a load: \p packets a second, in each poll what has come since the last.
void
Load(AdaptiveModeration& moderation, TimeNs& now, double packets, int polls)
{
    for (int i = 0; i < polls; ++i)
    {
        const auto due = moderation.OnFrame(now, 1);
        const auto span = due - now + 10 * kMicrosecond;
        const auto count = 1 + static_cast<std::uint32_t>(packets * ToSeconds(span));
        now += span;
        moderation.OnPoll(now, count, 1500 * std::uint64_t{count});
    }
}

} // namespace

TEST_CASE("an interrupt comes at once, after a time, with a number of frames, or on a grid",
          "[offload][moderation]")
{
    CHECK(Made("none", 0)->OnFrame(100, 1) == 100);
    const auto fixed = Made("fixed", 50);
    CHECK(fixed->OnFrame(100, 1) == 150);
    CHECK(fixed->OnFrame(120, 2) == 150);
    const auto both = Made("packets-or-time", 50, 3);
    CHECK(both->OnFrame(100, 1) == 150);
    CHECK(both->OnFrame(110, 2) == 150);
    CHECK(both->OnFrame(120, 3) == 120);
    const auto grid = Made("grid", 50);
    CHECK(grid->OnFrame(101, 1) == 150);
    CHECK(grid->OnFrame(150, 2) == 150);
    const auto batches = Made("packets-or-grid", 50, 3);
    CHECK(batches->OnFrame(101, 2) == 150);
    CHECK(batches->OnFrame(110, 3) == 110);
}

TEST_CASE("dynamic moderation stays among its profiles and moves once in 64 polls",
          "[offload][moderation]")
{
    AdaptiveModeration moderation;
    CHECK(moderation.Delay() == 8 * kMicrosecond);
    TimeNs now = 0;
    Load(moderation, now, 800'000, 60);
    CHECK(moderation.Delay() == 8 * kMicrosecond);
    TimeNs most = 0;
    for (int i = 0; i < 40; ++i)
    {
        Load(moderation, now, 800'000, 64);
        most = std::max(most, moderation.Delay());
    }
    CHECK(most > 8 * kMicrosecond);
    CHECK(most <= 256 * kMicrosecond);
}
