// SPDX-License-Identifier: GPL-2.0-only

#include "multi-path.h"
#include "ns3/hs-packet-scheduler.h"

#include <catch2/catch.hpp>

// The choices of the schedulers, by facts sheet linux.md 3.3 to 3.6 and the papers.

namespace
{

using namespace hoststack;
using namespace hoststack::mptcp;
using namespace hoststack::test;

SubflowView
Path(std::uint32_t id, TimeNs srtt, std::uint32_t queued = 0, BytesPerSecond rate = 1000000)
{
    SubflowView s;
    s.id = id;
    s.active = s.established = s.memoryFree = true;
    s.tcp.srtt = srtt;
    s.tcp.queued = queued;
    s.tcp.pacingRate = rate;
    s.tcp.cwnd = 10;
    s.tcp.mss = 1424;
    s.tcp.limit = 1000000;
    return s;
}

SchedulerView
View(std::vector<SubflowView> subflows)
{
    SchedulerView view;
    view.subflows = std::move(subflows);
    view.sndNxt = 1000;
    view.windowEnd = 1000000;
    view.queued = 100000;
    return view;
}

std::vector<std::uint32_t>
Chosen(const SchedulerView& view)
{
    std::vector<std::uint32_t> ids;
    for (const auto& s : view.subflows)
    {
        if (s.scheduled)
        {
            ids.push_back(s.id);
        }
    }
    return ids;
}

using Ids = std::vector<std::uint32_t>;

Ids
Ask(PacketScheduler& scheduler, SchedulerView& view, bool retransmit = false)
{
    for (auto& s : view.subflows)
    {
        s.scheduled = false;
    }
    view.burst = 0;
    retransmit ? scheduler.GetRetransmit(view) : scheduler.GetSend(view);
    return Chosen(view);
}

} // namespace

TEST_CASE("the default scheduler takes the path that drains first, not the fastest", "[mptcp]")
{
    const auto name = GENERATE("default", "bpf_burst");
    auto scheduler = PacketSchedulers().Create(name);
    auto view = View(
        {Path(1, 10 * kMillisecond, 200000, 10000000), Path(2, 80 * kMillisecond, 10000, 1000000)});
    CHECK(Ask(*scheduler, view) == Ids{2}); // 10 ms of queue against 20 ms
    CHECK(view.burst == 65428);
    view.subflows[1].tcp.queued = 30000;
    CHECK(Ask(*scheduler, view) == Ids{1});
}

TEST_CASE("with empty queues the default scheduler takes the first subflow whatever its RTT",
          "[mptcp]")
{
    auto scheduler = PacketSchedulers().Create("default");
    auto view = View({Path(1, 500 * kMillisecond), Path(2, 1 * kMillisecond)});
    CHECK(Ask(*scheduler, view) == Ids{1});
}

TEST_CASE("the default scheduler waits for the best path rather than use the second best",
          "[mptcp]")
{
    auto scheduler = PacketSchedulers().Create("default");
    auto view = View(
        {Path(1, 10 * kMillisecond, 1000, 10000000), Path(2, 10 * kMillisecond, 500000, 1000000)});
    view.subflows[0].memoryFree = false;
    CHECK(Ask(*scheduler, view).empty());
}

TEST_CASE("the default scheduler's burst ends at the peer's window", "[mptcp]")
{
    auto scheduler = PacketSchedulers().Create("default");
    auto view = View({Path(1, 10 * kMillisecond)});
    view.windowEnd = view.sndNxt + 3000;
    CHECK(Ask(*scheduler, view) == Ids{1});
    CHECK(view.burst == 3000);
}

TEST_CASE("the default scheduler keeps a mean of the pacing rate weighted by bytes", "[mptcp]")
{
    auto scheduler = PacketSchedulers().Create("default");
    auto view = View({Path(1, 10 * kMillisecond, 65428, 1000000)});
    Ask(*scheduler, view);
    view.subflows[0].tcp.pacingRate = 3000000;
    Ask(*scheduler, view);
    CHECK(view.subflows[0].averagePacingRate == 2000000);
}

