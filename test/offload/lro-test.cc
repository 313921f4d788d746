// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-frame-segmentation.h"
#include "ns3/hs-freebsd-lro.h"
#include "ns3/hs-receive-offload.h"
#include "offload-test-tools.h"

#include <catch2/catch.hpp>
#include <memory>

namespace
{

using namespace hoststack;
using namespace hoststack::test;

using Sizes = std::vector<std::size_t>;

constexpr std::uint32_t kPayload = 100;

/// A receive offload that is given frames as bytes.
class Road
{
  public:
    explicit Road(const std::string& name, const OffloadSettings& settings = {})
        : offload(ReceiveOffloads().Create(name, settings, out))
    {
    }

    /// The next segment of one flow, with time stamps.
    void Give(const FrameRecipe& change = {}, TimeNs now = 0)
    {
        auto recipe = change;
        recipe.seq = m_seq;
        recipe.identification = static_cast<std::uint16_t>(frames.size());
        m_seq += static_cast<std::uint32_t>(recipe.payload.size());
        frames.push_back(FrameOf(recipe));
        auto& header = *headers.emplace_back(std::make_unique<OffloadFrame>());
        header.packet.id = static_cast<std::uint32_t>(frames.size() - 1);
        m_reader.Read(frames.back(), 5, 0, header);
        offload->Add(header.packet, now);
    }

    /// What a router would send on if it cut the unit.
    std::vector<Bytes> Cut(const OffloadUnit& unit) const
    {
        Bytes payloads;
        for (const auto id : unit.packets)
        {
            payloads.insert(payloads.end(),
                            frames[id].begin() +
                                static_cast<std::ptrdiff_t>(headers[id]->headerLength),
                            frames[id].end());
        }
        const auto first = unit.packets[0];
        const auto merged = MergedFrame(unit, frames[first], *headers[first], payloads);
        return SegmentFrame(merged, *headers[first], unit.segmentSize, false);
    }

    UnitList out;
    std::unique_ptr<ReceiveOffload> offload;
    std::vector<Bytes> frames;
    std::vector<std::unique_ptr<OffloadFrame>> headers;

  private:
    OffloadFrameReader m_reader;
    std::uint32_t m_seq{1};
};

FrameRecipe
Data(std::uint32_t timestamp = 1)
{
    FrameRecipe recipe;
    recipe.options = {1, 1, 8, 10, 0, 0, 0, static_cast<std::uint8_t>(timestamp), 0, 0, 0, 9};
    recipe.payload = Bytes(kPayload, 7);
    return recipe;
}

} // namespace

TEST_CASE("what LRO merged is not cut into what came: time stamps and ECN marks are lost",
          "[offload][lro]")
{
    const std::string name = GENERATE("lro", "lro-hardware", "lro-freebsd");
    INFO(name);
    Road road(name);
    for (std::uint32_t i = 0; i < 4; ++i)
    {
        auto recipe = Data(1 + i);
        recipe.typeOfService = i == 2 ? 3 : 2; // one is marked CE
        road.Give(recipe);
    }
    road.offload->EndPoll(4, kSecond);
    REQUIRE(road.out.Sizes() == Sizes{4});
    CHECK(road.out.units[0].isLossy);
    CHECK(road.out.units[0].timestampValue == 4);
    const auto cut = road.Cut(road.out.units[0]);
    REQUIRE(cut.size() == 4);
    CHECK(cut[0] == road.frames[0]);
    CHECK(cut[1] != road.frames[1]);
    CHECK(cut[2][15] == 2); // the mark is gone
}

TEST_CASE("an option that only LRO of 2009 merges over is lost with its packet", "[offload][lro]")
{
    const std::string name = GENERATE("lro", "lro-hardware", "lro-freebsd");
    INFO(name);
    Road road(name);
    for (std::uint32_t i = 0; i < 3; ++i)
    {
        auto recipe = Data();
        if (i == 1)
        {
            recipe.options.insert(recipe.options.end(), {30, 4, 0x20, 0});
        }
        road.Give(recipe);
    }
    road.offload->EndPoll(3, kSecond);
    // FreeBSD does not test the head of a chain: what follows the option joins it.
    CHECK(road.out.Sizes() == (name == "lro"            ? Sizes{3}
                               : name == "lro-hardware" ? Sizes{1, 1, 1}
                                                        : Sizes{1, 2}));
}

