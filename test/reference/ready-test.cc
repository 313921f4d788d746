// SPDX-License-Identifier: GPL-2.0-only

#include "reference-folder.h"
#include "tcp-peer.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
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

/// What epoll_wait, poll or a blocking recv gave: the mask, and what was then read.
using Return = std::pair<int, std::vector<int>>;

/// Packets that arrive while the reader cannot run, which shares the core with their sender.
struct Packet
{
    enum Kind
    {
        Data,
        Fin,
        DataFin,
        Reset,
        Ack,
    };

    Kind kind{Data};
    std::uint64_t offset{0};
};

using Batch = std::vector<Packet>;

/// The batches of a pattern; packets less than 0.6 ms apart are one (README of the files).
std::vector<Batch>
BatchesOf(const std::string& pattern, std::size_t count)
{
    const auto data = [](std::uint64_t i) { return Packet{Packet::Data, i * kSize}; };
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
        return {{{pattern == "fin" ? Packet::Fin : Packet::Reset, 0}}};
    }
    if (pattern == "data_fin")
    {
        return {{{Packet::DataFin, 0}}};
    }
    if (pattern == "data_then_fin")
    {
        return {{data(0)}, {{Packet::Fin, kSize}}};
    }
    if (pattern == "data_rst")
    {
        return {{data(0)}, {{Packet::Reset, kSize}}};
    }
    if (pattern == "data_rst_unread")
    {
        return {{data(0), {Packet::Reset, kSize}}};
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
        batches.back().push_back(isAck ? Packet{Packet::Ack, 0} : data(i));
    }
    return batches;
}

/// A program that waits in one of the measured ways on one connection.
class Reader
{
  public:
    explicit Reader(const Json& c)
        : m_mode(c["mode"]),
          m_opts(c["opts"]),
          m_peer(Settings(c), 50 * kMicrosecond),
          m_interest(static_cast<int>(
              std::strtol(m_opts.value("events", m_mode == "excl" ? "1" : "2001").c_str(),
                          nullptr,
                          16))),
          m_limit(c["returns_total"].get<std::size_t>())
    {
        m_peer.connection->TakeEvents();
        m_isNews = true; // what holds when a descriptor is added is reported
        Run();
        for (const auto& batch : BatchesOf(c["pattern"], c["tx_count"].get<std::size_t>()))
        {
            for (const auto& packet : batch)
            {
                Send(packet);
                m_isNews = m_isNews || m_peer.connection->TakeEvents() != 0;
            }
            Run();
        }
        TimeOut();
    }

    std::vector<Return> returns;

  private:
    static std::shared_ptr<tcp::Config> Settings(const Json& c)
    {
        auto config = MeasuredKernel("tun", 1500, c["opts"].value("rcvbuf", 0));
        config->receiveLowat = c["opts"].value("lowat", 1);
        return config;
    }

    void Send(const Packet& packet)
    {
        switch (packet.kind)
        {
        case Packet::Data:
            m_peer.Data(packet.offset, kSize);
            break;
        case Packet::DataFin:
            m_peer.Flags(kAck | kPsh | kFin, packet.offset, kSize);
            break;
        case Packet::Fin:
            m_peer.Flags(kAck | kFin, packet.offset);
            break;
        case Packet::Reset:
            m_peer.Flags(kRst | kAck, packet.offset);
            break;
        case Packet::Ack:
            m_peer.Flags(kAck, packet.offset);
            break;
        }
    }

    int Mask() const
    {
        const auto ready = ReadinessOf(m_peer.connection->Levels());
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
            const auto n = static_cast<int>(m_peer.Read(m_opts.value("read", 1u << 20)));
            const bool failed = ReadinessOf(m_peer.connection->Levels()).failed;
            const bool ended = m_peer.connection->EndOfStream();
            got.push_back(n > 0                     ? n
                          : failed && !m_errorTaken ? kReset
                          : ended || failed         ? 0
                                                    : kAgain);
            m_errorTaken = m_errorTaken || got.back() == kReset;
            m_over = got.back() == 0 || got.back() == kReset;
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
    TcpPeer m_peer;
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

} // namespace

TEST_CASE("a TCP connection wakes readers as a live kernel's did", "[reference]")
{
    Group group("ready (tcp, same core)");
    const auto cases = CasesOf("ready");
    for (const auto& c : cases)
    {
        if (c["proto"] != "tcp" || c["cpus"] != "same" || c["pattern"] == "fillwin")
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
    group.Finish(60);
}
