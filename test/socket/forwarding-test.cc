// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-capture-sink.h"
#include "ns3/hs-channel.h"
#include "two-hosts.h"

#include <ns3/ipv4-global-routing-helper.h>
#include <ns3/ipv4-l3-protocol.h>

#include <catch2/catch.hpp>
#include <functional>
#include <map>

using namespace ns3;
using hoststack::TimeNs;

namespace
{

/// What goes over the second link, as a router sends it: times, lengths and headers but for IPv4's
/// identification and checksum.
struct Wiretap : public HoststackCaptureSink
{
    void Capture(TimeNs now,
                 const HoststackNetDevice& /* device */,
                 hoststack::CaptureDirection direction,
                 const std::uint8_t* bytes,
                 std::size_t length) override
    {
        text += std::to_string(now) +
                (direction == hoststack::CaptureDirection::Outbound ? " out " : " in ") +
                std::to_string(length) + ":";
        for (std::size_t i = 0; i < std::min<std::size_t>(length, 60); ++i)
        {
            text += i == 4 || i == 5 || i == 10 || i == 11 ? "-" : std::to_string(bytes[i]) + ",";
        }
        ++ttls[bytes[8]];
        text += "\n";
    }

    std::string text;
    std::map<std::uint8_t, int> ttls;
};

struct Outcome
{
    std::string text;
    std::map<std::uint8_t, int> ttls;
    std::uint64_t received{0};
    std::uint64_t packets{0}; ///< of ns-3's that were made
};

/// Hosts 0 and 2 with router 1 between them, all links ours.
struct Row
{
    explicit Row(bool directPath, std::uint32_t receivers = 1)
    {
        nodes.Create(3);
        InternetStackHelper internet;
        internet.Install(nodes);
        HoststackHelper stack;
        stack.SetAttribute("DirectPath", BooleanValue(directPath));
        stack.Install(nodes.Get(0));
        if (receivers > 0)
        {
            stack.Install(nodes.Get(2));
        }
        for (std::uint32_t i : {0U, 1U})
        {
            auto link = TwoHosts::Default();
            link.rate = 10'000'000 - 2'000'000 * i;
            link.queue.packets = 30;
            devices[i] = links.Install(nodes.Get(i), nodes.Get(i + 1), link);
            const auto network = "10.0." + std::to_string(i) + ".0";
            ipv4[i] = Ipv4AddressHelper(network.c_str(), "255.255.255.0").Assign(devices[i]);
        }
        Ipv4GlobalRoutingHelper::PopulateRoutingTables();
        DynamicCast<HoststackNetDevice>(devices[1].Get(0))->AddCapture(tap);
    }

    ~Row()
    {
        Simulator::Destroy();
    }

    Outcome Run(const char* factory, const std::function<void(Row&)>& prepare = {})
    {
        const InetSocketAddress to(ipv4[1].GetAddress(1), 9);
        const auto sink =
            DynamicCast<PacketSink>(PacketSinkHelper(factory, to).Install(nodes.Get(2)).Get(0));
        BulkSendHelper source(HoststackHelper::SocketFactory(), to);
        source.SetAttribute("MaxBytes", UintegerValue(1'000'000));
        source.SetAttribute("SendSize", UintegerValue(100'000));
        source.Install(nodes.Get(0));
        if (prepare)
        {
            prepare(*this);
        }
        const auto before = Create<Packet>()->GetUid();
        Simulator::Stop(Seconds(20));
        Simulator::Run();
        return {tap->text, tap->ttls, sink->GetTotalRx(), Create<Packet>()->GetUid() - before};
    }

    NodeContainer nodes;
    HoststackLinkHelper links;
    NetDeviceContainer devices[2];
    Ipv4InterfaceContainer ipv4[2];
    std::shared_ptr<Wiretap> tap{std::make_shared<Wiretap>()};
};

} // namespace

TEST_CASE("a router sends segments of ours on without a packet, and as IP would", "[socket]")
{
    const auto on = Row(true).Run("ns3::HoststackTcpSocketFactory");
    const auto off = Row(false).Run("ns3::HoststackTcpSocketFactory");
    CHECK(on.received == 1'000'000);
    CHECK(off.received == 1'000'000);
    CHECK(on.text == off.text);
    CHECK(on.ttls == std::map<std::uint8_t, int>{{63, on.ttls.at(63)}, {64, on.ttls.at(64)}});
    // PacketSink reads into packets; off, each segment is one as well.
    CHECK(off.packets > on.packets + 1000);
}

TEST_CASE("a receiver of ns-3's gets packets of what has crossed a router as segments", "[socket]")
{
    const auto on = Row(true, 0).Run("ns3::TcpSocketFactory");
    const auto off = Row(false, 0).Run("ns3::TcpSocketFactory");
    CHECK(on.received == 1'000'000);
    CHECK(on.text == off.text);
}

TEST_CASE("a router whose IP is traced, or whose next link is too narrow, leaves segments to IP",
          "[socket]")
{
    std::uint64_t forwarded = 0;
    const bool isTraced = GENERATE(true, false);
    const auto prepare = [&](Row& row) {
        if (isTraced)
        {
            row.nodes.Get(1)->GetObject<Ipv4L3Protocol>()->TraceConnectWithoutContext(
                "UnicastForward",
                Callback<void, const Ipv4Header&, Ptr<const Packet>, std::uint32_t>(
                    [&](const Ipv4Header&, Ptr<const Packet>, std::uint32_t) { ++forwarded; }));
            return;
        }
        for (std::uint32_t end : {0U, 1U})
        {
            row.devices[1].Get(end)->SetMtu(1000); // IP cuts what is longer
        }
    };
    const auto on = Row(true).Run("ns3::HoststackTcpSocketFactory", prepare);
    const auto seen = forwarded;
    const auto off = Row(false).Run("ns3::HoststackTcpSocketFactory", prepare);
    CHECK(on.received == 1'000'000);
    CHECK(on.text == off.text);
    CHECK((seen > 700) == isTraced);
}

TEST_CASE("a route that a router's interface takes with it is not used any more", "[socket]")
{
    const auto prepare = [](Row& row) {
        Simulator::Schedule(MilliSeconds(300),
                            [&row] { row.nodes.Get(1)->GetObject<Ipv4>()->SetDown(2); });
        Simulator::Schedule(MilliSeconds(900), [&row] {
            row.nodes.Get(1)->GetObject<Ipv4>()->SetUp(2);
            Ipv4GlobalRoutingHelper::RecomputeRoutingTables();
        });
    };
    const auto on = Row(true).Run("ns3::HoststackTcpSocketFactory", prepare);
    const auto off = Row(false).Run("ns3::HoststackTcpSocketFactory", prepare);
    CHECK(on.received == 1'000'000);
    CHECK(on.text == off.text);
}