TEST_CASE("LRO of 2009 swallows acknowledgements behind data, and keeps the last", "[offload][lro]")
{
    Road road("lro");
    road.Give(Data());
    for (std::uint32_t i = 0; i < 3; ++i)
    {
        auto ack = Data();
        ack.payload.clear();
        ack.ack = 501 + i;
        road.Give(ack);
    }
    road.offload->EndPoll(4, 0);
    REQUIRE(road.out.Sizes() == Sizes{1});
    CHECK(road.out.discarded.size() == 3);
    CHECK(road.out.units[0].head.ack == Seq32(503));
    CHECK(road.offload->GetCounters().discarded == 3);
}

TEST_CASE("hardware LRO ends a unit by time, whatever the polls do", "[offload][lro]")
{
    OffloadSettings settings;
    settings.aggregation = 200 * kMicrosecond;
    settings.age = 50 * kMicrosecond;
    Road road("lro-hardware", settings);
    CHECK(road.offload->Deadline() == kNever);
    road.Give(Data(), 0);
    road.offload->EndPoll(1, 0);
    CHECK(road.offload->Deadline() == 50 * kMicrosecond); // since the last packet
    for (TimeNs now = 40 * kMicrosecond; now < 200 * kMicrosecond; now += 40 * kMicrosecond)
    {
        road.Give(Data(), now);
        road.offload->EndPoll(1, now);
    }
    CHECK(road.out.units.empty());
    CHECK(road.offload->Deadline() == 200 * kMicrosecond); // since the first
    road.offload->EndPoll(0, 200 * kMicrosecond);
    CHECK(road.out.Sizes() == Sizes{5});
    CHECK(road.out.units[0].why == FlushReason::Aged);
}

TEST_CASE("hardware LRO ends a unit at PSH and with its buffer", "[offload][lro]")
{
    OffloadSettings settings;
    settings.bytes = 52 + 4 * kPayload;
    Road road("lro-hardware", settings);
    for (int i = 0; i < 7; ++i)
    {
        auto recipe = Data();
        recipe.flags |= i == 5 ? kPsh : 0;
        road.Give(recipe);
    }
    road.offload->EndPoll(7, kSecond);
    CHECK(road.out.Sizes() == Sizes{4, 2, 1});
    CHECK(road.out.units[0].why == FlushReason::Size);
    CHECK(road.out.units[1].why == FlushReason::Push);
}

TEST_CASE("order around a packet that FreeBSD's LRO cannot take depends on the version",
          "[offload][lro]")
{
    const auto version = GENERATE(0, 1, 2);
    Road road(LroVersions()[static_cast<std::size_t>(version)].name);
    road.Give(Data());
    auto fragment = Data();
    fragment.fragment = 0x2000;
    road.Give(fragment);
    road.offload->EndPoll(2, 0);
    REQUIRE(road.out.units.size() == 2);
    // July 2022: it overtakes what its flow has before it.
    CHECK(road.out.units[0].packets[0] == (version == 0 ? 1u : 0u));
}

TEST_CASE("FreeBSD's LRO delivers flows newest first, Linux' lossy one oldest first",
          "[offload][lro]")
{
    const std::string name = GENERATE("lro", "lro-freebsd");
    OffloadSettings settings;
    Road road(name, settings);
    for (std::uint16_t flow = 0; flow < 3; ++flow)
    {
        auto recipe = Data();
        recipe.sourcePort = static_cast<std::uint16_t>(1000 + flow);
        road.Give(recipe);
    }
    road.offload->EndPoll(3, 0);
    REQUIRE(road.out.units.size() == 3);
    CHECK(road.out.units[0].packets[0] == (name == "lro" ? 0u : 2u));
}
