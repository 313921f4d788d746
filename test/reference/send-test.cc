// SPDX-License-Identifier: GPL-2.0-only

#include "hand-made-peer.h"
#include "reference-folder.h"
#include "tcp-peer.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <numeric>
#include <optional>
#include <vector>

// A program writes until it is refused, a peer made by hand acknowledges one segment after the
// other: what the queue costs, and at which ACK the program may go on.

namespace
{

using namespace hoststack;
using namespace hoststack::reference;

constexpr TimeNs kBetweenWrites = 5 * kMicrosecond;
constexpr std::uint64_t kMostWrites = 900; // of the measurement
constexpr int kRefused = -11;              // EAGAIN
constexpr int kOut = 4;                    // EPOLLOUT

/// When the peer did what: that was not recorded.
struct Pace
{
    TimeNs handshake{0};
    TimeNs gap{0};   ///< between two ACKs
    TimeNs pause{0}; ///< before the first one
};

/// Memory without an end, whose accounts can be looked at.
class Watched : public MemorySource
{
  public:
    std::unique_ptr<MemoryAccount> NewAccount(SocketKind /*kind*/) override
    {
        auto account = std::make_unique<UnlimitedMemory>();
        first = first ? first : account.get();
        return account;
    }

    const MemoryAccount* first{nullptr}; ///< of the socket that is written to
};

/// A socket under test and its peer.
class Pair
{
  public:
    virtual ~Pair() = default;
    virtual std::uint32_t Send(std::uint32_t bytes) = 0;
    virtual void Acknowledge(std::uint64_t bytes) = 0;
    virtual void Wait(TimeNs time) = 0;
    virtual std::uint32_t Limit() const = 0;
    virtual std::uint64_t Unsent() const = 0;
    virtual bool IsWritable() const = 0;
    virtual bool TakeWritable() = 0;
    virtual void AwaitRoom() = 0;
    virtual const std::vector<std::uint32_t>& Sent() const = 0;

    std::uint64_t SentEnd() const
    {
        return std::accumulate(Sent().begin(), Sent().end(), std::uint64_t{0});
    }

    std::int64_t Memory() const
    {
        return memory.first->Used(MemoryUse::Send);
    }

    std::int64_t InHand() const
    {
        return memory.first->InHand();
    }

    Watched memory;
    std::uint64_t written{0};
    std::uint64_t acked{0};
};

/// The settings of \p c's socket.
template <class Config>
void
Apply(const Json& c, Config& config)
{
    if (!c.value("so_sndbuf_arg", Json()).is_null())
    {
        config.sendBuffer = std::max(2 * c["so_sndbuf_arg"].get<std::uint32_t>(), 4608u);
        config.sendBufferLocked = true;
    }
    if (!c.value("notsent_lowat", Json()).is_null())
    {
        config.notsentLowat = c["notsent_lowat"];
    }
    config.nagle = !c.value("nodelay", false);
}

class TcpPair : public Pair, public tcp::SegmentSink
{
  public:
    TcpPair(const Json& c, const Pace& pace)
        : m_gap(pace.gap)
    {
        auto config = MeasuredKernel("tun", 1500, 0);
        Apply(c, *config);
        m_connection = std::make_unique<tcp::Connection>(config, *this, 80, 40000, Seq32(1));
        m_connection->UseMemory(memory);
        auto syn = Make(kSyn, 0);
        syn.options.hasMss = syn.options.sackPermitted = syn.options.hasWindowScale = true;
        syn.options.mss = 1460;
        syn.options.windowScale = 10;
        m_connection->AcceptSyn(m_now, syn);
        m_now += pace.handshake;
        m_connection->OnSegment(m_now, Make(kAck, 1));
        m_connection->TakeEvents();
    }

    void Transmit(TcpSegment&& segment) override
    {
        m_echo = segment.options.timestampValue;
        for (std::uint32_t left = segment.payload.Length(); left > 0;)
        {
            m_sent.push_back(segment.mss > 0 ? std::min<std::uint32_t>(left, segment.mss) : left);
            left -= m_sent.back();
        }
    }

