// SPDX-License-Identifier: GPL-2.0-only

#include "test-clock.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace hoststack;
using hoststack::test::TestClock;

namespace
{

struct Sleeper : public Alarm::Owner
{
    explicit Sleeper(TestClock& clock)
        : clock(clock),
          alarm(clock.NewAlarm(*this))
    {
    }

    void Set(TimeNs at)
    {
        deadline = at;
        alarm->Arm(clock.Now(), at);
    }

    void OnAlarm(TimeNs now) override
    {
        ++calls;
        if (now >= deadline)
        {
            rang.push_back(now);
            deadline = kNever;
        }
        alarm->Arm(now, deadline);
    }

    TestClock& clock;
    AlarmPointer alarm;
    TimeNs deadline{kNever};
    std::vector<TimeNs> rang;
    int calls{0};
};

} // namespace

TEST_CASE("a deadline that moves later asks the clock for nothing", "[base]")
{
    TestClock clock;
    Sleeper sleeper(clock);
    sleeper.Set(1000);
    for (TimeNs t = 1; t <= 100; ++t)
    {
        clock.Run(t);
        sleeper.Set(t + 1000);
        CHECK(clock.Waiting() == 1);
    }
    clock.Run(5000);
    CHECK(sleeper.rang == std::vector<TimeNs>{1100});
    CHECK(sleeper.calls == 2);
}

TEST_CASE("a deadline that moves earlier is kept, and one in the past means now", "[base]")
{
    TestClock clock;
    Sleeper sleeper(clock);
    sleeper.Set(1000);
    clock.Run(10);
    sleeper.Set(50);
    clock.Run(60);
    CHECK(sleeper.rang == std::vector<TimeNs>{50});
    sleeper.Set(20);
    clock.Run(60);
    CHECK(sleeper.rang == std::vector<TimeNs>{50, 60});
    sleeper.Set(2000);
    clock.Run(3000);
    CHECK(sleeper.rang == std::vector<TimeNs>{50, 60, 2000});
}

TEST_CASE("an alarm whose owner is gone goes off without effect", "[base]")
{
    TestClock clock;
    {
        Sleeper sleeper(clock);
        sleeper.Set(1000);
        sleeper.Set(500);
    }
    CHECK(clock.Waiting() == 0);
    clock.Run(2000);
    CHECK(clock.Now() == 2000);
}

TEST_CASE("many ever earlier deadlines are kept, each once", "[base]")
{
    TestClock clock;
    Sleeper sleeper(clock);
    for (TimeNs at = 1000; at > 0; at -= 100)
    {
        sleeper.Set(at);
    }
    clock.Run(100);
    CHECK(sleeper.rang == std::vector<TimeNs>{100});
    sleeper.Set(950);
    clock.Run(2000);
    CHECK(sleeper.rang == std::vector<TimeNs>{100, 950});
}
