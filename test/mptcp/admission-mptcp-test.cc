// SPDX-License-Identifier: GPL-2.0-only

#include "hand-made-peer.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

// The receive queue of a multipath connection whose reader sleeps, filled as a live kernel's was
// (test/measured).

namespace
{

using namespace hoststack;
using namespace hoststack::test;

struct Case
{
    std::string name;
    std::string device;
    std::uint32_t mtu{0};
    int paths{0};
    std::uint32_t size{0};
    std::uint32_t rcvbuf{0};
    std::string order;
    std::uint64_t end{0};
};

struct Row
{
    std::string phase;
    long offset{0};
    std::uint32_t length{0};
    int path{0};
    std::uint32_t memory{0};
    std::uint32_t buffer{0};
    std::uint32_t threshold{0};
    std::uint32_t mss{0};
    std::string ack;
    std::uint64_t window{0};
    std::uint64_t dataAck{0};
};

/// Differences from the kernel in one case, as text; empty: none.
class Replay
{
  public:
    explicit Replay(const Case& c)
        : m_case(c),
          m_peer(MeasuredHost(c.device, c.mtu, c.rcvbuf), c.paths, c.mtu - 40),
          m_sent(c.order == "ooo" ? c.size : 0)
    {
    }

    void Step(const Row& row)
    {
        const auto offset = static_cast<std::uint64_t>(std::max(row.offset, 0L));
        bool atOnce = true;
        if (row.phase == "fill")
        {
            Fill(offset + 1);
        }
        else if (row.phase == "wait")
        {
            Fill(offset);
            m_peer.Wait(250 * kMillisecond);
        }
        else if (row.phase == "drain" || row.phase == "drain2")
        {
            const auto n = m_peer.Read();
            if (n != offset)
            {
                text << "\n  " << row.phase << ": read " << n << " instead of " << offset;
            }
        }
        else
        {
            Fill(row.phase == "after" ? 0 : m_case.end);
            m_peer.Data(row.path, offset, row.length, row.phase != "over");
            atOnce = m_peer.acks > 0;
            m_peer.Let(60 * kMillisecond); // delayed ACKs were waited for
        }
        Compare(row, atOnce);
    }

    void End(std::uint64_t outOfOrder, std::uint64_t beyond, std::uint64_t duplicate)
    {
        const auto& counters = m_peer.GetCounters();
        const auto check = [&](const char* what, std::uint64_t ours, std::uint64_t kernel) {
            if (ours != kernel)
            {
                text << "\n  " << what << ' ' << ours << " instead of " << kernel;
            }
        };
        check("out of order", counters.outOfOrder, outOfOrder);
        check("beyond the window", counters.beyondWindow, beyond);
        check("duplicate", counters.duplicateData, duplicate);
    }

    std::ostringstream text;
    int rows{0};

  private:
    /// Segments that begin before \p end, never beyond what was announced.
    void Fill(std::uint64_t end)
    {
        for (; m_sent < end; m_sent += m_case.size)
        {
            if (m_sent + m_case.size > m_peer.edge)
            {
                m_peer.Wait(250 * kMillisecond);
            }
            m_peer.Data(m_turn, m_sent, m_case.size);
            m_turn = (m_turn + 1) % m_case.paths;
        }
    }

    void Compare(const Row& row, bool atOnce)
    {
        std::ostringstream one;
        const auto check = [&](const char* what, std::uint64_t ours, std::uint64_t kernel) {
            if (ours != kernel)
            {
                one << ' ' << what << ' ' << ours << " instead of " << kernel;
            }
        };
        check("memory", m_peer.connection->ReceiveMemory(), row.memory);
        if (row.ack != "-" && m_peer.acks > 0)
        {
            check("ack", m_peer.ack, std::strtoul(row.ack.c_str(), nullptr, 10));
            check("DATA_ACK", m_peer.dataAck, row.dataAck);
            if (atOnce) // else the moment of the delayed ACK decides
            {
                check("window", m_peer.window, row.window);
            }
        }
        ++rows;
        if (!one.str().empty())
        {
            text << "\n  " << row.phase << ' ' << row.offset << ':' << one.str();
        }
    }