TEST_CASE("backups are used only when nothing else is active", "[mptcp]")
{
    auto scheduler = PacketSchedulers().Create("default");
    auto view = View({Path(1, 10 * kMillisecond, 50000), Path(2, 10 * kMillisecond)});
    view.subflows[1].requestBackup = true;
    CHECK(Ask(*scheduler, view) == Ids{1});
    view.subflows[0].active = false;
    CHECK(Ask(*scheduler, view) == Ids{2});
}

TEST_CASE("retransmissions go to idle subflows only, to a backup when nothing moves", "[mptcp]")
{
    auto scheduler = PacketSchedulers().Create("default");
    auto view = View({Path(1, 10 * kMillisecond, 5000),
                      Path(2, 10 * kMillisecond, 100),
                      Path(3, 10 * kMillisecond)});
    CHECK(Ask(*scheduler, view, true) == Ids{3});
    view.subflows[2].backup = true;
    view.subflows[0].staleCount = 1;
    CHECK(Ask(*scheduler, view, true).empty());
    view.subflows[0].staleCount = view.subflows[1].staleCount = 2;
    CHECK(Ask(*scheduler, view, true) == Ids{3});
    view.subflows[2].tcp.queued = 1;
    CHECK(Ask(*scheduler, view, true).empty());
}

TEST_CASE("the BPF examples look at nothing but the list and one bit", "[mptcp]")
{
    auto view =
        View({Path(1, 10 * kMillisecond), Path(2, 10 * kMillisecond), Path(3, 10 * kMillisecond)});
    view.subflows[0].active = view.subflows[0].memoryFree = false;
    view.subflows[0].backup = true;
    CHECK(Ask(*PacketSchedulers().Create("bpf_first"), view) == Ids{1});
    CHECK(Ask(*PacketSchedulers().Create("bpf_bkup"), view) == Ids{2});
    CHECK(Ask(*PacketSchedulers().Create("bpf_red"), view) == (Ids{1, 2, 3}));
    auto roundRobin = PacketSchedulers().Create("bpf_rr");
    CHECK(Ask(*roundRobin, view) == Ids{1});
    CHECK(Ask(*roundRobin, view) == Ids{2});
    CHECK(Ask(*roundRobin, view) == Ids{3});
    CHECK(Ask(*roundRobin, view) == Ids{1});
    CHECK(view.burst == 0); // so one fragment at a time
    CHECK_FALSE(roundRobin->FollowsSubflowTimers());
    CHECK_FALSE(roundRobin->ChecksStaleness());
}

TEST_CASE("the BPF examples get a list of eight, the built-in scheduler all", "[mptcp]")
{
    std::vector<SubflowView> paths;
    for (std::uint32_t id = 1; id <= 9; ++id)
    {
        paths.push_back(Path(id, 10 * kMillisecond));
        paths.back().backup = id < 9;
    }
    auto view = View(paths);
    CHECK(Ask(*PacketSchedulers().Create("default"), view) == Ids{9});
    CHECK(Ask(*PacketSchedulers().Create("bpf_bkup"), view).empty());
    CHECK(Ask(*PacketSchedulers().Create("bpf_red"), view) == (Ids{1, 2, 3, 4, 5, 6, 7, 8}));
    CHECK(Ask(*PacketSchedulers().Create("redundant"), view).size() == 9);
    auto roundRobin = PacketSchedulers().Create("bpf_rr");
    for (std::uint32_t turn = 0; turn < 9; ++turn)
    {
        CHECK(Ask(*roundRobin, view) == Ids{turn % 8 + 1});
    }
}

TEST_CASE("a truly redundant scheduler leaves out what cannot carry", "[mptcp]")
{
    auto view = View({Path(1, 10 * kMillisecond), Path(2, 10 * kMillisecond)});
    view.subflows[0].active = false;
    auto scheduler = PacketSchedulers().Create("redundant");
    CHECK(scheduler->Duplicates());
    CHECK(Ask(*scheduler, view) == Ids{2});
    CHECK_FALSE(PacketSchedulers().Create("bpf_red")->Duplicates());
}

