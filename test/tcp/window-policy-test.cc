// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-config.h"
#include "ns3/hs-window-policy.h"

#include <catch2/catch.hpp>
#include <type_traits>

using namespace hoststack;
using namespace hoststack::tcp;

namespace
{

/// A receiver that has announced \p window at offset 1 and holds \p memory.
ReceiveLedger
Ledger(std::uint32_t buffer, std::uint8_t shift, std::uint32_t window, std::uint32_t memory)
{
    ReceiveLedger s;
    s.SetBuffer(buffer);
    s.Tell().bufferMax = 6291456;
    s.SetWindowShift(shift);
    s.SetWindowClamp(buffer / 2);
    s.SetSsthresh(buffer / 2);
    s.SetWindow(window);
    s.Tell().memory = memory;
    s.Tell().mss = s.Tell().advMss = 1000;
    s.Tell().next = s.Tell().windowUpdated = s.Tell().read = 1;
    return s;
}

std::unique_ptr<WindowPolicy>
Linux()
{
    return WindowPolicies().Create("linux", Config());
}

} // namespace

TEST_CASE("the scale of Linux holds the largest buffer", "[tcp][window]")
{
    // Facts sheet linux.md 1.3.5: 1 MB: 5, 2 MB: 6, 4 MB: 7, 6 MB: 7, 32 MB: 10.
    const std::pair<std::uint32_t, int> cases[] = {{1u << 20, 5},
                                                   {2u << 20, 6},
                                                   {4u << 20, 7},
                                                   {6291456, 7},
                                                   {32u << 20, 10}};
    for (const auto& [largest, shift] : cases)
    {
        ReceiveLedger s;
        s.Tell().bufferMax = largest;
        Linux()->Init(s, true);
        CHECK(s.WindowShift() == shift);
    }
}

TEST_CASE("a small locked buffer has no scale", "[tcp][window]")
{
    // Facts sheet linux.md 1.3.4.
    ReceiveLedger s;
    s.SetBuffer(16384);
    s.Tell().bufferLocked = true;
    Linux()->Init(s, true);
    CHECK(s.WindowShift() == 0);
    CHECK(s.Window() == 8192 - 8192 % 1460); // half of the buffer in whole segments
}

TEST_CASE("the first window of Linux is half the buffer in whole segments", "[tcp][window]")
{
    // 131072 / 2 = 65536; a Linux SYN announces 44 * 1460 = 64240, a SYN/ACK 45 * 1448 = 65160
    // (facts sheet linux.md 11.2 has 65160).
    ReceiveLedger s;
    s.Tell().advMss = 1460;
    Linux()->Init(s, true);
    CHECK(s.Window() == 64240);
    s.Tell().advMss = 1448;
    Linux()->Init(s, true);
    CHECK(s.Window() == 65160);
}

TEST_CASE("above half full the free space is announced, rounded up to the scale", "[tcp][window]")
{
    // Facts sheet linux.md 1.4.4: 100000 bytes free are worth 50000.
    auto s = Ledger(131072, 7, 0, 31072);
    CHECK(Linux()->Candidate(s) == (50000 + 127) / 128 * 128);
    s.SetQuickAcks(5);
    Linux()->Candidate(s);
    CHECK(s.QuickAcks() == 5);
}

TEST_CASE("below half full it is rounded down and quick ACKs end", "[tcp][window]")
{
    // Facts sheet linux.md 1.4.2 a and c; then 1.4.4 rounds what is a multiple already.
    auto s = Ledger(131072, 7, 0, 81072);
    s.SetQuickAcks(5);
    CHECK(Linux()->Candidate(s) == 25000 / 128 * 128);
    CHECK(s.QuickAcks() == 0);
}

TEST_CASE("the window closes early below a sixteenth or one segment", "[tcp][window]")
{
    // Facts sheet linux.md 1.4.2 d: allowed 65536, a sixteenth is 4096.
    auto s = Ledger(131072, 0, 0, 131072 - 2 * 4097);
    CHECK(Linux()->Candidate(s) == 4000);
    s.Tell().memory = 131072 - 2 * 4095;
    CHECK(Linux()->Candidate(s) == 0);
    auto small = Ledger(16384, 0, 0, 16384 - 2 * 1001); // allowed / 16 = 512, mss = 1000
    CHECK(Linux()->Candidate(small) == 1000);
    small.Tell().memory = 16384 - 2 * 999;
    CHECK(Linux()->Candidate(small) == 0);
}

TEST_CASE("without scale the window stays until a segment fits more", "[tcp][window]")
{
    // Facts sheet linux.md 1.4.4: W stays, unless W <= free - mss or W > free.
    auto s = Ledger(65536, 0, 20000, 65536 - 2 * 20500);
    CHECK(Linux()->Candidate(s) == 20000);
    s.Tell().memory = 65536 - 2 * 21000;
    CHECK(Linux()->Candidate(s) == 21000);
    s.Tell().memory = 65536 - 2 * 19999;
    CHECK(Linux()->Candidate(s) == 19000);
}

