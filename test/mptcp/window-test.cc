// SPDX-License-Identifier: GPL-2.0-only

#include "multi-path.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

// The shared receive window: who announces it, when it re-opens, how a closed one is probed.

namespace
{

using namespace hoststack;
using namespace hoststack::test;

mptcp::Config
Reader(mptcp::ReopenRule rule, std::uint32_t buffer)
{
    auto config = TestConfig();
    config.reopen = rule;
    config.subflowWindowShrinks = true;
    return With(config, [&](tcp::Config& t) {
        t.receiveBuffer = buffer;
        t.receiveBufferLocked = true;
    });
}

/// A reader that sleeps from the start and reads everything at \p wake: how long until data again.
TimeNs
ResumeDelay(mptcp::Config reader, std::uint32_t mss = 1460)
{
    reader = With(reader, [&](tcp::Config& t) { t.mss = mss; });
    auto sender = With(TestConfig(), [&](tcp::Config& t) { t.mss = mss; });
    MultiPath net(reader, sender, {MultiPath::Link(50, 5, 1000)});
    Transfer transfer(net, 1, 1000000);
    auto read = net.hosts[0].onEvents;
    net.hosts[0].onEvents = nullptr;
    net.Start();
    const TimeNs wake = 2 * kSecond + 150 * kMillisecond; // between two probes
    TimeNs resumed = 0;
    net.watch = [&](const MultiPath::Sent& s) {
        if (s.from == 1 && s.time > wake && s.segment.payload.Length() > 100 && resumed == 0)
        {
            resumed = s.time;
        }
    };
    net.At(wake, [&] {
        net.hosts[0].onEvents = read;
        read(net.Now(), tcp::kReadable);
    });
    net.Run(30 * kSecond, [&] { return resumed > 0; });
    REQUIRE(resumed > 0);
    net.Run(200 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    CHECK(transfer.Intact());
    return resumed - wake;
}

} // namespace

TEST_CASE("reading re-opens a closed window at once, before and after the fix", "[mptcp]")
{
    // Facts sheet linux.md 1.7.6: one-way traffic with a scaled window is no trigger.
    const auto rule = GENERATE(mptcp::ReopenRule::FreeSpace,
                               mptcp::ReopenRule::AnnouncedWindow,
                               mptcp::ReopenRule::ImmediateAck);
    CHECK(ResumeDelay(Reader(rule, 200000)) < 20 * kMillisecond);
}

TEST_CASE("a subflow that joins after the buffer has stopped growing keeps a buffer and a window "
          "of its own",
          "[mptcp]")
{
    // mptcp_rcv_space_adjust enlarges the subflows that are there; Linux 6.12.117 in virtual time.
    const auto client = With(TestConfig(), [](tcp::Config& t) { t.receiveBufferMax = 1048576; });
    MultiPath net(client, TestConfig(), std::vector<LinkConfig>(2, MultiPath::Link(50, 25, 400)));
    Transfer transfer(net, 1, 50000000);
    net.Start();
    net.Run(4 * kSecond);
    REQUIRE(net.InfoOf(0).subflows[0].tcp.receiveBuffer == 1048576);
    net.hosts[0].connection->AddEndpoint(net.Now(), MultiPath::SubflowOn(1));
    net.Run(6 * kSecond);
    REQUIRE(net.InfoOf(0).subflows.size() == 2);
    CHECK(net.InfoOf(0).subflows[1].tcp.receiveBuffer == 131072);
    // The first path's window is shared; alone, the late one has what its own buffer is worth.
    net.At(net.Now(), [&] { net.SetDown(0, true); });
    net.Run(8 * kSecond);
    const auto before = net.InfoOf(0).subflows[1].dataBytesReceived;
    net.Run(11 * kSecond);
    const auto rate =
        static_cast<double>(net.InfoOf(0).subflows[1].dataBytesReceived - before) * 8 / 3;
    CHECK(rate < 131072 * 8 / 0.05); // the buffer once per round trip
    CHECK(rate > 60000 * 8 / 0.06);
}

TEST_CASE("without updates only a probe finds the window open", "[mptcp]")
{
    CHECK(ResumeDelay(Reader(mptcp::ReopenRule::NoUpdate, 200000)) > 100 * kMillisecond);
}

TEST_CASE("the old rule misses a re-opening when the reader's host sends during a long read",
          "[mptcp]")
{
    // Facts sheet linux.md 1.7.6 d: nothing is announced, a long read has freed most of the buffer,
    // and data of the host's own is queued before the read ends.
    const auto delay = [](mptcp::ReopenRule rule, bool replies) {
        MultiPath net(Reader(rule, 200000), TestConfig(), {MultiPath::Link(50, 5, 1000)});
        Transfer transfer(net, 1, 1000000);
        auto read = net.hosts[0].onEvents;
        net.hosts[0].onEvents = nullptr;
        net.Start();
        const TimeNs wake = 2 * kSecond + 150 * kMillisecond; // between two probes
        TimeNs resumed = 0;
        net.watch = [&](const MultiPath::Sent& s) {
            if (s.from == 1 && s.time > wake && s.segment.payload.Length() > 100 && resumed == 0)
            {
                resumed = s.time;
            }
        };
        if (replies)
        {
            // A first reply is on its way and gets lost, so the second one waits for its ACK
            // (Nagle) and carries no news either.
            net.hosts[0].filter = [&](int, TcpSegment& s) { return s.payload.Length() == 0; };
            net.At(wake - kMillisecond,
                   [&] { net.hosts[0].connection->Send(net.Now(), Payload::Virtual(100)); });
        }
        net.At(wake, [&] {
            auto& c = *net.hosts[0].connection;
            std::uint32_t copied = 0;
            while (c.Available() > 0)
            {
                copied += c.ReadPart(net.Now(), 4096, nullptr);
            }
            if (replies)
            {
                c.Send(net.Now(), Payload::Virtual(100));
            }
            c.EndRead(net.Now(), copied);
        });
        net.Run(4 * kSecond, [&] { return resumed > 0; });
        return (resumed > 0 ? resumed : net.Now()) - wake;
    };
    using Rule = mptcp::ReopenRule;
    CHECK(delay(Rule::FreeSpace, false) < 30 * kMillisecond);
    CHECK(delay(Rule::AnnouncedWindow, true) < 30 * kMillisecond);
    CHECK(delay(Rule::FreeSpace, true) > 100 * kMillisecond);
}

TEST_CASE("a read of nothing announces only where it did", "[mptcp]")
{
    const bool needsCopied = GENERATE(true, false);
    auto config = Reader(mptcp::ReopenRule::AnnouncedWindow, 100000);
    config.cleanupNeedsCopied = needsCopied;
    MultiPath net(config, TestConfig(), {MultiPath::Link(50, 5, 1000)});
    Transfer transfer(net, 1, 30000);
    transfer.closes = false;
    net.Start();
    net.Run(kSecond);
    REQUIRE(transfer.Complete());
    // An idle connection with all memory free: only the old code counts an empty read.
    const auto before = net.InfoOf(0).subflows.at(0).tcp.pureAcksSent;
    net.hosts[0].connection->Read(net.Now(), 1000, nullptr);
    CHECK(net.InfoOf(0).subflows.at(0).tcp.pureAcksSent == before);
}

TEST_CASE("memory pressure alone wakes a reader only before the fix", "[mptcp]")
{
    const bool fixed = GENERATE(true, false);
    auto config = TestConfig();
    config.wakeNeedsData = fixed;
    MultiPath net(config, TestConfig(), {MultiPath::Link(50, 5, 1000)});
    Transfer transfer(net, 1, 1000);
    transfer.closes = false;
    net.Start();
    net.Run(kSecond);
    REQUIRE(transfer.Complete());
    CHECK_FALSE(net.hosts[0].connection->IsReadable());
    net.hosts[0].connection->SetMemoryPressure(true);
    CHECK(net.hosts[0].connection->IsReadable() == !fixed);
}

TEST_CASE("a closed data window is probed with an old byte that the receiver drops", "[mptcp]")
{
    auto config = Reader(mptcp::ReopenRule::NoUpdate, 60000);
    MultiPath net(config, TestConfig(), {MultiPath::Link(50, 5, 1000)});
    net.record = true;
    Transfer transfer(net, 1, 500000);
    auto read = net.hosts[0].onEvents;
    net.hosts[0].onEvents = nullptr;
    net.Start();
    net.Run(5 * kSecond);
    int probes = 0;
    for (const auto& s : net.Log())
    {
        probes += s.from == 1 && s.time > kSecond && s.segment.payload.Length() <= 1 ? 1 : 0;
    }
    CHECK(probes >= 2);
    CHECK(probes < 20);
    net.hosts[0].onEvents = read;
    net.At(5 * kSecond, [&] { read(net.Now(), tcp::kReadable); });
    net.Run(60 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    CHECK(transfer.Intact());
}

TEST_CASE("a subflow that announced long ago takes data that a sibling allowed since", "[mptcp]")
{
    const bool resync = GENERATE(true, false);
    auto client = TestConfig();
    client.resyncBeforeData = resync;
    client.subflowWindowShrinks = true;
    std::vector<LinkConfig> links{MultiPath::Link(40, 5, 200), MultiPath::Link(40, 5, 200)};
    MultiPath net(client, TestConfig(), links);
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1, true));
    Transfer transfer(net, 1, 6000000);
    net.Start();
    // The backup idles while the window grows; then it gets everything at once.
    net.At(600 * kMillisecond, [&] { net.SetDown(0, true); });
    net.Run(60 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    CHECK(transfer.Intact());
}

TEST_CASE("a slow reader keeps to the subflow that hears of the window first", "[mptcp]")
{
    // Reference case mp_slow10k50ms_rb64k: the kernel's shares are 0.98 and 0.02, and about one ACK
    // leaves per read.
    auto config = Reader(mptcp::ReopenRule::AnnouncedWindow, 131072);
    MultiPath net(config, TestConfig(), std::vector<LinkConfig>(2, MultiPath::Link(50, 10, 84)));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 1000000);
    net.hosts[0].onEvents = nullptr;
    net.Start();
    std::uint64_t got = 0;
    for (int i = 1; i < 100; ++i)
    {
        net.At(i * 50 * kMillisecond,
               [&] { got += net.hosts[0].connection->Read(net.Now(), 10000, nullptr); });
    }
    net.Run(5 * kSecond);
    const auto info = net.InfoOf(0);
    CHECK(got > 900000);
    CHECK(info.subflows.at(0).dataBytesReceived > 0.93 * got);
    CHECK(info.subflows.at(0).tcp.pureAcksSent + info.subflows.at(1).tcp.pureAcksSent < 200);
}

