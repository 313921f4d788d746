// SPDX-License-Identifier: GPL-2.0-only

#include "hs-test-bytes.h"
#include "ns3/hs-internet-checksum.h"
#include "ns3/hs-random.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::test;

namespace
{

/// The definition, word by word (RFC 1071 section 1).
std::uint16_t
ChecksumByDefinition(const Bytes& bytes)
{
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 2)
    {
        const std::uint32_t low = i + 1 < bytes.size() ? bytes[i + 1] : 0;
        sum += bytes[i] * 256U + low;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return static_cast<std::uint16_t>(~sum);
}

std::uint16_t
ChecksumOf(const Bytes& bytes)
{
    InternetChecksum sum;
    sum.Add(bytes.data(), bytes.size());
    return sum.Value();
}

} // namespace

TEST_CASE("the checksum of RFC 1071's example is the complement of ddf2", "[wire]")
{
    REQUIRE(ChecksumOf(FromHex("0001 f203 f4f5 f6f7")) == 0x220d);
}

TEST_CASE("the checksum of nothing and of zeros is all ones", "[wire]")
{
    REQUIRE(ChecksumOf({}) == 0xffff);
    REQUIRE(ChecksumOf(Bytes(7)) == 0xffff);
}

TEST_CASE("the checksum agrees with its definition at any length and alignment", "[wire]")
{
    RandomStream random(1, "checksum");
    for (std::size_t length = 0; length < 200; ++length)
    {
        Bytes bytes(length);
        for (auto& byte : bytes)
        {
            byte = length % 3 == 0 ? 0xff : static_cast<std::uint8_t>(random.Bits());
        }
        REQUIRE(ChecksumOf(bytes) == ChecksumByDefinition(bytes));
        for (std::size_t offset = 1; offset < 4 && offset <= length; ++offset)
        {
            InternetChecksum sum;
            sum.Add(bytes.data() + offset, length - offset);
            REQUIRE(sum.Value() ==
                    ChecksumByDefinition(
                        Bytes(bytes.begin() + static_cast<long>(offset), bytes.end())));
        }
    }
}

TEST_CASE("parts of even length may be added in any order", "[wire]")
{
    const Bytes all = FromHex("0102 0304 0506 0708 09");
    InternetChecksum sum;
    sum.Add(all.data() + 6, 3);
    sum.Add32(0x01020304);
    sum.Add(all.data() + 4, 2);
    REQUIRE(sum.Value() == ChecksumByDefinition(all));
}