TEST_CASE("the smallest RTT with room in its window wins", "[mptcp]")
{
    auto scheduler = PacketSchedulers().Create("bpf_minrtt");
    auto view = View({Path(1, 30 * kMillisecond), Path(2, 10 * kMillisecond)});
    CHECK(Ask(*scheduler, view) == Ids{2});
    view.subflows[1].tcp.inFlight = 10;
    CHECK(Ask(*scheduler, view) == Ids{1});
    view.subflows[0].tcp.inFlight = 10;
    CHECK(Ask(*scheduler, view).empty());
}

TEST_CASE("BLEST skips the slow path when it would block the send window", "[mptcp]")
{
    auto scheduler = PacketSchedulers().Create("blest");
    auto view = View({Path(1, 10 * kMillisecond), Path(2, 100 * kMillisecond)});
    view.subflows[0].tcp.inFlight = 10; // the fast one is full
    // In 100 ms the fast path sends about ten windows of 10 segments, growing: some 200 kB.
    view.windowEnd = view.sndNxt + 100000;
    CHECK(Ask(*scheduler, view).empty());
    view.windowEnd = view.sndNxt + 1000000;
    CHECK(Ask(*scheduler, view) == Ids{2});
}

TEST_CASE("ECF waits for the fast path when that finishes earlier", "[mptcp]")
{
    auto scheduler = PacketSchedulers().Create("ecf");
    auto view = View({Path(1, 10 * kMillisecond), Path(2, 200 * kMillisecond)});
    view.subflows[0].tcp.inFlight = 10;
    view.queued = 40 * 1424; // four rounds of the fast path: 50 ms
    CHECK(Ask(*scheduler, view).empty());
    view.queued = 400 * 1424; // 410 ms
    CHECK(Ask(*scheduler, view) == Ids{2});
}

TEST_CASE("weighted round robin shares by pacing rate", "[mptcp]")
{
    auto scheduler = PacketSchedulers().Create("roundrobin-weighted");
    auto view =
        View({Path(1, 10 * kMillisecond, 0, 3000000), Path(2, 10 * kMillisecond, 0, 1000000)});
    int first = 0;
    for (int i = 0; i < 400; ++i)
    {
        const auto ids = Ask(*scheduler, view);
        REQUIRE(ids.size() == 1);
        first += ids[0] == 1 ? 1 : 0;
    }
    CHECK(first == Approx(300).margin(3));
}

TEST_CASE("bpf_red stripes new data while redundant copies all of it", "[mptcp]")
{
    const auto carried = [](const std::string& scheduler) {
        auto server = TestConfig();
        server.scheduler = scheduler;
        std::vector<LinkConfig> links(2, MultiPath::Link(20, 10, 100));
        MultiPath net(TestConfig(), server, links);
        net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
        Transfer transfer(net, 1, 2000000);
        net.Start();
        net.Run(30 * kSecond, [&] { return transfer.Complete(); });
        REQUIRE(transfer.Intact());
        std::uint64_t sum = 0;
        for (const auto& s : net.InfoOf(1).subflows)
        {
            sum += s.dataBytesSent;
        }
        return static_cast<double>(sum) / 2000000;
    };
    CHECK(carried("bpf_red") < 1.1);
    CHECK(carried("redundant") > 1.8);
    CHECK(carried("default") == Approx(1.0).margin(0.02));
}

TEST_CASE("redundant copies survive a path's death without a pause", "[mptcp]")
{
    auto server = TestConfig();
    server.scheduler = "redundant";
    std::vector<LinkConfig> links(2, MultiPath::Link(10, 10, 100));
    MultiPath net(TestConfig(), server, links);
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 3000000);
    TimeNs last = 0;
    TimeNs gap = 0;
    auto inner = net.hosts[0].onEvents;
    net.hosts[0].onEvents = [&](TimeNs now, std::uint32_t events) {
        if (events & tcp::kReadable)
        {
            gap = now > kSecond ? std::max(gap, now - last) : 0;
            last = now;
        }
        inner(now, events);
    };
    net.Start();
    net.At(1200 * kMillisecond, [&] { net.SetDown(0, true); });
    net.Run(2 * kSecond);
    CHECK(gap < 60 * kMillisecond);
}

