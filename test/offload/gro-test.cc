// SPDX-License-Identifier: GPL-2.0-only

#include "../property-rounds.h"
#include "ns3/hs-frame-segmentation.h"
#include "ns3/hs-gro.h"
#include "ns3/hs-random.h"
#include "offload-test-tools.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <set>

namespace
{

using namespace hoststack;
using namespace hoststack::test;

constexpr std::uint32_t kSize = 1448;

/// Packets with the fields of one TCP flow, and a GRO that takes them.
class Train
{
  public:
    explicit Train(const std::string& name = "gro", const OffloadSettings& settings = {})
        : m_gro(ReceiveOffloads().Create(name, settings, out))
    {
        options.hasTimestamps = true;
    }

    /// The next segment of the flow; its number is its id.
    OffloadPacket Next(std::uint32_t payload = kSize)
    {
        OffloadPacket packet;
        packet.id = m_count++;
        packet.flow = 7;
        packet.flags = kAck;
        packet.window = 1000;
        packet.ack = Seq32(500);
        packet.seq = m_seq;
        packet.identification = static_cast<std::uint16_t>(100 + packet.id);
        packet.payload = payload;
        packet.ipLength = payload + 52;
        packet.options = &options;
        m_seq += payload;
        return packet;
    }

    void Give(const OffloadPacket& packet, TimeNs now = 0)
    {
        m_gro->Add(packet, now);
    }

    ReceiveOffload& Gro()
    {
        return *m_gro;
    }

    std::uint64_t Count(FlushReason why) const
    {
        return m_gro->GetCounters().reasons[static_cast<std::size_t>(why)];
    }

    UnitList out;
    TcpOptions options;
    TcpOptions other;

  private:
    std::unique_ptr<ReceiveOffload> m_gro;
    std::uint32_t m_count{0};
    Seq32 m_seq{1};
};

using Sizes = std::vector<std::size_t>;

/// One rule: how the fourth of six segments differs, what comes out, and why the first unit went.
struct Rule
{
    const char* name;
    std::function<void(OffloadPacket&, Train&)> change;
    Sizes units;
    FlushReason why;
};

const std::vector<Rule>&
Rules()
{
    using P = OffloadPacket;
    static const std::vector<Rule> rules = {
        {"nothing", [](P&, Train&) {}, {6}, FlushReason::PollEnd},
        {"window", [](P& p, Train&) { ++p.window; }, {3, 1, 2}, FlushReason::Window},
        {"ack", [](P& p, Train&) { p.ack += 1; }, {3, 1, 2}, FlushReason::Acknowledgement},
        {"CWR", [](P& p, Train&) { p.flags |= kCwr; }, {3, 1, 2}, FlushReason::Flags},
        {"ECE", [](P& p, Train&) { p.flags |= kEce; }, {3, 1, 2}, FlushReason::Flags},
        {"PSH ends it", [](P& p, Train&) { p.flags |= kPsh; }, {4, 2}, FlushReason::Push},
        {"FIN ends it", [](P& p, Train&) { p.flags |= kFin; }, {4, 2}, FlushReason::End},
        {"RST", [](P& p, Train&) { p.flags |= kRst; }, {3, 1, 2}, FlushReason::Flags},
        {"a time stamp",
         [](P& p, Train& t) {
             t.other = t.options;
             ++t.other.timestampValue;
             p.options = &t.other;
         },
         {3, 1, 2},
         FlushReason::Options},
        {"another option",
         [](P& p, Train& t) {
             t.other = t.options;
             const std::uint8_t dss[] = {30, 4, 0x20, 0};
             t.other.AppendOther(dss, 4);
             p.options = &t.other;
         },
         {3, 1, 2},
         FlushReason::Options},
        {"TTL", [](P& p, Train&) { --p.timeToLive; }, {3, 1, 2}, FlushReason::TimeToLive},
        {"CE", [](P& p, Train&) { p.typeOfService = 3; }, {3, 1, 2}, FlushReason::TypeOfService},
        {"DF", [](P& p, Train&) { p.dontFragment = false; }, {3, 1, 2}, FlushReason::DontFragment},
        {"IP ID",
         [](P& p, Train&) { p.identification = 9; },
         {3, 1, 2},
         FlushReason::Identification},
        {"no payload", [](P& p, Train&) { p.payload = 0; }, {3, 1, 2}, FlushReason::Empty},
        {"a shorter one ends it",
         [](P& p, Train&) { p.payload = 700; },
         {4, 2},
         FlushReason::Short},
        {"a longer one",
         [](P& p, Train&) { p.payload = kSize + 1; },
         {3, 1, 2},
         FlushReason::Longer},
        {"a hole", [](P& p, Train&) { p.seq += kSize; }, {3, 1, 2}, FlushReason::Sequence},
        {"padding keeps order",
         [](P& p, Train&) { p.fault = OffloadFault::Ordered; },
         {3, 1, 2},
         FlushReason::Padded},
        {"a wrong checksum overtakes",
         [](P& p, Train&) {
             p.fault = OffloadFault::Passes;
             p.faultReason = FlushReason::Checksum;
         },
         {1, 3, 2},
         FlushReason::Checksum},
        {"another flow between, and the number is missing",
         [](P& p, Train&) { p.flow = 8; },
         {3, 1, 2},
         FlushReason::Identification},
        {"another hash is another flow",
         [](P& p, Train&) { p.hash = 8; },
         {3, 1, 2},
         FlushReason::Identification},
    };
    return rules;
}

} // namespace

