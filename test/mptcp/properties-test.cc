// SPDX-License-Identifier: GPL-2.0-only

#include "../property-rounds.h"
#include "multi-path.h"
#include "ns3/hs-ip-codec.h"
#include "ns3/hs-mptcp-crypto.h"
#include "ns3/hs-packet-scheduler.h"
#include "ns3/hs-tcp-codec.h"
#include "ns3/hs-tcp-text.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <random>
#include <vector>

// What must hold whatever the paths do.

namespace
{

using namespace hoststack;
using namespace hoststack::test;

/// Checks every segment that leaves against what the same host said before.
class WireInvariants
{
  public:
    explicit WireInvariants(MultiPath& net)
    {
        net.watch = [this](const MultiPath::Sent& sent) { See(sent); };
    }

    /// Mapped bytes of each subflow follow each other, and together they hold all of the data.
    void CheckGaps(int from, std::uint64_t bytes)
    {
        std::map<std::uint64_t, std::uint64_t> pieces; // of the data
        std::uint64_t first = ~std::uint64_t{0};
        for (const auto& [key, flow] : m_flows)
        {
            std::uint32_t next = 1;
            for (const auto& [begin, map] : flow.maps)
            {
                if (begin != next)
                {
                    Fail("the mappings of a subflow leave a gap");
                }
                next = begin + map.second;
                if (std::get<0>(key) == from)
                {
                    auto& end = pieces[map.first];
                    end = std::max(end, map.first + map.second);
                    first = std::min(first, map.first);
                }
            }
        }
        auto reached = first;
        for (const auto& [begin, end] : pieces)
        {
            if (begin > reached)
            {
                Fail("no mapping holds some of the data");
            }
            reached = std::max(reached, end);
        }
        if (reached - first != bytes)
        {
            Fail("the mappings hold " + std::to_string(reached - first) + " bytes");
        }
    }

    bool mayFallBack{false};
    std::uint32_t mtu{1500};
    std::string fault;

  private:
    struct Flow
    {
        std::uint32_t isn{0};
        std::uint8_t shift{0};
        bool known{false};
        std::map<std::uint32_t, std::pair<std::uint64_t, std::uint32_t>> maps;
    };

    void Fail(const std::string& text)
    {
        if (fault.empty())
        {
            fault = text;
        }
    }

    void See(const MultiPath::Sent& sent)
    {
        const auto& s = sent.segment;
        if (kIpv4Header + TcpHeaderLength(s) + s.payload.Length() > mtu)
        {
            Fail("a packet is longer than the path's MTU: " + ToString(s));
        }
        auto& flow = m_flows[{sent.from, s.sourcePort, s.destinationPort, sent.path}];
        if (s.Has(kSyn))
        {
            flow.isn = s.seq.Value();
            flow.shift = s.options.hasWindowScale ? s.options.windowScale : 0;
            flow.known = true;
            return;
        }
        const auto& o = sent.options;
        if (!flow.known || s.Has(kRst))
        {
            return;
        }
        if (o.Has(MptcpSubtype::Capable) && o.capable.form == MptcpCapable::Form::Data)
        {
            const auto idsn = DigestMptcpKey(o.capable.senderKey).initialSequence.Value();
            flow.maps[1] = {idsn + 1, o.capable.length};
        }
        if (s.payload.Length() > 0 && o.present == 0 && !mayFallBack)
        {
            Fail("data went without a mapping");
        }
        if (!o.Has(MptcpSubtype::Dss))
        {
            return;
        }
        if (o.dss.hasAck && o.dss.ack64)
        {
            // The right edge of the data, on whatever subflow; the header rounds it down.
            const std::uint64_t window = static_cast<std::uint64_t>(s.window) << flow.shift;
            const auto edge = o.dss.dataAck + window;
            auto& best = m_edges[sent.from];
            const auto grain = std::uint64_t{1} << flow.shift;
            if (best != 0 && static_cast<std::int64_t>(edge + grain - best) < 0)
            {
                Fail("the right edge moved left");
            }
            if (best == 0 || static_cast<std::int64_t>(edge - best) > 0)
            {
                best = edge;
            }
        }
        const auto length = s.payload.Length();
        if (length == 0 || !o.dss.hasMapping || o.dss.length == 0)
        {
            return;
        }
        const std::uint32_t relative = s.seq.Value() - flow.isn;
        const std::uint32_t mapped = o.dss.length - (o.dss.dataFin ? 1u : 0u);
        const auto begin = o.dss.subflowSequence;
        if (relative < begin || relative + length > begin + mapped)
        {
            Fail("a segment lies outside its mapping");
        }
        auto next = flow.maps.lower_bound(begin);
        if (next != flow.maps.end() && next->first == begin)
        {
            if (next->second != std::make_pair(o.dss.dataSequence, mapped))
            {
                Fail("a mapping changed");
            }
            return;
        }
        if (next != flow.maps.end() && begin + mapped > next->first)
        {
            Fail("two mappings overlap");
        }
        if (next != flow.maps.begin())
        {
            const auto& previous = *std::prev(next);
            if (previous.first + previous.second.second > begin)
            {
                Fail("two mappings overlap");
            }
        }
        flow.maps[begin] = {o.dss.dataSequence, mapped};
    }

