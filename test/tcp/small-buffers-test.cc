// SPDX-License-Identifier: GPL-2.0-only

#include "two-ends.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>

// Two ends that both send into a small buffer nobody reads, and that both throw away what came out
// of order when it is full: each then asks for what lies behind numbers the other no longer takes.

namespace
{

using namespace hoststack;
using namespace hoststack::test;

constexpr TimeNs kWake = 3 * kSecond;

/// What both ends send and read, once their readers have woken at kWake.
class Exchange
{
  public:
    /// Of each end's data segments the link loses one, counted from 1.
    Exchange(std::uint32_t buffer, std::uint32_t total, int lostUp, int lostDown)
        : m_total(total)
    {
        tcp::Config config;
        config.receiveBuffer = buffer;
        config.receiveBufferLocked = true;
        config.mss = 100;
        LinkConfig link;
        link.rate = 50'000'000;
        link.delay = kMillisecond;
        ends = std::make_unique<TwoEnds>(config, config, link, link, 1);
        const int lost[] = {lostUp, lostDown};
        for (int i = 0; i < 2; ++i)
        {
            ends->hosts[i].onEvents = [this, i](TimeNs now, std::uint32_t) { Act(i, now); };
            ends->hosts[i].filter = [this, i, number = lost[i]](TimeNs, TcpSegment& segment) {
                m_segments[i] += segment.payload.Length() > 0 ? 1 : 0;
                return segment.payload.Length() == 0 || m_segments[i] != number;
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

TEST_CASE("two ends that both pruned a small buffer finish once they read", "[tcp][window]")
{
    // tcp_acceptable_seq: ACKs with snd_nxt, beyond the windows taken back, would be refused by
    // both for ever. The time is that of some repetitions, not of a hundred.
    struct Case
    {
        std::uint32_t buffer;
        std::uint32_t total;
        int lostUp;
        int lostDown;
    };

    const Case cases[] = {{12000, 20000, 7, 6},
                          {12000, 140000, 7, 3},
                          {8192, 140000, 4, 3},
                          {12000, 80000, 3, 6}};
    for (const auto& c : cases)
    {
        CAPTURE(c.buffer, c.total, c.lostUp, c.lostDown);
        Exchange run(c.buffer, c.total, c.lostUp, c.lostDown);
        run.ends->Run(kWake - kMillisecond);
        for (const auto& host : run.ends->hosts)
        {
            CHECK(host.connection->GetInfo(run.ends->Now()).rcvPruned > 0);
        }
        run.ends->Run(kWake + 30 * kSecond, [&] { return run.IsDone(); });
        CHECK(run.read[0] == c.total);
        CHECK(run.read[1] == c.total);
    }
}
