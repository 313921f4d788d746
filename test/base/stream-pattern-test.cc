// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-stream-pattern.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

using hoststack::StreamPattern;

namespace
{

std::vector<std::uint8_t>
Bytes(const StreamPattern& pattern, std::uint64_t offset, std::size_t length)
{
    std::vector<std::uint8_t> bytes(length);
    pattern.Fill(offset, bytes.data(), length);
    return bytes;
}

} // namespace

TEST_CASE("a stream's content is the same however it is cut", "[base]")
{
    const StreamPattern pattern(3);
    const auto whole = Bytes(pattern, 1000, 10000);
    std::vector<std::uint8_t> pieces;
    for (std::uint64_t at = 1000, length = 1; pieces.size() < whole.size(); ++length)
    {
        const auto size = std::min<std::size_t>(length, whole.size() - pieces.size());
        const auto piece = Bytes(pattern, at, size);
        pieces.insert(pieces.end(), piece.begin(), piece.end());
        at += size;
    }
    CHECK(pieces == whole);
}

TEST_CASE("a match ends at the first byte that is not the stream's", "[base]")
{
    const StreamPattern pattern(7);
    auto bytes = Bytes(pattern, 5, 9000);
    CHECK(pattern.Match(5, bytes.data(), bytes.size()) == 9000);
    for (const std::size_t wrong : {0U, 1U, 4095U, 4096U, 8999U})
    {
        bytes[wrong] ^= 0x40;
        CHECK(pattern.Match(5, bytes.data(), bytes.size()) == wrong);
        bytes[wrong] ^= 0x40;
    }
}

TEST_CASE("bytes of another place or another stream do not match", "[base]")
{
    const auto bytes = Bytes(StreamPattern(1), 4096, 1448);
    CHECK(StreamPattern(1).Match(4096 + 8, bytes.data(), bytes.size()) < 8);
    CHECK(StreamPattern(1).Match(4096 - 1448, bytes.data(), bytes.size()) < 8);
    CHECK(StreamPattern(2).Match(4096, bytes.data(), bytes.size()) < 8);
    const std::vector<std::uint8_t> zeros(1448);
    CHECK(StreamPattern(1).Match(4096, zeros.data(), zeros.size()) < 8);
}