    std::map<std::tuple<int, std::uint16_t, std::uint16_t, int>, Flow> m_flows;
    std::map<int, std::uint64_t> m_edges;
};

mptcp::Config
SmallBuffers(mptcp::Config config, std::uint32_t receive)
{
    return With(std::move(config), [&](tcp::Config& t) {
        t.receiveBuffer = receive;
        t.receiveBufferLocked = true;
        t.sendBuffer = 400000;
        t.sendBufferLocked = true;
    });
}

/// Both hosts write as much as there is room for, and read what comes.
void
TalkBothWays(MultiPath& net, std::uint64_t bytes, std::array<std::uint64_t, 2>& read)
{
    for (int i = 0; i < 2; ++i)
    {
        auto left = std::make_shared<std::uint64_t>(bytes);
        net.hosts[i].onEvents = [&net, &read, left, i](TimeNs now, std::uint32_t events) {
            auto& connection = *net.hosts[i].connection;
            while ((events & (tcp::kConnected | tcp::kWritable)) != 0 && *left > 0)
            {
                const std::vector<std::uint8_t> block(std::min<std::uint64_t>(*left, 5000));
                const auto taken = connection.Send(
                    now,
                    Payload::Copy(block.data(), static_cast<std::uint32_t>(block.size())));
                *left -= taken;
                if (taken < block.size())
                {
                    break;
                }
            }
            if ((events & tcp::kReadable) != 0)
            {
                read[1 - i] += connection.Read(now, 1u << 30, nullptr);
            }
        };
    }
}

} // namespace

TEST_CASE("no packet is longer than the MTU, whatever options share its header",
          "[mptcp][property]")
{
    const auto round = PROPERTY_ROUND(32);
    std::mt19937_64 random(31000 + round);
    const auto pick = [&](std::uint64_t n) { return random() % n; };
    const int paths = 1 + static_cast<int>(pick(3));
    std::vector<LinkConfig> links;
    for (int p = 0; p < paths; ++p)
    {
        auto link = MultiPath::Link(5.0 + static_cast<double>(pick(40)),
                                    1.0 + static_cast<double>(pick(30)),
                                    10 + static_cast<std::uint32_t>(pick(60)));
        link.loss = 0.01 * static_cast<double>(1 + pick(4));
        links.push_back(link);
    }
    const std::uint32_t mss = pick(2) == 0 ? 1460 : 536;
    const bool timestamps = pick(3) == 0;
    const auto any = [&] {
        auto config = With(TestConfig(), [&](tcp::Config& t) {
            t.timestamps = timestamps;
            t.mss = mss;
            t.sack = pick(8) != 0;
            t.dsack = pick(4) != 0;
            t.gsoMaxSegments = pick(2) == 0 ? 1 : 65535;
            t.ecn = pick(2) == 0 ? tcp::EcnMode::On : tcp::EcnMode::Passive;
        });
        config.checksum = pick(2) == 0;
        return config;
    };
    const auto client = any();
    const auto server = any();
    MultiPath net(client, server, links, 70 + round);
    for (int p = 1; p < paths; ++p)
    {
        net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(p));
    }
    WireInvariants wire(net);
    wire.mtu = mss + 40;
    wire.mayFallBack = true;
    // A fallback leaves more room to SACK blocks: options are stripped, or a checksum is wrong.
    const auto from = static_cast<int>(pick(40));
    const auto kind = paths == 1 ? pick(3) : 0;
    int count = 0;
    net.hosts[pick(2)].filter = [&](int, TcpSegment& segment) {
        count += segment.payload.Length() > 0 ? 1 : 0;
        if (kind == 1 && count >= from)
        {
            StripMptcp(segment.options);
        }
        if (kind == 2 && count == from)
        {
            const std::vector<std::uint8_t> other(segment.payload.Length(), 1);
            segment.payload = Payload::Copy(other.data(), segment.payload.Length());
        }
        return true;
    };
    std::array<std::uint64_t, 2> read{};
    TalkBothWays(net, 300000, read);
    net.Start();
    if (paths == 1 && pick(2) == 0)
    {
        // Routers tell both ends of a smaller MTU on the way.
        net.Run(100 * kMillisecond);
        wire.mtu = std::min<std::uint32_t>(wire.mtu, 1000);
        net.hosts[0].connection->LimitPathMss(1, wire.mtu - 40);
        net.hosts[1].connection->LimitPathMss(1, wire.mtu - 40);
    }
    net.Run(20 * kSecond, [&] { return read[0] == 300000 && read[1] == 300000; });
    CAPTURE(round, paths, mss, timestamps, kind, from, read[0], read[1]);
    CHECK(wire.fault == "");
    CHECK((kind != 0 || (read[0] > 0 && read[1] > 0)));
}

