// SPDX-License-Identifier: GPL-2.0-only

/**
 * \file
 * Options captured between two ends of a live Linux 6.18: what a kernel sends is read, written
 * again byte for byte, and its tokens, HMACs and checksums are ours.
 */

#include "hs-mptcp-test-tools.h"
#include "ns3/hs-dss-checksum.h"
#include "ns3/hs-mptcp-crypto.h"
#include "ns3/hs-mptcp-text.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::test;

namespace
{

using S = MptcpSubtype;

struct Captured
{
    std::uint16_t flags;
    std::uint32_t payload;
    const char* hex;
    const char* text;
};

/// Over IPv4, with checksums: handshake, ADD_ADDR with a port from both ends, a join, data both
/// ways, MP_PRIO, REMOVE_ADDR, DATA_FINs.
const Captured kCapturedV4[] = {
    {kSyn, 0, "1e040181", "mptcp capable v1 csum"},
    {kSyn | kAck, 0, "1e0c018121e2533e9087a8cd", "mptcp capable v1 csum {0x21e2533e9087a8cd}"},
    {kAck,
     0,
     "1e140181ddb815993e62852721e2533e9087a8cd",
     "mptcp capable v1 csum {0xddb815993e628527,0x21e2533e9087a8cd}"},
    {kAck,
     0,
     "1e1230020a0901011e617ab49c783bf83305",
     "mptcp add-addr v1 id 2 10.9.1.1:7777 hmac 0x7ab49c783bf83305"},
    {kAck, 0, "1e0a31020a0901011e61", "mptcp add-addr v1-echo id 2 10.9.1.1:7777"},
    {kSyn, 0, "1e0c10039e1b691d78874e99", "mptcp join id 3 token 0x9e1b691d nonce 0x78874e99"},
    {kSyn | kAck,
     0,
     "1e1010022199dcfada840da3c0f6a1db",
     "mptcp join id 2 hmac 0x2199dcfada840da3 nonce 0xc0f6a1db"},
    {kAck,
     0,
     "1e1810003f62c212ca34223d1891ea133ae2d301ac1560d1",
     "mptcp join hmac 0x3f62c212ca34223d1891ea133ae2d301ac1560d1"},
    {kAck, 0, "1e082001565a4aa5", "mptcp dss ack32 1448757925"},
    {kAck,
     0,
     "1e1230020a0901011e61f38e2d07a3b564ff",
     "mptcp add-addr v1 id 2 10.9.1.1:7777 hmac 0xf38e2d07a3b564ff"},
    {kSyn,
     0,
     "1e0c11019e1b691d9231ace9",
     "mptcp join backup id 1 token 0x9e1b691d nonce 0x9231ace9"},
    {kAck | kPsh,
     5,
     "1e18200dd3367aa17d138e2e565a4aa50000000100050fe6",
     "mptcp dss ack32 3543562913 seq 9012703608966892197 subseq 1 len 5 csum 0x0fe6"},
    {kAck, 0, "1e0c20037d138e2e565a4aaa", "mptcp dss ack 9012703608966892202"},
    {kAck | kPsh,
     2996,
     "1e18200dd3367aa17d138e2e565a4aaa000000060bb4742b",
     "mptcp dss ack32 3543562913 seq 9012703608966892202 subseq 6 len 2996 csum 0x742b"},
    {kAck | kPsh,
     15,
     "1e1c200f7d138e2e565a565eae9cf135d3367aa100000001000f46f2",
     "mptcp dss ack 9012703608966895198 seq 12582196672445446817 subseq 1 len 15 csum 0x46f2"},
    {kAck,
     0,
     "1e0c2003ae9cf135d3367ab01e0350",
     "mptcp dss ack 12582196672445446832,mptcp prio non-backup"},
    {kAck,
     0,
     "1e0c2003ae9cf135d3367ab01e044001",
     "mptcp dss ack 12582196672445446832,mptcp rem-addr id 1"},
    {kAck,
     0,
     "1e1c201fae9cf135d3367ab07d138e2e565a565e0000000000014804",
     "mptcp dss fin ack 12582196672445446832 seq 9012703608966895198 subseq 0 len 1 csum 0x4804"},
};

/// Over IPv6, where the listener forbids joins to the initial address and the client aborts.
const Captured kCapturedV6[] = {
    {kSyn, 0, "1e040121", "mptcp capable v1 no-join"},
    {kSyn | kAck, 0, "1e0c0121606d0537e6b26618", "mptcp capable v1 no-join {0x606d0537e6b26618}"},
    {kAck,
     0,
     "1e1c300120010db80000000000000000000000087d83d6b7d927e6d0",
     "mptcp add-addr v1 id 1 2001:db8::8 hmac 0x7d83d6b7d927e6d0"},
    {kAck,
     0,
     "1e14310120010db8000000000000000000000008",
     "mptcp add-addr v1-echo id 1 2001:db8::8"},
    {kAck, 0, "1e082001d859cb811e0640020103", "mptcp dss ack32 3629763457,mptcp rem-addr id 2 1 3"},
    {kRst | kAck,
     0,
     "1e0c7000606d0537e6b266181e048000",
     "mptcp fast-close key 0x606d0537e6b26618,mptcp reset reason 0"},
};

MptcpOptions
Read(const Captured& c)
{
    TcpSegment s;
    s.flags = c.flags;
    s.payload = Payload::Virtual(c.payload);
    s.options = RawOptions(c.hex);
    MptcpOptions m;
    REQUIRE(ParseMptcp(s, m));
    return m;
}

} // namespace

