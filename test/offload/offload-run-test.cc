// SPDX-License-Identifier: GPL-2.0-only

#include "../property-rounds.h"
#include "offload-test-tools.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <numeric>
#include <random>
#include <vector>

using namespace hoststack;

namespace
{

/// The same packets to two of one offload, to one as runs, to the other one by one.
class Twins
{
  public:
    Twins(const std::string& name, const OffloadSettings& settings)
        : m_runs(ReceiveOffloads().Create(name, settings, runs)),
          m_single(ReceiveOffloads().Create(name, settings, single))
    {
    }

    void Add(OffloadRun run, TimeNs now)
    {
        std::vector<std::uint32_t> ids(run.count);
        std::iota(ids.begin(), ids.end(), m_ids);
        m_ids += run.count;
        run.ids = ids.data();
        m_runs->AddRun(run, now);
        for (std::uint32_t i = 0; i < run.count; ++i)
        {
            m_single->Add(run.At(i), now);
        }
    }

    void EndPoll(std::uint32_t work, TimeNs now)
    {
        REQUIRE(m_runs->EndPoll(work, now) == m_single->EndPoll(work, now));
        REQUIRE(m_runs->Deadline() == m_single->Deadline());
        REQUIRE(runs.units.size() == single.units.size());
        for (std::size_t i = 0; i < runs.units.size(); ++i)
        {
            const auto& a = runs.units[i];
            const auto& b = single.units[i];
            REQUIRE(a.packets == b.packets);
            REQUIRE(a.why == b.why);
            REQUIRE(a.segmentSize == b.segmentSize);
            REQUIRE(a.isFixedId == b.isFixedId);
            REQUIRE(a.isChain == b.isChain);
            REQUIRE(a.head.payload == b.head.payload);
            REQUIRE(a.head.ipLength == b.head.ipLength);
            REQUIRE(a.head.flags == b.head.flags);
            REQUIRE(a.head.seq == b.head.seq);
            REQUIRE(a.head.ack == b.head.ack);
            merged += a.packets.size() > 2 ? 1 : 0;
        }
        REQUIRE(runs.discarded == single.discarded);
        REQUIRE(m_runs->GetCounters().reasons == m_single->GetCounters().reasons);
        runs.units.clear();
        single.units.clear();
    }

    test::UnitList runs;
    test::UnitList single;
    std::size_t merged{0};

  private:
    std::unique_ptr<ReceiveOffload> m_runs;
    std::unique_ptr<ReceiveOffload> m_single;
    std::uint32_t m_ids{0};
};

struct FlowState
{
    std::uint32_t seq{1};
    std::uint16_t identification{7};
};

} // namespace

TEST_CASE("an offload makes the same of a run of packets as of each", "[offload][property]")
{
    const auto rounds = test::RoundsOf(20);
    std::size_t merged = 0;
    for (int seed = rounds.first; seed < rounds.end; ++seed)
    {
        for (const auto& name : ReceiveOffloads().Names())
        {
            INFO(name << ", round " << seed);
            std::mt19937 random(static_cast<unsigned>(seed));
            OffloadSettings settings;
            settings.flushTimeout = seed % 3 == 0 ? 20 * kMicrosecond : 0;
            settings.tick = seed % 2 == 0 ? kMillisecond : 4 * kMillisecond;
            Twins twins(name, settings);
            std::array<FlowState, 3> flows;
            std::array<TcpOptions, 2> options;
            options[1].hasTimestamps = true;
            TimeNs now = 0;
            for (int poll = 0; poll < 60; ++poll)
            {
                std::uint32_t work = 0;
                while (work < 64 && random() % 8 > 0)
                {
                    const auto which = random() % flows.size();
                    auto& flow = flows[which];
                    OffloadRun run;
                    auto& first = run.first;
                    first.flow = which;
                    first.hash = static_cast<std::uint32_t>(which * 8);
                    first.hasSocket = seed % 4 > 0;
                    first.options = &options[random() % 10 == 0 ? 0 : 1];
                    first.seq = Seq32(flow.seq + (random() % 12 == 0 ? 100 : 0));
                    first.ack = Seq32(random() % 16 == 0 ? 2 : 1);
                    first.window = 1000;
                    first.identification = flow.identification;
                    first.payload = random() % 10 == 0 ? 700 : 1448;
                    first.ipLength = first.payload + 52;
                    run.count = std::min<std::uint32_t>(1 + random() % 45, 64 - work);
                    run.middleFlags = kAck;
                    run.lastFlags = kAck | (random() % 2 == 0 ? kPsh : 0);
                    first.flags = run.count == 1       ? run.lastFlags
                                  : random() % 10 == 0 ? kAck | kCwr
                                                       : kAck;
                    run.lastPayload =
                        random() % 3 == 0 ? 1 + random() % first.payload : first.payload;
                    const auto payload = first.payload * (run.count - 1) +
                                         (run.count > 1 ? run.lastPayload : first.payload);
                    twins.Add(run, now);
                    flow.seq = first.seq.Value() + payload;
                    flow.identification =
                        static_cast<std::uint16_t>(first.identification + run.count);
                    work += run.count;
                }
                twins.EndPoll(work, now);
                now += static_cast<TimeNs>(random() % 50) * kMicrosecond;
            }
            for (int i = 0; i < 8; ++i)
            {
                now += kSecond;
                twins.EndPoll(0, now);
            }
            merged += twins.merged;
        }
    }
    CHECK(merged > 500);
}

