// SPDX-License-Identifier: GPL-2.0-only

#include "hs-mptcp-test-tools.h"
#include "ns3/hs-mptcp-text.h"
#include "ns3/hs-random.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::test;

namespace
{

using S = MptcpSubtype;

MptcpDss
FullDss(bool ack64, bool sequence64, bool checksum)
{
    MptcpDss d;
    d.hasAck = d.hasMapping = true;
    d.ack64 = ack64;
    d.sequence64 = sequence64;
    d.hasChecksum = checksum;
    d.dataAck = ack64 ? 0x0102030405060708 : 0x05060708;
    d.dataSequence = sequence64 ? 0x1112131415161718 : 0x15161718;
    d.subflowSequence = 0x21222324;
    d.length = 0x3132;
    d.checksum = 0x4142;
    return d;
}

IpAddress
Address(const char* text)
{
    return *IpAddress::Parse(text);
}

bool
Coin(RandomStream& random)
{
    return random.Bernoulli(0.5);
}

/// Any value of each subtype; `present` with one or two of them, as they happen to fit.
MptcpOptions
RandomOptions(RandomStream& random)
{
    MptcpOptions m;
    m.dss = FullDss(Coin(random), Coin(random), Coin(random));
    m.dss.hasAck = Coin(random);
    m.dss.hasMapping = Coin(random);
    m.dss.dataFin = Coin(random);
    m.dss.dataAck = m.dss.ack64 ? random.Bits() : random.Bits() >> 32;
    m.dss.dataSequence = m.dss.sequence64 ? random.Bits() : random.Bits() >> 32;
    m.dss.subflowSequence = static_cast<std::uint32_t>(random.Bits());
    m.dss.length = static_cast<std::uint16_t>(random.Bits());
    m.dss.checksum = static_cast<std::uint16_t>(random.Bits());
    m.capable.form = static_cast<MptcpCapable::Form>(random.Bits() % 4);
    m.capable.version = random.Bits() & 0x0f;
    m.capable.flags = static_cast<std::uint8_t>(random.Bits());
    m.capable.hasChecksum = Coin(random);
    m.capable.length = static_cast<std::uint16_t>(random.Bits());
    m.capable.checksum = static_cast<std::uint16_t>(random.Bits());
    m.capable.senderKey = random.Bits();
    m.capable.receiverKey = random.Bits();
    m.join.form = static_cast<MptcpJoin::Form>(random.Bits() % 3);
    m.join.backup = Coin(random);
    m.join.addressId = static_cast<std::uint8_t>(random.Bits());
    m.join.token = static_cast<std::uint32_t>(random.Bits());
    m.join.nonce = static_cast<std::uint32_t>(random.Bits());
    m.join.shortHmac = random.Bits();
    for (auto& byte : m.join.hmac)
    {
        byte = static_cast<std::uint8_t>(random.Bits());
    }
    m.addAddress.echo = Coin(random);
    m.addAddress.addressId = static_cast<std::uint8_t>(random.Bits());
    m.addAddress.port = Coin(random) ? static_cast<std::uint16_t>(random.Bits()) : 0;
    m.addAddress.address = Address(Coin(random) ? "198.51.100.7" : "2001:db8::4:7");
    m.addAddress.hmac = random.Bits();
    m.removeAddress.count = static_cast<std::uint8_t>(1 + random.Bits() % 37);
    for (auto& id : m.removeAddress.ids)
    {
        id = static_cast<std::uint8_t>(random.Bits());
    }
    m.priority.backup = Coin(random);
    m.fail.dataSequence = random.Bits();
    m.fastClose.receiverKey = random.Bits();
    m.reset.flagU = Coin(random);
    m.reset.flagV = Coin(random);
    m.reset.flagW = Coin(random);
    m.reset.transient = Coin(random);
    m.reset.reason = static_cast<MptcpResetReason>(random.Bits() & 0xff);
    m.Set(static_cast<S>(random.Bits() % kMptcpSubtypes));
    MptcpOptions more = m;
    more.Set(static_cast<S>(random.Bits() % kMptcpSubtypes));
    TcpOptions tcp;
    return AppendMptcp(more, tcp) ? more : m;
}

} // namespace

