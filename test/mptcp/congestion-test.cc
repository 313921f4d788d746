// SPDX-License-Identifier: GPL-2.0-only

#include "multi-path.h"
#include "ns3/hs-congestion-balia.h"
#include "ns3/hs-congestion-lia.h"
#include "ns3/hs-congestion-olia.h"
#include "ns3/hs-congestion-wvegas.h"

#include <catch2/catch.hpp>

// Coupled congestion control: the formulas, then fairness and shift on a shared bottleneck.

namespace
{

using namespace hoststack;
using namespace hoststack::mptcp;
using namespace hoststack::test;

tcp::CongestionLedger
State(std::uint32_t cwnd, TimeNs srtt)
{
    tcp::CongestionLedger s;
    s.SetCwnd(cwnd);
    s.SetSsthresh(2);
    s.Tell().srtt = srtt;
    return s;
}

/// Growth of \p c per segment acknowledged, over many.
double
Growth(CoupledCongestion& c, tcp::CongestionLedger state)
{
    const auto before = state.Cwnd();
    double grown = 0;
    for (int i = 0; i < 20000; ++i)
    {
        c.IncreaseWindow(state, 1);
        grown += static_cast<double>(state.Cwnd()) - before;
        state.SetCwnd(before); // the point, not the path
    }
    return grown / 20000;
}

template <class C>
struct Pair
{
    std::shared_ptr<CoupledGroup> group{std::make_shared<CoupledGroup>()};
    C a{group};
    C b{group};
};

/// A connection of two subflows and a plain TCP-like one over the same bottleneck: the share that
/// the multipath one gets. Modelled as an ideal link with a drop-tail queue shared by three flows
/// in rounds.
template <class C>
double
ShareAtBottleneck(const std::string&)
{
    Pair<C> two;
    tcp::CongestionLedger s[2] = {State(10, 20 * kMillisecond), State(10, 20 * kMillisecond)};
    double single = 10;
    double multipath = 0;
    double alone = 0;
    const double capacity = 120;
    int turn = 0;
    for (int round = 0; round < 40000; ++round)
    {
        CoupledCongestion* c[2] = {&two.a, &two.b};
        for (int i = 0; i < 2; ++i)
        {
            c[i]->OnAcked(s[i], s[i].Cwnd(), s[i].Facts().srtt);
            c[i]->IncreaseWindow(s[i], s[i].Cwnd());
        }
        single += 1;
        const double sum = s[0].Cwnd() + s[1].Cwnd() + single;
        if (round > 1000)
        {
            multipath += s[0].Cwnd() + s[1].Cwnd();
            alone += single;
        }
        if (sum > capacity)
        {
            // Loss hits flows by their share of the window, in a fixed rotation.
            turn = (turn + 37) % 1000;
            const double at = sum * turn / 1000;
            if (at < s[0].Cwnd())
            {
                s[0].SetSsthresh(c[0]->Ssthresh(s[0]));
                s[0].SetCwnd(s[0].Ssthresh());
            }
            else if (at < s[0].Cwnd() + s[1].Cwnd())
            {
                s[1].SetSsthresh(c[1]->Ssthresh(s[1]));
                s[1].SetCwnd(s[1].Ssthresh());
            }
            else
            {
                single = std::max(1.0, single / 2);
            }
        }
    }
    return multipath / (multipath + alone);
}

} // namespace

TEST_CASE("LIA grows as RFC 6356 says", "[mptcp]")
{
    Pair<LiaCongestion> p;
    auto a = State(20, 20 * kMillisecond);
    auto b = State(10, 100 * kMillisecond);
    p.a.OnAcked(a, 1, 0);
    p.b.OnAcked(b, 1, 0);
    // alpha = 30 * (20 / 0.02^2) / (20 / 0.02 + 10 / 0.1)^2
    const double alpha = 30 * 50000.0 / (1100.0 * 1100.0);
    CHECK(Growth(p.a, a) == Approx(alpha / 30).epsilon(0.02));
    CHECK(Growth(p.b, b) == Approx(alpha / 30).epsilon(0.02));
    // Never faster than TCP on that path.
    auto small = State(2, 20 * kMillisecond);
    p.b.OnAcked(small, 1, 0);
    CHECK(Growth(p.b, small) <= 0.51);
}

TEST_CASE("a coupled control alone is Reno", "[mptcp]")
{
    for (const auto* name : {"lia", "olia", "balia"})
    {
        auto group = std::make_shared<CoupledGroup>();
        auto c = CoupledCongestionControls().Create(name, group);
        auto state = State(40, 50 * kMillisecond);
        c->OnAcked(state, 1, 0);
        CAPTURE(name);
        CHECK(Growth(static_cast<CoupledCongestion&>(*c), state) == Approx(1.0 / 40).epsilon(0.02));
        CHECK(c->Ssthresh(state) == 20);
    }
}