namespace
{

/// The client sends 2 MB; path 1 is a join that completes, or not.
mptcp::Info
Upload(const mptcp::Config& client, const mptcp::Config& server, bool backup, bool joinDies)
{
    MultiPath net(client, server, std::vector<LinkConfig>(2, MultiPath::Link(20, 10, 100)));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1, backup));
    if (joinDies)
    {
        net.SetDown(1, true);
    }
    Transfer transfer(net, 0, 2000000);
    net.Start();
    net.Run(10 * kSecond, [&] { return transfer.Complete(); });
    return net.InfoOf(0);
}

} // namespace

TEST_CASE("a scheduler that marks a subflow before its join is complete loses nothing by it",
          "[mptcp]")
{
    auto client = TestConfig();
    client.scheduler = GENERATE("bpf_rr", "bpf_red");
    const auto info = Upload(client, TestConfig(), false, false);
    REQUIRE(info.subflows.size() == 2);
    CHECK(info.bytesAcked > 1900000);
    CHECK(info.subflows[1].established);
    CHECK(info.subflows[1].resetReason == 0);
    // The other one had a head start; with bpf_red it also takes the only fragment that a blocked
    // writer adds per DATA_ACK.
    CHECK(info.subflows[1].dataBytesSent > 2 * 32768);
}

TEST_CASE("turns by rate use backups when nothing else is left", "[mptcp]")
{
    auto client = TestConfig();
    client.scheduler = "roundrobin-weighted";
    MultiPath net(client, TestConfig(), std::vector<LinkConfig>(2, MultiPath::Link(20, 10, 100)));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1, true));
    Transfer transfer(net, 0, 2000000);
    net.Start();
    net.At(300 * kMillisecond, [&] {
        net.hosts[0].connection->CloseSubflow(net.Now(), net.InfoOf(0).subflows.at(0).id);
    });
    net.Run(10 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    CHECK(transfer.Intact());
}

TEST_CASE("a subflow whose DATA_ACKs a path begins to eat is given up while another lives",
          "[mptcp]")
{
    MultiPath net(TestConfig(),
                  TestConfig(),
                  std::vector<LinkConfig>(2, MultiPath::Link(20, 10, 100)));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 0, 4000000);
    net.Start();
    net.At(300 * kMillisecond, [&] {
        net.hosts[1].filter = [](int path, TcpSegment& s) {
            if (path == 1)
            {
                StripMptcp(s.options);
            }
            return true;
        };
    });
    net.Run(20 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    CHECK(transfer.Intact());
    const auto info = net.InfoOf(0);
    REQUIRE(info.subflows.size() == 2);
    CHECK(info.subflows[1].closed);
    CHECK(info.subflows[1].dataBytesSent < 2000000);
}

TEST_CASE("bpf_red and a join without an answer make the push loop spin", "[mptcp]")
{
    const auto with = [](const std::string& scheduler) {
        auto client = TestConfig();
        client.scheduler = scheduler;
        return Upload(client, TestConfig(), false, true);
    };
    CHECK(with("bpf_red").pushSpins > 0);
    CHECK(with("bpf_red").bytesAcked > 1900000); // where no time passes nobody is kept waiting
    CHECK(with("bpf_rr").pushSpins == 0);        // its next turn is the healthy one's
    CHECK(with("bpf_rr").bytesAcked > 1900000);
    CHECK(with("default").pushSpins == 0);
    CHECK(with("default").bytesAcked > 1900000);
}

