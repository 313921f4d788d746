// SPDX-License-Identifier: GPL-2.0-only
//
// The socket layer of a host whose work takes time.

#include "host-test-tools.h"
#include "ns3/hs-host-dispatch.h"
#include "ns3/hs-open-addressing.h"
#include "ns3/hs-random.h"

#include <catch2/catch.hpp>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace hoststack;
using namespace hoststack::host;
using hoststack::test::Doing;
using hoststack::test::TestClock;

namespace
{

PacketKey
Connection(std::uint32_t client)
{
    return {IpAddress::V4(0x0a000001),
            IpAddress::V4(0x0b000000 + client),
            80,
            40000,
            SocketProtocol::Tcp,
            false};
}

/// A host with two cores, a socket layer and connections that are only there.
struct Host
{
    Host(const std::string& system, std::uint32_t connections, const char* lock = nullptr)
        : processor(clock, TwoCores())
    {
        HostDispatchSettings settings;
        settings.system = system;
        if (lock != nullptr)
        {
            settings.lock = lock;
        }
        dispatch = std::make_unique<HostDispatch>(processor, settings);
        for (std::uint32_t i = 0; i < connections; ++i)
        {
            sockets.push_back(dispatch->Open(Connection(i), SocketRole::Connected));
        }
    }

    static SmpConfig TwoCores()
    {
        SmpConfig config;
        config.cores = 2;
        return config;
    }

    /// Works at \p at on \p core, as a device's poll does.
    void At(TimeNs at, CoreId core, std::function<void(Context&)> what)
    {
        clock.Run(at);
        works.emplace_back(std::move(what));
        processor.RaiseSoftIrq(at, core, SoftIrq::Receive, works.back());
    }

    TimeNs SoftIrqTime(CoreId core)
    {
        return processor.Account(core, clock.Now()).Of(ContextKind::SoftIrq);
    }

    TestClock clock;
    SmpProcessor processor;
    std::unique_ptr<HostDispatch> dispatch;
    std::vector<HostDispatch::Handle> sockets;
    std::deque<Doing> works;
};

} // namespace

TEST_CASE("a packet costs its host the look-up and the end of its poll, and nothing else",
          "[host][dispatch]")
{
    for (const auto& stage : DispatchStages())
    {
        INFO(stage.name);
        Host host(stage.name, 200);
        host.At(kMillisecond, 0, [&](Context& context) {
            host.dispatch->OnPacket(context, 0, Connection(150));
        });
        host.clock.Run(2 * kMillisecond);
        const auto account = host.dispatch->Account();
        CHECK(account.packets == 1);
        CHECK(account.misses == 0);
        CHECK(account.polls == 1);
        CHECK(account.sockets == 200);
        CHECK(account.lookup > 0);
        CHECK(account.visits >= 1);
        CHECK(host.SoftIrqTime(0) == account.lookup + account.notification);
        CHECK(host.SoftIrqTime(1) == 0);
    }
}

TEST_CASE("packets that come in one turn share the walks that end the poll", "[host][dispatch]")
{
    const auto perPacket = [](std::uint32_t packets) {
        Host host("asterinas-s1", 1000);
        for (std::uint32_t i = 0; i < packets; ++i)
        {
            host.At(kMillisecond, 0, [&host, i](Context& context) {
                context.Spend(100);
                host.dispatch->OnPacket(context, 0, Connection(i));
            });
        }
        host.clock.Run(kSecond);
        const auto account = host.dispatch->Account();
        CHECK(account.packets == packets);
        return static_cast<double>(account.notification) / packets;
    };
    CHECK(perPacket(32) < perPacket(1) / 4);
}

TEST_CASE("each packet of a piece of work is looked up, also several of one connection",
          "[host][dispatch]")
{
    Host host("linux", 10);
    host.At(kMillisecond, 0, [&](Context& context) {
        host.dispatch->OnPacket(context, 0, Connection(1));
        host.dispatch->OnPacket(context, 0, Connection(1));
        host.dispatch->OnPacket(context, 0, Connection(11));
    });
    host.clock.Run(2 * kMillisecond);
    CHECK(host.dispatch->Account().packets == 3);
    CHECK(host.dispatch->Account().misses == 1);
}

TEST_CASE("a poll that has brought segments and datagrams looks after both at its end",
          "[host][dispatch]")
{
    auto datagram = Connection(0);
    datagram.protocol = SocketProtocol::Udp;
    const auto notification = [&](bool segment, bool datagrams) {
        Host host("asterinas-s1", 100);
        host.dispatch->Open(datagram, SocketRole::Connected);
        host.At(kMillisecond, 0, [&](Context& context) {
            if (segment)
            {
                host.dispatch->OnPacket(context, 0, Connection(1));
            }
            if (datagrams)
            {
                host.dispatch->OnPacket(context, 0, datagram);
            }
        });
        host.clock.Run(2 * kMillisecond);
        CHECK(host.dispatch->Account().polls == 1);
        return host.dispatch->Account().notification;
    };
    const auto both = notification(true, true);
    CHECK(both > notification(true, false));
    CHECK(both > notification(false, true));
}

