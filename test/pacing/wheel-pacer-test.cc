// SPDX-License-Identifier: GPL-2.0-only

#include "../base/test-clock.h"
#include "ns3/hs-hpts-host.h"
#include "ns3/hs-pacer.h"
#include "ns3/hs-processor.h"
#include "ns3/hs-rack-pacing.h"
#include "ns3/hs-random.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>
#include <string>

using namespace hoststack;
using test::TestClock;

namespace
{

constexpr std::uint32_t kMss = 1448;
constexpr std::uint64_t kUncounted = 10; ///< the first bursts of Linux' pacer are not spaced

/// A host that does nothing else, and costs nothing.
struct IdleHost
{
    IdleHost()
        : processor(clock)
    {
        clock.Run(5 * kSecond);
        hpts = HptsHost::Make(clock, processor, HptsHostSettings());
    }

    ~IdleHost()
    {
        hpts->Stop();
    }

    TestClock clock;
    host::InlineProcessor processor;
    std::shared_ptr<HptsHost> hpts;
};

/// A sender that always has something to send.
class Greedy : private Alarm::Owner
{
  public:
    Greedy(IdleHost& machine, const std::string& pacer, BytesPerSecond rate, bool isShared)
        : m_clock(machine.clock),
          m_rate(rate),
          m_alarm(machine.clock.NewAlarm(*this))
    {
        PacingWish wish;
        wish.isAsked = true;
        wish.mss = kMss;
        wish.optionBytes = 12;
        wish.host = isShared ? machine.hpts.get() : nullptr;
        wish.ready = [this](TimeNs now) { m_alarm->Arm(now, now); };
        m_pacer = Pacers().Create(pacer, wish);
        Go(m_clock.Now());
    }

    /// As soon as it may.
    void Go(TimeNs now)
    {
        while (m_pacer->EarliestDeparture() <= now)
        {
            const auto own = m_pacer->BurstSegments(m_rate);
            const std::uint32_t segments = own > 0 ? own : 2;
            if (bursts == kUncounted)
            {
                first = now;
            }
            else if (bursts > kUncounted)
            {
                segmentsBefore += m_lastBurst;
            }
            last = now;
            m_lastBurst = segments;
            ++bursts;
            m_pacer->OnSent(now, segments * kMss, segments, m_rate);
        }
        m_alarm->Arm(now, m_pacer->WakesAt());
    }

    TimeNs first{-1}; ///< burst that counts
    TimeNs last{-1};
    std::uint64_t bursts{0};
    std::uint64_t segmentsBefore{0}; ///< from the first to before the last burst

  private:
    void OnAlarm(TimeNs now) override
    {
        Go(now);
    }

    TestClock& m_clock;
    BytesPerSecond m_rate;
    std::uint32_t m_lastBurst{0};
    AlarmPointer m_alarm;
    std::unique_ptr<Pacer> m_pacer;
};

/// What a full segment counts at \p pacer.
double
Counted(const std::string& pacer)
{
    if (pacer == "hpts")
    {
        return 1500;
    }
    return pacer.rfind("rack", 0) == 0 ? 1514 : kMss;
}

} // namespace

