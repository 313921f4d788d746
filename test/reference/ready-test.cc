// SPDX-License-Identifier: GPL-2.0-only

#include "hand-made-peer.h"
#include "reference-folder.h"
#include "tcp-peer.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

namespace
{

using namespace hoststack;
using namespace hoststack::reference;

constexpr std::uint32_t kSize = 1000;
constexpr int kIn = 1;
constexpr int kOut = 4;
constexpr int kError = 8;
constexpr int kHangUp = 16;
constexpr int kPeerClosed = 8192;
constexpr int kAgain = -11;
constexpr int kReset = -104;
constexpr int kNotConnected = -107;
constexpr std::uint64_t kPartOfOne = 500;

/// What epoll_wait, poll or a blocking recv gave: the mask, and what was then read.
using Return = std::pair<int, std::vector<int>>;

/// Packets that arrive while the reader cannot run, which shares the core with their sender.
struct Packet
{
    enum Kind
    {
        Data,
        Fin,     ///< TCP's
        DataFin, ///< the end of the stream with the data before it
        End,     ///< ... alone
        Reset,
        FastClose,
        FastCloseAck,
        Ack,
    };

    Kind kind{Data};
    std::uint64_t offset{0};
    int path{0};
};

using Batch = std::vector<Packet>;

/// Patterns of more than one path.
std::vector<Batch>
PathBatches(const std::string& pattern, std::size_t count)
{
    const auto data = [](std::uint64_t i, int path) {
        return Packet{Packet::Data, i * kSize, path};
    };
    if (pattern == "mp_ooo")
    {
        return {{data(1, 1)},
                {data(2, 1)},
                {data(3, 1)},
                {data(4, 1)},
                {data(5, 1)},
                {data(0, 0)},
                {data(6, 0)}};
    }
    if (pattern == "mp_subrst")
    {
        return {{data(0, 1)}, {{Packet::Reset, kSize, 1}}, {data(1, 0)}};
    }
    if (pattern == "mp_allrst")
    {
        return {{{Packet::Reset, 0, 1}}, {{Packet::Reset, 0, 0}}};
    }
    if (pattern == "mp_partdup")
    {
        return {{data(0, 0)}, {{Packet::Data, kPartOfOne, 1}}};
    }
    if (pattern == "mp_dfin_ooo")
    {
        return {{{Packet::DataFin, kSize, 1}}, {data(0, 0)}};
    }
    if (pattern == "mp_dfin_only_ooo")
    {
        return {{{Packet::End, kSize, 1}}, {data(0, 0)}};
    }
    if (pattern == "mp_fastclose" || pattern == "mp_fastclose_ack")
    {
        const auto kind = pattern == "mp_fastclose" ? Packet::FastClose : Packet::FastCloseAck;
        return {{data(0, 0)}, {{kind, kSize, 0}}};
    }
    std::vector<Batch> batches;
    for (std::size_t i = 0; i < count; ++i)
    {
        const auto path = pattern == "mp_second" ? 1 : static_cast<int>(i % 2);
        if (i == 0 || pattern != "mp_alt_train")
        {
            batches.emplace_back();
        }
        batches.back().push_back(data(pattern == "mp_dup" ? i / 2 : i, path));
    }
    return batches;
}

/// The batches of a pattern; packets less than 0.6 ms apart are one (README of the files).
std::vector<Batch>
BatchesOf(const std::string& pattern, std::size_t count, bool isMultipath)
{
    const auto data = [](std::uint64_t i) { return Packet{Packet::Data, i * kSize, 0}; };
    const auto end = isMultipath ? Packet::End : Packet::Fin;
    if (pattern.rfind("mp_", 0) == 0)
    {
        return PathBatches(pattern, count);
    }
    if (pattern == "hole")
    {
        return {{data(1)}, {data(2)}, {data(0)}};
    }
    if (pattern == "dup")
    {
        return {{data(0)}, {data(0)}};
    }
    if (pattern == "fin" || pattern == "rst")
    {
        return {{{pattern == "fin" ? end : Packet::Reset, 0, 0}}};
    }
    if (pattern == "data_fin")
    {
        return {{{Packet::DataFin, 0, 0}}};
    }
    if (pattern == "data_then_fin" || pattern == "subflow_fin")
    {
        return {{data(0)}, {{pattern == "data_then_fin" ? end : Packet::Fin, kSize, 0}}};
    }
    if (pattern == "data_rst")
    {
        return {{data(0)}, {{Packet::Reset, kSize, 0}}};
    }
    if (pattern == "data_rst_unread")
    {
        return {{data(0), {Packet::Reset, kSize, 0}}};
    }
    const bool isAck = pattern == "pureack";
    const bool isTogether = pattern.rfind("train", 0) == 0 || pattern.rfind("two_", 0) == 0 ||
                            pattern.rfind("trickle100x", 0) == 0;
    std::vector<Batch> batches(isTogether ? 1 : 0);
    for (std::size_t i = 0; i < count; ++i)
    {
        if (!isTogether)
        {
            batches.emplace_back();
        }
        batches.back().push_back(isAck ? Packet{Packet::Ack, 0, 0} : data(i));
    }
    return batches;
}

/// A connection whose peer is made by hand.
class Stream
{
  public:
    virtual ~Stream() = default;
    virtual void Send(const Packet& packet) = 0;
    virtual std::uint32_t Read(std::uint32_t most) = 0;
    virtual bool HasEvents() = 0;
    virtual bool IsAtEnd() const = 0;
    /// An end without a reset.
    virtual bool IsLost() const = 0;
    virtual Readiness Ready() const = 0;
    virtual void Wait(TimeNs time) = 0;
};

class TcpStream : public Stream
{
  public:
    explicit TcpStream(const Json& c)
        : m_peer(Settings(c), 50 * kMicrosecond)
    {
    }