TEST_CASE("each DSS combination has the bytes RFC 8684 draws", "[wire][mptcp]")
{
    CHECK(Written(FullDss(true, true, true)) ==
          FromHex("1e1c200f 0102030405060708 1112131415161718 21222324 3132 4142"));
    CHECK(Written(FullDss(true, true, false)) ==
          FromHex("1e1a200f 0102030405060708 1112131415161718 21222324 3132"));
    CHECK(Written(FullDss(false, true, false)) ==
          FromHex("1e16200d 05060708 1112131415161718 21222324 3132"));
    CHECK(Written(FullDss(true, false, true)) ==
          FromHex("1e182007 0102030405060708 15161718 21222324 3132 4142"));
    CHECK(Written(FullDss(false, false, false)) ==
          FromHex("1e122005 05060708 15161718 21222324 3132"));
    MptcpDss d = FullDss(true, true, true);
    d.hasMapping = false;
    CHECK(Written(d) == FromHex("1e0c2003 0102030405060708"));
    d.ack64 = false;
    CHECK(Written(d) == FromHex("1e082001 05060708"));
    d = FullDss(true, true, true);
    d.hasAck = false;
    d.dataFin = true;
    CHECK(Written(d) == FromHex("1e14201c 1112131415161718 21222324 3132 4142"));
    d.hasMapping = false;
    CHECK(Written(d) == FromHex("1e042010"));
}

TEST_CASE("a DATA_ACK alone is written and read by itself as among others", "[wire][mptcp]")
{
    MptcpDss dss;
    dss.hasAck = dss.ack64 = true;
    dss.dataAck = 0x0102030405060708;
    TcpOptions usual;
    TcpOptions own;
    REQUIRE(AppendMptcp(dss, usual));
    REQUIRE(AppendDataAck(dss.dataAck, own));
    CHECK(usual == own);
    std::uint64_t ack = 0;
    REQUIRE(ParseLoneDataAck(own, ack));
    CHECK(ack == dss.dataAck);
    // Anything more or less is for the others.
    REQUIRE(AppendDataAck(1, own));
    CHECK_FALSE(ParseLoneDataAck(own, ack));
    REQUIRE(AppendDataAck(2, own));
    CHECK_FALSE(AppendDataAck(3, own)); // 40 bytes
    CHECK(own.otherLength == 36);
    for (const bool ack64 : {false, true})
    {
        for (const bool sequence64 : {false, true})
        {
            TcpOptions full;
            REQUIRE(AppendMptcp(FullDss(ack64, sequence64, true), full));
            CHECK_FALSE(ParseLoneDataAck(full, ack));
        }
    }
    usual.other[3] |= kMptcpDataFin; // a DATA_FIN without its number
    CHECK_FALSE(ParseLoneDataAck(usual, ack));
    CHECK_FALSE(ParseLoneDataAck(TcpOptions(), ack));
}

TEST_CASE("handshake, address and end options have the bytes RFC 8684 draws", "[wire][mptcp]")
{
    MptcpCapable c;
    c.senderKey = 0x0001020304050607;
    c.receiverKey = 0x08090a0b0c0d0e0f;
    c.length = 0x0102;
    c.checksum = 0xabcd;
    c.hasChecksum = true;
    CHECK(Written(c) == FromHex("1e040101"));
    c.form = MptcpCapable::Form::SynAck;
    c.flags |= kMptcpNoJoinToInitial;
    CHECK(Written(c) == FromHex("1e0c0121 0001020304050607"));
    c.form = MptcpCapable::Form::Ack;
    c.flags = kMptcpHmacSha256 | kMptcpChecksumRequired;
    CHECK(Written(c) == FromHex("1e140181 0001020304050607 08090a0b0c0d0e0f"));
    c.form = MptcpCapable::Form::Data;
    CHECK(Written(c) == FromHex("1e180181 0001020304050607 08090a0b0c0d0e0f 0102 abcd"));
    c.hasChecksum = false;
    CHECK(Written(c) == FromHex("1e160181 0001020304050607 08090a0b0c0d0e0f 0102"));

    MptcpJoin j;
    j.backup = true;
    j.addressId = 5;
    j.token = 0x01020304;
    j.nonce = 0x05060708;
    j.shortHmac = 0x1112131415161718;
    CHECK(Written(j) == FromHex("1e0c1105 01020304 05060708"));
    j.form = MptcpJoin::Form::SynAck;
    CHECK(Written(j) == FromHex("1e101105 1112131415161718 05060708"));
    j.form = MptcpJoin::Form::Ack;
    j.hmac.fill(0x77);
    CHECK(Written(j) == FromHex("1e181000 7777777777777777777777777777777777777777"));

    MptcpAddAddress a;
    a.addressId = 9;
    a.address = Address("192.0.2.1");
    a.hmac = 0x2122232425262728;
    CHECK(Written(a) == FromHex("1e103009 c0000201 2122232425262728"));
    a.port = 443;
    CHECK(Written(a) == FromHex("1e123009 c0000201 01bb 2122232425262728"));
    a.echo = true;
    CHECK(Written(a) == FromHex("1e0a3109 c0000201 01bb"));
    a.port = 0;
    CHECK(Written(a) == FromHex("1e083109 c0000201"));
    a.address = Address("2001:db8::1");
    CHECK(Written(a) == FromHex("1e143109 20010db8000000000000000000000001"));
    a.echo = false;
    a.port = 443;
    CHECK(Written(a) == FromHex("1e1e3009 20010db8000000000000000000000001 01bb 2122232425262728"));

    MptcpRemoveAddress r;
    r.count = 3;
    r.ids = {1, 2, 255};
    CHECK(Written(r) == FromHex("1e0640 0102ff"));
    CHECK(Written(MptcpPriority{true}) == FromHex("1e0351"));
    CHECK(Written(MptcpPriority{false}) == FromHex("1e0350"));
    CHECK(Written(MptcpFail{0x0102030405060708}) == FromHex("1e0c6000 0102030405060708"));
    CHECK(Written(MptcpFastClose{0x0102030405060708}) == FromHex("1e0c7000 0102030405060708"));
    MptcpReset t;
    t.transient = true;
    t.reason = MptcpResetReason::LackOfResources;
    CHECK(Written(t) == FromHex("1e048102"));
    t = {true, false, true, false, MptcpResetReason::Middlebox};
    CHECK(Written(t) == FromHex("1e048a06"));
}

