// SPDX-License-Identifier: GPL-2.0-only

// On which core the thread of a wheel runs.

#include "../host/host-test-tools.h"
#include "ns3/hs-hpts-host.h"

#include <catch2/catch.hpp>

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
        servedAt = m_host.Present();
        return true;
    }

    TimeNs servedAt{-1};

  private:
    HptsHost& m_host;
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
