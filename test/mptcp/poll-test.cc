// SPDX-License-Identifier: GPL-2.0-only

#include "multi-path.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::test;

namespace
{

struct Polled : public MultiPath
{
    explicit Polled(const mptcp::Config& client = TestConfig())
        : MultiPath(client, TestConfig(), {MultiPath::Link(10, 10, 1000)})
    {
        Start();
        Run(kSecond);
        REQUIRE(hosts[0].connection->GetState() == tcp::State::Established);
    }

    Readiness Poll(int host) const
    {
        return ReadinessOf(hosts[host].connection->Levels());
    }
};

const Readiness kOpen{false, true, false, false, false};

} // namespace

TEST_CASE("a multipath connection is readable from the low-water mark on", "[mptcp]")
{
    auto config = TestConfig();
    auto lowat = std::make_shared<tcp::Config>(*config.tcp);
    lowat->receiveLowat = 1000;
    config.tcp = lowat;
    Polled net(config);
    CHECK(net.Poll(0) == kOpen);
    net.hosts[1].connection->Send(net.Now(), Payload::Virtual(999));
    net.Run(2 * kSecond);
    REQUIRE(net.hosts[0].connection->Available() == 999);
    CHECK(net.Poll(0) == kOpen);
    net.hosts[1].connection->Send(net.Now(), Payload::Virtual(1));
    net.Run(3 * kSecond);
    CHECK(net.Poll(0).readable);
    net.hosts[0].connection->Read(net.Now(), 1, nullptr);
    CHECK_FALSE(net.Poll(0).readable);
}

TEST_CASE("a multipath connection is writable while a third of its send buffer is free", "[mptcp]")
{
    auto config = TestConfig();
    auto small = std::make_shared<tcp::Config>(*config.tcp);
    small->sendBuffer = 90'000;
    small->sendBufferLocked = true;
    config.tcp = small;
    Polled net(config);
    auto& writer = *net.hosts[0].connection;
    net.hosts[1].onEvents = [&](TimeNs now, std::uint32_t) {
        net.hosts[1].connection->Read(now, 1'000'000, nullptr);
    };
    bool told = false;
    net.hosts[0].onEvents = [&](TimeNs, std::uint32_t events) {
        if ((events & tcp::kWritable) != 0)
        {
            told = true;
            CHECK(net.Poll(0).writable);
        }
    };
    writer.Send(net.Now(), Payload::Virtual(1'000'000));
    CHECK_FALSE(net.Poll(0).writable);
    bool roomWithoutThird = false;
    net.Run(3 * kSecond, [&] {
        CHECK(net.Poll(0).writable == told);
        roomWithoutThird = roomWithoutThird || (!told && writer.SendSpace() > 0);
        return told;
    });
    CHECK(told);
    CHECK(roomWithoutThird);
}

TEST_CASE("the ends of a multipath connection are those of its data", "[mptcp]")
{
    Polled net;
    net.hosts[1].connection->CloseSend(net.Now());
    net.Run(2 * kSecond);
    CHECK(net.Poll(0) == Readiness{true, true, true, false, false});
    CHECK(net.Poll(1) == kOpen);
    net.hosts[0].connection->CloseSend(net.Now());
    CHECK(net.Poll(0).closed);
    net.Run(3 * kSecond);
    CHECK(net.Poll(1) == Readiness{true, true, true, true, false});
}

TEST_CASE("a fast close fails the multipath connection that hears of it", "[mptcp]")
{
    Polled net;
    net.hosts[0].connection->Send(net.Now(), Payload::Virtual(1000));
    net.Run(2 * kSecond);
    net.hosts[0].connection->Abort(net.Now());
    CHECK(net.Poll(0) == Readiness{true, true, true, true, false});
    net.Run(3 * kSecond);
    CHECK(net.Poll(1) == Readiness{true, true, true, true, true});
}