TEST_CASE("a poll waits for a call of another core, and both together are what the cores spent",
          "[host][dispatch]")
{
    constexpr TimeNs copy = 50 * kMicrosecond;
    for (const std::string lock : {"global", "interface", "table", "bucket", "socket"})
    {
        INFO(lock);
        Host host("asterinas-head", 10, lock.c_str());
        Doing call([&](Context& context) {
            host.dispatch->OnCall(context, host.sockets[1]);
            context.Spend(copy);
        });
        ThreadConfig config;
        config.cores = 2; // the second core alone
        auto& thread = host.processor.Spawn(config, call);
        host.clock.Run(kMillisecond);
        host.processor.Wake(kMillisecond, thread);
        host.At(kMillisecond + 10 * kMicrosecond, 0, [&](Context& context) {
            host.dispatch->OnPacket(context, 0, Connection(1));
        });
        host.clock.Run(2 * kMillisecond);
        const auto account = host.dispatch->Account();
        const auto& locks = account.locks;
        const bool waits = lock != "socket"; // that one is each socket's own, with a backlog
        CHECK(locks.contended == (waits ? 1 : 0));
        CHECK(locks.waited == (waits ? 40 * kMicrosecond + HostDispatch::kHandOver : 0));
        CHECK(host.processor.Account(0, host.clock.Now()).spinning == locks.waited);
        CHECK(host.SoftIrqTime(0) == locks.waited + account.lookup + account.notification);
        if (waits)
        {
            // By the call, by the packet's piece of work, and by the end of the poll.
            CHECK(locks.held == copy + account.lookup + account.notification);
        }
    }
}

TEST_CASE("a call keeps soft interrupts of its own core off until it has copied",
          "[host][dispatch]")
{
    constexpr TimeNs copy = 50 * kMicrosecond;
    for (const bool spins : {true, false})
    {
        Host host("asterinas-head", 10, spins ? "interface" : "socket");
        Doing call([&](Context& context) {
            host.dispatch->OnCall(context, host.sockets[1]);
            context.Spend(copy);
        });
        ThreadConfig config;
        config.cores = 1;
        auto& thread = host.processor.Spawn(config, call);
        host.clock.Run(kMillisecond);
        host.processor.Wake(kMillisecond, thread);
        TimeNs at = 0;
        host.At(kMillisecond + 10 * kMicrosecond, 0, [&](Context& context) { at = context.Now(); });
        host.clock.Run(2 * kMillisecond);
        CHECK(at == kMillisecond + (spins ? copy : 10 * kMicrosecond));
        CHECK(host.dispatch->Account().locks.waited == 0);
    }
}

TEST_CASE("a poll whose lock covers it has that lock once, from its first packet to its end",
          "[host][dispatch]")
{
    for (const auto& stage : DispatchStages())
    {
        INFO(stage.name);
        Host host(stage.name, 200);
        const auto isCovered = host.dispatch->CoversPoll();
        CHECK(isCovered == (std::string(stage.lock) != "socket"));
        host.At(kMillisecond, 0, [&](Context& context) {
            for (std::uint32_t i = 0; i < 10; ++i)
            {
                host.dispatch->OnPacket(context, 0, Connection(i));
                context.Spend(100);
            }
            host.dispatch->FinishPoll(context, 0);
        });
        host.clock.Run(2 * kMillisecond);
        const auto account = host.dispatch->Account();
        CHECK(account.polls == 1);
        CHECK(account.locks.takes == (isCovered ? 1 : 0));
        CHECK(host.SoftIrqTime(0) == account.lookup + account.notification + 1000);
        CHECK(account.locks.held == (isCovered ? host.SoftIrqTime(0) : 0));
    }
}

TEST_CASE("an interrupt waits for a call or a poll that has a lock which disables interrupts",
          "[host][dispatch]")
{
    constexpr TimeNs copy = 50 * kMicrosecond;
    for (const std::string system : {"asterinas-s0", "asterinas-s4", "asterinas-head", "linux"})
    {
        INFO(system);
        const bool waits = system == "asterinas-s0" || system == "asterinas-s4";
        for (const bool inPoll : {false, true})
        {
            Host host(system, 10);
            const auto work = [&](Context& context) {
                if (inPoll)
                {
                    host.dispatch->OnPacket(context, 0, Connection(1));
                }
                else
                {
                    host.dispatch->OnCall(context, host.sockets[1]);
                }
                context.Spend(copy);
            };
            Doing call(work);
            ThreadConfig config;
            config.cores = 1;
            auto& thread = host.processor.Spawn(config, call);
            host.clock.Run(kMillisecond);
            if (inPoll)
            {
                host.At(kMillisecond, 0, work);
            }
            else
            {
                host.processor.Wake(kMillisecond, thread);
            }
            TimeNs at = 0;
            Doing interrupt([&](Context& context) { at = context.Now(); });
            host.clock.Run(kMillisecond + 10 * kMicrosecond);
            host.processor.Interrupt(host.clock.Now(), 0, interrupt);
            host.clock.Run(2 * kMillisecond);
            const auto& account = host.processor.Account(0, host.clock.Now());
            const auto wait = at - kMillisecond - 10 * kMicrosecond;
            CHECK((wait >= 40 * kMicrosecond) == waits);
            CHECK((wait == 0) == !waits);
            CHECK(account.longestInterruptWait == wait);
            CHECK(account.interruptWaited == wait);
            CHECK(host.processor.Account(1, host.clock.Now()).interruptWaited == 0);
        }
    }
}

