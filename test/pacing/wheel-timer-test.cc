// SPDX-License-Identifier: GPL-2.0-only

// A connection's timers and the end of its gaps on one place of a wheel.

#include "../base/test-clock.h"
#include "ns3/hs-hpts-host.h"
#include "ns3/hs-pacer.h"
#include "ns3/hs-processor.h"
#include "ns3/hs-random.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

using namespace hoststack;
using test::TestClock;

namespace
{

constexpr std::uint32_t kMss = 1448;
constexpr TimeNs kSlot = 10 * kMicrosecond;

/// A connection of a stack with its timers on the wheel: one deadline, and what the pacer says.
class Stack : private Alarm::Owner
{
  public:
    explicit Stack(const std::string& pacer = "rack-14")
        : m_processor(m_clock)
    {
        m_clock.Run(5 * kSecond);
        m_hpts = HptsHost::Make(m_clock, m_processor, HptsHostSettings());
        m_wish.isAsked = true;
        m_wish.mss = kMss;
        m_wish.optionBytes = 12;
        m_wish.host = m_hpts.get();
        m_wish.ready = [this](TimeNs now) {
            readyAt = now;
            m_release = now;
            m_alarm->Arm(m_clock.Now(), now);
        };
        m_pacer = Pacers().Create(pacer, m_wish);
        m_alarm = m_pacer->NewAlarm(*this, m_clock);
    }

    ~Stack()
    {
        m_alarm.reset();
        m_pacer.reset();
        m_hpts->Stop();
    }

    /// The handshake is over: the pacer of the connection takes the place of the first one.
    void Establish()
    {
        auto pacer = Pacers().Create("rack-14", m_wish);
        pacer->Follow(*m_pacer);
        m_pacer = std::move(pacer);
    }

    void SetTimer(TimeNs at)
    {
        m_deadline = at;
        m_alarm->Arm(m_clock.Now(), std::min(m_deadline, m_release));
    }

    /// A burst leaves.
    void Send(std::uint32_t segments, BytesPerSecond rate)
    {
        m_pacer->OnSent(Now(), segments * kMss, segments, rate);
        SetTimer(m_deadline);
    }

    void Run(TimeNs duration)
    {
        m_clock.Run(Now() + duration);
    }

    TimeNs Now() const
    {
        return m_clock.Now();
    }

    Pacer& ItsPacer()
    {
        return *m_pacer;
    }

    bool HasAlarm() const
    {
        return m_alarm != nullptr;
    }

    std::uint32_t OnWheel() const
    {
        return m_hpts->Timers().Wheel(0).Count();
    }

    std::vector<TimeNs> fired; ///< when the timer went off
    TimeNs readyAt{-1};        ///< when the sender was let go on

  private:
    void OnAlarm(TimeNs now) override
    {
        m_release = m_release <= now ? kNever : m_release;
        if (m_deadline <= now)
        {
            m_deadline = kNever;
            fired.push_back(now);
            m_pacer->OnTimer();
        }
        SetTimer(m_deadline);
    }

    TestClock m_clock;
    host::InlineProcessor m_processor;
    std::shared_ptr<HptsHost> m_hpts;
    PacingWish m_wish;
    TimeNs m_deadline{kNever};
    TimeNs m_release{kNever};
    std::unique_ptr<Pacer> m_pacer;
    AlarmPointer m_alarm;
};

/// One whose handshake is over.
struct Established : Stack
{
    Established()
    {
        Establish();
    }
};

} // namespace

TEST_CASE("a timer on an idle wheel goes off at the end of its slot, never early", "[pacing]")
{
    Established stack;
    RandomStream random(11, "timers");
    TimeNs slept = 0;
    for (int i = 0; i < 500; ++i)
    {
        stack.Run(static_cast<TimeNs>(random.Uniform(0, 3e6)));
        const TimeNs at = stack.Now() + 300 * kMicrosecond +
                          static_cast<TimeNs>(random.Exponential(5.0) * kMillisecond);
        stack.SetTimer(at);
        CHECK(stack.OnWheel() == 1);
        stack.Run(at - stack.Now() + kSecond);
        REQUIRE(stack.fired.size() == static_cast<std::size_t>(i) + 1);
        CHECK(stack.fired.back() >= at);
        slept = std::max(slept, stack.fired.back() - at);
        CHECK(stack.OnWheel() == 0);
    }
    CHECK(slept <= 250 * kMicrosecond + 2 * kSlot); // minsleep
}

TEST_CASE("a timer that moves leaves its place on the wheel for another one", "[pacing]")
{
    Established stack;
    const TimeNs begin = stack.Now();
    for (int i = 0; i < 20; ++i)
    {
        stack.SetTimer(stack.Now() + 30 * kMillisecond);
        CHECK(stack.OnWheel() == 1);
        stack.Run(10 * kMillisecond);
    }
    CHECK(stack.fired.empty());
    stack.SetTimer(stack.Now() + 5 * kMillisecond);
    stack.Run(kSecond);
    REQUIRE(stack.fired.size() == 1);
    CHECK(stack.fired[0] >= begin + 205 * kMillisecond);
    // An earlier request may find that the wheel has slept long enough for it, and wait for what
    // was armed before it (docs/models/pacing.md, what is odd).
    CHECK(stack.fired[0] <= begin + 205 * kMillisecond + 30 * kMillisecond);
}