TEST_CASE("every byte arrives once and in order over lossy, unequal paths", "[mptcp][property]")
{
    const auto round = PROPERTY_ROUND(24);
    std::mt19937_64 random(1000 + round);
    const auto pick = [&](std::uint64_t n) { return random() % n; };
    const int paths = 1 + static_cast<int>(pick(8));
    std::vector<LinkConfig> links;
    for (int p = 0; p < paths; ++p)
    {
        auto link = MultiPath::Link(1.0 + static_cast<double>(pick(40)),
                                    1.0 + static_cast<double>(pick(60)),
                                    5 + static_cast<std::uint32_t>(pick(60)));
        link.loss = 0.005 * static_cast<double>(pick(8));
        links.push_back(link);
    }
    auto client = TestConfig();
    auto server = TestConfig();
    client.checksum = pick(2) == 0;
    client.subflowWindowShrinks = pick(2) == 0;
    client.tuneWithoutMargin = pick(2) == 0;
    client = With(client, [&](tcp::Config& t) { t.timestamps = pick(2) == 0; });
    if (pick(2) == 0)
    {
        client = SmallBuffers(client, 40000 + static_cast<std::uint32_t>(pick(200000)));
    }
    MultiPath net(client, server, links, 50 + round);
    for (int p = 1; p < paths; ++p)
    {
        net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(p, pick(6) == 0));
    }
    WireInvariants wire(net);
    Transfer transfer(net, 1, 200000 + pick(1500000));
    net.Start();
    net.Run(600 * kSecond, [&] { return transfer.Complete(); });
    CAPTURE(round, paths);
    REQUIRE(transfer.Complete());
    CHECK(transfer.Intact());
    wire.CheckGaps(1, transfer.BytesRead());
    CHECK(wire.fault == "");
    net.Run(net.Now() + 400 * kSecond);
    CHECK((net.hosts[0].seen & tcp::kPeerClosed) != 0);
    CHECK((net.hosts[1].seen & tcp::kPeerClosed) != 0);
    CHECK(net.hosts[0].connection->GetState() == tcp::State::Closed);
    CHECK(net.hosts[1].connection->GetState() == tcp::State::Closed);
}

TEST_CASE("the data survives paths that die and come back", "[mptcp][property]")
{
    const auto round = PROPERTY_ROUND(12);
    std::mt19937_64 random(77 + round);
    const int paths = 2 + static_cast<int>(random() % 3);
    std::vector<LinkConfig> links(paths, MultiPath::Link(10, 10, 50));
    MultiPath net(TestConfig(), TestConfig(), links, 7 + round);
    for (int p = 1; p < paths; ++p)
    {
        net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(p));
    }
    WireInvariants wire(net);
    Transfer transfer(net, round % 2, 3000000);
    net.Start();
    // All but one path fail at some time, some for good.
    const int survivor = static_cast<int>(random() % paths);
    for (int p = 0; p < paths; ++p)
    {
        if (p == survivor)
        {
            continue;
        }
        const TimeNs at = 100 * kMillisecond + static_cast<TimeNs>(random() % 800) * kMillisecond;
        net.At(at, [&net, p] { net.SetDown(p, true); });
        if (random() % 2 == 0)
        {
            net.At(at + 700 * kMillisecond, [&net, p] { net.SetDown(p, false); });
        }
    }
    net.Run(300 * kSecond, [&] { return transfer.Complete(); });
    REQUIRE(transfer.Complete());
    CHECK(transfer.Intact());
    CHECK(wire.fault == "");
    // A dead subflow does not keep the connection from closing its data.
    net.Run(net.Now() + 20 * kSecond);
    CHECK(net.hosts[0].connection->GetState() >= tcp::State::TimeWait);
}