TEST_CASE("every option a kernel sent is read and written byte for byte", "[wire][mptcp]")
{
    auto check = [](const Captured& c) {
        CAPTURE(c.hex);
        const MptcpOptions m = Read(c);
        CHECK(Written(m) == FromHex(c.hex));
        CHECK(ToString(m) == c.text);
    };
    for (const Captured& c : kCapturedV4)
    {
        check(c);
    }
    for (const Captured& c : kCapturedV6)
    {
        check(c);
    }
}

TEST_CASE("a kernel's tokens, sequence numbers and HMACs are ours", "[wire][mptcp]")
{
    const MptcpCapable keys = Read(kCapturedV4[2]).capable;
    const MptcpKeyDigest client = DigestMptcpKey(keys.senderKey);
    const MptcpKeyDigest server = DigestMptcpKey(keys.receiverKey);
    const MptcpJoin syn = Read(kCapturedV4[5]).join;
    const MptcpJoin synAck = Read(kCapturedV4[6]).join;
    CHECK(syn.token == server.token);
    const MptcpJoinParty a{keys.senderKey, syn.nonce};
    const MptcpJoinParty b{keys.receiverKey, synAck.nonce};
    CHECK(synAck.shortHmac == MptcpJoinShortHmac(b, a));
    CHECK(Read(kCapturedV4[7]).join.hmac == MptcpJoinHmac(a, b));

    const MptcpAddAddress fromServer = Read(kCapturedV4[3]).addAddress;
    CHECK(fromServer.hmac == MptcpAddAddressHmac(keys.receiverKey,
                                                 keys.senderKey,
                                                 fromServer.addressId,
                                                 fromServer.address,
                                                 fromServer.port));
    const MptcpAddAddress fromClient = Read(kCapturedV4[9]).addAddress;
    CHECK(fromClient.hmac == MptcpAddAddressHmac(keys.senderKey,
                                                 keys.receiverKey,
                                                 fromClient.addressId,
                                                 fromClient.address,
                                                 fromClient.port));
    const MptcpAddAddress v6 = Read(kCapturedV6[2]).addAddress;
    CHECK(v6.hmac == MptcpAddAddressHmac(0x606d0537e6b26618, 0x0e63bbb41a6ebaaa, 1, v6.address, 0));

    const MptcpDss first = Read(kCapturedV4[11]).dss;
    CHECK(Dsn64(first.dataSequence) == client.initialSequence + 1);
    CHECK(DataAckNear(first, server.initialSequence) == server.initialSequence + 1);
    CHECK(DataAckNear(Read(kCapturedV4[8]).dss, client.initialSequence) ==
          client.initialSequence + 1);
}

TEST_CASE("a kernel's DSS checksums hold", "[wire][mptcp]")
{
    auto holds = [](const Captured& c, const std::string& content) {
        const MptcpDss d = Read(c).dss;
        REQUIRE(d.hasChecksum);
        DssChecksum sum;
        sum.Add(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
        return sum.Verify(Dsn64(d.dataSequence), d.subflowSequence, d.length, d.checksum) &&
               sum.Value(Dsn64(d.dataSequence), d.subflowSequence, d.length) == d.checksum;
    };
    CHECK(holds(kCapturedV4[11], "hello"));
    CHECK_FALSE(holds(kCapturedV4[11], "hellp"));
    CHECK(holds(kCapturedV4[13], std::string(2996, 'a')));
    CHECK(holds(kCapturedV4[14], "xyzxyzxyzxyzxyz"));
    // A DATA_FIN alone: length 1, no data.
    CHECK(holds(kCapturedV4[17], ""));
}