    Case m_case;
    HandMadePeer m_peer;
    std::uint64_t m_sent;
    int m_turn{0};
};

} // namespace

TEST_CASE("a multipath receive queue fills as a live kernel's did", "[mptcp]")
{
    std::ifstream file(HOSTSTACK_SOURCE_DIR "/test/measured/mptcp-receive-fill.txt");
    REQUIRE(file);
    std::string line;
    Case c;
    std::unique_ptr<Replay> replay;
    int cases = 0;
    int rows = 0;
    while (std::getline(file, line))
    {
        std::istringstream in(line);
        std::string word;
        in >> word;
        if (word == "#")
        {
            continue;
        }
        if (word == "case")
        {
            in >> c.name >> c.device >> c.mtu >> c.paths >> c.size >> c.rcvbuf >> c.order >> c.end;
            replay = std::make_unique<Replay>(c);
        }
        else if (word == "end")
        {
            std::uint64_t outOfOrder = 0;
            std::uint64_t beyond = 0;
            std::uint64_t duplicate = 0;
            in >> outOfOrder >> beyond >> duplicate;
            replay->End(outOfOrder, beyond, duplicate);
            ++cases;
            rows += replay->rows;
            INFO(c.name << replay->text.str());
            CHECK(replay->text.str().empty());
        }
        else
        {
            Row row;
            row.phase = word;
            in >> row.offset >> row.length >> row.path >> row.memory >> row.buffer >>
                row.threshold >> row.mss >> row.ack >> row.window >> row.dataAck;
            replay->Step(row);
        }
    }
    CHECK(cases == 49);
    CHECK(rows > 850);
}

TEST_CASE("a hole in the data behind full memory is filled, or locked out, as a live kernel's was",
          "[mptcp]")
{
    std::ifstream file(HOSTSTACK_SOURCE_DIR "/test/measured/mptcp-memory-stall.txt");
    REQUIRE(file);
    std::string line;
    int cases = 0;
    while (std::getline(file, line))
    {
        std::istringstream in(line);
        std::string name;
        std::uint32_t size = 0;
        std::uint32_t rcvbuf = 0;
        std::uint64_t before = 0;
        std::uint64_t ahead = 0;
        std::uint32_t memory = 0;
        std::uint64_t dataAck = 0;
        std::uint64_t edge = 0;
        std::uint64_t total = 0;
        in >> name >> size >> rcvbuf >> before >> ahead >> memory >> dataAck >> edge >> total;
        if (name == "#")
        {
            continue;
        }
        ++cases;
        INFO(line);
        HandMadePeer peer(MeasuredHost("tun", 1500, rcvbuf), 2, 1460);
        std::uint64_t sent = 0;
        for (std::uint64_t i = 0; i < before; ++i)
        {
            peer.Data(0, sent, size); // so that the other one has taught nothing
            sent += size;
            peer.Read();
            peer.Wait(1400 * kMicrosecond); // the pace of the measurement
        }
        const auto hole = sent;
        for (std::uint64_t i = 0; i < ahead; ++i)
        {
            sent += size;
            peer.Data(static_cast<int>(i % 2), sent, size);
        }
        peer.Wait(60 * kMillisecond);
        CHECK(peer.connection->ReceiveMemory() == memory);
        std::uint64_t read = 0;
        for (int i = 0; i < 6 && read == 0; ++i)
        {
            peer.Data(i % 2, hole, size);
            peer.Wait(60 * kMillisecond);
            if (i == 0)
            {
                CHECK(peer.dataAck == dataAck);
                CHECK(peer.edge == edge);
            }
            read = peer.Read();
            peer.Wait(500 * kMillisecond);
        }
        CHECK(read == total);
    }
    CHECK(cases == 10);
}