TEST_CASE("loss, reordering, stripped options and dying paths together cost time, never data",
          "[mptcp][property]")
{
    const auto round = PROPERTY_ROUND(40);
    std::mt19937_64 random(5000 + round);
    const auto pick = [&](std::uint64_t n) { return random() % n; };
    const int paths = 1 + round % 8;
    const int survivor = static_cast<int>(pick(paths));
    std::vector<LinkConfig> links;
    for (int p = 0; p < paths; ++p)
    {
        auto link = MultiPath::Link(2.0 + static_cast<double>(pick(30)),
                                    1.0 + static_cast<double>(pick(40)),
                                    20 + static_cast<std::uint32_t>(pick(80)));
        link.loss = 0.005 * static_cast<double>(pick(5));
        if (pick(2) == 0)
        {
            LinkParameters late;
            late.SetProbability("probability", 0.02).SetDuration("extra-delay", 9 * kMillisecond);
            link.behaviours.push_back({"reorder", late});
        }
        links.push_back(link);
    }
    auto client = TestConfig();
    client.checksum = pick(3) == 0;
    auto server = TestConfig();
    MultiPath net(client, pick(2) == 0 ? SmallBuffers(server, 100000) : server, links, 90 + round);
    for (int p = 1; p < paths; ++p)
    {
        net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(p));
    }
    WireInvariants wire(net);
    const int from = static_cast<int>(pick(2));
    const std::uint64_t bytes = 1000000 + pick(5000000);
    Transfer transfer(net, from, bytes);
    // Faults begin once both ends know of all joins. Before, the first data may be the last that is
    // multipath, and a connection whose only path goes down has nothing that could survive.
    net.Start();
    net.Run(60 * kSecond, [&] {
        const auto joined = [&](int host) {
            const auto info = net.InfoOf(host);
            return static_cast<int>(
                       std::count_if(info.subflows.begin(), info.subflows.end(), [](const auto& s) {
                           return s.established;
                       })) == paths;
        };
        return joined(0) && joined(1);
    });
    // All paths but one: a middlebox that begins to strip at some moment and may end again, or an
    // outage, or both. The data must survive on the one that is left.
    std::vector<std::pair<TimeNs, TimeNs>> stripping(paths, {kNever, kNever});
    for (int p = 0; p < paths; ++p)
    {
        const auto at = net.Now() + static_cast<TimeNs>(pick(900)) * kMillisecond;
        const auto until = at + static_cast<TimeNs>(pick(1000)) * kMillisecond;
        const bool forGood = pick(2) == 0;
        const auto kind = p == survivor ? 0 : pick(4);
        if ((kind & 1) != 0)
        {
            stripping[p] = {at, forGood ? kNever : until};
        }
        if ((kind & 2) != 0)
        {
            net.At(at, [&net, p] { net.SetDown(p, true); });
            if (!forGood)
            {
                net.At(until, [&net, p] { net.SetDown(p, false); });
            }
        }
    }
    const int victim = static_cast<int>(pick(2));
    net.hosts[victim].filter = [&](int p, TcpSegment& segment) {
        if (net.Now() >= stripping[p].first && net.Now() < stripping[p].second)
        {
            StripMptcp(segment.options);
        }
        return true;
    };
    net.Run(600 * kSecond, [&] { return transfer.Complete(); });
    CAPTURE(round, paths, survivor, from, victim);
    REQUIRE(transfer.Complete());
    CHECK(transfer.Intact());
    CHECK_FALSE(net.InfoOf(0).fallback);
    wire.CheckGaps(from, bytes);
    CHECK(wire.fault == "");
}

TEST_CASE("packets that overtake each other on every path harm nothing", "[mptcp][property]")
{
    const auto round = PROPERTY_ROUND(8);
    auto link = MultiPath::Link(20, 15, 100);
    LinkParameters late;
    late.SetProbability("probability", 0.02).SetDuration("extra-delay", 8 * kMillisecond);
    link.behaviours.push_back({"reorder", late});
    std::vector<LinkConfig> links(3, link);
    MultiPath net(TestConfig(), TestConfig(), links, 3 + round);
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(2));
    WireInvariants wire(net);
    Transfer transfer(net, 1, 1000000);
    net.Start();
    net.Run(200 * kSecond, [&] { return transfer.Complete(); });
    REQUIRE(transfer.Complete());
    CHECK(transfer.Intact());
    CHECK(wire.fault == "");
}

