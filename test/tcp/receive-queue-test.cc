// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-random.h"
#include "ns3/hs-receive-queue.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

using namespace hoststack;
using namespace hoststack::tcp;

namespace
{

Payload
Bytes(std::uint64_t offset, std::uint32_t length)
{
    std::vector<std::uint8_t> bytes(length);
    for (std::uint32_t i = 0; i < length; ++i)
    {
        bytes[i] = static_cast<std::uint8_t>((offset + i) * 37 >> 2);
    }
    return Payload::Copy(bytes.data(), length);
}

} // namespace

TEST_CASE("data in order can be read, data beyond a hole only when it is filled", "[tcp]")
{
    ReceiveQueue queue;
    queue.Reset(1);
    auto r = queue.Insert(101, Bytes(101, 50), 500);
    CHECK(r.accepted == 50);
    CHECK_FALSE(r.inOrder);
    CHECK(queue.Available() == 0);
    CHECK(queue.HasOutOfOrder());
    CHECK(queue.RunBegin(120) == 101);
    CHECK(queue.RunEnd(120) == 151);
    r = queue.Insert(1, Bytes(1, 100), 600);
    CHECK(r.inOrder);
    CHECK(r.filledHole);
    CHECK(queue.Next() == 151);
    CHECK(queue.Available() == 150);
    CHECK(queue.Memory() == 1100);
    CHECK(queue.Read(120, nullptr) == 120);
    CHECK(queue.Memory() == 500); // the first piece has been read completely
    CHECK(queue.Read(120, nullptr) == 30);
    CHECK(queue.Memory() == 0);
}

TEST_CASE("what was there already is reported and not kept twice", "[tcp]")
{
    ReceiveQueue queue;
    queue.Reset(1);
    queue.Insert(1, Bytes(1, 100), 100);
    auto r = queue.Insert(51, Bytes(51, 100), 100);
    CHECK(r.duplicate);
    CHECK(r.duplicateBegin == 51);
    CHECK(r.duplicateEnd == 101);
    CHECK(r.accepted == 50);
    r = queue.Insert(20, Bytes(20, 30), 100);
    CHECK(r.accepted == 0);
    CHECK(r.duplicateBegin == 20);
    CHECK(r.duplicateEnd == 50);
    queue.Insert(301, Bytes(301, 100), 100);
    r = queue.Insert(351, Bytes(351, 100), 100);
    CHECK(r.accepted == 50);
    CHECK(r.duplicateBegin == 351);
    CHECK(r.duplicateEnd == 401);
    CHECK(queue.OutOfOrderBytes() == 150);
}

TEST_CASE("pruning drops from the far end and spares what lies before the newest", "[tcp]")
{
    ReceiveQueue queue;
    queue.Reset(1);
    queue.Insert(101, Bytes(101, 10), 1000);
    queue.Insert(201, Bytes(201, 10), 1000);
    queue.Insert(301, Bytes(301, 10), 1000);
    CHECK(queue.PruneOutOfOrder(1, 250));
    CHECK(queue.Memory() == 2000);
    CHECK(queue.RunEnd(301) == 301);
    CHECK_FALSE(queue.PruneOutOfOrder(1, 250));
}

TEST_CASE("any order of overlapping segments gives the stream, against a map of bytes", "[tcp]")
{
    RandomStream random(5, "receive-queue");
    for (int round = 0; round < 60; ++round)
    {
        ReceiveQueue queue;
        queue.Reset(1);
        std::set<std::uint64_t> held; // the obvious model: every byte that has come
        std::uint64_t read = 1;
        std::uint64_t next = 1;
        for (int step = 0; step < 150; ++step)
        {
            const auto begin =
                std::max<std::int64_t>(1,
                                       static_cast<std::int64_t>(next + random.Bits() % 400) - 100);
            const auto length = static_cast<std::uint32_t>(1 + random.Bits() % 120);
            const auto offset = static_cast<std::uint64_t>(begin);
            std::uint32_t fresh = 0;
            bool known = false;
            for (auto o = offset; o < offset + length; ++o)
            {
                known = known || o < next || held.count(o) > 0;
                fresh += o >= next && held.insert(o).second ? 1 : 0;
            }
            const auto r = queue.Insert(offset, Bytes(offset, length), 64);
            while (held.count(next) > 0)
            {
                ++next;
            }
            REQUIRE(r.accepted == fresh);
            REQUIRE(r.duplicate == known);
            REQUIRE(queue.Next() == next);
            const auto beyond =
                static_cast<std::uint32_t>(std::distance(held.lower_bound(next), held.end()));
            REQUIRE(queue.OutOfOrderBytes() == beyond);
            REQUIRE(queue.IsConsistent());
            if (random.Bits() % 3 == 0)
            {
                std::vector<Payload> pieces;
                const auto n = queue.Read(static_cast<std::uint32_t>(random.Bits() % 200), &pieces);
                REQUIRE(n <= next - read);
                for (const auto& piece : pieces)
                {
                    const auto expected = Bytes(read, piece.Length());
                    REQUIRE(
                        std::equal(piece.Data(), piece.Data() + piece.Length(), expected.Data()));
                    read += piece.Length();
                }
            }
            REQUIRE(queue.Available() == next - read);
        }
        queue.Read(1u << 30, nullptr);
        queue.PruneOutOfOrder(~0u, 0);
        CHECK(queue.Memory() == 0);
    }
}
