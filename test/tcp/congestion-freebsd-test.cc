// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-congestion-freebsd-cubic.h"
#include "ns3/hs-congestion-freebsd-newreno.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::tcp;

namespace
{

constexpr TimeNs kPathRtt = 100 * kMillisecond;

/// As many ACKs of one segment, \p gap apart.
void
Acknowledge(FreebsdCubic& cubic, CongestionLedger& state, int acks, TimeNs gap)
{
    for (int i = 0; i < acks; ++i)
    {
        state.Tell().now += gap;
        cubic.OnAcked(state, 1, kPathRtt);
        cubic.IncreaseWindow(state, 1);
    }
}

} // namespace

TEST_CASE("FreeBSD's slow start grows by two segments for an ACK, however many it acknowledges",
          "[tcp][congestion]")
{
    FreebsdNewReno reno;
    CongestionLedger state;
    state.SetCwnd(10);
    reno.IncreaseWindow(state, 1);
    CHECK(state.Cwnd() == 11);
    reno.IncreaseWindow(state, 16);
    CHECK(state.Cwnd() == 13);
    state.Tell().caState = CaState::Loss;
    reno.IncreaseWindow(state, 16);
    CHECK(state.Cwnd() == 14);
}

TEST_CASE("FreeBSD's NewReno grows by a segment for each window and halves", "[tcp][congestion]")
{
    FreebsdNewReno reno;
    CongestionLedger state;
    state.SetCwnd(21);
    state.SetSsthresh(20);
    for (int i = 0; i < 21; ++i)
    {
        reno.IncreaseWindow(state, 1);
    }
    CHECK(state.Cwnd() == 22);
    CHECK(reno.Ssthresh(state) == 11);
    state.SetCwnd(3);
    CHECK(reno.Ssthresh(state) == 2);
    state.SetCwnd(50);
    reno.OnEvent(state, CaEvent::CwndRestart);
    CHECK(state.Cwnd() == 10);
}

TEST_CASE("FreeBSD's CUBIC halves at the first loss and leaves 0.7 at later ones",
          "[tcp][congestion]")
{
    FreebsdCubic cubic;
    CongestionLedger state;
    state.SetCwnd(10);
    cubic.Init(state);
    state.SetCwnd(1000);
    CHECK(cubic.Ssthresh(state) == 500);
    CHECK(cubic.LastMax() == 699); // 179 of 256
    state.SetCwnd(900);
    CHECK(cubic.Ssthresh(state) == 629);
    CHECK(cubic.LastMax() == 900);
    state.SetCwnd(800); // below the last: fast convergence, 217 of 256
    CHECK(cubic.Ssthresh(state) == 474);
    CHECK(cubic.LastMax() == 678);
}

TEST_CASE("FreeBSD's CUBIC is back at Wmax after K and grows beyond it", "[tcp][congestion]")
{
    FreebsdCubic cubic;
    CongestionLedger state;
    state.SetCwnd(10);
    state.Tell().srtt = kPathRtt;
    state.Tell().mss = 1448;
    cubic.Init(state);
    Acknowledge(cubic, state, 20, kMillisecond);
    state.SetCwnd(1000);
    state.SetSsthresh(cubic.Ssthresh(state)); // the first loss
    cubic.OnStateChange(state, CaState::Recovery);
    cubic.OnStateChange(state, CaState::Open);
    state.SetCwnd(1000);
    state.SetSsthresh(cubic.Ssthresh(state));
    CHECK(state.Ssthresh() == 699);
    state.SetCwnd(700);
    // K = cbrt(1000 * 0.3 / 0.4) = 9.09 s; the curve looks one RTT ahead.
    Acknowledge(cubic, state, 8900, kMillisecond);
    CHECK(state.Cwnd() == Approx(1000).margin(3));
    Acknowledge(cubic, state, 4000, kMillisecond);
    // 0.4 * (13 - 9.09)^3
    CHECK(state.Cwnd() == Approx(1024).margin(5));
    CHECK(cubic.Phase() == "curve");
}

TEST_CASE("FreeBSD's CUBIC follows Reno where the curve is slower", "[tcp][congestion]")
{
    FreebsdCubic cubic;
    CongestionLedger state;
    constexpr TimeNs rtt = 5 * kMillisecond;
    state.SetCwnd(20);
    state.Tell().srtt = rtt;
    state.Tell().mss = 1448;
    cubic.Init(state);
    Acknowledge(cubic, state, 20, kMillisecond);
    state.SetCwnd(20);
    cubic.Ssthresh(state);
    state.SetCwnd(20);
    state.SetSsthresh(cubic.Ssthresh(state));
    cubic.OnStateChange(state, CaState::Open);
    state.SetCwnd(14);
    Acknowledge(cubic, state, 500, kMillisecond);
    // 0.7 * 20 + 0.53 a round: 100 rounds.
    CHECK(state.Cwnd() == Approx(14 + 53).margin(3));
    CHECK(cubic.Phase() == "reno-friendly");
}

TEST_CASE("a time-out leaves FreeBSD's CUBIC 0.7 of what is in flight, and its Wmax",
          "[tcp][congestion]")
{
    FreebsdCubic cubic;
    CongestionLedger state;
    state.SetCwnd(10);
    cubic.Init(state);
    state.SetCwnd(1000);
    cubic.Ssthresh(state);
    const auto before = cubic.LastMax();
    state.Tell().inFlight = 100;
    state.SetSsthresh(cubic.Ssthresh(state));
    cubic.OnEvent(state, CaEvent::Loss);
    CHECK(state.Ssthresh() == 69);
    CHECK(cubic.LastMax() == before);
}