TEST_CASE("any MPTCP options come back from their bytes as they were", "[wire][mptcp]")
{
    RandomStream random(1, "mptcp-options");
    int two = 0;
    for (int i = 0; i < 20000; ++i)
    {
        const MptcpOptions m = RandomOptions(random);
        TcpOptions tcp;
        REQUIRE(AppendMptcp(m, tcp));
        MptcpOptions back;
        const MptcpParseResult result = ParseMptcp(tcp, back);
        CAPTURE(ToString(m), Describe(result.fault));
        REQUIRE(result);
        REQUIRE(back == m);
        REQUIRE(ToString(back) == ToString(m));
        two += (m.present & (m.present - 1)) != 0;

        // The same through a whole header.
        TcpSegment s;
        s.options = tcp;
        const Bytes bytes = Encode(s, EndpointsV4());
        TcpSegment read;
        REQUIRE(DecodeTcp(bytes.data(), bytes.size(), read));
        REQUIRE(read == s);
    }
    REQUIRE(two > 5000);
}

TEST_CASE("each value of an option makes a difference to equality", "[wire][mptcp]")
{
    RandomStream random(2, "mptcp-options");
    int different = 0;
    for (int i = 0; i < 5000; ++i)
    {
        const MptcpOptions a = RandomOptions(random);
        TcpOptions tcp;
        REQUIRE(AppendMptcp(a, tcp));
        // Behind kind and length: a changed byte is another subtype, value or reserved bit.
        const std::size_t at = 2 + random.Bits() % (tcp.otherLength - 2u);
        tcp.other[at] ^= static_cast<std::uint8_t>(1U << random.Bits() % 8);
        MptcpOptions b;
        ParseMptcp(tcp, b);
        TcpOptions again;
        REQUIRE(AppendMptcp(b, again));
        TcpOptions first;
        REQUIRE(AppendMptcp(a, first));
        REQUIRE((a == b) == (b.unknown == 0 && OtherBytes(first) == OtherBytes(again)));
        different += !(a == b);
    }
    REQUIRE(different > 4000);
}

