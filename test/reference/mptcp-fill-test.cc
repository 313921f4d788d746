// SPDX-License-Identifier: GPL-2.0-only

#include "hand-made-peer.h"
#include "reference-folder.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

namespace
{

using namespace hoststack;
using namespace hoststack::reference;
using test::HandMadePeer;

constexpr TimeNs kWait = 250 * kMillisecond;   // for an ACK
constexpr TimeNs kDelayed = 60 * kMillisecond; // a delayed ACK has left
constexpr std::uint64_t kNoPause = ~std::uint64_t{0};

std::uint32_t
BufferOf(const Json& c)
{
    return c["so_rcvbuf_arg"].is_null() ? 0 : c["so_rcvbuf_arg"].get<std::uint32_t>();
}

/// What subflows see of the connection: a base that is nobody else's business but a test's.
const mptcp::DataLevel&
LevelOf(const HandMadePeer& peer)
{
    return (const mptcp::DataLevel&)*peer.connection; // no other cast reaches it
}

/// One case. When the peer sent what was not recorded: it pauses once, after \p pause packets.
class Replay
{
  public:
    Replay(const Json& c, TimeNs gap, std::uint64_t pause, std::uint64_t key)
        : m_size(c["size"]),
          m_paths(c["paths"]),
          m_sent(c["order"] == "ooo" ? m_size : 0),
          m_end(m_sent + c["segments_filled"].get<std::uint64_t>() * m_size),
          m_pause(pause),
          m_peer(test::MeasuredHost(c["mode"], c["mtu"], BufferOf(c)),
                 m_paths,
                 c["mtu"].get<std::uint32_t>() - 40,
                 gap,
                 key)
    {
        for (const auto& row : c["rows"])
        {
            Step(row);
        }
        const auto& counters = m_peer.GetCounters();
        const auto check = [&](const char* name, std::uint64_t ours) {
            differences.Check("all",
                              name,
                              static_cast<std::int64_t>(ours),
                              c["mib"].value(name, 0));
        };
        check("MPTcpExtOFOQueue", counters.outOfOrder);
        check("MPTcpExtNoDSSInWindow", counters.beyondWindow);
        check("MPTcpExtDuplicateData", counters.duplicateData);
    }

    Differences differences;

  private:
    void Step(const Json& row)
    {
        const std::string phase = row[0];
        const auto offset = row[2].get<std::int64_t>();
        bool atOnce = true;
        if (phase == "fill" || phase == "wait")
        {
            Fill(static_cast<std::uint64_t>(offset) + (phase == "fill" ? 1 : 0));
            if (phase == "wait")
            {
                m_peer.Wait(kWait);
            }
        }
        else if (phase == "drain" || phase == "drain2")
        {
            Fill(m_end);
            const auto n = static_cast<std::int64_t>(m_peer.Read());
            differences.Check(phase, "bytes read", n == 0 ? -11 : n, offset);
        }
        else
        {
            Fill(m_end);
            m_peer.Data(row[4], static_cast<std::uint64_t>(offset), row[3], phase != "over");
            atOnce = m_peer.acks > 0;
            m_peer.Let(kDelayed);
        }
        Compare(row, atOnce);
    }

    void Fill(std::uint64_t end)
    {
        for (; m_sent < end; m_sent += m_size)
        {
            if (m_sent + m_size > m_peer.edge)
            {
                m_peer.Wait(kWait);
            }
            m_peer.Data(m_turn, m_sent, m_size);
            m_turn = (m_turn + 1) % m_paths;
            if (m_count++ == m_pause)
            {
                m_peer.Let(kDelayed);
            }
        }
    }

    void Compare(const Json& row, bool atOnce)
    {
        const auto where = row[0].get<std::string>() + " " + row[2].dump();
        const auto check = [&](const char* what, std::uint64_t ours, const Json& kernel) {
            differences.Check(where,
                              what,
                              static_cast<std::int64_t>(ours),
                              kernel.get<std::int64_t>());
        };
        check("rmem", m_peer.connection->ReceiveMemory(), row[5]);
        const auto& level = LevelOf(m_peer);
        const auto& first = level.Initial().tcp->GetReceiveState();
        check("rcvbuf", level.receiver.Buffer(), row[7]);
        check("rcv_ssthresh", first.Ssthresh(), row[9]);
        check("rcv_mss", first.Facts().mss, row[10]);
        if (!row[11].is_null() && m_peer.acks > 0)
        {
            check("ack", m_peer.ack, row[11]);
            check("DATA_ACK", m_peer.dataAck, row[13]);
            if (atOnce) // else the moment of the delayed ACK decides
            {
                check("window", m_peer.window, row[12]);
            }
        }
    }

    std::uint32_t m_size;
    int m_paths;
    std::uint64_t m_sent;
    std::uint64_t m_end;
    std::uint64_t m_pause;
    std::uint64_t m_count{0};
    int m_turn{0};
    HandMadePeer m_peer;
};

/// Keys of the peer, one for each way in which a first segment as large as the window may go: its
/// initial data sequence number is added to a subflow's window (rwin_update), and was not recorded.
std::vector<std::uint64_t>
KeysOfAllKinds()
{
    std::vector<std::uint64_t> keys{HandMadePeer::kUsualKey};
    bool has[3]{};
    for (std::uint64_t key = 1; keys.size() < 4; ++key)
    {
        const auto first = DigestMptcpKey(key).initialSequence.Value();
        const bool isNegative = (first >> 63) != 0;
        const bool isShut = ((first >> 31) & 1) != 0;
        const auto kind = isNegative ? 0 : isShut ? 1 : 2;
        const auto rest = first & 0x7fffffff; // far from both borders
        if (!has[kind] && rest > 0x10000000 && rest < 0x70000000)
        {
            has[kind] = true;
            keys.push_back(key);
        }
    }
    return keys;
}

} // namespace