TEST_CASE("what was announced is not taken back, unless shrinking is on", "[tcp][window]")
{
    // Facts sheet linux.md 1.4.5 (ii) and 1.4.6.
    auto s = Ledger(131072, 7, 50000, 131072 - 2 * 30000);
    s.Tell().next = 10001; // 40000 of the announcement are left
    CHECK(Linux()->Select(s) == (40000 + 127) / 128 * 128);
    s.Tell().shrink = true;
    CHECK(Linux()->Select(s) == 30000 / 128 * 128);
    s.SetWindowShift(0); // no shrinking without scale
    CHECK(Linux()->Select(s) == 40000);
}

TEST_CASE("memory pressure cuts the threshold to four segments", "[tcp][window]")
{
    // Facts sheet linux.md 1.4.2 b.
    auto s = Ledger(131072, 0, 0, 81072);
    s.Tell().underPressure = true;
    CHECK(Linux()->Candidate(s) == 4000);
    CHECK(s.Ssthresh() == 4000);
}

TEST_CASE("the threshold grows by two segments for each that wastes no memory", "[tcp][window]")
{
    // Facts sheet linux.md 1.5.2: win_from_space(truesize) <= length, then 2 * advmss.
    auto s = Ledger(131072, 7, 20000, 0);
    s.SetSsthresh(20000);
    auto policy = Linux();
    policy->OnData(s, 1448, 2304);       // 1152 <= 1448
    CHECK(s.Ssthresh() == 20000 + 2896); // at least twice the length
    CHECK(s.QuickAcks() == 1);
    s.Tell().underPressure = true;
    policy->OnData(s, 1448, 2304);
    CHECK(s.Ssthresh() == 4000);
}

TEST_CASE("the threshold does not grow beyond the free space", "[tcp][window]")
{
    // Facts sheet linux.md 1.5.1: growth is limited to the room.
    auto s = Ledger(131072, 7, 60000, 9072); // 61000 free
    s.SetSsthresh(60500);
    Linux()->OnData(s, 1448, 2304);
    CHECK(s.Ssthresh() == 61000);
}

TEST_CASE("a read announces a window that has at least doubled", "[tcp][window]")
{
    // Facts sheet linux.md 1.6.2; clamp 65536.
    auto s = Ledger(131072, 7, 10000, 131072 - 2 * 19000);
    CHECK_FALSE(Linux()->UpdateDue(s));
    s.Tell().memory = 131072 - 2 * 21000;
    CHECK(Linux()->UpdateDue(s));
    s.SetWindow(33000); // more than half of the clamp is open: never
    s.Tell().memory = 0;
    CHECK_FALSE(Linux()->UpdateDue(s));
    s.SetWindow(0); // from zero any window will do
    s.Tell().memory = 131072 - 2 * 4200;
    CHECK(Linux()->UpdateDue(s));
}

TEST_CASE("right-sizing doubles what was read in a round trip and adds for growth", "[tcp][window]")
{
    // Facts sheet linux.md 1.11.1: 2 * 30000 + 16 * 1000 = 76000; growth from 10000 by 20000 adds
    // 2 * 76000 * 20000 / 10000 = 304000; at a ratio of a half that is a buffer of 760000.
    auto s = Ledger(131072, 7, 65536, 0);
    auto policy = Linux();
    policy->Established(s);
    s.Tell().receiverRtt = 100 * kMillisecond;
    s.Tell().read = s.Tell().next = 30001;
    s.Tell().now = 99 * kMillisecond;
    policy->OnRead(s);
    CHECK(s.Buffer() == 131072); // the round trip is not over
    s.Tell().now = 100 * kMillisecond;
    policy->OnRead(s);
    CHECK(s.Buffer() == 760000);
    s.Tell().read = s.Tell().next = 60001; // no more than last time: nothing
    s.Tell().now = 200 * kMillisecond;
    policy->OnRead(s);
    CHECK(s.Buffer() == 760000);
}

TEST_CASE("right-sizing stops at the limit and leaves a locked buffer alone", "[tcp][window]")
{
    for (const bool locked : {false, true})
    {
        auto s = Ledger(131072, 7, 65536, 0);
        s.Tell().bufferLocked = locked;
        auto policy = Linux();
        policy->Established(s);
        s.Tell().receiverRtt = kMillisecond;
        s.Tell().now = kMillisecond;
        s.Tell().read = s.Tell().next = 5000001;
        policy->OnRead(s);
        CHECK(s.Buffer() == (locked ? 131072u : 6291456u));
    }
}

TEST_CASE("a larger segment corrects what the buffer is worth", "[tcp][window]")
{
    // Facts sheet linux.md 1.3.1: ratio = 1448 * 256 / 2304 = 160.
    auto s = Ledger(131072, 7, 65536, 0);
    Linux()->OnLargerSegment(s, 1448, 2304);
    CHECK(s.ScalingRatio() == 160);
    CHECK(s.FullSpace() == 131072u * 160 / 256);
    CHECK(s.WindowClamp() == s.FullSpace());
}

