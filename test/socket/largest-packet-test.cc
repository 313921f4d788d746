// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-channel.h"
#include "two-hosts.h"

#include <catch2/catch.hpp>

using namespace ns3;
using hoststack::kSecond;
using hoststack::TimeNs;

namespace
{

/// An upload of 300 kB over a path whose narrowest hop takes 1400 bytes of IP.
struct NarrowPath
{
    NarrowPath(bool answers, bool detects)
    {
        const auto device = DynamicCast<HoststackNetDevice>(hosts.devices.Get(0));
        auto& box = device->GetHoststackChannel()->Middlebox(device->GetSide());
        box.SetLargest({1400, answers});
        auto config = std::make_shared<HoststackTcpConfig>(*hosts.Stack(0)->GetConfig());
        config->detectsBlackHoles = detects;
        hosts.Stack(0)->SetConfig(config);
        const auto factory = HoststackHelper::SocketFactory();
        const auto sink = DynamicCast<PacketSink>(
            PacketSinkHelper(factory, hosts.At(1, 9)).Install(hosts.nodes.Get(1)).Get(0));
        BulkSendHelper source(factory, hosts.At(1, 9));
        source.SetAttribute("MaxBytes", UintegerValue(300'000));
        source.SetAttribute("SendSize", UintegerValue(100'000));
        source.Install(hosts.nodes.Get(0));
        sink->TraceConnectWithoutContext("Rx",
                                         Callback<void, Ptr<const Packet>, const Address&>(
                                             [this](Ptr<const Packet>, const Address&) {
                                                 last = Simulator::Now().GetNanoSeconds();
                                             }));
        Simulator::Stop(Seconds(30));
        Simulator::Run();
        received = sink->GetTotalRx();
        tooLarge = box.TooLarge();
    }

    TwoHosts hosts;
    std::uint64_t received{0};
    std::uint64_t tooLarge{0};
    TimeNs last{0};
};

} // namespace

TEST_CASE("a hop that says what is too large for it is served at once", "[socket][mtu]")
{
    const NarrowPath path(true, false);
    CHECK(path.received == 300'000);
    CHECK(path.tooLarge > 0);
    CHECK(path.tooLarge <= 10); // the first window
    CHECK(path.last < kSecond);
}

TEST_CASE("a hop that swallows in silence what is too large stops a connection for good",
          "[socket][mtu]")
{
    const NarrowPath path(false, false);
    CHECK(path.received == 0);
    CHECK(path.tooLarge > 10);
}

TEST_CASE("black-hole detection gets past such a hop after three seconds", "[socket][mtu]")
{
    const NarrowPath path(false, true);
    CHECK(path.received == 300'000);
    CHECK(path.last > 3 * kSecond);
    CHECK(path.last < 12 * kSecond);
}
