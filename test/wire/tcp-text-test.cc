// SPDX-License-Identifier: GPL-2.0-only

#include "hs-test-bytes.h"
#include "ns3/hs-tcp-text.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::test;

TEST_CASE("a SYN reads as in tcpdump", "[wire]")
{
    TcpSegment s;
    s.flags = kSyn;
    s.window = 65535;
    s.options.hasMss = s.options.hasWindowScale = true;
    s.options.sackPermitted = s.options.hasTimestamps = true;
    s.options.mss = 1460;
    s.options.timestampValue = 1;
    s.options.windowScale = 7;
    CHECK(ToString(s) == "S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>");
    s.options.hasTimestamps = false;
    s.flags = kSyn | kAck | kEce;
    s.ack = Seq32(1);
    CHECK(ToString(s) == "S.E 0:0(0) ack 1 win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 7>");
}

TEST_CASE("data, marks, SACK blocks and bursts each show", "[wire]")
{
    TcpSegment s;
    s.seq = Seq32(0xfffffffe);
    s.ack = Seq32(1);
    s.flags = kPsh | kAck;
    s.window = 257;
    s.ecn = Ecn::Ect0;
    s.payload = Payload::Virtual(1000);
    CHECK(ToString(s) == "[ect0] P. 4294967294:998(1000) ack 1 win 257");
    s.ecn = Ecn::Ce;
    s.mss = 400;
    CHECK(ToString(s) == "[ce] P. 4294967294:998(1000) ack 1 win 257 gso 400");

    TcpSegment ack;
    ack.seq = Seq32(5);
    ack.ack = Seq32(6);
    ack.flags = kAck;
    ack.options.hasTimestamps = true;
    ack.options.timestampValue = 9;
    ack.options.timestampEcho = 8;
    ack.options.sackCount = 2;
    ack.options.sack[0] = {Seq32(10), Seq32(20)};
    ack.options.sack[1] = {Seq32(30), Seq32(40)};
    CHECK(ToString(ack) ==
          ". 5:5(0) ack 6 win 0 <nop,nop,TS val 9 ecr 8,nop,nop,sack 10:20 30:40>");
}

TEST_CASE("flags, urgent pointer and options without a name show", "[wire]")
{
    CHECK(FlagsToString(0) == "-");
    CHECK(FlagsToString(0x1ff) == "FSRP.UEWe");
    TcpSegment s;
    s.flags = kRst | kUrg;
    s.urgent = 3;
    const Bytes unknown = FromHex("45048101");
    const Bytes bare = FromHex("4602");
    REQUIRE(s.options.AppendOther(unknown.data(), unknown.size()));
    REQUIRE(s.options.AppendOther(bare.data(), bare.size()));
    CHECK(ToString(s) == "RU 0:0(0) win 0 urg 3 <unknown-69 0x8101,unknown-70,nop,nop>");
}
