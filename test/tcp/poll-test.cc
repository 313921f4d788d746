// SPDX-License-Identifier: GPL-2.0-only

#include "two-ends.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::test;

namespace
{

LinkConfig
Line()
{
    LinkConfig link;
    link.rate = 10'000'000;
    link.delay = 10 * kMillisecond;
    return link;
}

struct Polled : public TwoEnds
{
    explicit Polled(const tcp::Config& client = {}, const tcp::Config& server = {})
        : TwoEnds(client, server, Line(), Line(), 1)
    {
    }

    Readiness Poll(int host) const
    {
        return ReadinessOf(hosts[host].connection->Levels());
    }
};

Readiness
Only(bool readable, bool writable, bool peerClosed, bool closed, bool failed)
{
    return {readable, writable, peerClosed, closed, failed};
}

} // namespace

TEST_CASE("a connection can be written once it is open, and polls as hung up before", "[tcp]")
{
    Polled ends;
    CHECK(ends.Poll(0) == Only(false, true, false, true, false));
    ends.Start();
    CHECK_FALSE(ends.Poll(0).Any());
    ends.Run(15 * kMillisecond); // the SYN has arrived
    CHECK_FALSE(ends.Poll(1).Any());
    ends.Run(kSecond);
    CHECK(ends.Poll(0) == Only(false, true, false, false, false));
    CHECK(ends.Poll(1) == Only(false, true, false, false, false));
}

TEST_CASE("a connection is readable from the low-water mark on", "[tcp]")
{
    tcp::Config config;
    config.receiveLowat = 1000;
    Polled ends(config, {});
    ends.Start();
    ends.Run(kSecond);
    auto& reader = *ends.hosts[0].connection;
    auto& writer = *ends.hosts[1].connection;
    writer.Send(ends.Now(), Payload::Virtual(999));
    ends.Run(2 * kSecond);
    REQUIRE(reader.Available() == 999);
    CHECK_FALSE(ends.Poll(0).readable);
    reader.SetMemoryPressure(true); // tcp_under_memory_pressure: whatever there is
    CHECK(ends.Poll(0).readable);
    reader.SetMemoryPressure(false);
    writer.Send(ends.Now(), Payload::Virtual(1));
    ends.Run(3 * kSecond);
    CHECK(ends.Poll(0).readable);
    reader.Read(ends.Now(), 1, nullptr);
    CHECK_FALSE(ends.Poll(0).readable);
}

TEST_CASE("a connection is writable while a third of its send buffer is free", "[tcp]")
{
    tcp::Config config;
    config.sendBuffer = 90'000;
    config.sendBufferLocked = true;
    Polled ends(config, {});
    ends.Start();
    ends.Run(kSecond);
    auto& writer = *ends.hosts[0].connection;
    ends.hosts[1].onEvents = [&](TimeNs now, std::uint32_t) {
        ends.hosts[1].connection->Read(now, 1'000'000, nullptr);
    };
    bool told = false;
    bool roomWithoutThird = false;
    ends.hosts[0].onEvents = [&](TimeNs, std::uint32_t events) {
        const bool isWritable = ends.Poll(0).writable;
        roomWithoutThird = roomWithoutThird || (!isWritable && writer.SendSpace() > 0);
        if ((events & tcp::kWritable) != 0)
        {
            told = true;
            CHECK(isWritable);
        }
        CHECK(isWritable == told);
    };
    writer.Send(ends.Now(), Payload::Virtual(1'000'000));
    CHECK_FALSE(ends.Poll(0).writable);
    ends.Run(2 * kSecond, [&] {
        const bool isWritable = ends.Poll(0).writable;
        roomWithoutThird = roomWithoutThird || (!isWritable && writer.SendSpace() > 0);
        return told;
    });
    CHECK(told);
    CHECK(roomWithoutThird);
}

TEST_CASE("an end of the stream is readable, and both ends together hang up", "[tcp]")
{
    Polled ends;
    ends.Start();
    ends.Run(kSecond);
    ends.hosts[1].connection->CloseSend(ends.Now());
    CHECK(ends.Poll(1) == Only(false, true, false, false, false)); // writing fails at once
    ends.Run(2 * kSecond);
    CHECK(ends.Poll(0) == Only(true, true, true, false, false));
    ends.hosts[0].connection->CloseSend(ends.Now());
    CHECK(ends.Poll(0) == Only(true, true, true, true, false));
    ends.Run(3 * kSecond);
    CHECK(ends.Poll(0) == Only(true, true, true, true, false));
    REQUIRE(ends.hosts[1].connection->GetState() == tcp::State::TimeWait);
    CHECK(ends.Poll(1) == Only(true, true, true, true, false));
}

TEST_CASE("a reset, a refusal and a time-out fail, closing does not", "[tcp]")
{
    const auto everything = Only(true, true, true, true, true);
    {
        Polled ends;
        ends.Start();
        ends.Run(kSecond);
        ends.hosts[1].connection->Abort(ends.Now());
        CHECK(ends.Poll(1) == Only(true, true, true, true, false));
        ends.Run(2 * kSecond);
        CHECK(ends.Poll(0) == everything);
    }
    {
        Polled ends;
        ends.hosts[0].filter = [](TimeNs, TcpSegment&) { return false; };
        ends.Start();
        ends.Run(1000 * kSecond);
        CHECK(ends.Poll(0) == everything);
    }
}
