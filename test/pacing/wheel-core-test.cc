// SPDX-License-Identifier: GPL-2.0-only

// Wheels of a host whose work takes time: on which core, and what a run costs.

#include "../host/host-test-tools.h"
#include "ns3/hs-hpts-host.h"
#include "ns3/hs-pacer.h"

#include <catch2/catch.hpp>
#include <deque>
#include <memory>
#include <string>

using namespace hoststack;
using hoststack::test::Doing;
using hoststack::test::TestClock;

namespace
{

class Visitor final : public HptsEntry
{
  public:
    explicit Visitor(HptsHost& host)
        : m_host(host)
    {
    }

    bool OnOutput(const HptsWheel& /*wheel*/) override
    {
        ++calls;
        servedAt = m_host.Present();
        if (gapUs > 0 && calls < most)
        {
            m_host.Insert(m_host.Present(), *this, gapUs);
        }
        if (auto* run = m_host.RunContext())
        {
            run->Spend(takes);
        }
        return true;
    }

    TimeNs servedAt{-1};
    TimeNs takes{0};         ///< each call
    std::uint64_t gapUs{0};  ///< after which it wants to be served again
    std::uint64_t most{100}; ///< calls
    std::uint64_t calls{0};

  private:
    HptsHost& m_host;
};

/// A host with cores and wheels, up for two seconds.
struct Machine
{
    explicit Machine(std::uint16_t cores, const HptsHostSettings& given = HptsHostSettings())
        : processor(clock, Cores(cores))
    {
        auto settings = given;
        settings.topology.cpus = cores;
        clock.Run(kSecond);
        hpts = HptsHost::Make(clock, processor, settings);
        clock.Run(2 * kSecond);
    }

    ~Machine()
    {
        hpts->Stop();
    }

    static host::SmpConfig Cores(std::uint16_t cores)
    {
        host::SmpConfig config;
        config.cores = cores;
        return config;
    }

    TestClock clock;
    host::SmpProcessor processor;
    std::shared_ptr<HptsHost> hpts;
};

/// How late the first of four wheels serves somebody while its own core is taken for 3 ms more.
TimeNs
LatenessWith(std::int32_t bind, std::uint16_t domains, std::uint16_t groups)
{
    TestClock clock;
    host::SmpConfig config;
    config.cores = 4;
    host::SmpProcessor processor(clock, config);
    HptsHostSettings settings;
    settings.topology.cpus = 4;
    settings.topology.domains = domains;
    settings.topology.l3Groups = groups;
    REQUIRE(SetHptsSysctl(settings.sysctls, settings.version, "bind_hptss", bind).empty());
    clock.Run(kSecond);
    const auto hpts = HptsHost::Make(clock, processor, settings);
    clock.Run(2 * kSecond);
    Visitor visitor(*hpts);
    hpts->Init(visitor);
    visitor.cpu = 0;
    visitor.isCpuSet = true;
    const TimeNs now = clock.Now();
    hpts->Insert(now, visitor, 1000);
    Doing hog([](host::Context& context) { context.Spend(4 * kMillisecond); });
    processor.Interrupt(now, 0, hog);
    clock.Run(now + kSecond);
    const TimeNs due = now + kMillisecond;
    hpts->Forget(visitor);
    hpts->Stop();
    REQUIRE(visitor.servedAt >= 0);
    return visitor.servedAt - due;
}

} // namespace

TEST_CASE("bind_hptss keeps a wheel's thread on its CPU or lets it go to an idle one", "[pacing]")
{
    constexpr TimeNs kPunctual = 20 * kMicrosecond;
    CHECK(LatenessWith(1, 1, 1) >= 3 * kMillisecond - kPunctual);
    CHECK(LatenessWith(0, 1, 1) <= kPunctual);
    // Groups of a cache count only where memory has several domains.
    CHECK(LatenessWith(2, 1, 4) <= kPunctual);
    CHECK(LatenessWith(2, 2, 2) <= kPunctual);
    CHECK(LatenessWith(2, 4, 4) >= 3 * kMillisecond - kPunctual);
    CHECK(LatenessWith(0, 4, 4) <= kPunctual);
}

TEST_CASE("a run takes as long as what it serves, and gives up after loopmax passes more",
          "[pacing]")
{
    struct Outcome
    {
        std::uint64_t hopeless;
        std::uint64_t runs;
        std::uint64_t calls;
    };

    const auto with = [](const char* version, std::int32_t loopMax) {
        HptsHostSettings settings{HptsVersionByName(version)};
        REQUIRE(SetHptsSysctl(settings.sysctls, settings.version, "loopmax", loopMax).empty());
        Machine machine(1, settings);
        Visitor visitor(*machine.hpts);
        machine.hpts->Init(visitor);
        visitor.takes = 15 * kMicrosecond; // longer than a slot
        visitor.gapUs = 1;
        const auto before = machine.hpts->GetFigures().runs;
        machine.hpts->Insert(machine.clock.Now(), visitor, 1000);
        machine.clock.Run(machine.clock.Now() + 400 * kMillisecond);
        machine.hpts->Forget(visitor);
        return Outcome{machine.hpts->Timers().Counters().hopeless,
                       machine.hpts->GetFigures().runs - before,
                       visitor.calls};
    };
    // The first of a hundred calls comes in a pass of its own, each further one in the next.
    const auto ten = with("14.0", 10);
    CHECK(ten.calls == 100);
    CHECK(ten.hopeless == 8); // twelve in each run
    const auto two = with("14.0", 2);
    CHECK(two.calls == 100);
    CHECK(two.hopeless == 25); // four
    const auto later = with("15-usec", 2);
    CHECK(later.calls == 100);
    CHECK(later.hopeless == 0);
    CHECK(later.runs < two.runs);
}