TEST_CASE("options that do not count leave the rest in force and are named", "[wire][mptcp]")
{
    struct Case
    {
        const char* hex;
        MptcpFault fault;
        int subtype;
        std::uint16_t present;
    };

    const std::uint16_t prio = MptcpOptions::Bit(S::Priority);
    const Case cases[] = {
        {"", MptcpFault::None, 0, 0},
        {"1e0351", MptcpFault::None, 0, prio},
        {"1e", MptcpFault::Malformed, 0, 0},
        {"1e00", MptcpFault::Malformed, 0, 0},
        {"1e0351 1e0151", MptcpFault::Malformed, 0, prio},
        {"1e0351 1e0451", MptcpFault::Malformed, 0, prio},
        {"1e0351 1e", MptcpFault::Malformed, 0, prio},
        {"1e02 1e0351", MptcpFault::NoSubtype, 0, prio},
        {"1e0390 1e0351", MptcpFault::UnknownSubtype, 9, prio},
        {"1e0351 1e06f0010203", MptcpFault::UnknownSubtype, 15, prio},
        // every subtype one byte short or long
        {"1e0301 1e0351", MptcpFault::WrongLength, 0, prio},
        {"1e05010101 1e0351", MptcpFault::WrongLength, 0, prio},
        {"1e0b0101 00000000000000 1e0351", MptcpFault::WrongLength, 0, prio},
        {"1e150101 0000000000000000000000000000000000 1e0351", MptcpFault::WrongLength, 0, prio},
        {"1e170101 00000000000000000000000000000000000000 1e0351",
         MptcpFault::WrongLength,
         0,
         prio},
        {"1e041000 1e0351", MptcpFault::WrongLength, 1, prio},
        {"1e0d1000 000000000000000000 1e0351", MptcpFault::WrongLength, 1, prio},
        {"1e171000 00000000000000000000000000000000000000 1e0351",
         MptcpFault::WrongLength,
         1,
         prio},
        {"1e0320 1e0351", MptcpFault::WrongLength, 2, prio},
        {"1e072001 000000 1e0351", MptcpFault::WrongLength, 2, prio},
        {"1e092001 0000000000 1e0351", MptcpFault::WrongLength, 2, prio},
        {"1e082003 00000000 1e0351", MptcpFault::WrongLength, 2, prio},
        {"1e0c200c 0000000000000000 1e0351", MptcpFault::WrongLength, 2, prio},
        {"1e16200f 000000000000000000000000000000000000 1e0351", MptcpFault::WrongLength, 2, prio},
        {"1e043000 1e0351", MptcpFault::WrongLength, 3, prio},
        {"1e083009 c0000201 1e0351", MptcpFault::WrongLength, 3, prio},
        {"1e0f3009 c0000201 00000000000000 1e0351", MptcpFault::WrongLength, 3, prio},
        {"1e103109 c0000201 0000000000000000 1e0351", MptcpFault::WrongLength, 3, prio},
        {"1e123109 c0000201 01bb 0000000000000000 1e0351", MptcpFault::WrongLength, 3, prio},
        {"1e153109 20010db8000000000000000000000001 00 1e0351", MptcpFault::WrongLength, 3, prio},
        {"1e0340 1e0351", MptcpFault::WrongLength, 4, prio},
        {"1e045101", MptcpFault::WrongLength, 5, 0},
        {"1e046000 1e0351", MptcpFault::WrongLength, 6, prio},
        {"1e0d6000 000000000000000000 1e0351", MptcpFault::WrongLength, 6, prio},
        {"1e047000 1e0351", MptcpFault::WrongLength, 7, prio},
        {"1e0380 1e0351", MptcpFault::WrongLength, 8, prio},
        {"1e05800101 1e0351", MptcpFault::WrongLength, 8, prio},
        // the first fault is told
        {"1e046000 1e0390 1e0351", MptcpFault::WrongLength, 6, prio},
        // other kinds are nobody's concern
        {"4502 1e0351 450310", MptcpFault::None, 0, prio},
    };
    for (const Case& c : cases)
    {
        const TcpOptions tcp = RawOptions(c.hex);
        MptcpOptions m;
        const MptcpParseResult result = ParseMptcp(tcp, m);
        CAPTURE(c.hex, Describe(result.fault));
        CHECK(result.fault == c.fault);
        CHECK(result.subtype == c.subtype);
        CHECK(m.present == c.present);
        CHECK(OtherBytes(tcp) == FromHex(c.hex));
    }
}

TEST_CASE("every truncation of every option is survived", "[wire][mptcp]")
{
    RandomStream random(3, "mptcp-options");
    for (int i = 0; i < 2000; ++i)
    {
        TcpOptions tcp;
        REQUIRE(AppendMptcp(RandomOptions(random), tcp));
        const std::uint8_t full = tcp.otherLength;
        for (std::uint8_t length = 0; length < full; ++length)
        {
            tcp.otherLength = length;
            MptcpOptions m;
            const MptcpParseResult result = ParseMptcp(tcp, m);
            // Only a cut between two options leaves no fault behind.
            REQUIRE((!result || length == 0 || length == tcp.other[1]));
        }
    }
}

