// SPDX-License-Identifier: GPL-2.0-only

#include "two-hosts.h"

#include <ns3/on-off-helper.h>
#include <ns3/seq-ts-size-header.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace ns3;

namespace
{

constexpr std::uint16_t kPort = 9;

Ptr<PacketSink>
InstallSink(const TwoHosts& hosts, bool v6)
{
    const Address any = v6 ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), kPort))
                           : Address(InetSocketAddress(Ipv4Address::GetAny(), kPort));
    PacketSinkHelper helper(HoststackHelper::SocketFactory(), any);
    return DynamicCast<PacketSink>(helper.Install(hosts.nodes.Get(1)).Get(0));
}

} // namespace

TEST_CASE("BulkSend brings all its bytes to PacketSink over every device and IP version",
          "[socket]")
{
    const auto wire = GENERATE(Wire::Ours, Wire::PointToPoint, Wire::Csma);
    const auto v6 = GENERATE(false, true);
    CAPTURE(static_cast<int>(wire), v6);
    TwoHosts hosts(wire);
    const auto sink = InstallSink(hosts, v6);
    BulkSendHelper bulk(HoststackHelper::SocketFactory(), hosts.At(1, kPort, v6));
    bulk.SetAttribute("MaxBytes", UintegerValue(3'000'000));
    bulk.Install(hosts.nodes.Get(0)).Start(Seconds(2));
    Simulator::Stop(Seconds(6));
    Simulator::Run();
    // 3 MB take 2.4 s of payload alone at 10 Mbit/s.
    CHECK(sink->GetTotalRx() == 3'000'000);
    // Both ends have closed: the sender waits in TIME-WAIT, the receiver is gone.
    CHECK(hosts.Stack(0)->ConnectionCount() == 1);
    CHECK(hosts.Stack(1)->ConnectionCount() == 0);
}

TEST_CASE("OnOff keeps its rate over our link and over CSMA", "[socket]")
{
    const auto wire = GENERATE(Wire::Ours, Wire::Csma);
    TwoHosts hosts(wire);
    const auto sink = InstallSink(hosts, false);
    OnOffHelper source(HoststackHelper::SocketFactory(), hosts.At(1, kPort));
    source.SetConstantRate(DataRate("1Mbps"), 1000);
    source.Install(hosts.nodes.Get(0)).Start(Seconds(1));
    Simulator::Stop(Seconds(5));
    Simulator::Run();
    // 4 s of 125 packets a second; the last ones are on their way.
    CHECK(sink->GetTotalRx() <= 500'000);
    CHECK(sink->GetTotalRx() >= 495'000);
}

TEST_CASE("an application's own header survives when payload is real", "[socket]")
{
    const auto directPath = GENERATE(true, false);
    TwoHosts hosts(Wire::Ours, directPath);
    for (std::uint32_t host : {0U, 1U})
    {
        hosts.Stack(host)->SetAttribute("VirtualPayload", BooleanValue(false));
    }
    BulkSendHelper bulk(HoststackHelper::SocketFactory(), hosts.At(1, kPort));
    bulk.SetAttribute("MaxBytes", UintegerValue(100'000));
    bulk.SetAttribute("SendSize", UintegerValue(1000));
    bulk.SetAttribute("EnableSeqTsSizeHeader", BooleanValue(true));
    bulk.Install(hosts.nodes.Get(0)).Start(Seconds(1));
    const auto sink = InstallSink(hosts, false);
    sink->SetAttribute("EnableSeqTsSizeHeader", BooleanValue(true));
    std::vector<std::uint32_t> sequence;
    sink->TraceConnectWithoutContext(
        "RxWithSeqTsSize",
        Callback<void, Ptr<const Packet>, const Address&, const Address&, const SeqTsSizeHeader&>(
            [&sequence](Ptr<const Packet>,
                        const Address&,
                        const Address&,
                        const SeqTsSizeHeader& header) {
                CHECK(header.GetSize() == 1000);
                sequence.push_back(header.GetSeq());
            }));
    Simulator::Stop(Seconds(5));
    Simulator::Run();
    REQUIRE(sequence.size() == 100);
    for (std::uint32_t i = 0; i < sequence.size(); ++i)
    {
        CHECK(sequence[i] == i);
    }
}

TEST_CASE("goodput over our link is the link's rate less headers", "[socket]")
{
    TwoHosts hosts;
    const auto sink = InstallSink(hosts, false);
    BulkSendHelper bulk(HoststackHelper::SocketFactory(), hosts.At(1, kPort));
    bulk.SetAttribute("MaxBytes", UintegerValue(0));
    bulk.Install(hosts.nodes.Get(0)).Start(Seconds(0));
    std::uint64_t before = 0;
    Simulator::Schedule(Seconds(2), [&] { before = sink->GetTotalRx(); });
    Simulator::Stop(Seconds(4));
    Simulator::Run();
    // 1448 bytes of payload in 1500 of IP.
    const double expected = 10e6 / 8 * 2 * 1448 / 1500;
    CHECK(static_cast<double>(sink->GetTotalRx() - before) == Approx(expected).epsilon(0.003));
}

TEST_CASE("pcap and ascii traces of a helper are written by ns-3's rules", "[socket]")
{
    const auto prefix = (std::filesystem::temp_directory_path() / "hs-applications-test").string();
    const std::string pcap = prefix + "-0-1.pcap";
    const std::string text = prefix + ".tr";
    {
        TwoHosts hosts;
        hosts.links.EnablePcap(prefix, hosts.devices);
        AsciiTraceHelper ascii;
        hosts.links.EnableAsciiAll(ascii.CreateFileStream(text));
        const auto sink = InstallSink(hosts, false);
        BulkSendHelper bulk(HoststackHelper::SocketFactory(), hosts.At(1, kPort));
        bulk.SetAttribute("MaxBytes", UintegerValue(5000));
        bulk.Install(hosts.nodes.Get(0)).Start(Seconds(2));
        Simulator::Stop(Seconds(3));
        Simulator::Run();
        CHECK(sink->GetTotalRx() == 5000);
    }
    std::ifstream in(pcap, std::ios::binary);
    std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
    REQUIRE(bytes.size() > 24 + 5000);
    CHECK(bytes[20] == 101); // LINKTYPE_RAW
    std::ifstream trace(text);
    const std::string lines{std::istreambuf_iterator<char>(trace), {}};
    CHECK(lines.find("+ 2 /NodeList/0/DeviceList/1/$ns3::HoststackNetDevice/MacTx") !=
          std::string::npos);
    CHECK(lines.find("ns3::TcpHeader") != std::string::npos);
    CHECK(lines.find("\nr ") != std::string::npos);
    for (const auto& file : {pcap, prefix + "-1-1.pcap", text})
    {
        std::remove(file.c_str());
    }
}
