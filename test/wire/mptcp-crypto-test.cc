// SPDX-License-Identifier: GPL-2.0-only

#include "hs-mptcp-test-tools.h"
#include "ns3/hs-byte-order.h"
#include "ns3/hs-dss-checksum.h"
#include "ns3/hs-internet-checksum.h"
#include "ns3/hs-mptcp-crypto.h"
#include "ns3/hs-random.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::test;

namespace
{

constexpr std::uint64_t kKeyA = 0x0001020304050607;
constexpr std::uint64_t kKeyB = 0x08090a0b0c0d0e0f;
const MptcpJoinParty kA{kKeyA, 0x11223344};
const MptcpJoinParty kB{kKeyB, 0x55667788};

Bytes
RandomBytes(RandomStream& random, std::size_t length)
{
    Bytes bytes(length);
    for (auto& byte : bytes)
    {
        byte = static_cast<std::uint8_t>(random.Bits());
    }
    return bytes;
}

} // namespace

// Unless they name another source, the vectors of this file were computed with Python's hashlib and
// hmac; RFC 8684 has none. Those of kKeyA, kKeyB and their nonces are also in the facts sheet
// linux.md 4.2.4, where they were computed independently.
TEST_CASE("token and initial sequence are the two ends of the key's digest", "[wire][mptcp]")
{
    struct Case
    {
        std::uint64_t key;
        std::uint32_t token;
        std::uint64_t sequence;
    };

    const Case cases[] = {
        {kKeyA, 0x8a851ff8, 0xe3db22c6785a0d45},
        {kKeyB, 0x34179de5, 0x9ac0c6c29ef61a05},
        {0, 0xaf5570f5, 0xe5b2328de0e83dfc},
        {~std::uint64_t{0}, 0x12a3ae44, 0x57fb595bbbacf0ca},
        {0x0123456789abcdef, 0x55c53f5d, 0x570762cd38be9818},
    };
    for (const Case& c : cases)
    {
        CHECK(DigestMptcpKey(c.key).token == c.token);
        CHECK(DigestMptcpKey(c.key).initialSequence == Dsn64(c.sequence));
    }
}

TEST_CASE("a join is proved with the leftmost bits of the HMAC", "[wire][mptcp]")
{
    CHECK(MptcpJoinShortHmac(kB, kA) == 0x8ca07a5aec5498a6);
    const auto hmac = MptcpJoinHmac(kA, kB);
    CHECK(Bytes(hmac.begin(), hmac.end()) == FromHex("78e4d1f982df9b57a101934ddb41b72ee93f7ab3"));
    // Keys and nonces have an order.
    CHECK(MptcpJoinShortHmac(kA, kB) == 0x78e4d1f982df9b57);
    CHECK(MptcpJoinShortHmac({kKeyB, kA.nonce}, {kKeyA, kB.nonce}) != 0x8ca07a5aec5498a6);
}

TEST_CASE("a join is proved as the kernel's own test vectors say", "[wire][mptcp]")
{
    // Linux net/mptcp/crypto_test.c (KUnit): key and message are the ASCII digits themselves. The
    // first 20 bytes of each result are what an option carries.
    struct Case
    {
        std::uint64_t keys[2];
        std::uint32_t nonces[2];
        const char* hmac;
    };

    const Case cases[] = {
        {{0x3062306230623062, 0x3062306230623062},
         {0x34383639, 0x32303534},
         "8385e24fb4235ac37556b6b886db106284a1da67"},
        {{0x6161616161616161, 0x6161616161616161},
         {0x64646464, 0x64646464},
         "2c5e219164ff1dca1c4a92318d847bb6b9d44492"},
        {{0x3031303230333034, 0x3035303630373038},
         {0x63646364, 0x63646364},
         "e73b9ba9969969cefb04aa0d6df18ec2fcc075b6"},
    };
    for (const Case& c : cases)
    {
        const MptcpJoinParty sender{c.keys[0], c.nonces[0]};
        const MptcpJoinParty receiver{c.keys[1], c.nonces[1]};
        const auto hmac = MptcpJoinHmac(sender, receiver);
        const auto expected = FromHex(c.hmac);
        CHECK(Bytes(hmac.begin(), hmac.end()) == expected);
        CHECK(MptcpJoinShortHmac(sender, receiver) == LoadBig64(expected.data()));
    }
}