TEST_CASE("RFC 1122: the edge waits until it can move by a segment or half the buffer",
          "[tcp][window]")
{
    // RFC 9293 section 3.8.6.2.2: min(Fr * RCV.BUFF, Eff.snd.MSS).
    auto policy = WindowPolicies().Create("rfc1122", Config());
    ReceiveLedger s;
    s.SetBuffer(10000);
    s.Tell().advMss = 1000;
    s.Tell().next = s.Tell().windowUpdated = s.Tell().read = 1;
    policy->Init(s, true);
    CHECK(s.WindowShift() == 0);
    CHECK(s.Window() == 10000);
    s.Tell().next = 10001; // all used
    CHECK(policy->Select(s) == 0);
    s.Tell().read = 1000; // 999 free
    CHECK(policy->Select(s) == 0);
    CHECK_FALSE(policy->UpdateDue(s));
    s.Tell().read = 1001;
    CHECK(policy->UpdateDue(s));
    CHECK(policy->Select(s) == 1000);
    CHECK_FALSE(policy->CountsOverhead());
}

TEST_CASE("a policy lets the buffer grow, never beyond the largest and never one that was set",
          "[tcp]")
{
    auto ledger = Ledger(65536, 7, 30000, 0);
    ledger.Tell().bufferMax = 100000;
    ReceiveState& seen = ledger;
    CHECK_FALSE(seen.GrowBuffer(60000));
    CHECK(seen.Buffer() == 65536);
    CHECK(seen.GrowBuffer(80000));
    CHECK(seen.GrowBuffer(std::uint64_t{1} << 40));
    CHECK(seen.Buffer() == 100000);
    CHECK_FALSE(seen.GrowBuffer(100001));
    ledger.Tell().bufferMax = 200000;
    ledger.Tell().bufferLocked = true;
    CHECK_FALSE(seen.GrowBuffer(150000));
    seen.SetWindowShift(15);
    CHECK(seen.WindowShift() == ReceiveState::kLargestShift);
    seen.SetScalingRatio(0);
    CHECK(seen.ToSpace(1) == 256);
    static_assert(!std::is_default_constructible_v<ReceiveState> &&
                  std::is_same_v<decltype(seen.Facts()), const ReceiveFacts&>);
}

TEST_CASE("FreeBSD announces a read that frees half the buffer, or a quarter by two segments",
          "[tcp][window]")
{
    auto policy = WindowPolicies().Create("freebsd", Config());
    ReceiveLedger s;
    s.SetBuffer(40000);
    s.Tell().bufferMax = 40000;
    s.Tell().advMss = 1000;
    s.Tell().next = s.Tell().windowUpdated = s.Tell().read = 1;
    policy->Init(s, true);
    CHECK(s.WindowShift() == 0);
    CHECK(s.Window() == 40000);
    s.Tell().next = 40001; // all used
    CHECK(policy->Select(s) == 0);
    s.Tell().read = 1000; // 999 free: less than a segment and than a quarter
    CHECK(policy->Select(s) == 0);
    s.Tell().read = 2000;
    CHECK(policy->Select(s) == 1999);
    CHECK_FALSE(policy->UpdateDue(s));
    s.Tell().read = 2001; // two segments, and still less than an eighth of the buffer
    CHECK(policy->UpdateDue(s));
    s.SetWindow(10000);
    s.Tell().windowUpdated = s.Tell().next;
    s.Tell().read = 19001; // 9000 more: neither a quarter nor nearly full
    CHECK_FALSE(policy->UpdateDue(s));
    s.Tell().read = 20001;
    CHECK(policy->UpdateDue(s));
    CHECK_FALSE(policy->CountsOverhead());
}

TEST_CASE("FreeBSD's buffer grows by half when 3/8 of it come in more than half an RTT",
          "[tcp][window]")
{
    auto policy = WindowPolicies().Create("freebsd", Config());
    ReceiveLedger s;
    s.SetBuffer(65536);
    s.Tell().bufferMax = 2u << 20;
    s.Tell().receiverRtt = 100 * kMillisecond;
    policy->Init(s, true);
    CHECK(s.WindowShift() == 6); // 65535 << 5 is one unit less than 2 MiB
    const auto arrive = [&](TimeNs at, std::uint32_t bytes) {
        s.Tell().now = at;
        policy->OnData(s, bytes, bytes);
    };
    arrive(0, 12000);
    arrive(40 * kMillisecond, 12576); // 24,576 are 3/8: not more
    arrive(60 * kMillisecond, 1000);
    CHECK(s.Buffer() == 65536);
    arrive(100 * kMillisecond, 12000);
    arrive(140 * kMillisecond, 12577);
    arrive(160 * kMillisecond, 1000);
    CHECK(s.Buffer() == 98304);
}