TEST_CASE("each of GRO's rules ends a unit, and is counted by its name", "[offload][gro]")
{
    for (const auto& rule : Rules())
    {
        INFO(rule.name);
        Train train;
        for (int i = 0; i < 6; ++i)
        {
            auto packet = train.Next();
            if (i == 3)
            {
                rule.change(packet, train);
            }
            train.Give(packet);
        }
        train.Gro().EndPoll(6, 0);
        CHECK(train.out.Sizes() == rule.units);
        REQUIRE_FALSE(train.out.units.empty());
        CHECK(train.out.units[0].why == rule.why);
        CHECK(train.Count(rule.why) >= 1);
        CHECK(train.Gro().GetCounters().packets == 6);
    }
}

TEST_CASE("every flush reason has a name of its own", "[offload]")
{
    std::set<std::string> names;
    for (std::size_t i = 0; i < kFlushReasons; ++i)
    {
        const char* name = NameOf(static_cast<FlushReason>(i));
        REQUIRE(name != nullptr);
        names.insert(name);
    }
    CHECK(names.size() == kFlushReasons);
}

TEST_CASE("GRO puts 45 segments of 1448 bytes in a unit, as many as 64 KiB hold", "[offload][gro]")
{
    Train train;
    for (int i = 0; i < 60; ++i)
    {
        train.Give(train.Next());
    }
    train.Gro().EndPoll(60, 0);
    CHECK(train.out.Sizes() == Sizes{45, 15});
    CHECK(train.out.units[0].why == FlushReason::Size);
    CHECK(train.out.units[0].segmentSize == kSize);
    CHECK(train.out.units[0].head.payload == 45 * kSize);
    CHECK(train.out.units[0].head.ipLength <= 65535);
}

TEST_CASE("a constant IP ID merges, and stays constant when the unit is cut", "[offload][gro]")
{
    Train train;
    for (int i = 0; i < 4; ++i)
    {
        auto packet = train.Next();
        packet.identification = 77;
        train.Give(packet);
    }
    train.Gro().EndPoll(4, 0);
    REQUIRE(train.out.Sizes() == Sizes{4});
    CHECK(train.out.units[0].isFixedId);
}

TEST_CASE("a ninth flow of a bucket pushes out the oldest, and flows go up oldest first",
          "[offload][gro]")
{
    Train train;
    for (std::uint64_t flow = 0; flow < 9; ++flow)
    {
        auto packet = train.Next();
        packet.flow = flow;
        train.Give(packet);
    }
    CHECK(train.out.Sizes() == Sizes{1});
    CHECK(train.out.units[0].head.flow == 0);
    CHECK(train.Count(FlushReason::BucketFull) == 1);
    train.Gro().EndPoll(9, 0);
    REQUIRE(train.out.units.size() == 9);
    for (std::uint64_t flow = 0; flow < 9; ++flow)
    {
        CHECK(train.out.units[flow].head.flow == flow);
    }
}

TEST_CASE("a hash spreads 64 flows over eight buckets, bucket by bucket on the way up",
          "[offload][gro]")
{
    Train train;
    for (int round = 0; round < 2; ++round)
    {
        for (std::uint32_t flow = 0; flow < 64; ++flow)
        {
            auto packet = train.Next();
            packet.flow = flow;
            packet.hash = flow;
            packet.identification = static_cast<std::uint16_t>(round);
            packet.seq = Seq32(1) + static_cast<std::uint32_t>(round) * kSize;
            train.Give(packet);
        }
    }
    CHECK(train.out.units.empty());
    train.Gro().EndPoll(63, 0);
    CHECK(train.out.Sizes() == Sizes(64, 2));
    CHECK(train.out.units[1].head.flow == 8);
}

TEST_CASE("a full poll ends all units on a kernel of 250 ticks, the old ones on one of 1000",
          "[offload][gro]")
{
    OffloadSettings settings;
    settings.tick = GENERATE(4 * kMillisecond, kMillisecond);
    Train train("gro", settings);
    train.Give(train.Next(), 0);
    train.Gro().EndPoll(64, 100);
    CHECK(train.out.units.size() == (settings.tick == kMillisecond ? 0 : 1));
    train.Give(train.Next(), 5 * kMillisecond);
    train.Gro().EndPoll(64, 5 * kMillisecond);
    CHECK(train.out.units.size() == (settings.tick == kMillisecond ? 1 : 2));
}