    void Send(const Packet& packet) override
    {
        switch (packet.kind)
        {
        case Packet::Data:
            m_peer.Data(packet.offset, kSize);
            break;
        case Packet::DataFin:
            m_peer.Flags(kAck | kPsh | kFin, packet.offset, kSize);
            break;
        case Packet::Reset:
            m_peer.Flags(kRst | kAck, packet.offset);
            break;
        case Packet::Ack:
            m_peer.Flags(kAck, packet.offset);
            break;
        default:
            m_peer.Flags(kAck | kFin, packet.offset);
            break;
        }
    }

    std::uint32_t Read(std::uint32_t most) override
    {
        return m_peer.Read(most);
    }

    bool HasEvents() override
    {
        return m_peer.connection->TakeEvents() != 0;
    }

    bool IsAtEnd() const override
    {
        return m_peer.connection->EndOfStream() || Ready().failed;
    }

    bool IsLost() const override
    {
        return false;
    }

    Readiness Ready() const override
    {
        return ReadinessOf(m_peer.connection->Levels());
    }

    void Wait(TimeNs) override
    {
    }

  private:
    static std::shared_ptr<tcp::Config> Settings(const Json& c)
    {
        auto config = MeasuredKernel("tun", 1500, c["opts"].value("rcvbuf", 0));
        config->receiveLowat = c["opts"].value("lowat", 1);
        return config;
    }

    TcpPeer m_peer;
};

class MultipathStream : public Stream
{
  public:
    explicit MultipathStream(const Json& c)
        : m_hasPaths(c["pattern"].get<std::string>().rfind("mp_", 0) == 0),
          m_peer(Settings(c), m_hasPaths ? 2 : 1, 1460)
    {
    }