TEST_CASE("a join that has only begun does not narrow the window of the first round trip",
          "[mptcp]")
{
    // mptcp_rcv_space_adjust takes the least scaling ratio of all subflows, an idle one's 1/2 among
    // them, once per round trip; the first time before a worker has made the second socket.
    const auto windows = [](bool joins) {
        MultiPath net(Reader(mptcp::ReopenRule::AnnouncedWindow, 131072),
                      TestConfig(),
                      std::vector<LinkConfig>(2, MultiPath::Link(50, 10, 1000)));
        if (joins)
        {
            net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
        }
        Transfer transfer(net, 1, 3000000);
        std::vector<std::uint32_t> seen;
        net.watch = [&](const MultiPath::Sent& s) {
            if (s.from == 0 && s.path == 0)
            {
                seen.push_back(s.segment.window);
            }
        };
        net.Start();
        net.Run(90 * kMillisecond);
        return seen;
    };
    const auto alone = windows(false);
    const auto joined = windows(true);
    constexpr std::size_t kFirst = 2 + 10; // SYN, third ACK, and those of ten segments
    REQUIRE(std::min(alone.size(), joined.size()) > 2 * kFirst);
    CHECK(std::equal(alone.begin(), alone.begin() + kFirst, joined.begin()));
    CHECK(alone[kFirst - 1] > alone[2]);
    // Then it does, until the second path has brought data.
    CHECK(*std::min_element(alone.begin() + kFirst, alone.end()) > alone[2]);
    CHECK(*std::min_element(joined.begin() + kFirst, joined.end()) <= alone[2]);
}