TEST_CASE("with a flush timeout units stay over polls of one tick, until a poll finds nothing",
          "[offload][gro]")
{
    OffloadSettings settings;
    settings.flushTimeout = 20 * kMicrosecond;
    Train train("gro", settings);
    CHECK(train.Gro().Deadline() == kNever);
    train.Give(train.Next(), 0);
    CHECK(train.Gro().EndPoll(1, 0));
    CHECK(train.Gro().Deadline() == 20 * kMicrosecond);
    train.Give(train.Next(), 10 * kMicrosecond);
    train.Gro().EndPoll(1, 10 * kMicrosecond);
    CHECK(train.out.units.empty());
    train.Gro().EndPoll(0, 30 * kMicrosecond);
    CHECK(train.out.Sizes() == Sizes{2});
    CHECK(train.out.units[0].why == FlushReason::Idle);
    CHECK(train.Gro().Deadline() == kNever);
}

TEST_CASE("a unit of an earlier tick grows in the poll at whose end it goes", "[offload][gro]")
{
    OffloadSettings settings;
    settings.flushTimeout = 20 * kMillisecond;
    Train train("gro", settings);
    train.Give(train.Next(), 0);
    train.Gro().EndPoll(1, 0);
    train.Give(train.Next(), 5 * kMillisecond);
    train.Gro().EndPoll(1, 5 * kMillisecond);
    CHECK(train.out.Sizes() == Sizes{2});
    CHECK(train.out.units[0].why == FlushReason::Aged);
}

TEST_CASE("deferred interrupts keep the interrupt off for as many polls", "[offload][gro]")
{
    OffloadSettings settings;
    settings.flushTimeout = 20 * kMicrosecond;
    settings.deferInterrupts = 2;
    Train train("gro", settings);
    train.Give(train.Next(), 0);
    CHECK_FALSE(train.Gro().EndPoll(1, 0));
    CHECK_FALSE(train.Gro().EndPoll(0, 20 * kMicrosecond));
    CHECK(train.Gro().EndPoll(0, 40 * kMicrosecond));
    CHECK(train.Gro().Deadline() == kNever);
    CHECK(train.out.Sizes() == Sizes{1});
}

TEST_CASE("datagrams are merged only for a socket that wants it, 64 at most", "[offload][gro]")
{
    const bool isWanted = GENERATE(true, false);
    Train train;
    for (int i = 0; i < 70; ++i)
    {
        auto packet = train.Next(100);
        packet.kind = OffloadKind::Udp;
        packet.wantsMerged = isWanted;
        train.Give(packet);
    }
    train.Gro().EndPoll(63, 0);
    CHECK(train.out.Sizes() == (isWanted ? Sizes{64, 6} : Sizes(70, 1)));
    CHECK(train.out.units[0].why == (isWanted ? FlushReason::Segments : FlushReason::Protocol));
}

TEST_CASE("a shorter datagram ends a unit, a longer one begins anew", "[offload][gro]")
{
    Train train;
    for (const auto size : {100, 100, 60, 100, 101, 101})
    {
        auto packet = train.Next(static_cast<std::uint32_t>(size));
        packet.kind = OffloadKind::Udp;
        packet.wantsMerged = true;
        train.Give(packet);
    }
    train.Gro().EndPoll(6, 0);
    CHECK(train.out.Sizes() == Sizes{3, 1, 2});
    CHECK(train.out.units[0].why == FlushReason::Short);
    CHECK(train.out.units[1].why == FlushReason::Longer);
}

TEST_CASE("with a fragment list a forwarded flow stays a chain, one that is received does not",
          "[offload][gro]")
{
    const bool hasSocket = GENERATE(true, false);
    Train train("gro-list");
    for (int i = 0; i < 5; ++i)
    {
        auto packet = train.Next();
        packet.hasSocket = hasSocket;
        packet.flags |= i == 3 ? kPsh : 0;
        train.Give(packet);
    }
    train.Gro().EndPoll(5, 0);
    CHECK(train.out.units[0].isChain != hasSocket);
    // A chain's packets have equal flags, so that each keeps its own.
    CHECK(train.out.Sizes() == (hasSocket ? Sizes{4, 1} : Sizes{3, 1, 1}));
}

TEST_CASE("no offload hands every packet up as it came", "[offload]")
{
    Train train("none");
    for (int i = 0; i < 5; ++i)
    {
        train.Give(train.Next());
    }
    CHECK(train.out.Sizes() == Sizes(5, 1));
    CHECK(train.Gro().EndPoll(5, 0));
}

