// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-capture-sink.h"
#include "ns3/hs-channel.h"
#include "ns3/hs-ns3-clock.h"
#include "two-hosts.h"

#include <ns3/ipv4-l3-protocol.h>
#include <ns3/ipv6-l3-protocol.h>
#include <ns3/traffic-control-helper.h>

#include <catch2/catch.hpp>
#include <functional>

using namespace ns3;
using hoststack::TimeNs;

namespace
{

/// Everything one can see of a run: each packet with time, device, direction and bytes, and the
/// traces of the sender.
struct Record : public HoststackCaptureSink
{
    std::string text;
    bool numbered{true}; ///< with IPv4's identification, which ns-3 counts per pair of hosts and
                         ///< the direct path per connection

    void Line(const std::string& line)
    {
        text += std::to_string(NowNs()) + " " + line + "\n";
    }

    void Capture(TimeNs,
                 const HoststackNetDevice& device,
                 hoststack::CaptureDirection direction,
                 const std::uint8_t* bytes,
                 std::size_t length) override
    {
        std::string hex;
        for (std::size_t i = 0; i < std::min<std::size_t>(length, 80); ++i)
        {
            const bool number = (bytes[0] >> 4) == 4 && (i == 4 || i == 5 || i == 10 || i == 11);
            hex += (number && !numbered ? "-" : std::to_string(bytes[i])) + ",";
        }
        Line(std::to_string(device.GetNode()->GetId()) +
             (direction == hoststack::CaptureDirection::Outbound ? " out " : " in ") +
             std::to_string(length) + " " + hex);
    }
};

struct Outcome
{
    std::string record;
    std::uint64_t received{0};
    std::uint64_t retransmissions{0};
    std::uint64_t ipPackets{0}; ///< that the receiver's IP saw
};

Outcome
Run(bool directPath,
    bool v6,
    const hoststack::LinkConfig& link,
    const std::function<void(TwoHosts&)>& prepare = {},
    bool numbered = true)
{
    TwoHosts hosts(Wire::Ours, directPath, link);
    Outcome outcome;
    auto record = std::make_shared<Record>();
    record->numbered = numbered;
    for (std::uint32_t i : {0U, 1U})
    {
        DynamicCast<HoststackNetDevice>(hosts.devices.Get(i))->AddCapture(record);
    }
    auto count = [&outcome](auto&&...) { ++outcome.ipPackets; };
    hosts.nodes.Get(1)->GetObject<Ipv4L3Protocol>()->TraceConnectWithoutContext(
        "Rx",
        Callback<void, Ptr<const Packet>, Ptr<Ipv4>, std::uint32_t>(count));
    hosts.nodes.Get(1)->GetObject<Ipv6L3Protocol>()->TraceConnectWithoutContext(
        "Rx",
        Callback<void, Ptr<const Packet>, Ptr<Ipv6>, std::uint32_t>(count));

    PacketSinkHelper reader(HoststackHelper::SocketFactory(), hosts.At(1, 9, v6));
    const auto sink = DynamicCast<PacketSink>(reader.Install(hosts.nodes.Get(1)).Get(0));
    auto sender = hosts.Socket(0);
    sender->SetIpTos(0x28);
    sender->TraceConnectWithoutContext(
        "CongestionWindow",
        Callback<void, std::uint32_t, std::uint32_t>([&](std::uint32_t, std::uint32_t now) {
            record->Line("cwnd " + std::to_string(now));
        }));
    sender->TraceConnectWithoutContext("RTT", Callback<void, Time, Time>([&](Time, Time now) {
                                           record->Line("rtt " +
                                                        std::to_string(now.GetNanoSeconds()));
                                       }));
    std::uint32_t left = 2'000'000;
    auto write = [&left](Ptr<Socket> socket, std::uint32_t) {
        while (left > 0)
        {
            const auto size = std::min(left, 20'000U);
            if (socket->Send(Create<Packet>(size)) < 0)
            {
                return;
            }
            left -= size;
        }
        socket->Close();
    };
    sender->SetSendCallback(Callback<void, Ptr<Socket>, std::uint32_t>(write));
    Simulator::Schedule(Seconds(2), [&] { sender->Connect(hosts.At(1, 9, v6)); });
    if (prepare)
    {
        prepare(hosts);
    }
    Simulator::Stop(Seconds(30));
    Simulator::Run();
    outcome.received = sink->GetTotalRx();
    outcome.retransmissions = sender->GetInfo().retransmissions;
    outcome.record = record->text;
    return outcome;
}

hoststack::LinkConfig
Lossy()
{
    auto link = TwoHosts::Default();
    link.loss = 0.01;
    link.queue.packets = 30;
    return link;
}

} // namespace

TEST_CASE("the direct path changes nothing but the work: every packet, time and trace is the same",
          "[socket]")
{
    const auto v6 = GENERATE(false, true);
    const auto on = Run(true, v6, Lossy());
    const auto off = Run(false, v6, Lossy());
    CHECK(on.received == 2'000'000);
    CHECK(off.received == 2'000'000);
    CHECK(on.retransmissions > 0);
    CHECK((on.record == off.record));
    CHECK(on.ipPackets < 30); // handshake, and what IPv6 does by itself
    CHECK(off.ipPackets > 1000);
}

TEST_CASE("direct path on and off agree while the link changes and its route goes and returns",
          "[socket]")
{
    auto events = [](TwoHosts& hosts) {
        const auto channel =
            DynamicCast<HoststackNetDevice>(hosts.devices.Get(0))->GetHoststackChannel();
        Simulator::Schedule(Seconds(2.3), [=] { channel->SetRate(0, 3'000'000); });
        Simulator::Schedule(Seconds(2.6),
                            [=] { channel->SetDelay(0, 30 * hoststack::kMillisecond); });
        Simulator::Schedule(Seconds(3.0), [=] { channel->SetDown(0, true); });
        Simulator::Schedule(Seconds(3.5), [=] { channel->SetDown(0, false); });
        const auto ip = hosts.nodes.Get(1)->GetObject<Ipv4L3Protocol>();
        Simulator::Schedule(Seconds(5), [=] { ip->SetDown(1); });
        Simulator::Schedule(Seconds(5.4), [=] { ip->SetUp(1); });
    };
    const auto on = Run(true, false, TwoHosts::Default(), events);
    const auto off = Run(false, false, TwoHosts::Default(), events);
    CHECK(on.received == 2'000'000);
    CHECK(off.received == on.received);
    CHECK((on.record == off.record));
}

TEST_CASE("a queue disc on the device closes the direct path", "[socket]")
{
    const auto outcome = Run(true, false, TwoHosts::Default(), [](TwoHosts& hosts) {
        TrafficControlHelper control;
        control.SetRootQueueDisc("ns3::PfifoFastQueueDisc");
        control.Install(hosts.devices.Get(0));
    });
    CHECK(outcome.received == 2'000'000);
    CHECK(outcome.ipPackets > 1000);
}

TEST_CASE("the direct path can be switched off and on while a connection runs", "[socket]")
{
    auto toggle = [](TwoHosts& hosts) {
        const auto stack = hosts.Stack(1); // one end suffices
        Simulator::Schedule(Seconds(2.2),
                            [=] { stack->SetAttribute("DirectPath", BooleanValue(false)); });
        Simulator::Schedule(Seconds(2.8),
                            [=] { stack->SetAttribute("DirectPath", BooleanValue(true)); });
    };
    const auto outcome = Run(true, false, TwoHosts::Default(), toggle, false);
    const auto off = Run(false, false, TwoHosts::Default(), {}, false);
    CHECK(outcome.received == 2'000'000);
    CHECK(outcome.ipPackets > 300);
    CHECK(outcome.ipPackets < off.ipPackets - 300);
    CHECK((outcome.record == off.record));
}
