// SPDX-License-Identifier: GPL-2.0-only

#include "../property-rounds.h"
#include "ns3/hs-random.h"
#include "two-ends.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <iterator>
#include <memory>

// Two ends that both send into a small buffer nobody reads, and that both throw away what came out
// of order when it is full: each then asks for what lies behind numbers the other no longer takes.

namespace
{

using namespace hoststack;
using namespace hoststack::test;

constexpr TimeNs kWake = 3 * kSecond;

struct History
{
    std::uint32_t buffer{12000}; ///< bytes of memory, locked
    std::uint32_t total{20000};  ///< bytes that each end writes
    std::uint32_t mss{100};
    /// Of each end's data segments the link loses one, counted from 1.
    int lost[2]{1, 1};
    std::uint32_t block{0}; ///< of the driver, bytes; 0: as kmalloc has it
    bool timestamps{true};
    bool scaling{true};
    TimeNs delay{kMillisecond};
};

/// What both ends send and read, once their readers have woken at kWake.
class Exchange
{
  public:
    explicit Exchange(const History& history)
        : m_total(history.total)
    {
        tcp::Config config;
        config.receiveBuffer = history.buffer;
        config.receiveBufferLocked = true;
        config.mss = history.mss;
        config.truesize.fixedBlock = history.block;
        config.timestamps = history.timestamps;
        config.windowScaling = history.scaling;
        LinkConfig link;
        link.rate = 50'000'000;
        link.delay = history.delay;
        ends = std::make_unique<TwoEnds>(config, config, link, link, 1);
        for (int i = 0; i < 2; ++i)
        {
            ends->hosts[i].onEvents = [this, i](TimeNs now, std::uint32_t) { Act(i, now); };
            ends->hosts[i].filter = [this, i, n = history.lost[i]](TimeNs, TcpSegment& segment) {
                m_segments[i] += segment.payload.Length() > 0 ? 1 : 0;
                return segment.payload.Length() == 0 || m_segments[i] != n;
            };
        }
        ends->Start();
        ends->At(kWake, [this] {
            Act(0, kWake);
            Act(1, kWake);
        });
    }

    bool IsDone() const
    {
        return read[0] == m_total && read[1] == m_total;
    }

    std::unique_ptr<TwoEnds> ends;
    std::uint32_t read[2] = {0, 0};

  private:
    void Act(int i, TimeNs now)
    {
        auto& connection = *ends->hosts[i].connection;
        if (m_sent[i] < m_total && connection.SendSpace() > 0)
        {
            m_sent[i] += connection.Send(now, Payload::Virtual(m_total - m_sent[i]));
        }
        if (now >= kWake)
        {
            read[i] += connection.Read(now, 1 << 30, nullptr);
        }
    }

    std::uint32_t m_total;
    std::uint32_t m_sent[2] = {0, 0};
    int m_segments[2] = {0, 0};
};

} // namespace

TEST_CASE("two ends that both took their windows back finish once they read", "[tcp][window]")
{
    // Want of memory announces a window of nothing, and neither end's ACKs, which begin behind it,
    // would be in place for the other. The time is that of some repetitions, not of a hundred.
    History histories[] = {{45000, 140000, 1460, {3, 3}, 4096, true, false, 100 * kMicrosecond},
                           {60000, 20000, 1000, {10, 10}, 4096, true, false, 5 * kMillisecond},
                           {16384, 140000, 300, {3, 3}, 2048, true, true, 5 * kMillisecond},
                           {6000, 20000, 100, {9, 9}, 4096, true, true, 100 * kMicrosecond}};
    for (const auto& history : histories)
    {
        CAPTURE(history.buffer, history.total, history.mss, history.block);
        Exchange run(history);
        run.ends->Run(kWake - kMillisecond);
        for (const auto& host : run.ends->hosts)
        {
            CHECK(host.connection->GetInfo(run.ends->Now()).rcvPruned > 0);
        }
        run.ends->Run(kWake + 100 * kSecond, [&] { return run.IsDone(); });
        CHECK(run.read[0] == history.total);
        CHECK(run.read[1] == history.total);
    }
}

TEST_CASE("two ends with locked buffers of a few segments finish whatever they lost",
          "[tcp][window][property]")
{
    const auto rounds = RoundsOf(300);
    for (int round = rounds.first; round < rounds.end; ++round)
    {
        RandomStream random(static_cast<std::uint64_t>(round), "small buffers");
        const auto pick = [&random](auto... values) {
            const std::uint32_t all[] = {static_cast<std::uint32_t>(values)...};
            return all[random.Bits() % std::size(all)];
        };
        History history;
        history.buffer = pick(3000, 4608, 8192, 12000, 16384, 20000, 30000, 45000, 60000);
        history.total = pick(20000, 80000);
        history.mss = pick(100, 100, 300, 536, 1000, 1460);
        history.lost[0] = 1 + static_cast<int>(random.Bits() % 40);
        // Often the same, so that both ends are in the same straits at the same time.
        history.lost[1] =
            pick(0, 1) == 0 ? history.lost[0] : 1 + static_cast<int>(random.Bits() % 40);
        history.block = pick(0, 0, 1024, 2048, 2304, 4096);
        history.timestamps = pick(0, 1, 1) == 1;
        history.scaling = pick(0, 1) == 1;
        history.delay = pick(100, 1000, 5000, 30000) * kMicrosecond;
        CAPTURE(round, history.buffer, history.mss, history.block, history.lost[0]);
        Exchange run(history);
        // One that waits for a probe per segment is slow, not stuck.
        run.ends->Run(1000 * kSecond, [&] { return run.IsDone(); });
        CHECK(run.IsDone());
    }
}