TEST_CASE("a multipath receive queue whose reader sleeps fills as a live kernel's did",
          "[reference]")
{
    Group group("mptcp_fill");
    const auto cases = CasesOf("mptcp_fill");
    const auto keys = KeysOfAllKinds();
    const std::vector<std::uint64_t> usual{keys.front()};
    for (const auto& c : cases)
    {
        std::vector<std::pair<TimeNs, std::uint64_t>> paces;
        for (TimeNs gap = 25 * kMicrosecond; gap < 2 * kMillisecond; gap += gap / 4)
        {
            paces.emplace_back(gap, kNoPause);
        }
        for (std::uint64_t i = 0; i < c["segments_filled"].get<std::uint64_t>(); ++i)
        {
            paces.emplace_back(10 * kMicrosecond, i);
        }
        Differences best;
        bool isFirst = true;
        for (const auto key : c["size"] >= c["synack"]["win"] ? keys : usual)
        {
            for (std::size_t i = 0; i < paces.size() && (isFirst || best.Count() > 0); ++i)
            {
                Replay replay(c, paces[i].first, paces[i].second, key);
                if (isFirst || replay.differences.Count() < best.Count())
                {
                    best = std::move(replay.differences);
                }
                isFirst = false;
            }
        }
        group.Judge(c["name"], best);
    }
    group.Finish(54);
}

TEST_CASE("a hole in the data behind full memory is filled, or locked out, as on a live kernel",
          "[reference]")
{
    Group group("mptcp_memory_stall");
    const auto cases = CasesOf("mptcp_memory_stall");
    for (const auto& c : cases)
    {
        Differences differences;
        const auto size = c["segment"].get<std::uint32_t>();
        HandMadePeer peer(test::MeasuredHost(c["mode"], 1500, BufferOf(c)), 2, 1460);
        std::uint64_t sent = 0;
        for (int i = 0; i < c["warm_up_segments"].get<int>(); ++i)
        {
            peer.Data(0, sent, size); // so that the other one has taught nothing
            sent += size;
            peer.Read();
            peer.Wait(1400 * kMicrosecond); // the pace of the measurement
        }
        const auto hole = sent;
        std::uint64_t total = 0;
        std::uint64_t sharedBefore = 0;
        std::uint64_t sharedBeforeThere = 0;
        for (const auto& event : c["events"])
        {
            const std::string what = event[1];
            if (what.rfind("filled", 0) == 0)
            {
                for (int i = 0; i < c["segments_ahead"].get<int>(); ++i)
                {
                    sent += size;
                    peer.Data(1, sent, size); // what fills the hole would come on the other one
                }
                peer.Wait(kDelayed);
            }
            else if (what.rfind("hole", 0) == 0)
            {
                peer.Data(what.back() - '1', hole, size);
                peer.Wait(kDelayed);
            }
            else if (what == "waited")
            {
                peer.Wait(500 * kMillisecond);
            }
            else if (what.find("recv") != std::string::npos)
            {
                const auto n = peer.Read();
                total += n;
                const auto said = what.rfind("final", 0) == 0
                                      ? std::stol(what.substr(what.rfind(' ')))
                                      : std::stol(what.substr(what.find("->") + 2));
                differences.Check(what,
                                  "bytes",
                                  what.rfind("final", 0) == 0 ? static_cast<long>(total)
                                  : n == 0                    ? -11
                                                              : static_cast<long>(n),
                                  said);
                peer.Wait(kDelayed);
            }
            const auto check = [&](const char* name, std::uint64_t ours, const Json& kernel) {
                differences.Check(what,
                                  name,
                                  static_cast<std::int64_t>(ours),
                                  kernel.get<std::int64_t>());
            };
            check("rmem", peer.connection->ReceiveMemory(), event[2]);
            check("rcvbuf", LevelOf(peer).receiver.Buffer(), event[3]);
            check("poll", peer.connection->IsReadable() ? 1 : 0, event[4]);
            check("DATA_ACK", peer.dataAck, event[5]);
            check("right edge", peer.edge, event[6]);
            check("MPTcpExtOFOQueue",
                  peer.GetCounters().outOfOrder,
                  event[7].value("MPTcpExtOFOQueue", 0));
            // Since the warm-up, whose pace decides how many of its ACKs are counted.
            const auto shared = peer.GetCounters().receiveWindowShared;
            const auto sharedThere = event[7].value("MPTcpExtRcvWndShared", std::uint64_t{0});
            sharedBefore = what == "start" ? shared : sharedBefore;
            sharedBeforeThere = what == "start" ? sharedThere : sharedBeforeThere;
            check("MPTcpExtRcvWndShared", shared - sharedBefore, sharedThere - sharedBeforeThere);
        }
        group.Judge(c["name"], differences);
    }
    group.Finish(10);
}
