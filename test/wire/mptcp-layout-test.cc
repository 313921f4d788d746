// SPDX-License-Identifier: GPL-2.0-only

#include "hs-mptcp-test-tools.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::test;

namespace
{

/// Header bytes that an option takes from the payload of an established segment.
template <class Option>
std::size_t
Padded(const Option& option)
{
    TcpSegment s;
    s.options.hasTimestamps = true;
    const std::size_t without = TcpHeaderLength(s);
    REQUIRE(AppendMptcp(option, s.options));
    REQUIRE(s.options.otherLength == option.Bytes());
    return TcpHeaderLength(s) - without;
}

MptcpDss
Dss(bool ack, bool ack64, bool mapping, bool checksum = false)
{
    MptcpDss d;
    d.hasAck = ack;
    d.ack64 = ack64;
    d.hasMapping = d.sequence64 = mapping;
    d.hasChecksum = checksum;
    return d;
}

} // namespace

TEST_CASE("options take the header bytes that Linux gives them", "[wire][mptcp]")
{
    MptcpCapable c;
    CHECK(Padded(c) == 4);
    c.form = MptcpCapable::Form::SynAck;
    CHECK(Padded(c) == 12);
    c.form = MptcpCapable::Form::Ack;
    CHECK(Padded(c) == 20);
    c.form = MptcpCapable::Form::Data;
    CHECK(c.Bytes() == 22);
    CHECK(Padded(c) == 24);
    c.hasChecksum = true;
    CHECK(Padded(c) == 24);

    MptcpJoin j;
    CHECK(Padded(j) == 12);
    j.form = MptcpJoin::Form::SynAck;
    CHECK(Padded(j) == 16);
    j.form = MptcpJoin::Form::Ack;
    CHECK(Padded(j) == 24);

    CHECK(Padded(Dss(true, false, false)) == 8);
    CHECK(Padded(Dss(true, true, false)) == 12);
    CHECK(Dss(true, false, true).Bytes() == 22);
    CHECK(Padded(Dss(true, false, true)) == 24);
    CHECK(Padded(Dss(true, false, true, true)) == 24);
    CHECK(Dss(true, true, true).Bytes() == 26);
    CHECK(Padded(Dss(true, true, true)) == 28);
    CHECK(Padded(Dss(true, true, true, true)) == 28);
    CHECK(Padded(Dss(false, false, true)) == 20);

    MptcpAddAddress a;
    CHECK(Padded(a) == 16);
    a.port = 1;
    CHECK(a.Bytes() == 18);
    CHECK(Padded(a) == 20);
    a.port = 0;
    a.address.family = IpFamily::V6;
    CHECK(Padded(a) == 28);
    a.echo = true;
    CHECK(Padded(a) == 20);
    a.address.family = IpFamily::V4;
    CHECK(Padded(a) == 8);

    MptcpRemoveAddress r;
    for (std::uint8_t n = 1; n <= 8; ++n)
    {
        r.count = n;
        CHECK(Padded(r) == (n + 3u + 3u) / 4 * 4);
    }
    CHECK(Padded(MptcpPriority{}) == 4);
    CHECK(Padded(MptcpFail{}) == 12);
    CHECK(Padded(MptcpFastClose{}) == 12);
    CHECK(Padded(MptcpReset{}) == 4);
}

TEST_CASE("ADD_ADDR for IPv6 with a port leaves no room for timestamps", "[wire][mptcp]")
{
    MptcpAddAddress a;
    a.port = 1;
    a.address.family = IpFamily::V6;
    TcpSegment s;
    REQUIRE(AppendMptcp(a, s.options));
    CHECK(TcpHeaderLength(s) == 20 + 32);
    CHECK(TcpOptionRoom(s.options) == 8);
}

TEST_CASE("payload beside a full DSS is 1420 bytes, 1424 with a short DATA_ACK", "[wire][mptcp]")
{
    for (bool ack64 : {false, true})
    {
        TcpSegment s;
        s.options.hasTimestamps = true;
        REQUIRE(AppendMptcp(Dss(true, ack64, true), s.options));
        CHECK(1500 - 20 - TcpHeaderLength(s) == (ack64 ? 1420 : 1424));
        CHECK(SackBlocksThatFit(s.options) == 0);
        CHECK(TcpOptionRoom(s.options) == (ack64 ? 0 : 4));
    }
}

TEST_CASE("one SACK block fits beside a 64-bit DATA_ACK, two beside a short one", "[wire][mptcp]")
{
    for (bool ack64 : {false, true})
    {
        TcpOptions o;
        o.hasTimestamps = true;
        REQUIRE(AppendMptcp(Dss(true, ack64, false), o));
        CHECK(SackBlocksThatFit(o) == (ack64 ? 1 : 2));
        o.sackCount = 1;
        CHECK(SackBlocksThatFit(o) == (ack64 ? 1 : 2));
        CHECK(TcpOptionRoom(o) == (ack64 ? 4 : 8));
    }
}

TEST_CASE("NOPs stand behind each MPTCP option, as Linux puts them", "[wire][mptcp]")
{
    TcpSegment s;
    s.options = RawOptions("1e0c2003 1dd00dde6752063e 1e0350 1e0640020103");
    s.options.hasTimestamps = true;
    const Bytes bytes = Encode(s, EndpointsV4());
    CHECK(Bytes(bytes.begin() + 32, bytes.end()) ==
          FromHex("1e0c2003 1dd00dde6752063e 1e035001 1e06400201030101"));
    TcpSegment back;
    REQUIRE(DecodeTcp(bytes.data(), bytes.size(), back));
    CHECK(back == s);
}

TEST_CASE("what fits only without NOPs is written without", "[wire][mptcp]")
{
    TcpSegment s;
    s.options = RawOptions("1e0c2003 1dd00dde6752063e 1e0350 1e0640020103 1e0540 0102 1e0540 0102");
    s.options.hasMss = true;
    s.options.mss = 1460;
    CHECK(TcpOptionRoom(s.options) == 0);
    CHECK(TcpHeaderLength(s) == 20 + 36);
    s.options.hasWindowScale = true;
    CHECK(TcpHeaderLength(s) == 20 + 40);
    const Bytes bytes = Encode(s, EndpointsV4());
    TcpSegment back;
    REQUIRE(DecodeTcp(bytes.data(), bytes.size(), back));
    CHECK(back == s);
}
