// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-ns3-clock.h"

#include <ns3/simulator.h>

#include <catch2/catch.hpp>
#include <vector>

using namespace ns3;
using hoststack::TimeNs;

namespace
{

struct Sleeper : public hoststack::Alarm::Owner
{
    HoststackClock clock{7};
    hoststack::AlarmPointer alarm{clock.NewAlarm(*this)};
    TimeNs deadline{hoststack::kNever};
    std::vector<TimeNs> rang;
    std::uint32_t calls{0};

    ~Sleeper()
    {
        alarm.reset();
        Simulator::Destroy();
    }

    void Set(TimeNs at)
    {
        deadline = at;
        alarm->Arm(NowNs(), at);
    }

    void OnAlarm(TimeNs now) override
    {
        ++calls;
        CHECK(Simulator::GetContext() == 7);
        if (now >= deadline)
        {
            rang.push_back(now);
            deadline = hoststack::kNever;
        }
        alarm->Arm(now, deadline);
    }
};

} // namespace

TEST_CASE("an alarm goes off at its deadline in the context of its node", "[nic]")
{
    Sleeper s;
    s.Set(500);
    Simulator::Run();
    CHECK(s.rang == std::vector<TimeNs>{500});
}

TEST_CASE("a deadline that keeps moving later schedules no events of its own", "[nic]")
{
    Sleeper s;
    s.Set(1000);
    for (TimeNs t = 1; t <= 100; ++t)
    {
        Simulator::Schedule(TimeStep(t), [&s, t] { s.Set(t + 1000); });
    }
    Simulator::Run();
    CHECK(s.rang == std::vector<TimeNs>{1100});
    CHECK(s.calls == 2);
    CHECK(Simulator::GetEventCount() == 102);
}

TEST_CASE("a deadline that moves earlier is kept, and the old event does no harm", "[nic]")
{
    Sleeper s;
    s.Set(1000);
    Simulator::Schedule(TimeStep(10), [&s] { s.Set(50); });
    Simulator::Schedule(TimeStep(60), [&s] { s.Set(2000); });
    Simulator::Run();
    CHECK(s.rang == std::vector<TimeNs>{50, 2000});
}

TEST_CASE("more and more urgent deadlines than an alarm remembers still ring in time", "[nic]")
{
    Sleeper s;
    for (TimeNs at = 1000; at >= 100; at -= 100)
    {
        s.Set(at);
    }
    Simulator::Schedule(TimeStep(150), [&s] { s.Set(950); });
    Simulator::Run();
    CHECK(s.rang == std::vector<TimeNs>{100, 950});
}

TEST_CASE("an alarm is spare once nothing of it is pending, and another one takes its place",
          "[nic]")
{
    Sleeper s;
    CHECK(s.alarm->IsSpare());
    s.Set(1000);
    s.Set(500);
    CHECK_FALSE(s.alarm->IsSpare());
    Simulator::Schedule(TimeStep(600), [&s] { CHECK_FALSE(s.alarm->IsSpare()); });
    Simulator::Schedule(TimeStep(1100), [&s] {
        CHECK(s.alarm->IsSpare());
        s.alarm = s.clock.NewAlarm(s);
        s.Set(1200);
    });
    Simulator::Run();
    CHECK(s.rang == std::vector<TimeNs>{500, 1200});
}

TEST_CASE("an alarm in the past rings now, and a detached one never", "[nic]")
{
    Sleeper s;
    Simulator::Schedule(TimeStep(100), [&s] { s.Set(20); });
    Simulator::Schedule(TimeStep(200), [&s] {
        s.Set(300);
        s.alarm.reset();
    });
    Simulator::Run();
    CHECK(s.rang == std::vector<TimeNs>{100});
}