namespace
{

struct Packet
{
    Bytes bytes;
    OffloadFrame frame;
};

using Packets = std::vector<std::unique_ptr<Packet>>;

/// Spoils one segment in four: a field by which it may not join its flow's unit.
void
Disturb(FrameRecipe& recipe, std::uint32_t which, std::uint32_t flag)
{
    switch (which)
    {
    case 0:
        recipe.flags |= static_cast<std::uint16_t>(1u << flag);
        recipe.flags &= ~kUrg; // a pointer without its flag is what Linux loses
        break;
    case 1:
        recipe.window ^= 1;
        break;
    case 2:
        recipe.timeToLive ^= 1;
        break;
    case 3:
        recipe.typeOfService ^= 3;
        break;
    case 4:
        recipe.identification = 9;
        break;
    case 5:
        recipe.fragment = 0;
        break;
    case 6:
        recipe.seq += 1;
        break;
    default:
        break;
    }
}

/// Cuts a merged unit, and looks whether it gives what came.
bool
IsCutIntoWhatCame(const OffloadUnit& unit, const Packets& packets)
{
    Bytes payloads;
    for (const auto id : unit.packets)
    {
        const auto& packet = *packets[id];
        payloads.insert(payloads.end(),
                        packet.bytes.begin() +
                            static_cast<std::ptrdiff_t>(packet.frame.headerLength),
                        packet.bytes.end());
    }
    const auto& first = *packets[unit.packets[0]];
    const auto frame = MergedFrame(unit, first.bytes, first.frame, payloads);
    const auto cut = SegmentFrame(frame, first.frame, unit.segmentSize, unit.isFixedId);
    bool isSame = cut.size() == unit.packets.size();
    for (std::size_t i = 0; isSame && i < cut.size(); ++i)
    {
        isSame = cut[i] == packets[unit.packets[i]]->bytes;
    }
    return isSame;
}

} // namespace

TEST_CASE("what GRO merged is cut into the packets that came, byte for byte",
          "[offload][gro][property]")
{
    const int round = PROPERTY_ROUND(60);
    RandomStream random(static_cast<std::uint64_t>(round), "gro");
    const auto pick = [&random](std::uint32_t n) {
        return static_cast<std::uint32_t>(random.Bits() % n);
    };

    Packets packets;
    UnitList out;
    OffloadSettings settings;
    settings.flushTimeout = pick(2) * kMillisecond;
    Gro gro(settings, out);
    OffloadFrameReader reader;
    std::vector<FrameRecipe> flows(1 + pick(12));
    for (std::size_t i = 0; i < flows.size(); ++i)
    {
        flows[i].sourcePort = static_cast<std::uint16_t>(1000 + i);
        flows[i].isVersion4 = pick(3) > 0;
        flows[i].isUdp = pick(5) == 0;
        flows[i].options = Bytes(4 * pick(4), 1);
        flows[i].seq = static_cast<std::uint32_t>(random.Bits());
    }
    const std::uint32_t size = 1 + pick(1448);
    TimeNs now = 0;
    for (int poll = 0; poll < 6; ++poll)
    {
        const auto count = pick(65);
        for (std::uint32_t i = 0; i < count; ++i)
        {
            auto& flow = flows[pick(static_cast<std::uint32_t>(flows.size()))];
            auto recipe = flow;
            recipe.payload = Bytes(pick(12) == 0 ? pick(size + 50) : size);
            for (auto& byte : recipe.payload)
            {
                byte = static_cast<std::uint8_t>(random.Bits());
            }
            const auto length = static_cast<std::uint32_t>(recipe.payload.size());
            ++flow.identification;
            flow.seq += length;
            const auto which = pick(30);
            Disturb(recipe, which, pick(9));
            auto& packet = *packets.emplace_back(std::make_unique<Packet>());
            packet.bytes = FrameOf(recipe);
            packet.frame.packet.id = static_cast<std::uint32_t>(packets.size() - 1);
            reader.Read(packet.bytes, recipe.sourcePort * pick(2), 0, packet.frame);
            packet.frame.packet.wantsMerged = true;
            gro.Add(packet.frame.packet, now);
        }
        gro.EndPoll(count, now);
        now += pick(3) * 3 * kMillisecond;
    }
    gro.EndPoll(0, now);

    std::vector<int> seen(packets.size(), 0);
    std::size_t merged = 0;
    for (const auto& unit : out.units)
    {
        for (const auto id : unit.packets)
        {
            ++seen[id];
        }
        if (!unit.IsMerged())
        {
            continue;
        }
        ++merged;
        REQUIRE(IsCutIntoWhatCame(unit, packets));
    }
    CHECK(std::all_of(seen.begin(), seen.end(), [](int n) { return n == 1; }));
    CHECK((flows.size() > 6 || packets.size() < 40 || merged > 0));
}