TEST_CASE("each pacer keeps the asked rate within 0.1 percent over a second on an idle host",
          "[pacing]")
{
    for (const std::string pacer :
         {"hpts", "rack-14", "rack-15", "timer-1ms", "soft-timers", "internal"})
    {
        for (const BytesPerSecond rate : {375'000, 1'500'000, 6'250'000, 12'500'000, 25'000'000})
        {
            for (const bool isShared : {true, false})
            {
                IdleHost machine;
                Greedy sender(machine, pacer, rate, isShared);
                machine.clock.Run(6 * kSecond + 200 * kMillisecond);
                const double bytes = static_cast<double>(sender.segmentsBefore) * Counted(pacer);
                const double seconds = ToSeconds(sender.last - sender.first);
                INFO(pacer << " at " << rate << " B/s, " << sender.bursts << " bursts");
                CHECK(seconds > 1);
                // A timer of a millisecond may be a tick late at the end.
                const double slack = pacer == "timer-1ms" || pacer == "soft-timers" ? 1e-3 : 2e-5;
                CHECK(std::abs(bytes / static_cast<double>(rate) - seconds) <
                      0.001 * seconds + slack * 0.1);
            }
        }
    }
}

TEST_CASE("a wheel without load serves a paced connection in the slot that it asked for",
          "[pacing]")
{
    IdleHost machine;
    Greedy sender(machine, "hpts", 1'500'000, true);
    machine.clock.Run(6 * kSecond);
    const auto& figures = machine.hpts->GetFigures();
    CHECK(figures.bursts == sender.bursts);
    CHECK(figures.lateness.Percentile(1.0) <= 10 * kMicrosecond);
    CHECK(figures.gaps.Percentile(0.5) >= 990 * kMicrosecond);
    CHECK(figures.gaps.Percentile(0.5) <= 1010 * kMicrosecond);
}

TEST_CASE("12 Mbit/s are a packet each 1000 us by bytes of IP and each 1009 us as RACK counts",
          "[pacing]")
{
    PacingWish wish;
    wish.isAsked = true;
    const auto gapOf = [&wish](const std::string& name) {
        const auto pacer = Pacers().Create(name, wish);
        pacer->OnSent(kSecond, kMss, 1, 1'500'000);
        return pacer->EarliestDeparture() - kSecond;
    };
    // Without a host, a punctual wheel: whole slots of 10 us. Without options: 1488 bytes of IP.
    CHECK(gapOf("hpts") == 1000 * kMicrosecond);
    CHECK(gapOf("rack-14") == 1010 * kMicrosecond);
}

TEST_CASE("bursts grow with the rate, and those of 15 are four times those of 14", "[pacing]")
{
    // Facts sheet freebsd.md, table of section 3.3.
    const auto segments = [](const std::string& name, std::uint64_t mbit) {
        PacingWish wish;
        wish.isAsked = true;
        return Pacers().Create(name, wish)->BurstSegments(mbit * 125'000);
    };
    CHECK(segments("rack-14", 12) == 2);
    CHECK(segments("rack-14", 50) == 5);
    CHECK(segments("rack-14", 200) == 18);
    CHECK(segments("rack-14", 1000) == 40);
    CHECK(segments("rack-15", 12) == 6);
    CHECK(segments("rack-15", 50) == 18);
    CHECK(segments("rack-15", 100) == 36);
    CHECK(segments("hpts", 12) == 1);
    CHECK(segments("internal", 12) == 0);
}

TEST_CASE("a static rate uses the largest burst", "[pacing]")
{
    PacingWish wish;
    wish.fixedRate = 1'500'000;
    CHECK(Pacers().Create("rack-15", wish)->BurstSegments(0) == 40);
    wish.burst = 4;
    CHECK(Pacers().Create("rack-15", wish)->BurstSegments(0) == 4);
}

TEST_CASE(
    "a rate of nothing is no rate: no pacer holds a sender for it, nor asks for an empty burst",
    "[pacing]")
{
    IdleHost machine;
    for (const auto& name : Pacers().Names())
    {
        if (name.find("-unpaced") != std::string::npos)
        {
            continue; // its gaps come from no rate
        }
        for (const bool isShared : {true, false})
        {
            INFO(name);
            PacingWish wish;
            wish.isAsked = true;
            wish.host = isShared ? machine.hpts.get() : nullptr;
            wish.ready = [](TimeNs) {};
            const auto pacer = Pacers().Create(name, wish);
            const TimeNs now = machine.clock.Now();
            for (int i = 0; i < 3; ++i)
            {
                pacer->OnSent(now, 12 * kMss, 12, 0);
                CHECK(pacer->EarliestDeparture() <= now);
            }
            if (pacer->WantsHost())
            {
                CHECK(pacer->BurstSegments(0) >= 1);
                CHECK(pacer->BurstSegments(0) <= 43);
            }
        }
    }
}

TEST_CASE("early and late output is accounted for to the microsecond", "[pacing]")
{
    RandomStream random(7, "lateness");
    for (int round = 0; round < 200; ++round)
    {
        RackCompensation compensation;
        std::uint64_t now = 10'000'000;
        const std::uint64_t begin = now;
        std::uint64_t wanted = 0;
        for (int i = 0; i < 500; ++i)
        {
            const auto gap = static_cast<std::uint32_t>(random.Bits() % 3000);
            const auto asked = compensation.Apply(gap);
            wanted += gap;
            const std::uint64_t target = now + asked;
            // Up to 9 us early, as a slot makes it, or late by anything.
            const bool isEarly = random.Bits() % 2 == 0;
            now = isEarly ? target - std::min<std::uint64_t>(random.Bits() % 10, asked)
                          : target + random.Bits() % 5000;
            compensation.OnOutput(now, target);
            REQUIRE(now - begin + compensation.early == wanted + compensation.delayed);
        }
    }
}

TEST_CASE("lateness does not lower the rate while it is shorter than the gaps", "[pacing]")
{
    RackCompensation compensation;
    std::uint64_t now = 0;
    for (int i = 0; i < 1000; ++i)
    {
        const std::uint64_t target = now + compensation.Apply(1000);
        now = target + 900;
        compensation.OnOutput(now, target);
    }
    CHECK(now == 1'000'900);
}

TEST_CASE("a sender that had nothing to send owes nothing for its lateness", "[pacing]")
{
    IdleHost machine;
    PacingWish wish;
    wish.isAsked = true;
    wish.host = machine.hpts.get();
    wish.ready = [](TimeNs) {};
    const auto pacer = Pacers().Create("rack-14", wish);
    pacer->OnSent(machine.clock.Now(), 2 * kMss, 2, 1'500'000);
    machine.clock.Run(machine.clock.Now() + 3 * kMillisecond);
    pacer->OnNothingSent(0);
    const TimeNs now = machine.clock.Now();
    pacer->OnSent(now, 2 * kMss, 2, 1'500'000);
    CHECK(pacer->EarliestDeparture() == now + 2019 * kMicrosecond);
}

TEST_CASE("a tick of a millisecond lets several bursts go that are due", "[pacing]")
{
    IdleHost machine;
    Greedy sender(machine, "timer-1ms", 12'500'000, false);
    const auto before = sender.bursts;
    machine.clock.Run(machine.clock.Now() + kMillisecond);
    CHECK(sender.bursts - before >= 4);
}

TEST_CASE("soft timers let a burst go when the sender is called, a timer only at its tick",
          "[pacing]")
{
    const TimeNs now = kSecond + 100 * kMicrosecond;
    const auto soft = Pacers().Create("soft-timers", PacingWish());
    const auto tick = Pacers().Create("timer-1ms", PacingWish());
    for (const auto* pacer : {&soft, &tick})
    {
        (*pacer)->OnSent(now, 150, 1, 1'500'000);
        (*pacer)->OnSent(now, 1500, 1, 1'500'000);
    }
    CHECK(soft->EarliestDeparture() < kSecond + kMillisecond);
    CHECK(soft->WakesAt() == kSecond + kMillisecond);
    CHECK(tick->EarliestDeparture() == kSecond + kMillisecond);
}

TEST_CASE("connections that outlive their host's wheels are no longer served", "[pacing]")
{
    IdleHost machine;
    int calls = 0;
    PacingWish wish;
    wish.host = machine.hpts.get();
    wish.ready = [&calls](TimeNs) { ++calls; };
    const auto pacer = Pacers().Create("hpts", wish);
    pacer->OnSent(machine.clock.Now(), kMss, 1, 1'500'000);
    machine.hpts->Stop();
    machine.clock.Run(machine.clock.Now() + kSecond);
    CHECK(calls == 0);
}