TEST_CASE("what an offload cannot understand goes up once and alone, between segments that merge",
          "[offload][property]")
{
    const auto rounds = test::RoundsOf(20);
    for (int seed = rounds.first; seed < rounds.end; ++seed)
    {
        for (const auto& name : ReceiveOffloads().Names())
        {
            INFO(name << ", round " << seed);
            std::mt19937 random(static_cast<unsigned>(seed));
            test::UnitList out;
            OffloadSettings settings;
            settings.sortArray = 1 + random() % 64;
            const auto offload = ReceiveOffloads().Create(name, settings, out);
            TcpOptions options;
            std::vector<bool> isWhole;
            std::uint32_t seq = 1;
            for (int poll = 0; poll < 20; ++poll)
            {
                const std::uint32_t work = random() % 64;
                for (std::uint32_t i = 0; i < work; ++i)
                {
                    OffloadPacket packet;
                    packet.id = static_cast<std::uint32_t>(isWhole.size());
                    packet.ipLength = 1500;
                    isWhole.push_back(random() % 4 > 0);
                    if (isWhole.back())
                    {
                        packet.options = &options;
                        packet.payload = 1460;
                        packet.seq = Seq32(seq);
                        packet.flags = kAck;
                        packet.window = 1000;
                        packet.flow = 1;
                        seq += packet.payload;
                    }
                    else
                    {
                        // A fragment, or a header that is no header: nothing of TCP was read.
                        constexpr std::array<FlushReason, 4> reasons = {FlushReason::Fragment,
                                                                        FlushReason::IpOptions,
                                                                        FlushReason::Malformed,
                                                                        FlushReason::Protocol};
                        packet.kind = random() % 2 == 0 ? OffloadKind::Tcp : OffloadKind::Other;
                        packet.fault = OffloadFault::Passes;
                        packet.faultReason = reasons[random() % reasons.size()];
                        packet.ipLength = 20 + random() % 40;
                    }
                    offload->Add(packet, poll * kMillisecond);
                }
                offload->EndPoll(work, poll * kMillisecond);
            }
            for (int i = 1; i < 9; ++i)
            {
                offload->EndPoll(0, i * kSecond);
            }
            std::vector<int> seen(isWhole.size(), 0);
            std::uint32_t last = 0;
            for (const auto& unit : out.units)
            {
                for (const auto id : unit.packets)
                {
                    REQUIRE(++seen[id] == 1);
                    REQUIRE((isWhole[id] || unit.packets.size() == 1));
                }
                // Those it cannot take keep their order among each other.
                if (!isWhole[unit.packets[0]])
                {
                    REQUIRE(unit.packets[0] >= last);
                    last = unit.packets[0];
                }
            }
            REQUIRE(out.discarded.empty());
            REQUIRE(std::count(seen.begin(), seen.end(), 1) ==
                    static_cast<std::ptrdiff_t>(seen.size()));
        }
    }
}