TEST_CASE(
    "an idle subflow says whether the shared window, the scheduler or the writer held it back",
    "[mptcp]")
{
    const auto held = [](const mptcp::Info& info, std::size_t subflow, tcp::Limit limit) {
        return ToSeconds(info.subflows[subflow].tcp.limitedFor[static_cast<std::size_t>(limit)]);
    };
    // 100 ms of delay and a window of 64 KiB: 64 KiB per round trip fill two paths of 50 Mbit/s to
    // a twentieth.
    MultiPath net(Reader(mptcp::ReopenRule::AnnouncedWindow, 131072),
                  TestConfig(),
                  std::vector<LinkConfig>(2, MultiPath::Link(50, 50, 1000)));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 3000000);
    net.Start();
    const auto end = net.Run(60 * kSecond, [&] { return transfer.Complete(); });
    const auto info = net.InfoOf(1);
    REQUIRE(info.subflows.size() == 2);
    CHECK(held(info, 0, tcp::Limit::SharedWindow) > 0.8 * ToSeconds(end));
    CHECK(held(info, 1, tcp::Limit::SharedWindow) > 0.7 * ToSeconds(end));

    // A backup gets nothing although the window is open.
    MultiPath other(TestConfig(),
                    TestConfig(),
                    std::vector<LinkConfig>(2, MultiPath::Link(10, 5, 1000)));
    other.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1, true));
    Transfer second(other, 1, 3000000);
    other.Start();
    const auto done = other.Run(60 * kSecond, [&] { return second.Complete(); });
    const auto later = other.InfoOf(1);
    REQUIRE(later.subflows.size() == 2);
    CHECK(later.subflows[1].dataBytesSent == 0);
    CHECK(held(later, 1, tcp::Limit::Scheduler) > 0.6 * ToSeconds(done));
    CHECK(held(later, 1, tcp::Limit::SendBuffer) == 0);
    CHECK(held(later, 1, tcp::Limit::SharedWindow) == 0);
    CHECK(held(later, 1, tcp::Limit::Application) < 0.3 * ToSeconds(done)); // the end of it

    // Afterwards nobody writes.
    const auto idle = held(later, 1, tcp::Limit::Application);
    other.Run(done + 2 * kSecond);
    CHECK(held(other.InfoOf(1), 1, tcp::Limit::Application) >= idle);
}
