// SPDX-License-Identifier: GPL-2.0-only

#ifndef MULTI_PATH_H
#define MULTI_PATH_H

#include "../event-loop.h"
#include "ns3/hs-mptcp-connection.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hoststack::test
{

/// What travels between two hosts with several addresses.
struct FlyingSegment
{
    TcpSegment segment;
    mptcp::Endpoint source;
    mptcp::Endpoint destination;
};

/**
 * Two multipath connections joined by several paths, and the loop that drives them. Host 0 is the
 * client. Path p joins ClientAddress(p) and ServerAddress(p); a pair of addresses of different
 * paths travels on the later one, as with routes bound to the source. The connection is opened
 * between the addresses of path 0.
 */
class MultiPath : public EventLoop<FlyingSegment>
{
  public:
    /// One segment as it left a host, before the filter.
    struct Sent
    {
        TimeNs time;
        int from;
        int path;
        TcpSegment segment;
        MptcpOptions options;
    };

    using Filter = std::function<bool(int path, TcpSegment& segment)>;

    struct Host
    {
        std::unique_ptr<mptcp::Connection> connection;
        /// Called after each input, with the events it raised.
        std::function<void(TimeNs, std::uint32_t)> onEvents;
        /// May see, change or refuse (false) each wire segment on its way out.
        Filter filter;
        std::uint32_t seen{0}; ///< all events so far
    };

    static IpAddress ClientAddress(int path)
    {
        return IpAddress::V4(0x0a000001u + ((path + 1u) << 16));
    }

    static IpAddress ServerAddress(int path)
    {
        return IpAddress::V4(0x0a000002u + ((path + 1u) << 16));
    }

    static LinkConfig Link(double megabits, double milliseconds, std::uint32_t packets = 200)
    {
        LinkConfig link;
        link.rate = megabits * 1e6;
        link.delay = static_cast<TimeNs>(milliseconds * 1e6);
        link.queue.packets = packets;
        return link;
    }

    static LinkConfig Lossy(LinkConfig link, double loss)
    {
        link.loss = loss;
        return link;
    }

    MultiPath(const mptcp::Config& client,
              const mptcp::Config& server,
              const std::vector<LinkConfig>& paths,
              std::uint64_t seed = 1)
        : m_services{Services(*this, 0), Services(*this, 1)},
          m_random{0x1234567 + seed, 0x89abcdef + seed}
    {
        for (std::size_t p = 0; p < paths.size(); ++p)
        {
            AddPath(paths[p], paths[p], seed, std::to_string(p));
        }
        hosts[0].connection =
            std::make_unique<mptcp::Connection>(std::make_shared<mptcp::Config>(client),
                                                m_services[0]);
        hosts[1].connection =
            std::make_unique<mptcp::Connection>(std::make_shared<mptcp::Config>(server),
                                                m_services[1]);
    }

    /// A client endpoint that opens a subflow on \p path; its id is path + 1.
    static mptcp::LocalEndpoint SubflowOn(int path, bool backup = false)
    {
        mptcp::LocalEndpoint e;
        e.address = ClientAddress(path);
        e.id = static_cast<std::uint8_t>(path + 1);
        e.subflow = true;
        e.backup = backup;
        return e;
    }

    /// A server endpoint that is announced; its id is path + 1.
    static mptcp::LocalEndpoint SignalOn(int path)
    {
        mptcp::LocalEndpoint e;
        e.address = ServerAddress(path);
        e.id = static_cast<std::uint8_t>(path + 1);
        e.signal = true;
        return e;
    }

    void Start()
    {
        const mptcp::Endpoint local{ClientAddress(0), 40000};
        const mptcp::Endpoint remote{ServerAddress(0), 5001};
        auto& path = NewPath(0, 1, local, remote);
        hosts[0].connection->Connect(Now(), path, local, remote);
        Dispatch(0);
    }

    /// Hands what happened to the host's callback; call it after application calls from outside.
    void Dispatch(int i) override
    {
        const auto events = hosts[i].connection->TakeEvents();
        hosts[i].seen |= events;
        if (events != 0 && hosts[i].onEvents)
        {
            hosts[i].onEvents(Now(), events);
        }
    }

    void SetDown(int path, bool down)
    {
        LinkOf(0, path).SetDown(Now(), down);
        LinkOf(1, path).SetDown(Now(), down);
    }

    mptcp::Info InfoOf(int host) const
    {
        return hosts[host].connection->GetInfo(Now());
    }

    const mptcp::Counters& CountersOf(int host)
    {
        return m_services[host].GetCounters();
    }

    /// \name The host's memory of black holes
    /// @{
    void SetBlackholed(int host, bool on)
    {
        m_services[host].isBlackholed = on;
    }

    std::uint32_t BlackholesOf(int host) const
    {
        return m_services[host].blackholes;
    }

    /// @}

    /// Wire segments so far; only kept if `record` was set.
    const std::vector<Sent>& Log() const
    {
        return m_log;
    }

    Host hosts[2];
    bool record{false};
    /// Sees every segment before the filters.
    std::function<void(const Sent&)> watch;
    /// Sees what host \p from sends in one piece on \p path, before it is cut.
    std::function<void(int from, int path, const TcpSegment& burst)> onBurst;

  private:
    struct Path : public tcp::SegmentSink
    {
        MultiPath* loop{nullptr};
        int host{0};
        int link{0};
        std::uint32_t subflow{0};
        mptcp::Endpoint local;
        mptcp::Endpoint remote;
        bool open{true};

        void Transmit(TcpSegment&& burst) override
        {
            if (loop->onBurst)
            {
                loop->onBurst(host, link, burst);
            }
            for (std::uint32_t i = 0; i < burst.SegmentCount(); ++i)
            {
                loop->Offer(*this, CutSegment(burst, i));
            }
        }
    };

    struct Services : public mptcp::HostServices
    {
        Services(MultiPath& owner, int number)
            : loop(owner),
              host(number)
        {
        }

        tcp::SegmentSink* OpenSubflow(std::uint32_t subflow,
                                      mptcp::Endpoint& local,
                                      const mptcp::Endpoint& remote) override
        {
            return loop.OpenOn(host, subflow, local, remote);
        }

        void CloseSubflow(std::uint32_t subflow) override
        {
            loop.CloseOn(host, subflow);
        }

        void ForgetSubflow(std::uint32_t subflow) override
        {
            loop.ForgetOn(host, subflow);
        }

        std::uint64_t RandomBits() override
        {
            return loop.Random(host);
        }

        bool IsBlackholed(TimeNs /*now*/, TimeNs /*timeout*/) const override
        {
            return isBlackholed;
        }

        void NoteBlackhole(TimeNs /*now*/) override
        {
            ++blackholes;
        }

        MultiPath& loop;
        int host;
        bool isBlackholed{false};
        std::uint32_t blackholes{0};
    };

    static int LinkBetween(const mptcp::Endpoint& a, const mptcp::Endpoint& b)
    {
        return std::max(a.address.bytes[1], b.address.bytes[1]) - 1;
    }

    std::uint64_t Random(int host)
    {
        // splitmix64
        std::uint64_t z = (m_random[host] += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }

    Path& NewPath(int host,
                  std::uint32_t subflow,
                  const mptcp::Endpoint& local,
                  const mptcp::Endpoint& remote)
    {
        auto path = std::make_unique<Path>();
        path->loop = this;
        path->host = host;
        path->link = LinkBetween(local, remote);
        path->subflow = subflow;
        path->local = local;
        path->remote = remote;
        m_paths.push_back(std::move(path));
        return *m_paths.back();
    }

    tcp::SegmentSink* OpenOn(int host,
                             std::uint32_t subflow,
                             mptcp::Endpoint& local,
                             const mptcp::Endpoint& remote)
    {
        if (local.address == IpAddress{local.address.family, {}})
        {
            // Routing: from the network that the address lies in.
            const int network = remote.address.bytes[1] - 1;
            local.address = host == 0 ? ClientAddress(network) : ServerAddress(network);
        }
        const auto link = LinkBetween(local, remote);
        if (link < 0 || link >= Paths())
        {
            return nullptr;
        }
        local.port = m_nextPort++;
        return &NewPath(host, subflow, local, remote);
    }

    void CloseOn(int host, std::uint32_t subflow)
    {
        for (auto& p : m_paths)
        {
            if (p->host == host && p->subflow == subflow)
            {
                p->open = false;
            }
        }
    }

    void ForgetOn(int host, std::uint32_t subflow)
    {
        // Whoever uses it after this is found by the sanitizers.
        m_paths.erase(
            std::remove_if(m_paths.begin(),
                           m_paths.end(),
                           [&](const auto& p) { return p->host == host && p->subflow == subflow; }),
            m_paths.end());
    }

    void Offer(const Path& path, TcpSegment&& segment)
    {
        const int from = path.host;
        Sent sent{Now(), from, path.link, segment, {}};
        ParseMptcp(segment, sent.options);
        if (watch)
        {
            watch(sent);
        }
        if (record)
        {
            m_log.push_back(std::move(sent));
        }
        auto& filter = hosts[from].filter;
        if (filter && !filter(path.link, segment))
        {
            return;
        }
        EventLoop::Offer(from, path.link, {std::move(segment), path.local, path.remote});
    }

    TimeNs NextDeadline(int i) const override
    {
        return hosts[i].connection->NextDeadline();
    }

    void OnDeadline(int i) override
    {
        hosts[i].connection->OnDeadline(Now());
    }

  protected:
    void Receive(int to, const FlyingSegment& flying) override
    {
        auto& connection = *hosts[to].connection;
        for (std::size_t i = 0; i < m_paths.size(); ++i)
        {
            auto& p = *m_paths[i];
            if (p.host == to && p.open && p.local == flying.destination &&
                p.remote == flying.source)
            {
                connection.OnSegment(Now(), p.subflow, flying.segment);
                Dispatch(to);
                return;
            }
        }
        if (!flying.segment.Has(kSyn) || flying.segment.Has(kAck))
        {
            if (!flying.segment.Has(kRst))
            {
                Refuse(to, flying);
            }
            return;
        }
        MptcpOptions options;
        ParseMptcp(flying.segment, options);
        if (to == 0 || (m_accepted && !options.Has(MptcpSubtype::Join)))
        {
            Refuse(to, flying); // a listener would make a second connection of it
            return;
        }
        m_accepted = true;
        auto& path = NewPath(to, 0, flying.destination, flying.source);
        if (!options.Has(MptcpSubtype::Join))
        {
            path.subflow = 1;
            connection.AcceptSyn(Now(), path, path.local, path.remote, flying.segment);
        }
        else
        {
            path.subflow =
                connection.AcceptJoin(Now(), path, path.local, path.remote, flying.segment);
            if (path.subflow == 0)
            {
                path.open = false;
                Refuse(to, flying);
            }
        }
        Dispatch(to);
    }

  private:
    void Refuse(int by, const FlyingSegment& flying)
    {
        Path answer;
        answer.loop = this;
        answer.host = by;
        answer.local = flying.destination;
        answer.remote = flying.source;
        answer.link = LinkBetween(answer.local, answer.remote);
        Offer(answer, tcp::ResetFor(flying.segment));
    }

    Services m_services[2];
    std::uint64_t m_random[2];
    std::vector<std::unique_ptr<Path>> m_paths;
    std::vector<Sent> m_log;
    std::uint16_t m_nextPort{41000};
    bool m_accepted{false};
};

/**
 * One transfer of real bytes over a MultiPath: the sender writes a pattern as it has room, the
 * reader checks each byte, both close in order.
 */
class Transfer
{
  public:
    Transfer(MultiPath& net, int from, std::uint64_t bytes)
        : m_net(net),
          m_from(from),
          m_bytes(bytes)
    {
        auto& sender = net.hosts[from];
        auto& reader = net.hosts[1 - from];
        sender.onEvents = [this](TimeNs now, std::uint32_t events) {
            if (events & (tcp::kConnected | tcp::kWritable))
            {
                Write(now);
            }
            if (closes && (events & tcp::kAllAcked) && m_written == m_bytes)
            {
                m_net.hosts[m_from].connection->CloseSend(now);
            }
        };
        reader.onEvents = [this](TimeNs now, std::uint32_t events) {
            if (events & tcp::kReadable)
            {
                Read(now);
            }
            if (events & tcp::kPeerClosed)
            {
                m_net.hosts[1 - m_from].connection->CloseSend(now);
            }
        };
    }

    static std::uint8_t ByteAt(std::uint64_t offset)
    {
        return static_cast<std::uint8_t>((offset * 2654435761u) >> 13);
    }

    bool Complete() const
    {
        return m_read == m_bytes;
    }

    bool Intact() const
    {
        return m_intact;
    }

    std::uint64_t BytesRead() const
    {
        return m_read;
    }

    bool closes{true}; ///< the sender closes once everything is acknowledged

  private:
    void Write(TimeNs now)
    {
        auto& connection = *m_net.hosts[m_from].connection;
        while (m_written < m_bytes)
        {
            std::uint8_t block[4096];
            const auto n = std::min<std::uint64_t>(
                {sizeof(block), m_bytes - m_written, connection.SendSpace()});
            for (std::uint64_t i = 0; i < n; ++i)
            {
                block[i] = ByteAt(m_written + i);
            }
            if (n == 0)
            {
                connection.Send(now, Payload::Virtual(1)); // asks for kWritable
                return;
            }
            const auto taken =
                connection.Send(now, Payload::Copy(block, static_cast<std::uint32_t>(n)));
            m_written += taken;
        }
    }

    void Read(TimeNs now)
    {
        auto& connection = *m_net.hosts[1 - m_from].connection;
        std::vector<Payload> pieces;
        connection.Read(now, 1u << 30, &pieces);
        for (const auto& piece : pieces)
        {
            std::vector<std::uint8_t> bytes(piece.Length());
            piece.CopyTo(bytes.data());
            for (const auto b : bytes)
            {
                m_intact = m_intact && b == ByteAt(m_read);
                ++m_read;
            }
        }
    }

    MultiPath& m_net;
    int m_from;
    std::uint64_t m_bytes;
    std::uint64_t m_written{0};
    std::uint64_t m_read{0};
    bool m_intact{true};
};

/// \p n links of 10 Mbit/s, whose round trip is \p rtt (ms).
inline std::vector<LinkConfig>
Paths(int n, double rtt = 20)
{
    return std::vector<LinkConfig>(n, MultiPath::Link(10, rtt / 2, 100));
}

/// Plain settings for tests: exact timers would hide rounding, so jiffies stay.
inline mptcp::Config
TestConfig(std::uint32_t extraSubflows = 7)
{
    mptcp::Config config;
    config.tcp = std::make_shared<tcp::Config>();
    config.extraSubflows = extraSubflows;
    return config;
}

inline mptcp::Config
With(mptcp::Config config, const std::function<void(tcp::Config&)>& change)
{
    auto tcp = std::make_shared<tcp::Config>(*config.tcp);
    change(*tcp);
    config.tcp = tcp;
    return config;
}

} // namespace hoststack::test

#endif // MULTI_PATH_H