TEST_CASE("an address is proved with the rightmost bits of the HMAC", "[wire][mptcp]")
{
    const IpAddress v4 = *IpAddress::Parse("192.0.2.1");
    CHECK(MptcpAddAddressHmac(kKeyA, kKeyB, 1, v4, 0) == 0x7230bf83ecca9f2e);
    const IpAddress v6 = *IpAddress::Parse("2001:db8::c001");
    CHECK(MptcpAddAddressHmac(kKeyA, kKeyB, 7, v6, 443) == 0xa0be11e6888b57e3);
    CHECK(MptcpAddAddressHmac(kKeyB, kKeyA, 7, v6, 443) != 0xa0be11e6888b57e3);
    CHECK(MptcpAddAddressHmac(kKeyA, kKeyB, 8, v6, 443) != 0xa0be11e6888b57e3);
    CHECK(MptcpAddAddressHmac(kKeyA, kKeyB, 7, v6, 444) != 0xa0be11e6888b57e3);
}

TEST_CASE("a DSS checksum is the same however its data is cut", "[wire][mptcp]")
{
    RandomStream random(1, "dss-checksum");
    for (int i = 0; i < 500; ++i)
    {
        const Bytes data = RandomBytes(random, random.Bits() % 3000);
        const Dsn64 sequence(random.Bits());
        const auto ssn = static_cast<std::uint32_t>(random.Bits());
        const auto length = static_cast<std::uint16_t>(data.size() + random.Bits() % 2);
        // All in one buffer behind its pseudo header: the plain Internet checksum.
        Bytes whole(16);
        StoreBig64(whole.data(), sequence.Value());
        StoreBig32(whole.data() + 8, ssn);
        StoreBig16(whole.data() + 12, length);
        whole.insert(whole.end(), data.begin(), data.end());
        InternetChecksum plain;
        plain.Add(whole.data(), whole.size());

        DssChecksum pieces;
        for (std::size_t at = 0; at < data.size();)
        {
            const std::size_t n = std::min<std::size_t>(data.size() - at, random.Bits() % 700);
            pieces.Add(Payload::Copy(data.data() + at, static_cast<std::uint32_t>(n)));
            at += n;
        }
        REQUIRE(pieces.Length() == data.size());
        REQUIRE(pieces.Value(sequence, ssn, length) == plain.Value());
        REQUIRE(pieces.Verify(sequence, ssn, length, plain.Value()));
        REQUIRE_FALSE(pieces.Verify(sequence, ssn, length, plain.Value() ^ 0x10));
        REQUIRE_FALSE(pieces.Verify(sequence + 1, ssn, length, plain.Value()));
        REQUIRE_FALSE(pieces.Verify(sequence, ssn + 1, length, plain.Value()));
    }
}

TEST_CASE("each flipped bit of the data breaks its DSS checksum", "[wire][mptcp]")
{
    RandomStream random(2, "dss-checksum");
    Bytes data = RandomBytes(random, 101);
    DssChecksum good;
    good.Add(data.data(), data.size());
    const std::uint16_t checksum = good.Value(Dsn64(1), 1, 101);
    for (std::size_t bit = 0; bit < data.size() * 8; ++bit)
    {
        data[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        DssChecksum bad;
        bad.Add(data.data(), data.size());
        REQUIRE_FALSE(bad.Verify(Dsn64(1), 1, 101, checksum));
        data[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    }
}

TEST_CASE("virtual payload counts as zeros in a DSS checksum", "[wire][mptcp]")
{
    const Bytes zeros(77, 0);
    const Bytes word = FromHex("ab");
    DssChecksum real;
    DssChecksum isVirtual;
    real.Add(zeros.data(), zeros.size());
    isVirtual.Add(Payload::Virtual(77));
    real.Add(word.data(), word.size());
    isVirtual.Add(word.data(), word.size());
    CHECK(real.Value(Dsn64(5), 6, 78) == isVirtual.Value(Dsn64(5), 6, 78));
    CHECK(isVirtual.Length() == 78);
}

TEST_CASE("zero and all ones are one checksum", "[wire][mptcp]")
{
    DssChecksum none;
    CHECK(none.Value(Dsn64(0), 0, 0) == 0xffff);
    CHECK(none.Verify(Dsn64(0), 0, 0, 0xffff));
    DssChecksum ones;
    const Bytes data = FromHex("ffff");
    ones.Add(data.data(), data.size());
    CHECK(ones.Value(Dsn64(0), 0, 0) == 0);
    CHECK(ones.Verify(Dsn64(0), 0, 0, 0));
    CHECK(ones.Verify(Dsn64(0), 0, 0, 0xffff));
}