    void Send(const Packet& packet) override
    {
        switch (packet.kind)
        {
        case Packet::Data:
            if (!m_hasPaths) // a hole or a duplicate of the subflow, too
            {
                m_peer.Move(0, static_cast<std::int64_t>(packet.offset - m_at));
                m_at = packet.offset + kSize;
            }
            m_peer.Data(packet.path, packet.offset, kSize);
            break;
        case Packet::DataFin:
            m_peer.DataFin(packet.path, packet.offset + kSize, kSize);
            break;
        case Packet::End:
            m_peer.DataFin(packet.path, packet.offset);
            break;
        case Packet::Fin:
        case Packet::Reset:
            m_peer.End(packet.path, packet.kind == Packet::Fin ? kFin : kRst);
            break;
        case Packet::FastClose:
        case Packet::FastCloseAck:
            m_peer.FastClose(packet.path, packet.kind == Packet::FastClose ? kRst : kAck);
            break;
        case Packet::Ack:
            m_peer.AcknowledgeData(packet.path, 0);
            break;
        }
        m_peer.Let(0);
    }

    std::uint32_t Read(std::uint32_t most) override
    {
        return m_peer.Read(most);
    }

    bool HasEvents() override
    {
        return m_peer.connection->TakeEvents() != 0;
    }

    bool IsAtEnd() const override
    {
        return m_peer.connection->EndOfStream() || Ready().failed;
    }

    bool IsLost() const override
    {
        const auto ready = Ready();
        return ready.closed && !ready.failed && !m_peer.connection->EndOfStream();
    }

    Readiness Ready() const override
    {
        return ReadinessOf(m_peer.connection->Levels());
    }

    void Wait(TimeNs time) override
    {
        m_peer.Wait(time);
    }

  private:
    static mptcp::Config Settings(const Json& c)
    {
        const auto& opts = c["opts"];
        auto config = test::MeasuredHost("tun", 1500, opts.value("rcvbuf", 0));
        auto tcp = std::make_shared<tcp::Config>(*config.tcp);
        tcp->receiveLowat = opts.value("lowat", 1);
        config.tcp = tcp;
        config.closeTimeout = opts.value("close_timeout", 60) * kSecond;
        return config;
    }

    bool m_hasPaths;
    std::uint64_t m_at{0}; ///< where the only path's next byte belongs in the stream
    test::HandMadePeer m_peer;
};

std::unique_ptr<Stream>
MakeStream(const Json& c)
{
    return c["proto"] == "tcp" ? std::unique_ptr<Stream>(std::make_unique<TcpStream>(c))
                               : std::make_unique<MultipathStream>(c);
}

/// A program that waits in one of the measured ways on one connection.
class Reader
{
  public:
    explicit Reader(const Json& c)
        : m_mode(c["mode"]),
          m_opts(c["opts"]),
          m_stream(MakeStream(c)),
          m_interest(static_cast<int>(
              std::strtol(m_opts.value("events", m_mode == "excl" ? "1" : "2001").c_str(),
                          nullptr,
                          16))),
          m_limit(c["returns_total"].get<std::size_t>())
    {
        m_stream->HasEvents();
        m_isNews = true; // what holds when a descriptor is added is reported
        Run();
        const auto batches =
            BatchesOf(c["pattern"], c["tx_count"].get<std::size_t>(), c["proto"] != "tcp");
        for (const auto& batch : batches)
        {
            for (const auto& packet : batch)
            {
                m_stream->Send(packet);
                m_isNews = m_stream->HasEvents() || m_isNews;
            }
            Run();
        }
        m_stream->Wait(FromSeconds(m_opts.value("limit", kUsualLimit)));
        m_isNews = m_stream->HasEvents() || m_isNews;
        Run();
        TimeOut();
    }

    std::vector<Return> returns;

  private:
    static constexpr double kUsualLimit = 0.4; // seconds

    static TimeNs FromSeconds(double seconds)
    {
        return static_cast<TimeNs>(seconds * 1e9);
    }

    int Mask() const
    {
        const auto ready = m_stream->Ready();
        return (ready.readable ? kIn : 0) | (ready.writable ? kOut : 0) |
               (ready.peerClosed ? kPeerClosed : 0) | (ready.closed ? kHangUp : 0) |
               (ready.failed && !m_errorTaken ? kError : 0);
    }