    std::uint32_t Send(std::uint32_t bytes) override
    {
        m_now += kBetweenWrites;
        const auto n = m_connection->Send(m_now, Payload::Virtual(bytes));
        written += n;
        return n;
    }

    void Acknowledge(std::uint64_t bytes) override
    {
        Wait(m_gap);
        acked = bytes;
        auto segment = Make(kAck, 1);
        segment.ack = Seq32(static_cast<std::uint32_t>(2 + bytes));
        m_connection->OnSegment(m_now, segment);
    }

    void Wait(TimeNs time) override
    {
        const auto end = m_now + time;
        while (m_connection->NextDeadline() <= end)
        {
            m_now = std::max(m_now, m_connection->NextDeadline());
            m_connection->OnDeadline(m_now);
        }
        m_now = end;
    }

    std::uint32_t Limit() const override
    {
        return m_connection->SendBufferLimit();
    }

    std::uint64_t Unsent() const override
    {
        const auto status = m_connection->GetSendStatus();
        return status.writeEnd - status.sndNxt;
    }

    bool IsWritable() const override
    {
        return m_connection->Levels().hasRoom;
    }

    void AwaitRoom() override
    {
        m_connection->AwaitRoom();
    }

    bool TakeWritable() override
    {
        return (m_connection->TakeEvents() & tcp::kWritable) != 0;
    }

    const std::vector<std::uint32_t>& Sent() const override
    {
        return m_sent;
    }

  private:
    TcpSegment Make(std::uint16_t flags, std::uint64_t offset) const
    {
        TcpSegment segment;
        segment.sourcePort = 40000;
        segment.destinationPort = 80;
        segment.flags = flags;
        segment.seq = Seq32(static_cast<std::uint32_t>(1000 + offset));
        segment.ack = Seq32(2);
        segment.window = 16384; // 16 MiB
        segment.options.hasTimestamps = true;
        segment.options.timestampValue = static_cast<std::uint32_t>(m_now / kMillisecond);
        segment.options.timestampEcho = m_echo;
        return segment;
    }

    TimeNs m_gap;
    TimeNs m_now{kSecond};
    std::unique_ptr<tcp::Connection> m_connection;
    std::vector<std::uint32_t> m_sent;
    std::uint32_t m_echo{0};
};

class MultipathPair : public Pair
{
  public:
    MultipathPair(const Json& c, const Pace& pace)
        : m_peer(SettingsOf(c), 1, 1460, pace.gap, test::HandMadePeer::kUsualKey, pace.handshake)
    {
        m_peer.windowSaid = 65535;
        m_peer.connection->UseMemory(memory);
        m_peer.Acknowledge(0); // the window
        m_peer.connection->TakeEvents();
    }

    std::uint32_t Send(std::uint32_t bytes) override
    {
        m_peer.now += kBetweenWrites;
        const auto n = m_peer.connection->Send(m_peer.now, Payload::Virtual(bytes));
        written += n;
        return n;
    }

    void Acknowledge(std::uint64_t bytes) override
    {
        acked = bytes;
        m_peer.Acknowledge(bytes);
    }

    void Wait(TimeNs time) override
    {
        m_peer.Let(time);
    }

    std::uint32_t Limit() const override
    {
        return m_peer.connection->SendBufferLimit();
    }

    std::uint64_t Unsent() const override
    {
        return written - m_peer.connection->GetInfo(m_peer.now).bytesSent;
    }

    bool IsWritable() const override
    {
        return m_peer.connection->Levels().hasRoom;
    }

    void AwaitRoom() override
    {
        m_peer.connection->AwaitRoom();
    }

    bool TakeWritable() override
    {
        return (m_peer.connection->TakeEvents() & tcp::kWritable) != 0;
    }

    const std::vector<std::uint32_t>& Sent() const override
    {
        return m_peer.sent;
    }

  private:
    static mptcp::Config SettingsOf(const Json& c)
    {
        auto config = test::MeasuredHost("tun", 1500, 0);
        auto tcp = std::make_shared<tcp::Config>(*config.tcp);
        Apply(c, *tcp);
        config.tcp = tcp;
        return config;
    }

