// SPDX-License-Identifier: GPL-2.0-only

#include "multi-path.h"

#include <catch2/catch.hpp>

// A subflow's window and the connection's are two things (RFC 8684 section 3.3.1), and a reader
// looks at the second one.

namespace
{

using namespace hoststack;
using namespace hoststack::test;

constexpr TimeNs kWake = 2 * kSecond + 50 * kMillisecond;

mptcp::Config
SmallReader()
{
    auto config = TestConfig();
    config.subflowWindowShrinks = true; // else a subflow's own edge may promise what does not fit
    return With(config, [](tcp::Config& t) {
        t.receiveBuffer = 200000;
        t.receiveBufferLocked = true;
    });
}

/// Host 1 sends to host 0, whose reader has slept until the window closed.
struct Blocked
{
    explicit Blocked(const std::vector<LinkConfig>& paths)
        : net(SmallReader(), TestConfig(), paths),
          transfer(net, 1, 1000000)
    {
        net.hosts[0].onEvents = nullptr;
        for (std::size_t p = 1; p < paths.size(); ++p)
        {
            net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(static_cast<int>(p)));
        }
        net.watch = [this](const MultiPath::Sent& s) {
            const auto data = s.from == 1 && s.time > kWake ? s.segment.payload.Length() : 0;
            sent += data > 100 ? data : 0;
            acked = s.from == 0 && s.time < kWake ? s.segment.ack : acked;
        };
        net.Start();
        net.Run(kWake - kMillisecond);
    }

    void ReadAll()
    {
        net.hosts[0].connection->Read(net.Now(), 1 << 30, nullptr);
    }

    MultiPath net;
    Transfer transfer;
    std::uint64_t sent{0}; ///< bytes after kWake, probes apart
    Seq32 acked{0};        ///< by the reader's host before
};

} // namespace

TEST_CASE("a window that opens on the subflow alone lets nobody send", "[mptcp]")
{
    const bool hasDataAck = GENERATE(false, true);
    Blocked run({MultiPath::Link(50, 5, 1000)});
    // Without its DATA_ACK an ACK says nothing about the connection's window. (One that
    // acknowledges new data as well would mean a fallback.)
    run.net.hosts[0].filter = [&](int, TcpSegment& s) {
        if (!hasDataAck)
        {
            StripMptcp(s.options);
        }
        return hasDataAck || s.ack == run.acked;
    };
    const auto before = run.net.InfoOf(1).subflows.at(0).tcp.sendWindow;
    run.net.At(kWake, [&] { run.ReadAll(); });
    run.net.Run(kWake + kSecond);
    const auto after = run.net.InfoOf(1).subflows.at(0).tcp.sendWindow;
    CHECK(before < 1460);
    if (hasDataAck)
    {
        CHECK(run.sent > 100000);
        return;
    }
    CHECK(after > 50000); // the subflow could send ...
    CHECK(run.sent == 0); // ... but the connection must not
    CHECK_FALSE(run.net.InfoOf(1).fallback);
    run.net.hosts[0].filter = nullptr;
    run.net.Run(kWake + 10 * kSecond);
    CHECK(run.sent > 100000); // the answer to a probe has told it
}

TEST_CASE("what one subflow's ACK opens, all of them may use", "[mptcp]")
{
    Blocked run({MultiPath::Link(50, 5, 1000), MultiPath::Link(50, 5, 1000)});
    // The second path brings no ACK any more, only the first one tells of the window.
    run.net.hosts[0].filter = [](int path, TcpSegment& s) {
        return path == 0 || s.payload.Length() > 0;
    };
    const auto before = run.net.InfoOf(0).subflows.at(1).tcp.bytesReceived;
    run.net.At(kWake, [&] { run.ReadAll(); });
    run.net.Run(kWake + 100 * kMillisecond);
    CHECK(run.net.InfoOf(0).subflows.at(1).tcp.bytesReceived > before + 5000);
}

TEST_CASE("a reader of a multipath connection sees the shared window", "[mptcp]")
{
    Blocked run({MultiPath::Link(50, 5, 1000), MultiPath::Link(50, 5, 1000)});
    auto& reader = *run.net.hosts[0].connection;
    CHECK(reader.GetWindowStatus().IsClosed());
    CHECK_FALSE(reader.GetWindowStatus().CouldOpen());
    run.net.At(kWake, [&] {
        const auto copied = reader.ReadPart(run.net.Now(), 1 << 30, nullptr);
        CHECK(copied > 50000);
        CHECK(reader.GetWindowStatus().IsClosed()); // nothing is announced before the end
        CHECK(reader.GetWindowStatus().CouldOpen());
        reader.EndRead(run.net.Now(), copied);
    });
    run.net.Run(kWake + kMillisecond);
}

TEST_CASE("the old rule forgets a re-opening when replies are sized between small reads", "[mptcp]")
{
    // Facts sheet linux.md 1.7.5 and 1.7.6 d. Each reply waits for the ACK of the first one (Nagle)
    // and notes the free space, which the next read does not double.
    const auto acks = [](mptcp::ReopenRule rule, bool replies) {
        auto config = SmallReader();
        config.reopen = rule;
        MultiPath net(config, TestConfig(), {MultiPath::Link(50, 5, 1000)});
        Transfer transfer(net, 1, 1000000);
        net.hosts[0].onEvents = nullptr;
        net.Start();
        std::uint64_t updates = 0;
        net.At(kWake, [&] {
            auto& c = *net.hosts[0].connection;
            while (c.Available() > 0)
            {
                c.Read(net.Now(), 2000, nullptr);
                if (replies)
                {
                    c.Send(net.Now(), Payload::Virtual(13));
                }
            }
            updates = net.InfoOf(0).windowUpdates;
        });
        net.Run(kWake + kMillisecond);
        return updates;
    };
    using Rule = mptcp::ReopenRule;
    CHECK(acks(Rule::FreeSpace, true) == 0);
    CHECK(acks(Rule::FreeSpace, false) >= 1);
    CHECK(acks(Rule::AnnouncedWindow, true) >= 1);
    CHECK(acks(Rule::AnnouncedWindow, false) >= 1);
}
