// SPDX-License-Identifier: GPL-2.0-only

#include "../base/test-clock.h"
#include "ns3/hs-host-memory.h"

#include <catch2/catch.hpp>
#include <sstream>
#include <vector>

namespace
{

using namespace hoststack;
using namespace hoststack::host;

constexpr auto kPage = static_cast<std::uint32_t>(MemoryAccount::kPage);

/// Thresholds of 30, 40 and 60 pages.
MemorySettings
SmallHost()
{
    MemorySettings settings;
    settings.limits = {30, 40, 60};
    return settings;
}

class Script
{
  public:
    explicit Script(const MemorySettings& settings)
        : shared(std::make_shared<HostMemory>(clock, settings, 1, "host")),
          memory(*shared)
    {
    }

    /// \p pages more for a socket. \return whether they were granted
    bool Take(std::size_t socket, std::uint32_t pages, bool isForced = false)
    {
        while (accounts.size() <= socket)
        {
            accounts.push_back(memory.NewAccount(SocketKind::Tcp));
        }
        auto& account = *accounts[socket];
        const auto bytes = pages * kPage;
        const bool granted = isForced || account.Schedule(bytes);
        if (isForced)
        {
            account.ForceSchedule(bytes);
        }
        if (granted)
        {
            account.Charge(bytes);
        }
        Note(granted ? "+" : "!", pages);
        return granted;
    }

    void Give(std::size_t socket, std::uint32_t pages)
    {
        accounts[socket]->Uncharge(std::int64_t{pages} * kPage);
        Note("-", pages);
    }

    test::TestClock clock;
    std::shared_ptr<HostMemory> shared;
    HostMemory& memory;
    std::vector<std::unique_ptr<MemoryAccount>> accounts;
    std::ostringstream transcript; ///< "+10=10", "P" while there is pressure

  private:
    void Note(const char* what, std::uint32_t pages)
    {
        transcript << what << pages << '=' << memory.Pages()
                   << (memory.UnderPressure() ? "P " : " ");
    }
};

} // namespace

TEST_CASE("memory pressure begins above the middle threshold and ends at the lowest", "[host]")
{
    Script s(SmallHost());
    s.Take(0, 40);
    s.Take(0, 1);  // above 40
    s.Give(0, 5);  // 36: it stays
    s.Take(1, 1);  // an empty socket gets its share
    s.Give(0, 7);  // 30: only below the lowest, when memory is given back
    s.Give(0, 1);  // 29
    s.Take(0, 11); // 40: not above
    s.Take(1, 1);  // 41
    s.Give(0, 12); // 29
    CHECK(s.transcript.str() == "+40=40 +1=41P -5=36P +1=37P -7=30P -1=29 +11=40 +1=41P -12=29 ");
    CHECK(s.memory.GetCounts().pressures == 2);
    CHECK(s.memory.GetCounts().mostPages == 41);
}

TEST_CASE("a request that leaves the host at its lowest threshold ends the pressure", "[host]")
{
    Script s(SmallHost());
    s.Take(0, 41);
    s.Give(0, 12);
    CHECK_FALSE(s.memory.UnderPressure());
    s.Take(0, 12);
    CHECK(s.memory.UnderPressure());
    s.Give(0, 11); // 30
    CHECK(s.memory.UnderPressure());
}

TEST_CASE("under pressure a socket gets pages up to its fair share of the hard limit", "[host]")
{
    Script s(SmallHost());
    s.Take(0, 41);
    CHECK_FALSE(s.memory.NewAccount(SocketKind::Tcp)->UnderPressure() == false);
    s.Take(1, 5);
    // Two sockets: 60 pages are more than twice 5, but not than twice 41.
    CHECK(s.Take(1, 5));
    CHECK_FALSE(s.Take(0, 1));
    CHECK(s.memory.GetCounts().refusals == 1);
    // Beyond the hard limit nobody is granted anything.
    CHECK(s.Take(1, 9));
    CHECK_FALSE(s.Take(1, 1));
    // What must go on is charged all the same.
    CHECK(s.Take(0, 3, true));
    CHECK(s.memory.GetCounts().forced == 3);
    CHECK(s.memory.Pages() == 63);
}

