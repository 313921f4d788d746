// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-payload.h"

#include <catch2/catch.hpp>
#include <numeric>

using hoststack::Payload;

namespace
{

std::vector<std::uint8_t>
Counting(std::size_t n)
{
    std::vector<std::uint8_t> bytes(n);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
    return bytes;
}

std::vector<std::uint8_t>
Content(const Payload& payload)
{
    std::vector<std::uint8_t> bytes(payload.Length(), 0xaa);
    payload.CopyTo(bytes.data());
    return bytes;
}

} // namespace

TEST_CASE("virtual bytes have a length and read as zero", "[base]")
{
    const Payload payload = Payload::Virtual(5);
    CHECK(payload.Length() == 5);
    CHECK(payload.IsVirtual());
    CHECK(payload.Data() == nullptr);
    CHECK(Content(payload) == std::vector<std::uint8_t>(5, 0));
}

TEST_CASE("copied bytes are independent of their source", "[base]")
{
    auto source = Counting(4);
    const Payload payload = Payload::Copy(source.data(), 4);
    source[0] = 99;
    CHECK_FALSE(payload.IsVirtual());
    CHECK(Content(payload) == Counting(4));
}

TEST_CASE("no bytes are virtual bytes", "[base]")
{
    const Payload payload = Payload::Copy(nullptr, 0);
    CHECK(payload.Length() == 0);
    CHECK(payload.IsVirtual());
    CHECK(Content(payload).empty());
}

TEST_CASE("a slice sees its part and shares the block", "[base]")
{
    const auto bytes = Counting(10);
    Payload slice;
    {
        const Payload whole = Payload::Copy(bytes.data(), 10);
        slice = whole.Slice(3, 4);
        CHECK(slice.Data() == whole.Data() + 3);
    }
    CHECK(Content(slice) == std::vector<std::uint8_t>{4, 5, 6, 7});
    CHECK(Content(slice.Slice(1, 2)) == std::vector<std::uint8_t>{5, 6});
}

TEST_CASE("a slice of virtual bytes is virtual", "[base]")
{
    const Payload slice = Payload::Virtual(1000).Slice(10, 20);
    CHECK(slice.IsVirtual());
    CHECK(slice.Length() == 20);
}

TEST_CASE("trimming a copy leaves the original alone", "[base]")
{
    const auto bytes = Counting(6);
    const Payload whole = Payload::Copy(bytes.data(), 6);
    Payload trimmed = whole;
    trimmed.TrimFront(2);
    trimmed.TrimTo(3);
    CHECK(Content(trimmed) == std::vector<std::uint8_t>{3, 4, 5});
    CHECK(Content(whole) == Counting(6));
}

TEST_CASE("a moved-from payload is empty and virtual", "[base]")
{
    const auto bytes = Counting(3);
    Payload a = Payload::Copy(bytes.data(), 3);
    const Payload b = std::move(a);
    CHECK(a.Length() == 0); // NOLINT(bugprone-use-after-move): this is what is tested
    CHECK(a.IsVirtual());
    CHECK(Content(b) == Counting(3));
}

TEST_CASE("assignment releases what was held and survives itself", "[base]")
{
    const auto bytes = Counting(3);
    Payload a = Payload::Copy(bytes.data(), 3);
    const Payload& same = a;
    a = same;
    CHECK(Content(a) == Counting(3));
    a = Payload::Virtual(2);
    CHECK(a.IsVirtual());
    CHECK(a.Length() == 2);
}

TEST_CASE("payloads are joined: windows that follow one another share their block", "[base]")
{
    const std::uint8_t bytes[] = {1, 2, 3, 4, 5, 6};
    const auto all = Payload::Copy(bytes, 6);
    auto joined = all.Slice(0, 2);
    joined.Append(all.Slice(2, 3));
    CHECK(joined.Length() == 5);
    CHECK(joined.Data() == all.Data());
    joined.Append(all.Slice(0, 1)); // does not follow
    REQUIRE(joined.Length() == 6);
    CHECK(joined.Data() != all.Data());
    CHECK(joined.Data()[5] == 1);
    CHECK(joined.Data()[4] == 5);
    joined.Append(Payload::Virtual(2));
    CHECK(joined.Length() == 8);
    CHECK(joined.Data()[7] == 0);

    auto zeros = Payload::Virtual(3);
    zeros.Append(Payload::Virtual(4));
    CHECK(zeros.IsVirtual());
    CHECK(zeros.Length() == 7);
    Payload none;
    none.Append(all);
    CHECK(none.Length() == 6);
    CHECK(none.Data() == all.Data());
    none.Append(Payload());
    CHECK(none.Length() == 6);
}

TEST_CASE("many payloads are joined without disturbing those that share their bytes",
          "[base][payload]")
{
    std::vector<std::uint8_t> bytes(50);
    for (std::size_t i = 0; i < bytes.size(); ++i)
    {
        bytes[i] = static_cast<std::uint8_t>(i);
    }
    auto joined = Payload::Copy(bytes.data(), 10);
    const auto first = joined;
    for (std::uint32_t i = 0; i < 30; ++i)
    {
        joined.Append(Payload::Copy(bytes.data() + i, 5));
    }
    const auto before = joined;
    joined.TrimTo(80);
    joined.Append(Payload::Virtual(3));
    REQUIRE(first.Length() == 10);
    REQUIRE(before.Length() == 160);
    CHECK(first.Data()[9] == 9);
    CHECK(before.Data()[10 + 29 * 5] == 29);
    CHECK(before.Data()[80] == 14);
    REQUIRE(joined.Length() == 83);
    CHECK(joined.Data()[79] == 17);
    CHECK(joined.Data()[80] == 0);
}