TEST_CASE("whoever triggers the hook pays for its run", "[pacing]")
{
    Machine machine(1);
    Visitor visitor(*machine.hpts);
    machine.hpts->Init(visitor);
    visitor.takes = 30 * kMicrosecond;
    machine.hpts->Insert(machine.clock.Now(), visitor, 2000);
    TimeNs spent = -1;
    Doing call([&](host::Context& context) {
        context.Spend(2100 * kMicrosecond); // it has become due
        const auto before = context.Now();
        machine.hpts->SoftTimer(context);
        spent = context.Now() - before;
    });
    machine.processor.Interrupt(machine.clock.Now(), 0, call);
    machine.clock.Run(machine.clock.Now() + kSecond);
    CHECK(visitor.calls == 1);
    CHECK(spent == 30 * kMicrosecond);
}

TEST_CASE("a wheel that another core's run has brought ahead takes insertions in due time",
          "[pacing]")
{
    Machine machine(2);
    Visitor slow(*machine.hpts);
    Visitor other(*machine.hpts);
    for (auto* visitor : {&slow, &other})
    {
        machine.hpts->Init(*visitor);
        visitor->cpu = 0;
        visitor->isCpuSet = true;
    }
    slow.takes = 5 * kMillisecond;
    const TimeNs now = machine.clock.Now();
    machine.hpts->Insert(now, slow, 100);
    machine.clock.Run(now + 2 * kMillisecond); // its run is not over before 5 ms
    const TimeNs inserted = machine.clock.Now();
    machine.hpts->Insert(inserted, other, 1000);
    machine.clock.Run(now + 2 * kSecond);
    CHECK(slow.calls == 1);
    REQUIRE(other.calls == 1);
    CHECK(other.servedAt >= inserted + kMillisecond);
    CHECK(other.servedAt <= now + 7 * kMillisecond);
}

TEST_CASE("a paced connection is on the wheel of its flow hash, or of LRO's core", "[pacing]")
{
    const auto wheelOf = [](Pacer& pacer) { return dynamic_cast<HptsEntry&>(pacer).cpu; };
    for (const std::string name : {"hpts", "rack-14", "rack-15"})
    {
        INFO(name);
        Machine machine(4);
        PacingWish wish;
        wish.host = machine.hpts.get();
        wish.hasFlowId = true;
        wish.flowId = 6;
        const auto first = Pacers().Create(name, wish);
        wish.hasFlowId = false;
        const auto pacer = Pacers().Create(name, wish);
        pacer->Follow(*first); // of the established connection
        pacer->OnSent(machine.clock.Now(), 1448, 1, 1'500'000);
        CHECK(wheelOf(*pacer) == 2);

        HptsHostSettings settings;
        REQUIRE(SetHptsSysctl(settings.sysctls, settings.version, "use_irq", 1).empty());
        Machine learning(4, settings);
        wish.host = learning.hpts.get();
        wish.hasFlowId = true;
        wish.device = 3;
        const auto asking = Pacers().Create(name, wish);
        asking->Follow(*Pacers().Create(name, PacingWish())); // of a sender that had no host yet
        asking->OnSent(learning.clock.Now(), 1448, 1, 1'500'000);
        CHECK(wheelOf(*asking) == 0);
        learning.hpts->LearnLroCpu(2, 2); // another NIC's
        learning.hpts->LearnLroCpu(3, 1);
        learning.clock.Run(learning.clock.Now() + 3 * kMillisecond);
        asking->OnSent(learning.clock.Now(), 1448, 1, 1'500'000);
        CHECK(wheelOf(*asking) == 1);
    }
}

TEST_CASE("LRO's batches wait while a gap is not over, with SACKs if reordering is timed",
          "[pacing]")
{
    for (const std::string name : {"rack-14", "rack-15"})
    {
        INFO(name);
        Machine machine(1);
        PacingWish wish;
        wish.host = machine.hpts.get();
        const auto pacer = Pacers().Create(name, wish);
        auto& entry = dynamic_cast<HptsEntry&>(*pacer);
        CHECK(pacer->KeepsInput(true, true) == InputWait::None);
        CHECK_FALSE(entry.HasQueuedInput());
        pacer->OnSent(machine.clock.Now(), 1448, 1, 1'500'000);
        CHECK(pacer->KeepsInput(false, false) == InputWait::Plain);
        CHECK(pacer->KeepsInput(true, false) == InputWait::All);
        CHECK(pacer->KeepsInput(false, true) ==
              (name == "rack-15" ? InputWait::All : InputWait::Plain));
        CHECK(entry.HasQueuedInput());
        pacer->OnInputTaken();
        CHECK_FALSE(entry.HasQueuedInput());
        pacer->KeepsInput(false, false);
        machine.clock.Run(machine.clock.Now() + 3 * kMillisecond);
        CHECK(machine.hpts->GetFigures().inputs == 1);
        CHECK(pacer->KeepsInput(false, false) == InputWait::None);
    }
}