TEST_CASE("sockets of a host come and go, and every system finds those that are there",
          "[host][dispatch]")
{
    for (const auto& stage : DispatchStages())
    {
        INFO(stage.name);
        Host host(stage.name, 0);
        RandomStream random(7, stage.name);
        constexpr std::uint32_t population = 60;
        std::vector<HostDispatch::Handle> there(population, 0);
        std::uint64_t expected = 0;
        for (int step = 0; step < 2000; ++step)
        {
            const auto i = static_cast<std::uint32_t>(random.Bits() % population);
            const auto at = static_cast<TimeNs>(step + 1) * kMillisecond;
            if (random.Bernoulli(0.3))
            {
                if (there[i] != 0)
                {
                    host.dispatch->Close(std::exchange(there[i], 0));
                }
                else
                {
                    there[i] = host.dispatch->Open(Connection(i), SocketRole::Connected);
                }
                continue;
            }
            expected += there[i] == 0 ? 1 : 0;
            host.At(at, 0, [&](Context& context) {
                host.dispatch->OnPacket(context, 0, Connection(i));
                if (there[i] != 0)
                {
                    host.dispatch->OnSent(context, there[i], 0, 2);
                }
            });
        }
        host.clock.Run(3 * kSecond);
        CHECK(host.dispatch->Account().misses == expected);
        CHECK(host.dispatch->Account().most <= population);
    }
}

TEST_CASE("a listener of all addresses is given its interface's where there are no wildcards",
          "[host][dispatch]")
{
    for (const std::string system : {"asterinas-head", "linux"})
    {
        Host host(system, 0);
        PacketKey any;
        any.local = IpAddress::V4(0);
        any.localPort = 80;
        const auto listener = host.dispatch->Open(any, SocketRole::Unconnected);
        for (int i = 0; i < 2; ++i)
        {
            host.At((i + 1) * kMillisecond, 0, [&](Context& context) {
                auto syn = Connection(5);
                syn.opens = true;
                host.dispatch->OnPacket(context, 0, syn);
            });
        }
        host.clock.Run(kSecond);
        CHECK(host.dispatch->Account().packets == 2);
        CHECK(host.dispatch->Account().misses == 0);
        host.dispatch->Close(listener);
        host.dispatch->Close(listener);
        CHECK(host.dispatch->Account().sockets == 0);
    }
}

TEST_CASE("our own table looks at as many places with 100,000 connections as with 10",
          "[host][dispatch]")
{
    const auto places = [](std::uint32_t connections, std::uint32_t first = 0) {
        struct Entry
        {
            PacketKey key;
        };

        std::vector<Entry> entries;
        OpenAddressing<Entry> table;
        for (std::uint32_t i = 0; i < connections; ++i)
        {
            entries.push_back({Connection(first + i)});
        }
        for (auto& entry : entries)
        {
            table.Insert(HashTuple(entry.key), &entry);
        }
        std::uint64_t sum = 0;
        std::uint64_t compared = 0;
        for (const auto& entry : entries)
        {
            const auto is = [&](const Entry& other) {
                ++compared;
                return other.key.HasTuple(entry.key);
            };
            REQUIRE(table.Find(HashTuple(entry.key), is) == &entry);
            sum += table.Distance(HashTuple(entry.key), &entry) + 1;
        }
        CHECK(static_cast<double>(compared) / connections < 1.01);
        return static_cast<double>(sum) / connections;
    };
    // Equally full: 10 of 16 places, and so on. Few have a spread of their own.
    const double many = places(10 << 13);
    CHECK(many < 2);
    for (const std::uint32_t connections : {10U << 5, 10U << 8, 10U << 11, 10U << 14})
    {
        INFO(connections);
        CHECK(places(connections) == Approx(many).epsilon(0.2));
    }
    double few = 0;
    for (std::uint32_t table = 0; table < 100; ++table)
    {
        few += places(10, 10 * table) / 100;
    }
    CHECK(few == Approx(many).epsilon(0.2));
}