TEST_CASE("multipath connections and sockets of TCP are counted apart for their fair shares",
          "[host]")
{
    Script s(SmallHost());
    s.Take(0, 41); // pressure
    // Three more of TCP; one of multipath, which is the only one of its kind.
    for (std::size_t i = 1; i < 4; ++i)
    {
        s.Take(i, 1);
    }
    const auto multipath = s.memory.NewAccount(SocketKind::Multipath);
    CHECK(s.memory.Sockets() == 5);
    // A page is charged, so that it holds more than what each socket may have in any case.
    REQUIRE(multipath->Schedule(kPage));
    multipath->Charge(kPage);
    // 60 pages are not more than four times 15, but than once 15 or four times 14.
    CHECK_FALSE(s.Take(1, 14));
    CHECK(multipath->Schedule(14 * kPage));
    multipath->Charge(14 * kPage);
    s.Give(0, 20);
    CHECK(s.Take(1, 13));
    multipath->Uncharge(15 * kPage);
}

TEST_CASE("a socket that goes gives back what it has", "[host]")
{
    Script s(SmallHost());
    s.Take(0, 20);
    s.Take(1, 25);
    CHECK(s.memory.Sockets() == 2);
    s.accounts.clear();
    CHECK(s.memory.Pages() == 0);
    CHECK(s.memory.Sockets() == 0);
    CHECK_FALSE(s.memory.UnderPressure());
}

TEST_CASE("the thresholds follow from the RAM as the kernel computes them", "[host]")
{
    // Facts sheet linux.md 2.2.2: limit, three quarters of it, and twice that.
    const auto limits = LimitsOfPages(29696); // 116 MiB
    CHECK(limits.least == 1392);
    CHECK(limits.pressure == 1856);
    CHECK(limits.most == 2784);
    CHECK(LimitsOfPages(100).pressure == 128); // never less
    // Watermarks take a little: 24 GiB have 383,866 pages (measured) and 6,141,856 free ones.
    const auto pages = FreeBufferPages(std::uint64_t{128} << 20, std::uint64_t{12} << 20);
    CHECK(pages > 29000);
    CHECK(pages < 29696);
    CHECK(FreeBufferPages(8 << 20, 12 << 20) == 0);
    // One connection may have a 128th of it.
    CHECK(BufferOfPages(32768, 131072, 6 << 20) == 1 << 20);
    CHECK(BufferOfPages(1 << 20, 131072, 6 << 20) == 6 << 20);
    CHECK(BufferOfPages(1024, 131072, 6 << 20) == 131072);
}

TEST_CASE("requests for memory fail at a time or at random, but forced ones do not", "[host]")
{
    auto settings = SmallHost();
    settings.failFrom = kSecond;
    settings.failUntil = 2 * kSecond;
    Script s(settings);
    CHECK(s.Take(0, 1));
    s.clock.Run(kSecond);
    CHECK_FALSE(s.Take(0, 1));
    CHECK(s.Take(0, 1, true));
    s.clock.Run(2 * kSecond);
    CHECK(s.Take(0, 1));
    CHECK(s.memory.GetCounts().failures == 2);

    settings = SmallHost();
    settings.limits = {30000, 40000, 60000};
    settings.failureShare = 0.25;
    Script random(settings);
    for (int i = 0; i < 400; ++i)
    {
        random.Take(0, 1);
    }
    CHECK(random.memory.GetCounts().failures > 60);
    CHECK(random.memory.GetCounts().failures < 140);
}

TEST_CASE("orphans are refused beyond their number and when memory is used up", "[host]")
{
    auto settings = SmallHost();
    settings.orphansMost = 10;
    Script s(settings);
    for (int i = 0; i < 10; ++i)
    {
        s.memory.AddOrphan();
    }
    CHECK_FALSE(s.memory.RefusesOrphan(0, 100000));
    s.memory.AddOrphan();
    CHECK(s.memory.RefusesOrphan(0, 0));
    for (int i = 0; i < 6; ++i)
    {
        s.memory.RemoveOrphan();
    }
    CHECK_FALSE(s.memory.RefusesOrphan(1, 0)); // 5, which count twice
    CHECK(s.memory.RefusesOrphan(2, 0));
    s.Take(0, 61, true);
    CHECK(s.memory.RefusesOrphan(1, 100000));
    CHECK_FALSE(s.memory.RefusesOrphan(1, 1000)); // it holds next to nothing
    CHECK(s.memory.GetCounts().orphanKills == 3);
}

TEST_CASE("RAM that is used up is counted once until some is free again", "[host]")
{
    auto settings = SmallHost();
    settings.ram = 4 << 20;
    settings.kernelShare = 3 << 20;
    Script s(settings);
    const auto all = static_cast<std::uint32_t>(s.memory.AllPages());
    s.Take(0, all + 1, true);
    s.Take(0, 1, true);
    CHECK(s.memory.GetCounts().outOfMemory == 1);
    s.Give(0, 5);
    s.Take(0, 5, true);
    CHECK(s.memory.GetCounts().outOfMemory == 2);
}