    /// Lets the program run until it waits again.
    void Run()
    {
        while (!m_over && returns.size() < m_limit)
        {
            const bool block = m_mode == "block";
            const auto mask = Mask() & ((block ? kIn : m_interest) | kError | kHangUp);
            const bool edge = m_mode == "et" || m_mode == "excl";
            if (mask == 0 || (edge && !m_isNews))
            {
                break;
            }
            m_isNews = false;
            std::vector<int> got;
            ReadAll(got, block || m_opts.contains("once"));
            returns.emplace_back(block ? 0 : mask, std::move(got));
        }
        // The other thread that waits for the same: an end or an error wakes both.
        if (m_mode == "excl" && m_over && returns.size() < m_limit)
        {
            returns.emplace_back(Mask() & (m_interest | kError | kHangUp), std::vector<int>{0});
        }
    }

    void ReadAll(std::vector<int>& got, bool once)
    {
        while (!m_opts.contains("noread"))
        {
            const auto n = static_cast<int>(m_stream->Read(m_opts.value("read", 1u << 20)));
            const bool failed = m_stream->Ready().failed;
            got.push_back(n > 0                     ? n
                          : failed && !m_errorTaken ? kReset
                          : m_stream->IsLost()      ? kNotConnected
                          : m_stream->IsAtEnd()     ? 0
                                                    : kAgain);
            m_errorTaken = m_errorTaken || got.back() == kReset;
            m_over = got.back() == 0 || got.back() == kReset || got.back() == kNotConnected;
            if (once || got.back() <= 0)
            {
                break;
            }
        }
    }

    void TimeOut()
    {
        if (m_over || returns.size() >= m_limit)
        {
            return;
        }
        if (m_mode == "block")
        {
            std::vector<int> got;
            ReadAll(got, true);
            returns.emplace_back(0, std::move(got));
            return;
        }
        returns.emplace_back(0, std::vector<int>());
        if (m_mode == "excl")
        {
            returns.emplace_back(0, std::vector<int>());
        }
    }

    std::string m_mode;
    Json m_opts;
    std::unique_ptr<Stream> m_stream;
    int m_interest;
    std::size_t m_limit;
    bool m_isNews{false};
    bool m_errorTaken{false};
    bool m_over{false};
};

std::string
Text(const Return& one)
{
    std::string text = std::to_string(one.first) + " [";
    for (const auto n : one.second)
    {
        text += ' ' + std::to_string(n);
    }
    return text + " ]";
}

void
JudgeAll(const char* protocol, Group& group)
{
    const auto cases = CasesOf("ready");
    for (const auto& c : cases)
    {
        if (c["proto"] != protocol || c["cpus"] != "same" || c["pattern"] == "fillwin")
        {
            continue; // docs/models/memory.md says which are not replayed
        }
        Differences differences;
        const Reader reader(c);
        differences.Check("all",
                          "returns",
                          static_cast<std::int64_t>(reader.returns.size()),
                          c["returns_total"].get<std::int64_t>());
        const auto& rows = c["returns"]; // of many the first two thirds and the last third
        const auto total = c["returns_total"].get<std::size_t>();
        for (std::size_t i = 0; i < rows.size(); ++i)
        {
            const auto ours = i < rows.size() * 2 / 3 ? i : total - rows.size() + i;
            const Return kernel(rows[i][2], rows[i][3].get<std::vector<int>>());
            if (ours < reader.returns.size() && kernel != reader.returns[ours])
            {
                differences.Add(std::to_string(ours),
                                Text(reader.returns[ours]) + " instead of " + Text(kernel));
            }
        }
        group.Judge(c["name"], differences);
    }
}

} // namespace

TEST_CASE("a TCP connection wakes readers as a live kernel's did", "[reference]")
{
    Group group("ready (tcp, same core)");
    JudgeAll("tcp", group);
    group.Finish(60);
}

TEST_CASE("a multipath connection wakes readers as a live kernel's did", "[reference]")
{
    Group group("ready (mptcp, same core)");
    JudgeAll("mptcp", group);
    group.Finish(60);
}