TEST_CASE("stripped options end in plain TCP or in a reset subflow, never in wrong data", "[mptcp]")
{
    // From the n-th segment on, a middlebox on one path removes every MPTCP option.
    const auto from = GENERATE(0, 1, 2, 3, 4, 5, 8, 20, 60);
    const auto path = GENERATE(0, 1);
    const auto direction = GENERATE(0, 1);
    std::vector<LinkConfig> links(2, MultiPath::Link(10, 10, 50));
    MultiPath net(TestConfig(), TestConfig(), links);
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    int count = 0;
    net.hosts[direction].filter = [&](int p, TcpSegment& segment) {
        if (p == path && count++ >= from)
        {
            StripMptcp(segment.options);
        }
        return true;
    };
    Transfer transfer(net, 1, 400000);
    net.Start();
    net.Run(120 * kSecond, [&] { return transfer.Complete(); });
    CAPTURE(from, path, direction);
    CHECK(transfer.Intact());
    const bool early = path == 1 || from <= 1;
    if (early)
    {
        // On the handshake it falls back; on the second path that subflow alone is lost.
        CHECK(transfer.Complete());
    }
    if (path == 0 && from == 0)
    {
        CHECK(net.InfoOf(0).fallback);
    }
}

TEST_CASE("memory of the receiver stays near its buffer while the reader sleeps", "[mptcp]")
{
    const bool shrinks = GENERATE(true, false);
    std::vector<LinkConfig> links(3, MultiPath::Link(50, 10, 100));
    links[2] = MultiPath::Link(5, 60, 100);
    auto client = SmallBuffers(TestConfig(), 200000);
    client.subflowWindowShrinks = shrinks;
    MultiPath net(client, TestConfig(), links);
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
    net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(2));
    Transfer transfer(net, 1, 2000000);
    auto read = net.hosts[0].onEvents;
    net.hosts[0].onEvents = nullptr;
    net.Start();
    net.Run(3 * kSecond);
    // Full-sized segments cost 1.6 bytes of memory per byte; the connection stops at twice its
    // buffer.
    CHECK(net.hosts[0].connection->Available() > 60000);
    CHECK(net.hosts[0].connection->Available() < 2 * 200000 / 1.6 + 2 * 1420);
    net.hosts[0].onEvents = read;
    net.At(3 * kSecond, [&] { read(net.Now(), tcp::kReadable); });
    net.Run(60 * kSecond, [&] { return transfer.Complete(); });
    CHECK(transfer.Complete());
    CHECK(transfer.Intact());
}

TEST_CASE("every scheduler, path manager and congestion control carries a short transfer",
          "[mptcp]")
{
    auto congestions = tcp::CongestionControls().Names();
    for (const auto& name : mptcp::CoupledCongestionControls().Names())
    {
        congestions.push_back(name);
    }
    for (const auto& scheduler : mptcp::PacketSchedulers().Names())
    {
        for (const auto& manager : mptcp::PathManagers().Names())
        {
            for (const auto& congestion : congestions)
            {
                auto config = TestConfig(2);
                config.scheduler = scheduler;
                config.pathManager = manager;
                config.congestion = congestion;
                std::vector<LinkConfig> links{MultiPath::Link(20, 5, 100),
                                              MultiPath::Link(10, 15, 100)};
                MultiPath net(config, config, links);
                net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
                Transfer transfer(net, 1, 300000);
                net.Start();
                if (manager == "scripted")
                {
                    net.At(60 * kMillisecond, [&] {
                        net.hosts[0].connection->OpenSubflow(net.Now(),
                                                             MultiPath::SubflowOn(1),
                                                             {MultiPath::ServerAddress(0), 5001});
                    });
                }
                net.Run(60 * kSecond, [&] { return transfer.Complete(); });
                CAPTURE(scheduler, manager, congestion);
                REQUIRE(transfer.Complete());
                REQUIRE(transfer.Intact());
                REQUIRE(net.InfoOf(1).subflows.size() > 1);
                net.Run(net.Now() + 5 * kSecond);
                CHECK(net.hosts[1].connection->GetState() >= tcp::State::TimeWait);
            }
        }
    }
}