TEST_CASE("a timer after the end of a gap waits for it, and none is forgotten", "[pacing]")
{
    Established stack;
    const TimeNs begin = stack.Now();
    stack.SetTimer(begin + 40 * kMillisecond);
    stack.Send(2, 1'500'000); // 2018 us
    CHECK(stack.OnWheel() == 1);
    stack.Run(3 * kMillisecond);
    CHECK(stack.readyAt >= begin + 2010 * kMicrosecond);
    CHECK(stack.readyAt <= begin + 2030 * kMicrosecond);
    CHECK(stack.fired.empty());
    stack.Run(kSecond);
    REQUIRE(stack.fired.size() == 1);
    CHECK(stack.fired[0] >= begin + 40 * kMillisecond);
    CHECK(stack.fired[0] <= begin + 40 * kMillisecond + 300 * kMicrosecond);
}

TEST_CASE("a timer that comes before the end of a gap is served then, and opens it", "[pacing]")
{
    Established stack;
    const TimeNs begin = stack.Now();
    stack.SetTimer(begin + 3 * kMillisecond);
    stack.Send(40, 1'500'000); // 40373 us
    stack.Run(4 * kMillisecond);
    REQUIRE(stack.fired.size() == 1);
    CHECK(stack.fired[0] >= begin + 3 * kMillisecond);
    CHECK(stack.fired[0] <= begin + 3 * kMillisecond + 300 * kMicrosecond);
    CHECK(stack.ItsPacer().EarliestDeparture() <= stack.Now());
    // What leaves then is early, and the next gap is longer by as much.
    const TimeNs again = stack.Now();
    stack.Send(2, 1'500'000);
    CHECK(stack.ItsPacer().EarliestDeparture() - again > 2018 * kMicrosecond + 35 * kMillisecond);
}

TEST_CASE("a timer that was stopped before the end of a gap does not open it", "[pacing]")
{
    Established stack;
    const TimeNs begin = stack.Now();
    stack.SetTimer(begin + 3 * kMillisecond);
    stack.Send(40, 1'500'000); // 40373 us
    stack.SetTimer(kNever);    // the wheel is not told of that
    stack.Run(30 * kMillisecond);
    CHECK(stack.fired.empty());
    CHECK(stack.readyAt < 0);
    stack.Run(20 * kMillisecond);
    CHECK(stack.readyAt >= begin + 40'360 * kMicrosecond);
    CHECK(stack.readyAt <= begin + 40'700 * kMicrosecond);
}

TEST_CASE("the timers of a handshake and those after the end are the clock's", "[pacing]")
{
    Stack stack;
    const TimeNs begin = stack.Now();
    stack.SetTimer(begin + 1234567);
    CHECK(stack.OnWheel() == 0);
    stack.Run(2 * kMillisecond);
    CHECK(stack.fired == std::vector<TimeNs>{begin + 1234567});
    stack.Establish();
    const TimeNs last = stack.Now() + 7654321;
    stack.SetTimer(last);
    CHECK(stack.OnWheel() == 1);
    stack.ItsPacer().OnOver();
    CHECK(stack.OnWheel() == 0);
    stack.Run(kSecond);
    REQUIRE(stack.fired.size() == 2);
    CHECK(stack.fired[1] == last);
}

TEST_CASE("pacers that are not of a wheel leave timers to the host", "[pacing]")
{
    for (const std::string name : {"none", "internal", "hpts", "timer-1ms", "soft-timers"})
    {
        INFO(name);
        CHECK_FALSE(Stack(name).HasAlarm());
    }
    for (const std::string name : {"rack-14", "rack-15", "rack-14-unpaced", "rack-15-unpaced"})
    {
        INFO(name);
        CHECK(Stack(name).HasAlarm());
    }
}

TEST_CASE("whatever order gaps and timers come in, a pending timer is served", "[pacing][property]")
{
    RandomStream random(5, "order");
    Established stack;
    std::size_t expected = 0;
    TimeNs due = kNever;
    for (int i = 0; i < 10'000; ++i)
    {
        const double what = random.Uniform();
        if (what < 0.4)
        {
            due = stack.Now() + 1 + static_cast<TimeNs>(random.Exponential(20.0) * kMillisecond);
            stack.SetTimer(due);
        }
        else if (what < 0.7 && stack.ItsPacer().EarliestDeparture() <= stack.Now())
        {
            stack.Send(1 + static_cast<std::uint32_t>(random.Uniform(0, 20)), 1'500'000);
        }
        else
        {
            stack.Run(static_cast<TimeNs>(random.Exponential(10.0) * kMillisecond));
        }
        if (stack.fired.size() > expected)
        {
            REQUIRE(stack.fired.size() == expected + 1);
            ++expected;
            REQUIRE(stack.fired.back() >= due);
            due = kNever;
        }
        // At most the sleep that a wheel of few connections may oversleep.
        REQUIRE((due == kNever || stack.Now() < due + 600 * kMillisecond));
    }
    CHECK(expected > 500);
}