TEST_CASE("OLIA moves window to the better path that has the smaller window", "[mptcp]")
{
    Pair<OliaCongestion> p;
    auto a = State(30, 50 * kMillisecond);
    auto b = State(10, 50 * kMillisecond);
    // Path b has carried more since its last loss.
    p.a.OnAcked(a, 100, 0);
    p.b.OnAcked(b, 10000, 0);
    const double sum = 40 / 0.05;
    const double baseA = 30 / 0.0025 / (sum * sum);
    const double baseB = 10 / 0.0025 / (sum * sum);
    CHECK(Growth(p.a, a) == Approx(baseA - 0.5 / 30).epsilon(0.03));
    CHECK(Growth(p.b, b) == Approx(baseB + 0.5 / 10).epsilon(0.03));
}

TEST_CASE("BALIA weighs growth and decrease by the rates' ratio", "[mptcp]")
{
    Pair<BaliaCongestion> p;
    auto a = State(30, 50 * kMillisecond);
    auto b = State(10, 50 * kMillisecond);
    p.a.OnAcked(a, 1, 0);
    p.b.OnAcked(b, 1, 0);
    const double sum = 40 / 0.05;
    const double alpha = 3;
    CHECK(Growth(p.b, b) ==
          Approx(10 / 0.0025 / (sum * sum) * (1 + alpha) / 2 * (4 + alpha) / 5).epsilon(0.02));
    CHECK(p.a.Ssthresh(a) == 15);
    CHECK(p.b.Ssthresh(b) == 2); // 10 - 5 * 1.5
}

TEST_CASE("weighted Vegas keeps a few segments queued and leaves the rest", "[mptcp]")
{
    auto group = std::make_shared<CoupledGroup>();
    WeightedVegasCongestion c(group);
    auto state = State(60, 50 * kMillisecond);
    state.SetSsthresh(10);
    // A path of 1000 segments per second and 50 ms: everything above 50 segments queues.
    for (int round = 0; round < 400; ++round)
    {
        const auto rtt = std::max<TimeNs>(50 * kMillisecond, state.Cwnd() * kMillisecond);
        state.Tell().srtt = rtt;
        state.Tell().sndUna = state.Facts().sndNxt;
        state.Tell().sndNxt += state.Cwnd();
        c.OnAcked(state, state.Cwnd(), rtt);
        if (round == 0)
        {
            c.OnAcked(state, 1, 50 * kMillisecond);
        }
        c.IncreaseWindow(state, state.Cwnd());
    }
    CHECK(state.Cwnd() >= 25);
    CHECK(state.Cwnd() <= 66);
}

TEST_CASE("coupled subflows take no more of a shared bottleneck than one flow would", "[mptcp]")
{
    const double lia = ShareAtBottleneck<LiaCongestion>("lia");
    const double olia = ShareAtBottleneck<OliaCongestion>("olia");
    const double balia = ShareAtBottleneck<BaliaCongestion>("balia");
    CAPTURE(lia, olia, balia);
    // Two uncoupled flows of three would take two thirds.
    CHECK(lia < 0.60);
    CHECK(olia < 0.60);
    CHECK(balia < 0.62);
    CHECK(lia > 0.3);
    CHECK(olia > 0.3);
    CHECK(balia > 0.3);
}

TEST_CASE("coupled traffic leaves a lossy path for a clean one", "[mptcp]")
{
    const auto share = [](const std::string& congestion) {
        auto server = TestConfig();
        server.congestion = congestion;
        std::vector<LinkConfig> links{MultiPath::Lossy(MultiPath::Link(20, 20, 60), 0.02),
                                      MultiPath::Link(20, 20, 60)};
        MultiPath net(TestConfig(), server, links);
        net.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(1));
        Transfer transfer(net, 1, 1000000000);
        net.Start();
        net.Run(30 * kSecond);
        const auto info = net.InfoOf(1);
        const double a = static_cast<double>(info.subflows.at(0).tcp.bytesAcked);
        const double b = static_cast<double>(info.subflows.at(1).tcp.bytesAcked);
        return a / (a + b);
    };
    const double uncoupled = share("reno");
    for (const auto* name : {"lia", "olia", "balia"})
    {
        CAPTURE(name, uncoupled);
        CHECK(share(name) < uncoupled);
    }
}

TEST_CASE("an unknown congestion control is refused by name", "[mptcp]")
{
    auto config = TestConfig();
    config.congestion = "lai";
    CHECK_THROWS(MultiPath(config, TestConfig(), {MultiPath::Link(1, 1)}).Start());
}
