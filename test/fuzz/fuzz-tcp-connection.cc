// SPDX-License-Identifier: GPL-2.0-only

/**
 * \file
 * Any bytes as the life of a connection: the first ones choose its configuration, the others are
 * segments, calls and steps in time. It never crashes, its counts always fit together, its timers
 * never call it without end, and no more is read than has arrived.
 */

#include "fuzz-input.h"
#include "ns3/hs-tcp-connection.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

using namespace hoststack;
using hoststack::fuzz::Source;

namespace
{

void
Require(bool holds, const char* what)
{
    if (!holds)
    {
        std::fprintf(stderr, "fuzz-tcp-connection: %s\n", what);
        std::abort();
    }
}

/// Keeps what a peer could know of what was sent.
struct Wire : public tcp::SegmentSink
{
    Seq32 next;
    std::uint64_t segments{0};

    void Transmit(TcpSegment&& burst) override
    {
        Require(burst.SegmentCount() >= 1, "an empty burst");
        Require(burst.options.sackCount <= TcpOptions::kMaxSackBlocks, "too many SACK blocks");
        Require(burst.payload.Length() <= 65536 + 1460, "a burst beyond all limits");
        next = Max(next, burst.seq + burst.SequenceLength());
        ++segments;
    }
};

tcp::Config
AnyConfig(Source& in)
{
    tcp::Config c;
    const std::uint32_t bits = in.Number() | in.Number() << 16;
    const char* congestions[] = {"reno", "cubic", "bbr", "cubic-nohystart"};
    c.congestion = congestions[bits & 3];
    c.recovery = bits & 4 ? "dupack" : "rack-tlp";
    c.window = bits & 8 ? "rfc1122" : "linux";
    c.rto = bits & 16 ? "rfc6298" : "linux";
    c.pacing = bits & 32 ? "internal" : "auto";
    c.sack = !(bits & 64);
    c.timestamps = !(bits & 128);
    c.windowScaling = !(bits & 256);
    c.ecn = bits & 512 ? tcp::EcnMode::On : tcp::EcnMode::Passive;
    c.nagle = !(bits & 1024);
    c.prr = !(bits & 2048);
    c.frto = !(bits & 4096);
    c.limitedTransmit = !(bits & 8192);
    c.tick = bits & 16384 ? 0 : 4 * kMillisecond;
    c.receiveBufferLocked = (bits & 32768) != 0;
    c.keepAlive = (bits & 65536) != 0;
    c.shrinkWindow = (bits & 131072) != 0;
    c.userTimeout = bits & 262144 ? 5 * kSecond : 0;
    c.quickAck = !(bits & 524288);
    c.gsoMaxSegments = bits & 1048576 ? 1 : 65535;
    c.mss = bits & 2097152 ? 1460 : 100;
    c.receiveBuffer = bits & 4194304 ? 131072 : 4096;
    c.initialCwnd = bits & 8388608 ? 1 : 10;
    c.keepAliveTime = 3 * kSecond;
    // Values that nobody in his senses sets, and that nothing must divide by.
    switch (bits >> 24 & 15)
    {
    case 1:
        c.tick = 2 * kSecond;
        break;
    case 2:
        c.tick = 1;
        break;
    case 3:
        c.tick = 1000 * kSecond;
        break;
    case 4:
        c.rtoMin = 0;
        c.rtoInitial = 0;
        break;
    case 5:
        c.rtoMin = 1000 * kSecond;
        c.rtoMax = kMillisecond;
        break;
    case 6:
        c.reordering = 0;
        c.maxReordering = 0;
        break;
    case 7:
        c.initialCwnd = 0;
        c.initialSsthresh = 0;
        break;
    case 8:
        c.gsoMaxBytes = 0;
        c.minTsoSegments = 0;
        break;
    case 9:
        c.gsoMaxSegments = 0;
        break;
    case 10:
        c.pacingSlowStartPercent = 0;
        c.pacingAvoidancePercent = 0;
        break;
    case 11:
        c.receiveBuffer = 0;
        c.receiveBufferMax = 0;
        c.sendBuffer = 0;
        c.sendBufferMax = 0;
        break;
    case 12:
        c.delayedAckMin = 0;
        c.delayedAckMax = 0;
        c.compressedAckDelay = 0;
        c.compressedAckSlack = 0;
        break;
    case 13:
        c.mss = 1;
        break;
    case 14:
        c.maxPacingRate = 1;
        c.pacingShift = 63;
        break;
    case 15:
        c.initialCwnd = 0xffffffffu;
        c.reordering = 0xffffffffu;
        c.maxReordering = 0xffffffffu;
        c.receiveBuffer = 0xffffffffu;
        c.receiveBufferMax = 0xffffffffu;
        break;
    default:
        break;
    }
    return c;
}

TcpSegment
AnySegment(Source& in, Seq32 peerNext, Seq32 ours, bool timestamps)
{
    TcpSegment s;
    const auto kind = in.Byte();
    s.flags = kAck;
    if (kind & 0x80)
    {
        s.flags = static_cast<std::uint16_t>(in.Number() & 0x1ff);
    }
    s.seq = peerNext +
            static_cast<std::uint32_t>(static_cast<std::int16_t>(kind & 1 ? in.Number() : 0));
    s.ack = ours - (kind & 2 ? in.Number() : 0);
    s.window = static_cast<std::uint16_t>(kind & 4 ? in.Number() : 65535);
    s.payload = Payload::Virtual(kind & 8 ? in.Number() % 3000 : 0);
    s.mss = kind & 8 && kind & 64 ? static_cast<std::uint16_t>(1 + in.Byte() * 6) : 0;
    if (kind & 16)
    {
        s.options.sackCount = 1 + in.Byte() % 3;
        for (std::uint8_t i = 0; i < s.options.sackCount; ++i)
        {
            const Seq32 begin = ours - in.Number();
            s.options.sack[i] = SackBlock{begin, begin + in.Number() % 5000};
        }
    }
    s.options.hasTimestamps = timestamps != ((kind & 32) != 0);
    s.options.timestampValue = in.Byte();
    s.options.timestampEcho = in.Byte();
    s.ecn = static_cast<Ecn>(in.Byte() & 3);
    return s;
}

/// What an application does now and then.
void
ActRarely(unsigned action, TimeNs now, tcp::Connection& c)
{
    switch (action >> 3 & 7)
    {
    case 0:
        c.CloseSend(now);
        break;
    case 1:
        c.Close(now);
        break;
    case 2:
        c.SetMemoryPressure((action & 64) != 0);
        break;
    case 3:
        c.Shrink();
        break;
    case 4:
        c.SetCork(now, (action & 64) != 0);
        c.GetInfo(now);
        break;
    case 5:
        c.SetNoDelay(now, (action & 64) == 0);
        break;
    case 6:
        if (action & 64)
        {
            c.Abort(now);
        }
        break;
    default:
        c.TakeEvents();
        break;
    }
}

TcpSegment
AnySyn(Source& in, unsigned start, Seq32 peerIss)
{
    TcpSegment syn;
    syn.flags = kSyn;
    syn.seq = peerIss;
    syn.window = static_cast<std::uint16_t>(start & 4 ? in.Number() : 65535);
    syn.options.hasMss = !(start & 8);
    syn.options.mss = static_cast<std::uint16_t>(start & 8 ? 0 : 1460);
    syn.options.sackPermitted = !(start & 16);
    syn.options.hasTimestamps = !(start & 32);
    syn.options.hasWindowScale = !(start & 64);
    syn.options.windowScale = in.Byte() & 15;
    return syn;
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Source in(data, size);
    const auto config = std::make_shared<tcp::Config>(AnyConfig(in));
    const auto start = in.Byte();
    const Seq32 iss(start & 1 ? 0xfffffff0u : 1000);
    const Seq32 peerIss(start & 2 ? 0xffffff00u : 70000);
    Wire wire;
    wire.next = iss;
    tcp::Connection c(config, wire, 1, 2, iss);
    TimeNs now = 0;
    const auto check = [&] {
        const char* fault = c.Inconsistency();
        Require(!fault, fault ? fault : "");
    };
    auto syn = AnySyn(in, start, peerIss);
    if (start & 128)
    {
        c.Connect(now);
        check();
        now += 20 * kMillisecond;
        syn.flags |= in.Byte() & 1 ? 0 : kAck;
        syn.ack = iss + 1;
        c.OnSegment(now, syn);
    }
    else
    {
        c.AcceptSyn(now, syn);
        check();
        now += 20 * kMillisecond;
        TcpSegment ack = syn;
        ack.flags = kAck;
        ack.seq = peerIss + 1;
        ack.ack = iss + 1;
        c.OnSegment(now, ack);
    }
    check();
    Seq32 peerNext = peerIss + 1;
    std::uint64_t offered = 1;
    std::uint64_t read = 0;
    while (!in.Empty())
    {
        const auto action = in.Byte();
        switch (action & 7)
        {
        case 0:
        case 1:
        case 2: {
            const auto s = AnySegment(in, peerNext, wire.next, !(start & 32));
            offered += s.SequenceLength();
            if ((action & 8) == 0)
            {
                peerNext = Max(peerNext, s.seq + s.SequenceLength());
            }
            c.OnSegment(now, s);
            break;
        }
        case 3:
            c.Send(now, Payload::Virtual(in.Number()));
            break;
        case 4:
            read += c.Read(now, in.Number(), nullptr);
            break;
        case 5:
            now += in.Number() * (action & 8 ? kMillisecond : kMicrosecond);
            break;
        case 6: {
            // To the next deadline, many times.
            for (int i = action >> 3; i >= 0 && c.NextDeadline() != kNever; --i)
            {
                now = std::max(now, c.NextDeadline());
                c.OnDeadline(now);
                check();
            }
            break;
        }
        case 7:
            ActRarely(action, now, c);
            break;
        }
        check();
        // Whatever is due is done within a few calls.
        int calls = 0;
        while (c.NextDeadline() <= now)
        {
            c.OnDeadline(now);
            check();
            Require(++calls < 100, "the deadline stays in the past");
        }
    }
    Require(read <= offered, "more was read than had arrived");
    return 0;
}
