// SPDX-License-Identifier: GPL-2.0-only

#include "hs-mptcp-test-tools.h"
#include "ns3/hs-mptcp-text.h"
#include "ns3/hs-tcp-text.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::test;

namespace
{

std::string
Text(const char* hex)
{
    const Bytes option = FromHex(hex);
    return MptcpOptionToString(option.data(), option.size());
}

} // namespace

TEST_CASE("MPTCP options read as in tcpdump", "[wire][mptcp]")
{
    CHECK(Text("1e040101") == "mptcp capable v1");
    CHECK(Text("1e0401e1") == "mptcp capable v1 csum ext no-join");
    CHECK(Text("1e0402a2") == "mptcp capable v2 csum no-join algo 0x02");
    CHECK(Text("1e180181 0001020304050607 08090a0b0c0d0e0f 0005 abcd") ==
          "mptcp capable v1 csum {0x0001020304050607,0x08090a0b0c0d0e0f} len 5 csum 0xabcd");
    CHECK(Text("1e122015 00000005 fffffff8 00000001 0008") ==
          "mptcp dss fin ack32 5 seq32 4294967288 subseq 1 len 8");
    CHECK(Text("1e042010") == "mptcp dss fin");
    CHECK(Text("1e042000") == "mptcp dss");
    CHECK(Text("1e163109 20010db8000000000000000000000001 01bb") ==
          "mptcp add-addr v1-echo id 9 2001:db8::1.443");
    CHECK(Text("1e0351") == "mptcp prio backup");
    CHECK(Text("1e0c6000 0000000000000007") == "mptcp fail seq 7");
    CHECK(Text("1e048f02") == "mptcp reset U V W transient reason 2");
    CHECK(Text("1e0480ff") == "mptcp reset reason 255");
}

TEST_CASE("options that do not count show their bytes", "[wire][mptcp]")
{
    CHECK(Text("1e02") == "mptcp[bad opt]");
    CHECK(Text("1e0390") == "mptcp unknown-9 0x90");
    CHECK(Text("1e05f00102") == "mptcp unknown-15 0xf00102");
    CHECK(Text("1e042001") == "mptcp dss[bad opt] 0x2001");
    CHECK(Text("1e047000") == "mptcp fast-close[bad opt] 0x7000");
    CHECK(Text("1e0380") == "mptcp reset[bad opt] 0x80");
    CHECK(Text("1e0340") == "mptcp rem-addr[bad opt] 0x40");
}

TEST_CASE("a segment shows its MPTCP options beside the others", "[wire][mptcp]")
{
    TcpSegment s;
    s.seq = Seq32(1);
    s.ack = Seq32(1);
    s.flags = kPsh | kAck;
    s.window = 257;
    s.options = RawOptions("1e16200d 00000005 0000000000000007 00000001 0064 1e0351");
    s.options.hasTimestamps = true;
    s.payload = Payload::Virtual(100);
    CHECK(ToString(s) == "P. 1:101(100) ack 1 win 257 <nop,nop,TS val 0 ecr 0,"
                         "mptcp dss ack32 5 seq 7 subseq 1 len 100,nop,nop,mptcp prio backup,nop>");
}
