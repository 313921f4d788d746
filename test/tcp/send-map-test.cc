// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-random.h"
#include "ns3/hs-scoreboard.h"
#include "ns3/hs-send-buffer.h"

#include <catch2/catch.hpp>
#include <map>
#include <vector>

using namespace hoststack;
using namespace hoststack::tcp;

TEST_CASE("the send map finds the range that holds an offset or follows it", "[tcp]")
{
    SendMap map;
    map.Append(1, 3001, 3, 1000, 10);
    map.Append(3001, 3501, 1, 1000, 11);
    CHECK(map.Find(0) == 0);
    CHECK(map.Find(1) == 0);
    CHECK(map.Find(3000) == 0);
    CHECK(map.Find(3001) == 1);
    CHECK(map.Find(3500) == 1);
    CHECK(map.Find(3501) == 2);
}

TEST_CASE("a range is cut at a segment's end without making segments", "[tcp]")
{
    SendMap map;
    map.Append(1, 3501, 4, 1000, 10);
    const auto right = map.Split(0, 2001);
    CHECK(map.At(0).begin == 1);
    CHECK(map.At(0).end == 2001);
    CHECK(map.At(0).segments == 2);
    CHECK(map.At(right).begin == 2001);
    CHECK(map.At(right).end == 3501);
    CHECK(map.At(right).segments == 2);
    CHECK(map.IsConsistent());
}

TEST_CASE("a cut inside a segment makes one more", "[tcp]")
{
    SendMap map;
    map.Append(1, 2001, 2, 1000, 10);
    const auto right = map.Split(0, 501);
    CHECK(map.At(0).segments == 1);
    CHECK(map.At(right).segments == 2);
}

TEST_CASE("the FIN stays with the right part of a cut and takes no segment beside data", "[tcp]")
{
    SendMap map;
    auto& range = map.Append(1, 2002, 2, 1000, 10);
    range.fin = true;
    const auto right = map.Split(0, 1001);
    CHECK_FALSE(map.At(0).fin);
    CHECK(map.At(right).fin);
    CHECK(map.At(right).segments == 1);
    const auto alone = map.Split(right, 2001);
    CHECK(map.At(alone).fin);
    CHECK(map.At(alone).segments == 1);
    CHECK_FALSE(map.At(right).fin);
}

TEST_CASE("the order by time follows the last transmission", "[tcp]")
{
    SendMap map;
    map.Append(1, 1001, 1, 1000, 10);
    map.Append(1001, 2001, 1, 1000, 20);
    map.Append(2001, 3001, 1, 1000, 30);
    map.Touch(map.At(0), 40);
    CHECK(map.Oldest()->begin == 1001);
    CHECK(map.Newer(*map.Oldest())->begin == 2001);
    CHECK(map.Newer(map.At(1))->begin == 2001);
    CHECK(map.Newer(map.At(2))->begin == 1);
    CHECK(map.At(0).transmissions == 2);

    map.Untrack(map.At(1));
    CHECK(map.Oldest()->begin == 2001);
    map.Retrack(map.At(1)); // sent at 20: before the one of 30
    CHECK(map.Oldest()->begin == 1001);
    CHECK(map.IsConsistent());
}

TEST_CASE("acknowledged bytes leave the front range, its segments only when whole", "[tcp]")
{
    SendMap map;
    map.Append(1, 2501, 3, 1000, 10);
    CHECK(map.TrimFront(301) == 0); // 2200 bytes are three segments still
    CHECK(map.At(0).begin == 301);
    CHECK(map.TrimFront(601) == 1); // 1900 are two
    CHECK(map.At(0).segments == 2);
}

TEST_CASE("places of acknowledged ranges are used again", "[tcp]")
{
    SendMap map;
    map.Append(1, 1001, 1, 1000, 0);
    map.Append(1001, 2001, 1, 1000, 0);
    const auto* first = &map.At(0);
    map.PopFront();
    CHECK(&map.Append(2001, 3001, 1, 1000, 1) == first);
    map.PopFront();
    map.PopFront();
    CHECK(map.Empty());
    map.Append(3001, 4001, 1, 1000, 2);
    CHECK(map.IsConsistent());
}

TEST_CASE("a scoreboard gives its memory back while nothing is in flight and works on", "[tcp]")
{
    Scoreboard board;
    for (std::uint64_t round = 0; round < 3; ++round)
    {
        board.Append(1000, 1, 1000, 0);
        board.Shrink(); // something is in flight: nothing goes
        CHECK(board.Map().Size() == 1);
        board.PopFront();
        board.Acknowledge(1000 * (round + 1));
        board.Shrink();
        CHECK(board.Map().Empty());
        CHECK(board.Inconsistency() == nullptr);
    }
}

namespace
{

/// \p count segments of 1000 bytes are in flight, the first byte is 1.
void
SendAfterSyn(Scoreboard& board, int count)
{
    board.Append(1, 1, 1000, 0);
    board.PopFront();
    board.Acknowledge(1);
    for (int i = 0; i < count; ++i)
    {
        board.Append(1000, 1, 1000, i);
    }
}

} // namespace