TEST_CASE("of two options of one subtype the later good one counts", "[wire][mptcp]")
{
    MptcpOptions m = Parsed("1e0c6000 0000000000000001 1e0c6000 0000000000000002");
    CHECK(m.fail.dataSequence == 2);
    m = Parsed("1e0c6000 0000000000000001 1e046000");
    REQUIRE(m.Has(S::Fail));
    CHECK(m.fail.dataSequence == 1);
    m = Parsed("1e048a06 1e048001");
    CHECK(m.reset.reason == MptcpResetReason::MptcpError);
    CHECK_FALSE(m.reset.flagU);
}

TEST_CASE("values of the segment before do not count in the next", "[wire][mptcp]")
{
    MptcpOptions m = Parsed("1e0c2003 0102030405060708");
    REQUIRE(m.Has(S::Dss));
    ParseMptcp(RawOptions("1e0390"), m);
    CHECK(m.present == 0);
    CHECK(m.unknown == 1U << 9);
    ParseMptcp(RawOptions("1e0351"), m);
    CHECK(m.present == MptcpOptions::Bit(S::Priority));
    CHECK(m.unknown == 0);
}

TEST_CASE("what RFC 8684 reserves or leaves open is read leniently", "[wire][mptcp]")
{
    // Reserved bits set; widths without the number they belong to.
    MptcpOptions m = Parsed("1e082fe1 00000005");
    REQUIRE(m.Has(S::Dss));
    CHECK(m.dss.dataAck == 5);
    CHECK_FALSE(m.dss.dataFin);
    m = Parsed("1e04200a");
    REQUIRE(m.Has(S::Dss));
    CHECK_FALSE(m.dss.ack64);
    CHECK_FALSE(m.dss.sequence64);
    // Two bytes where a checksum would be, but no mapping: nothing, as in Linux.
    m = Parsed("1e0a2001 00000005 abcd");
    REQUIRE(m.Has(S::Dss));
    CHECK_FALSE(m.dss.hasChecksum);
    // A port of 0 is no port.
    m = Parsed("1e0a3109 c0000201 0000");
    REQUIRE(m.Has(S::AddAddress));
    CHECK(m.addAddress.port == 0);
    CHECK(m.addAddress.Bytes() == 8);
}

TEST_CASE("short data sequence numbers grow towards the ones in use", "[wire][mptcp]")
{
    const Dsn64 near(0x00000007fffffff0);
    MptcpOptions m = Parsed("1e122005 00000010 fffffff8 00000001 0008");
    CHECK(DataAckNear(m.dss, near) == Dsn64(0x0000000800000010));
    CHECK(DataSequenceNear(m.dss, near) == Dsn64(0x00000007fffffff8));
    m = Parsed("1e0c2003 0102030405060708");
    CHECK(DataAckNear(m.dss, near) == Dsn64(0x0102030405060708));
}

TEST_CASE("an option without room changes nothing", "[wire][mptcp]")
{
    TcpOptions tcp;
    REQUIRE(AppendMptcp(FullDss(true, true, true), tcp));
    REQUIRE(AppendMptcp(MptcpFail{1}, tcp));
    REQUIRE(tcp.otherLength == 40);
    const Bytes before = OtherBytes(tcp);
    CHECK_FALSE(AppendMptcp(MptcpPriority{}, tcp));
    CHECK_FALSE(AppendMptcp(MptcpReset{}, tcp));
    CHECK_FALSE(AppendMptcp(MptcpFail{}, tcp));
    CHECK_FALSE(AppendMptcp(MptcpFastClose{}, tcp));
    CHECK_FALSE(AppendMptcp(MptcpCapable{}, tcp));
    CHECK_FALSE(AppendMptcp(MptcpJoin{}, tcp));
    CHECK_FALSE(AppendMptcp(MptcpAddAddress{}, tcp));
    MptcpRemoveAddress one;
    one.count = 1;
    CHECK_FALSE(AppendMptcp(one, tcp));
    CHECK_FALSE(AppendMptcp(MptcpDss{}, tcp));
    CHECK(OtherBytes(tcp) == before);

    // Several at once: all or none.
    TcpOptions little;
    REQUIRE(AppendMptcp(FullDss(true, true, true), little));
    MptcpOptions both;
    both.Set(S::Fail);
    both.Set(S::Priority);
    CHECK_FALSE(AppendMptcp(both, little));
    CHECK(little.otherLength == 28);
}