    test::HandMadePeer m_peer;
};

std::unique_ptr<Pair>
MakePair(const Json& c, const Pace& pace)
{
    if (c["proto"] == "tcp")
    {
        return std::make_unique<TcpPair>(c, pace);
    }
    return std::make_unique<MultipathPair>(c, pace);
}

/// wmem_queued, fwd_alloc, wmem_alloc, sndbuf, outq, outqnsd, from column \p at on.
void
CheckState(Differences& differences,
           const std::string& where,
           const Pair& pair,
           const Json& row,
           std::size_t at)
{
    const auto check = [&](const char* what, std::int64_t ours, std::size_t column) {
        differences.Check(where, what, ours, row[at + column].get<std::int64_t>());
    };
    check("wmem_queued", pair.Memory(), 0);
    check("fwd_alloc", pair.InHand(), 1);
    check("sndbuf", pair.Limit(), 3);
    check("outq", static_cast<std::int64_t>(pair.written - pair.acked), 4);
    check("outqnsd", static_cast<std::int64_t>(pair.Unsent()), 5);
}

/// The peer acknowledges what has been sent, \p step segments at a time.
class Acknowledger
{
  public:
    Acknowledger(Pair& pair, std::uint32_t step)
        : m_pair(pair),
          m_step(step)
    {
    }

    /// \return false if there is nothing more
    bool Next(std::uint64_t most = ~std::uint64_t{0})
    {
        auto to = m_pair.acked;
        for (std::uint32_t i = 0; i < m_step && m_next < m_pair.Sent().size() && to < most; ++i)
        {
            to += m_pair.Sent()[m_next++];
        }
        if (to == m_pair.acked)
        {
            return false;
        }
        m_pair.Acknowledge(to);
        return true;
    }