TEST_CASE("in flight is what is out, less SACKed and lost, plus retransmitted", "[tcp]")
{
    Scoreboard board;
    SendAfterSyn(board, 10);
    const auto& map = board.Map();
    CHECK(board.InFlight() == 10);
    CHECK(board.SndNxt() == 10001);
    board.MarkSacked(map.At(3));
    board.MarkSacked(map.At(4));
    CHECK(board.InFlight() == 8);
    CHECK(board.HighestSacked() == 5001);
    board.MarkLost(map.At(0));
    CHECK(board.InFlight() == 7);
    CHECK(board.RetransmitHint() == 1);
    board.MarkLost(map.At(0)); // again: nothing new
    CHECK(board.LostOut() == 1);
    CHECK(board.TotalLost() == 1);
    board.MarkRetransmitted(map.At(0), 20);
    CHECK(board.InFlight() == 8);
    board.MarkLost(map.At(0)); // the retransmission is lost too
    CHECK(board.InFlight() == 7);
    CHECK(board.TotalLost() == 2);
    board.MarkLost(map.At(3)); // SACKed is never lost
    CHECK(board.LostOut() == 1);
    CHECK(board.Inconsistency() == nullptr);
    board.MarkSacked(map.At(0));
    CHECK(board.LostOut() == 0);
    CHECK(board.SackedOut() == 3);
    CHECK(board.Inconsistency() == nullptr);
}

TEST_CASE("counts follow cuts, trims and other segment sizes", "[tcp]")
{
    Scoreboard board;
    SendAfterSyn(board, 0);
    board.Append(3000, 3, 1000, 0);
    const auto& map = board.Map();
    board.MarkLost(map.At(0));
    board.Split(0, 501);
    CHECK(board.PacketsOut() == 4);
    CHECK(board.LostOut() == 4);
    board.Resegment(map.At(1), 500);
    CHECK(map.At(1).segments == 5);
    CHECK(board.PacketsOut() == 6);
    board.MarkRetransmitted(map.At(1), 5);
    CHECK(board.RetransOut() == 5);
    board.PopFront();
    CHECK(board.PacketsOut() == 5);
    CHECK(board.LostOut() == 5);
    board.TrimFront(1101);
    board.Acknowledge(1101);
    CHECK(board.PacketsOut() == 4);
    CHECK(board.LostOut() == 4);
    CHECK(board.RetransOut() == 4);
    CHECK(board.Inconsistency() == nullptr);
}

TEST_CASE("whatever is marked, cut and acknowledged in any order, the scoreboard's counts are the "
          "sums of the marks",
          "[tcp]")
{
    RandomStream random(1, "scoreboard");
    for (int round = 0; round < 40; ++round)
    {
        Scoreboard board;
        SendAfterSyn(board, 0);
        const auto& map = board.Map();
        for (TimeNs now = 1; now < 120; ++now)
        {
            const auto at = [&] { return static_cast<std::size_t>(random.Bits() % map.Size()); };
            switch (map.Empty() ? 0 : random.Bits() % 10)
            {
            case 0:
                board.Append(3000, 3, 1000, now);
                break;
            case 1:
                board.MarkLost(map.At(at()));
                break;
            case 2:
                board.MarkSacked(map.At(at()));
                break;
            case 3:
                board.MarkRetransmitted(map.At(at()), now);
                break;
            case 4:
                if (const auto i = at(); map.At(i).end - map.At(i).begin > 500)
                {
                    board.Split(i, map.At(i).begin + 500);
                }
                break;
            case 5:
                board.Resegment(map.At(at()), 500);
                break;
            case 6: {
                const auto end = map.At(0).end;
                board.PopFront();
                board.Acknowledge(end);
                break;
            }
            case 7:
                board.UnmarkLost();
                break;
            case 8:
                board.ForgetSacks();
                board.RestartRetransmission();
                break;
            default:
                board.MarkProbed(map.At(at()), now);
                break;
            }
            const char* wrong = board.Inconsistency();
            INFO((wrong ? wrong : ""));
            REQUIRE(wrong == nullptr);
        }
    }
}

TEST_CASE("the send buffer gives back every written byte at its offset", "[tcp]")
{
    // Against the obvious model: one long vector.
    RandomStream random(3, "send-buffer");
    SendBuffer buffer;
    buffer.Reset(1);
    std::vector<std::uint8_t> all(1, 0);
    std::uint64_t released = 1;
    for (int step = 0; step < 4000; ++step)
    {
        const auto what = random.Bits() % 4;
        if (what < 2)
        {
            const auto length = static_cast<std::uint32_t>(random.Bits() % 300);
            std::vector<std::uint8_t> bytes(length, 0);
            if (what == 0)
            {
                for (auto& b : bytes)
                {
                    b = static_cast<std::uint8_t>(random.Bits());
                }
                buffer.Append(Payload::Copy(bytes.data(), length));
            }
            else
            {
                buffer.Append(Payload::Virtual(length));
            }
            all.insert(all.end(), bytes.begin(), bytes.end());
        }
        else if (what == 2)
        {
            released += random.Bits() % (all.size() - released + 1) / 2;
            buffer.Release(released);
        }
        else
        {
            const auto offset = released + random.Bits() % (all.size() - released + 1);
            const auto length =
                static_cast<std::uint32_t>(random.Bits() % (all.size() - offset + 1));
            std::vector<std::uint8_t> got(length);
            buffer.Gather(offset, length).CopyTo(got.data());
            REQUIRE(std::equal(got.begin(), got.end(), all.begin() + offset));
        }
        REQUIRE(buffer.Begin() == released);
        REQUIRE(buffer.End() == all.size());
    }
}

TEST_CASE("gathering inside one write shares its memory", "[tcp]")
{
    SendBuffer buffer;
    buffer.Reset(1);
    const std::vector<std::uint8_t> bytes(100, 7);
    const auto written = Payload::Copy(bytes.data(), 100);
    buffer.Append(written);
    CHECK(buffer.Gather(11, 20).Data() == written.Data() + 10);
}