TEST_CASE("our own backup flag binds us, or only if the peer repeats it", "[mptcp]")
{
    auto older = TestConfig();
    older.ownBackupCounts = false;
    older.echoesBackup = true;
    const auto newer = TestConfig();
    const auto onBackup = [](const mptcp::Config& client, const mptcp::Config& server) {
        return Upload(client, server, true, false).subflows[1].dataBytesSent;
    };
    CHECK(onBackup(newer, newer) == 0);
    CHECK(onBackup(newer, older) == 0);
    CHECK(onBackup(older, older) == 0);
    CHECK(onBackup(older, newer) > 500000);
}

TEST_CASE("a send buffer as large as the largest subflow's fills one path of two", "[mptcp]")
{
    const auto seconds = [](bool sum) {
        auto server = TestConfig();
        server.sendBufferIsSum = sum;
        server = With(server, [](tcp::Config& t) { t.sendBufferMax = 250000; });
        // 20 Mbit/s and 80 ms: 200 kB in flight on each.
        MultiPath net(TestConfig(),
                      server,
                      std::vector<LinkConfig>(2, MultiPath::Link(20, 40, 100)));
        net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
        Transfer transfer(net, 1, 6000000);
        net.Start();
        return ToSeconds(net.Run(60 * kSecond, [&] { return transfer.Complete(); }));
    };
    CHECK(seconds(false) > 1.25 * seconds(true));
}

TEST_CASE("copies of a scheduler that does not look wait for room in the subflow's send buffer",
          "[mptcp]")
{
    auto server = TestConfig();
    server.scheduler = GENERATE("bpf_first", "bpf_rr", "bpf_red", "bpf_bkup");
    // The queue holds 0.8 s, so a lost tail makes the data level's 200 ms expire several times.
    MultiPath net(TestConfig(), server, {MultiPath::Link(0.2, 1, 13)});
    Transfer transfer(net, 1, 1000000);
    net.Start();
    std::uint32_t most = 0;
    net.Run(100 * kSecond, [&] {
        const auto info = net.InfoOf(1);
        if (!info.subflows.empty())
        {
            most = std::max(most, info.subflows[0].tcp.sendQueue);
        }
        return transfer.Complete();
    });
    CHECK(transfer.Complete());
    CHECK(transfer.Intact());
    const auto info = net.InfoOf(1);
    CHECK(info.timeouts > 10);
    CHECK(info.bytesReinjected > 0);
    CHECK(info.bytesReinjected < 1000000);
    // The data itself, and one copy that found room.
    CHECK(most < 500000);
}

TEST_CASE("what held idle subflows stays as it was settled", "[mptcp]")
{
    auto server = TestConfig();
    // A small window: now it holds the subflows, now the scheduler does.
    const auto client = With(TestConfig(), [](tcp::Config& tcp) {
        tcp.receiveBuffer = tcp.receiveBufferMax = 120000;
    });
    MultiPath net(client, server, {MultiPath::Link(50, 5, 100), MultiPath::Link(2, 80, 20)});
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    Transfer transfer(net, 1, 8000000);
    std::vector<tcp::Info> before;
    for (TimeNs at = 40 * kMillisecond; at < 3 * kSecond; at += 3700 * kMicrosecond)
    {
        net.At(at, [&] {
            net.hosts[1].connection->SettleHolds(net.Now());
            const auto info = net.InfoOf(1);
            for (std::size_t s = 0; s < info.subflows.size(); ++s)
            {
                const auto& tcp = info.subflows[s].tcp;
                for (std::size_t i = 0; s < before.size() && i < tcp.limitedFor.size(); ++i)
                {
                    CHECK(tcp.limitedFor[i] >= before[s].limitedFor[i]);
                }
                before.resize(std::max(before.size(), s + 1));
                before[s] = tcp;
            }
        });
    }
    net.Start();
    net.Run(3 * kSecond);
    REQUIRE(before.size() == 2);
    const auto idle = [&](tcp::Limit limit) {
        return before[1].limitedFor[static_cast<std::size_t>(limit)];
    };
    CHECK(idle(tcp::Limit::SharedWindow) > 0);
    CHECK(idle(tcp::Limit::Scheduler) > 0);
}
