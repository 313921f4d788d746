// SPDX-License-Identifier: GPL-2.0-only

#include "reference-folder.h"
#include "tcp-peer.h"

#include <catch2/catch.hpp>
#include <vector>

namespace
{

using namespace hoststack;
using namespace hoststack::reference;

constexpr TimeNs kWait = 250 * kMillisecond; // for an ACK
constexpr TimeNs kDelayed = 45 * kMillisecond;

constexpr std::uint64_t kNoPause = ~std::uint64_t{0};

/// When the peer sent what: that was not recorded, and when a delayed ACK leaves moves an edge.
struct Pace
{
    TimeNs gap{0};                  ///< between two packets
    std::uint64_t first{kNoPause};  ///< packets, after which it waited for a delayed ACK
    std::uint64_t second{kNoPause}; ///< the same
};

class Replay
{
  public:
    Replay(const Json& c, const Pace& pace)
        : m_pace(pace),
          m_ooo(c["order"] == "ooo"),
          m_size(c["size"]),
          m_gso(c["gso_size"]),
          m_sent(c["order"] == "ooo" ? m_size : 0),
          m_end(m_sent + c["segments_filled"].get<std::uint64_t>() * m_size),
          m_peer(MeasuredKernel(c["mode"],
                                c["mtu"],
                                c["so_rcvbuf_arg"].is_null() ? 0 : c["so_rcvbuf_arg"].get<int>()),
                 pace.gap)
    {
        differences.Check("SYN/ACK", "window", m_peer.synWindow, c["synack"]["win"].get<int>());
        for (const auto& row : c["rows"])
        {
            Step(row);
        }
    }

    Differences differences;

  private:
    void Step(const Json& row)
    {
        const std::string phase = row[0];
        const auto offset = row[2].get<std::int64_t>();
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
            m_peer.Data(static_cast<std::uint64_t>(offset), row[3], m_gso);
        }
        const int atOnce = m_peer.acks;
        if (phase == "fillhole" || phase == "after")
        {
            m_peer.Wait(kWait / 4); // for a delayed ACK
            m_peer.acks += atOnce;
        }
        Compare(row);
    }

    void Fill(std::uint64_t end)
    {
        for (; m_sent < end; m_sent += m_size)
        {
            m_peer.Data(m_sent, m_size, m_gso);
            if (m_count == m_pace.first || m_count == m_pace.second)
            {
                m_peer.Wait(kDelayed);
            }
            ++m_count;
        }
    }

    void Compare(const Json& row)
    {
        // There the slack of a timer decides whether an ACK has left (tcp_comp_sack_slack_ns).
        const bool beyondHole = m_ooo && (row[0] == "fill" || row[0] == "wait" || row[0] == "over");
        const auto where = row[0].get<std::string>() + " " + row[2].dump();
        const auto& state = m_peer.connection->GetReceiveState();
        const auto check = [&](const char* what, std::int64_t ours, const Json& kernel) {
            differences.Check(where, what, ours, kernel.get<std::int64_t>());
        };
        if (!row[11].is_null() && m_peer.acks == 0 && m_peer.connection->AckIsPending())
        {
            m_peer.Wait(kDelayed); // a timer had run off
        }
        check("rmem", m_peer.connection->ReceiveMemory(), row[5]);
        check("rcvbuf", state.Buffer(), row[7]);
        check("rcv_ssthresh", state.Ssthresh(), row[9]);
        check("rcv_mss", state.Facts().mss, row[10]);
        if (!row[11].is_null() && m_peer.acks > 0)
        {
            check("ack", static_cast<std::int64_t>(m_peer.AckOffset()), row[11]);
            check("window", static_cast<std::int64_t>(m_peer.Window()), row[12]);
        }
        else if (row[11].is_null() != (m_peer.acks == 0) && !beyondHole)
        {
            differences.Add(where, m_peer.acks > 0 ? "an ACK left" : "no ACK left");
        }
    }

    Pace m_pace;
    std::uint64_t m_count{0};
    bool m_ooo;
    std::uint32_t m_size;
    std::uint32_t m_gso;
    std::uint64_t m_sent;
    std::uint64_t m_end;
    TcpPeer m_peer;
};

} // namespace

TEST_CASE("a receive queue whose reader sleeps fills as a live kernel's did", "[reference]")
{
    Group group("tcp_fill");
    const auto cases = CasesOf("tcp_fill");
    for (const auto& c : cases)
    {
        // One pace of the peer must explain all rows.
        std::vector<Pace> paces;
        for (TimeNs gap = 25 * kMicrosecond; gap < 2 * kMillisecond; gap += gap / 4)
        {
            paces.push_back({gap, kNoPause, kNoPause});
        }
        for (std::uint64_t i = 0; i < c["segments_filled"].get<std::uint64_t>(); ++i)
        {
            paces.push_back({10 * kMicrosecond, i, kNoPause});
            paces.push_back({10 * kMicrosecond, i / 2, i});
        }
        Differences best;
        for (std::size_t i = 0; i < paces.size() && (i == 0 || best.Count() > 0); ++i)
        {
            Replay replay(c, paces[i]);
            if (i == 0 || replay.differences.Count() < best.Count())
            {
                best = std::move(replay.differences);
            }
        }
        group.Judge(c["name"], best);
    }
    group.Finish(100);
}
