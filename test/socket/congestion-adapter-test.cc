// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-congestion-ns3-adapter.h"
#include "two-hosts.h"

#include <catch2/catch.hpp>

using namespace ns3;
using hoststack::tcp::CaState;
using hoststack::tcp::CongestionControls;
using hoststack::tcp::CongestionLedger;

TEST_CASE("ns-3's algorithms are known under ns3: and under ns3::", "[socket]")
{
    CHECK(KnowCongestion("ns3:TcpVegas"));
    CHECK(KnowCongestion("ns3::TcpNewReno"));
    CHECK(KnowCongestion("cubic"));
    CHECK_FALSE(KnowCongestion("ns3:TcpSocketBase"));
    CHECK_FALSE(KnowCongestion("ns3:TcpNothing"));
    CHECK_FALSE(KnowCongestion("TcpVegas"));
    CHECK(std::string(CongestionControls().Create("ns3:TcpVegas")->Name()) == "ns3:TcpVegas");
}

TEST_CASE("ns-3's NewReno grows and halves as RFC 5681 says", "[socket]")
{
    REQUIRE(KnowCongestion("ns3:TcpNewReno"));
    const auto reno = CongestionControls().Create("ns3:TcpNewReno");
    CongestionLedger state;
    state.Tell().mss = 1000;
    state.SetCwnd(10);
    reno->Init(state);
    CHECK(state.Cwnd() == 10);
    reno->IncreaseWindow(state, 1);
    CHECK(state.Cwnd() == 11); // slow start
    state.Tell().inFlight = 20;
    CHECK(reno->Ssthresh(state) == 10);
    state.SetCwnd(10);
    state.SetSsthresh(10);
    // Congestion avoidance: ten acknowledgements are worth one segment; fractions are kept.
    for (int i = 0; i < 9; ++i)
    {
        reno->IncreaseWindow(state, 1);
        CHECK(state.Cwnd() == 10);
    }
    reno->IncreaseWindow(state, 1);
    reno->IncreaseWindow(state, 1);
    CHECK(state.Cwnd() == 11);
    // A window set from outside is taken over.
    state.SetCwnd(40);
    reno->OnStateChange(state, CaState::Recovery);
    CHECK(state.Cwnd() == 40);
    state.Tell().inFlight = 40;
    CHECK(reno->Ssthresh(state) == 20);
}

TEST_CASE("every congestion control of ns-3 carries a transfer over a lossy link", "[socket]")
{
    const auto name = GENERATE("TcpNewReno",
                               "TcpLinuxReno",
                               "TcpCubic",
                               "TcpBic",
                               "TcpVegas",
                               "TcpVeno",
                               "TcpWestwood",
                               "TcpHighSpeed",
                               "TcpHtcp",
                               "TcpHybla",
                               "TcpIllinois",
                               "TcpScalable",
                               "TcpYeah",
                               "TcpLedbat",
                               "TcpLp",
                               "TcpBbr");
    CAPTURE(name);
    auto link = TwoHosts::Default();
    link.loss = 0.002;
    link.queue.packets = 50;
    TwoHosts hosts(Wire::Ours, true, link);
    const auto control = std::string("ns3:") + name;
    if (std::string(name) == "TcpWestwood" && !KnowCongestion(control))
    {
        return; // TcpWestwoodPlus took its place in later releases
    }
    hosts.Stack(0)->SetAttribute("CongestionControl", StringValue(control));
    BulkSendHelper bulk(HoststackHelper::SocketFactory(), hosts.At(1, 9));
    bulk.SetAttribute("MaxBytes", UintegerValue(2'000'000));
    bulk.Install(hosts.nodes.Get(0)).Start(Seconds(1));
    PacketSinkHelper helper(HoststackHelper::SocketFactory(), hosts.At(1, 9));
    const auto sink = DynamicCast<PacketSink>(helper.Install(hosts.nodes.Get(1)).Get(0));
    Simulator::Stop(Seconds(20));
    Simulator::Run();
    CHECK(sink->GetTotalRx() == 2'000'000);
}