TEST_CASE("several options are written in Linux' order", "[wire][mptcp]")
{
    MptcpOptions m;
    m.dss.hasAck = true;
    m.dss.dataAck = 5;
    m.removeAddress.count = 2;
    m.removeAddress.ids = {4, 5};
    for (S subtype : {S::RemoveAddress, S::Priority, S::Dss})
    {
        m.Set(subtype);
    }
    CHECK(Written(m) == FromHex("1e082001 00000005 1e0350 1e0540 0405"));
    MptcpOptions end;
    end.Set(S::Reset);
    end.Set(S::FastClose);
    CHECK(Written(end) == FromHex("1e0c7000 0000000000000000 1e048000"));
}

TEST_CASE("stripping takes out every MPTCP option and nothing else", "[wire][mptcp]")
{
    TcpOptions tcp = RawOptions("4503aa 1e0351 fd06f9891234 1e082001 00000005 450211");
    // The last one is cut short by a byte: bytes that are no option stay.
    CHECK(StripMptcp(tcp) == 2);
    CHECK(OtherBytes(tcp) == FromHex("4503aa fd06f9891234 450211"));
    CHECK(StripMptcp(tcp) == 0);
    CHECK(tcp.FindOther(kOptionMptcp) == nullptr);
}

TEST_CASE("Linux reads MP_CAPABLE only in the form its segment asks for", "[wire][mptcp]")
{
    const char* const forms[] = {
        "1e040101",
        "1e0c0101 0000000000000001",
        "1e140101 0000000000000001 0000000000000002",
        "1e160101 0000000000000001 0000000000000002 0005",
        "1e180101 0000000000000001 0000000000000002 0005 abcd",
    };

    struct Segment
    {
        std::uint16_t flags;
        std::uint32_t payload;
        std::size_t first;
        std::size_t last;
    };

    const Segment segments[] = {
        {kSyn, 0, 0, 0},
        {kSyn, 5, 0, 0},
        {kSyn | kAck, 0, 1, 1},
        {kAck, 0, 2, 2},
        {kAck, 5, 3, 4},
    };
    for (const Segment& c : segments)
    {
        for (std::size_t form = 0; form < 5; ++form)
        {
            TcpSegment s;
            s.flags = c.flags;
            s.payload = Payload::Virtual(c.payload);
            s.options = RawOptions(forms[form]);
            MptcpOptions m;
            const MptcpParseResult result = ParseMptcp(s, m);
            const bool counts = form >= c.first && form <= c.last;
            CAPTURE(c.flags, c.payload, form);
            CHECK(m.Has(S::Capable) == counts);
            CHECK(result.fault == (counts ? MptcpFault::None : MptcpFault::NotForSegment));
            CHECK(ParseMptcp(s.options, m));
            CHECK(m.Has(S::Capable));
        }
    }
}

TEST_CASE("Linux reads no other version, algorithm or misplaced reset", "[wire][mptcp]")
{
    auto counts = [](std::uint16_t flags, const char* hex) {
        TcpSegment s;
        s.flags = flags;
        s.options = RawOptions(hex);
        MptcpOptions m;
        ParseMptcp(s, m);
        return m.present != 0;
    };
    CHECK_FALSE(counts(kSyn, "1e040001"));
    CHECK(counts(kSyn, "1e040201"));
    CHECK_FALSE(counts(kSyn | kAck, "1e0c0201 0000000000000001"));
    CHECK_FALSE(counts(kSyn | kAck, "1e0c0001 0000000000000001"));
    CHECK_FALSE(counts(kSyn, "1e040100"));
    CHECK_FALSE(counts(kSyn, "1e040103"));
    CHECK_FALSE(counts(kSyn, "1e040141"));
    CHECK(counts(kSyn, "1e0401a1"));
    CHECK(counts(kRst, "1e048001"));
    CHECK_FALSE(counts(kAck, "1e048001"));
    CHECK(counts(kAck, "1e0b40 0102030405060708"));
    CHECK_FALSE(counts(kAck, "1e0c40 010203040506070809"));
}

TEST_CASE("a bad MP_CAPABLE beside a good one does not spoil it", "[wire][mptcp]")
{
    TcpSegment s;
    s.flags = kSyn;
    s.options = RawOptions("1e0401a1 1e0c0101 0000000000000001");
    MptcpOptions m;
    CHECK(ParseMptcp(s, m).fault == MptcpFault::NotForSegment);
    REQUIRE(m.Has(S::Capable));
    CHECK(m.capable.form == MptcpCapable::Form::Syn);
    CHECK(m.capable.Has(kMptcpNoJoinToInitial));
}