  private:
    Pair& m_pair;
    std::uint32_t m_step;
    std::size_t m_next{0};
};

/// Writes as the program did. \return bytes that were taken, or kRefused
std::int64_t
Write(Pair& pair, std::uint32_t bytes)
{
    const auto n = pair.Send(bytes);
    return n == 0 ? kRefused : std::int64_t{n};
}

Differences
ReplayWrites(const Json& c, const Pace& pace)
{
    Differences differences;
    const auto made = MakePair(c, pace);
    auto& pair = *made;
    CheckState(differences, "start", pair, c["start"], 0);
    const auto size = c["write"].get<std::uint32_t>();
    std::size_t row = 0;
    for (std::uint64_t i = 1; i <= kMostWrites + 1; ++i)
    {
        const auto n = i <= kMostWrites ? Write(pair, size) : kRefused;
        const auto& rows = c["writes"];
        if (row < rows.size() && rows[row][0] == i)
        {
            const auto where = "write " + std::to_string(i);
            differences.Check(where, "returned", n, rows[row][1]);
            CheckState(differences, where, pair, rows[row], 3);
            ++row;
        }
        if (n == kRefused)
        {
            break;
        }
    }
    differences.Check("writes",
                      "compared",
                      static_cast<int>(row),
                      static_cast<int>(c["writes"].size()));
    CheckState(differences, "full", pair, c["full"], 0);
    differences.Check("full", "poll", pair.IsWritable() ? kOut : 0, c["ev_full"][1]);
    const bool wasWritable = pair.IsWritable();
    if (!wasWritable)
    {
        pair.AwaitRoom();
    }
    pair.TakeWritable();
    pair.Wait(pace.pause);
    Acknowledger peer(pair, c["ackstep"]);
    row = 0;
    bool told = wasWritable;
    while (peer.Next())
    {
        const auto where = "ACK of " + std::to_string(pair.acked);
        const bool event = pair.TakeWritable() && !told;
        told = told || event;
        const auto& rows = c["acks"];
        if (row < rows.size() && rows[row][0] == pair.acked)
        {
            CheckState(differences, where, pair, rows[row], 1);
            differences.Check(where, "event", event ? kOut : 0, rows[row][8]);
            differences.Check(where, "poll", pair.IsWritable() ? kOut : 0, rows[row][9]);
            ++row;
        }
        const auto& out = c["first_epollout"];
        if (event && (out.is_null() || out["at"][0] != pair.acked))
        {
            differences.Add(where, "the first EPOLLOUT");
        }
    }
    differences.Check("ACKs",
                      "compared",
                      static_cast<int>(row),
                      static_cast<int>(c["acks"].size()));
    return differences;
}

/// A socket whose send buffer grows: writes until it is refused, then ACKs of all that was sent.
Differences
ReplayRounds(const Json& c, const Pace& pace)
{
    Differences differences;
    const auto made = MakePair(c, pace);
    auto& pair = *made;
    Acknowledger peer(pair, 1);
    std::uint64_t sentEnd = 0;
    for (const auto& row : c["rows"])
    {
        const auto where = "round " + row[0].dump();
        const auto before = pair.written;
        while (Write(pair, c["write"]) != kRefused)
        {
        }
        differences.Check(where,
                          "written",
                          static_cast<std::int64_t>(pair.written - before),
                          row[1]);
        sentEnd = pair.SentEnd();
        differences.Check(where, "sent up to", static_cast<std::int64_t>(sentEnd), row[2]);
        CheckState(differences, where, pair, row, 3);
        pair.Wait(pace.pause);
        while (pair.acked < sentEnd && peer.Next(sentEnd))
        {
        }
        differences.Check(where, "sndbuf after the ACKs", pair.Limit(), row[13]);
    }
    return differences;
}

/// A program sleeps in one call until there is room, again and again.
Differences
ReplayBlocking(const Json& c, const Pace& pace)
{
    Differences differences;
    const auto made = MakePair(c, pace);
    auto& pair = *made;
    const auto size = c["write"].get<std::uint32_t>();
    auto left = size;
    left -= pair.Send(left);
    pair.Wait(pace.pause);
    CheckState(differences, "blocked", pair, c["blocked_state"], 0);
    pair.TakeWritable();
    Acknowledger peer(pair, 1);
    for (const auto& resume : c["resumes"])
    {
        const auto where = "resumed at " + resume["acked"].dump();
        bool told = false;
        while (!told && peer.Next())
        {
            told = pair.TakeWritable();
        }
        differences.Check(where, "ACK", static_cast<std::int64_t>(pair.acked), resume["acked"]);
        CheckState(differences, where + " (ACK)", pair, resume["right_after_ack"], 0);
        left -= pair.Send(left);
        if (left == 0) // the next call
        {
            left = size;
            left -= pair.Send(left);
        }
        CheckState(differences, where + " (write)", pair, resume["after_writer_ran"], 0);
    }
    return differences;
}

void
ReplayAll(const std::string& name,
          Differences (*replay)(const Json&, const Pace&),
          std::size_t least)
{
    Group group(name);
    const auto cases = CasesOf(name);
    std::vector<Pace> paces;
    for (const TimeNs pause : {20000, 10000, 30000, 25000, 15000, 40000, 5000, 100000, 0})
    {
        for (const TimeNs handshake : {20, 10, 6})
        {
            for (const TimeNs gap : {1100, 1600, 1350, 1500, 1200, 1000, 800, 580, 300, 2100})
            {
                paces.push_back(
                    {handshake * kMillisecond, gap * kMicrosecond, pause * kMicrosecond});
            }
        }
    }
    for (const auto& c : cases)
    {
        // One pace of the peer must explain all rows.
        std::optional<Differences> best;
        for (const auto& pace : paces)
        {
            auto differences = c.contains("rows") ? ReplayRounds(c, pace) : replay(c, pace);
            if (!best || differences.Count() < best->Count())
            {
                best = std::move(differences);
            }
            if (best->Count() == 0)
            {
                break;
            }
        }
        group.Judge(c["name"], *best);
    }
    group.Finish(least);
}

} // namespace

TEST_CASE("a send queue fills and drains as a live kernel's did, and is writable at the same ACK",
          "[reference]")
{
    ReplayAll("send", ReplayWrites, 70);
}

TEST_CASE("a writer that sleeps for room goes on at the ACK at which a live kernel's did",
          "[reference]")
{
    ReplayAll("send_blocking", ReplayBlocking, 4);
}
