// SPDX-License-Identifier: GPL-2.0-only

#include "tso-run.h"

#include "../mptcp/multi-path.h"
#include "../tcp/two-ends.h"
#include "ns3/hs-receive-offload.h"
#include "ns3/hs-send-backlog.h"
#include "tcp-peer.h"

#include <algorithm>
#include <deque>
#include <memory>

namespace hoststack::reference
{

namespace
{

using test::FlyingSegment;
using test::MultiPath;
using test::TwoEnds;
using test::WireSegment;

constexpr std::uint32_t kUsualBuffer = 4u << 20;
constexpr TimeNs kLongest = 120 * kSecond;

std::uint32_t
NumberBehind(const std::string& name, const std::string& word)
{
    const auto at = name.find(word);
    return at == std::string::npos
               ? 0
               : static_cast<std::uint32_t>(std::atoi(name.c_str() + at + word.size()));
}

/// Of a path in the last samples of all runs; 0: it was never used.
TimeNs
LeastRtt(const Json& runs, std::size_t path)
{
    TimeNs least = kNever;
    for (const auto& run : runs)
    {
        const auto& last = run.at("samples").back();
        if (last.size() > path + 1)
        {
            least = std::min<TimeNs>(least, last[path + 1][3].get<TimeNs>() * kMicrosecond);
        }
    }
    return least == kNever ? 0 : least;
}

LinkConfig
Link(double rate, TimeNs delay, std::uint32_t packets)
{
    LinkConfig link;
    link.rate = rate;
    link.delay = delay;
    link.queue.packets = packets;
    return link;
}

std::shared_ptr<tcp::Config>
ConfigOf(const TsoCase& c)
{
    auto config = MeasuredKernel("tun_vnet", 1500, c.receiveBuffer);
    config->congestion = c.congestion;
    config->sendBuffer = 2 * kUsualBuffer;
    config->sendBufferLocked = true;
    config->minTsoSegments = c.leastSegments;
    if (c.mostSegments > 0)
    {
        config->gsoMaxSegments = c.mostSegments;
    }
    return config;
}

/// What a burst or an arrival adds to the figures of its path.
class Meter
{
  public:
    explicit Meter(TsoResult& result)
        : m_result(result)
    {
    }

    void Burst(TimeNs now, std::size_t path, const TcpSegment& burst)
    {
        if (burst.payload.Length() > 0)
        {
            m_bursts.push_back({now, path, burst.SegmentCount()});
        }
    }

    void Answer(std::size_t path, const TcpSegment& segment)
    {
        const bool isPlain = !segment.Has(kSyn) && !segment.Has(kFin);
        m_result.paths[path].acks += isPlain && segment.payload.Length() == 0 ? 1 : 0;
    }

    void Arrived(std::size_t path, const TcpSegment& segment)
    {
        m_result.paths[path].arrived += segment.payload.Length() > 0 ? 1 : 0;
    }

    void Unit(const TcpSegment& unit)
    {
        m_result.units += unit.payload.Length() > 0 ? 1 : 0;
    }

    void Finish(TimeNs end)
    {
        m_result.time = end;
        std::vector<TimeNs> last(m_result.paths.size(), -1);
        for (const auto& burst : m_bursts)
        {
            auto& path = m_result.paths[burst.path];
            const auto quarter = std::min<TimeNs>(4 * burst.time / std::max<TimeNs>(end, 1), 3);
            ++path.quarters[static_cast<std::size_t>(quarter)][burst.segments];
            ++path.bursts;
            path.segments += burst.segments;
            if (last[burst.path] >= 0)
            {
                path.gaps.Add(burst.time - last[burst.path]);
            }
            last[burst.path] = burst.time;
        }
    }

  private:
    struct Sent
    {
        TimeNs time;
        std::size_t path;
        std::uint32_t segments;
    };

    TsoResult& m_result;
    std::vector<Sent> m_bursts;
};

/// The device of one path of the client: what arrives waits for the next poll and goes through GRO.
template <class Freight>
class PolledDevice final : private ReceiveOffload::Sink
{
  public:
    using HandUp = std::function<void(const Freight&)>;

    explicit PolledDevice(HandUp handUp)
        : m_handUp(std::move(handUp)),
          m_offload(ReceiveOffloads().Create("gro", OffloadSettings(), *this))
    {
    }

    /// \return whether it is the first one that waits
    bool Keep(const Freight& freight)
    {
        m_waiting.push_back(freight);
        return m_waiting.size() == 1;
    }

    void Poll(TimeNs now)
    {
        for (std::size_t i = 0; i < m_waiting.size(); ++i)
        {
            const auto& segment = m_waiting[i].segment;
            OffloadPacket packet;
            packet.id = static_cast<std::uint32_t>(i);
            packet.flow = 1;
            packet.typeOfService = static_cast<std::uint32_t>(segment.ecn);
            packet.payload = segment.payload.Length();
            packet.ipLength =
                20 + static_cast<std::uint32_t>(TcpHeaderLength(segment)) + packet.payload;
            packet.flags = segment.flags;
            packet.window = segment.window;
            packet.seq = segment.seq;
            packet.ack = segment.ack;
            packet.options = &segment.options;
            m_offload->Add(packet, now);
        }
        m_offload->EndPoll(static_cast<std::uint32_t>(std::min<std::size_t>(m_waiting.size(), 63)),
                           now);
        m_waiting.clear();
    }

  private:
    void Deliver(const OffloadUnit& unit) override
    {
        auto merged = m_waiting[unit.packets[0]];
        merged.segment.flags = unit.head.flags;
        for (std::size_t i = 1; i < unit.packets.size(); ++i)
        {
            merged.segment.payload.Append(m_waiting[unit.packets[i]].segment.payload);
            merged.segment.mss = unit.segmentSize;
        }
        m_handUp(merged);
    }

    void Discard(std::uint32_t /*id*/) override
    {
    }

    HandUp m_handUp;
    std::unique_ptr<ReceiveOffload> m_offload;
    std::deque<Freight> m_waiting;
};

/// A writer that blocks, and a reader that reads what is there once the poll is over.
template <class Ends>
class Transfer
{
  public:
    Transfer(Ends& ends, const TsoCase& c)
        : m_ends(ends),
          m_case(c)
    {
        ends.hosts[1].onEvents = [this](TimeNs now, std::uint32_t events) {
            if (events & (tcp::kConnected | tcp::kWritable))
            {
                Write(now);
            }
        };
        ends.hosts[0].onEvents = [this](TimeNs now, std::uint32_t events) {
            if (events & tcp::kReadable)
            {
                m_read += m_ends.hosts[0].connection->Read(now, 1u << 30, nullptr);
            }
        };
    }

    bool IsComplete() const
    {
        return m_read >= m_case.bytes;
    }

  private:
    void Write(TimeNs now)
    {
        auto& connection = *m_ends.hosts[1].connection;
        while (m_written < m_case.bytes)
        {
            const auto left =
                std::min<std::uint64_t>(m_case.writeSize - m_written % m_case.writeSize,
                                        m_case.bytes - m_written);
            const auto taken =
                connection.Send(now, Payload::Virtual(static_cast<std::uint32_t>(left)));
            m_written += taken;
            if (taken < left)
            {
                return;
            }
        }
    }

    Ends& m_ends;
    const TsoCase& m_case;
    std::uint64_t m_written{0};
    std::uint64_t m_read{0};
};

/// The client's side of either kind of connection, with its devices.
template <class Ends, class Freight>
class Measured : public Ends
{
  public:
    template <class... Args>
    Measured(const TsoCase& c, Meter& meter, Args&&... args)
        : Ends(std::forward<Args>(args)...),
          m_case(c),
          m_meter(meter)
    {
        for (std::size_t i = 0; i < c.paths.size(); ++i)
        {
            m_devices.push_back(std::make_unique<PolledDevice<Freight>>(
                [this](const Freight& freight) { GoUp(freight); }));
        }
    }

    void Dispatch(int host) override
    {
        if (host != 0 || !m_isPolling)
        {
            Ends::Dispatch(host);
        }
    }

  protected:
    void Take(const Freight& freight, std::size_t path)
    {
        m_meter.Arrived(path, freight.segment);
        if (m_case.poll == 0)
        {
            GoUp(freight);
        }
        else if (m_devices[path]->Keep(freight))
        {
            const auto at = (this->Now() / m_case.poll + 1) * m_case.poll;
            this->At(at, [this, path] { Poll(path); });
        }
    }

    void Receive(int to, const Freight& freight) override
    {
        if (to == 0)
        {
            Take(freight, PathOf(freight));
            return;
        }
        m_meter.Answer(PathOf(freight), freight.segment);
        Ends::Receive(to, freight);
    }

    static std::size_t PathOf(const WireSegment& /*freight*/)
    {
        return 0;
    }

    static std::size_t PathOf(const FlyingSegment& freight)
    {
        return std::max(freight.source.address.bytes[1], freight.destination.address.bytes[1]) - 1u;
    }

  private:
    void GoUp(const Freight& freight)
    {
        m_meter.Unit(freight.segment);
        Ends::Receive(0, freight);
    }

    void Poll(std::size_t path)
    {
        m_isPolling = true;
        m_devices[path]->Poll(this->Now());
        m_isPolling = false;
        Dispatch(0);
    }

    const TsoCase& m_case;
    Meter& m_meter;
    std::vector<std::unique_ptr<PolledDevice<Freight>>> m_devices;
    bool m_isPolling{false};
};

/// A token bucket (tbf) of 70 kB in front of the sender's link: super-segments leave it whole.
class Shaper
{
  public:
    Shaper(TwoEnds& ends, double rate)
        : m_ends(ends),
          m_rate(rate)
    {
        ends.hosts[1].connection->SetSendBacklog(&m_backlog);
    }

    void Take(TimeNs now, TcpSegment&& burst)
    {
        constexpr double kBucket = 70000;
        const auto headers = 20 + static_cast<std::uint32_t>(TcpHeaderLength(burst));
        const double bytes = burst.payload.Length() + burst.SegmentCount() * headers;
        const auto before = std::max(m_leaves, now);
        m_tokens =
            std::min(kBucket, m_tokens + static_cast<double>(before - m_counted) * m_rate / 8e9);
        m_counted = before;
        const auto wait = std::max(0.0, bytes - m_tokens) * 8e9 / m_rate;
        m_leaves = before + static_cast<TimeNs>(wait);
        m_tokens += static_cast<double>(m_leaves - m_counted) * m_rate / 8e9 - bytes;
        m_counted = m_leaves;
        const auto truesize = tcp::TruesizeOfSend(burst.payload.Length());
        m_backlog += truesize;
        m_queue.push_back({std::move(burst), truesize});
        m_ends.At(m_leaves, [this] { Leave(); });
    }

  private:
    struct Waiting
    {
        TcpSegment burst;
        std::uint32_t truesize;
    };

    void Leave()
    {
        auto first = std::move(m_queue.front());
        m_queue.pop_front();
        m_ends.hosts[1].SendPieces(first.burst);
        m_backlog -= first.truesize;
        m_ends.hosts[1].connection->OnSendBacklog(m_ends.Now());
    }

    TwoEnds& m_ends;
    const double m_rate;
    double m_tokens{70000};
    TimeNs m_counted{0};
    TimeNs m_leaves{0};
    std::uint64_t m_backlog{0};
    std::deque<Waiting> m_queue;
};

void
RunTcp(const TsoCase& c, Meter& meter, TsoResult& result)
{
    const auto config = ConfigOf(c);
    const auto& path = c.paths[0];
    Measured<TwoEnds, WireSegment> ends(c,
                                        meter,
                                        *config,
                                        *config,
                                        Link(path.up, path.upDelay, path.upQueue),
                                        Link(path.down, path.downDelay, path.downQueue),
                                        1u);
    Transfer<TwoEnds> transfer(ends, c);
    std::unique_ptr<Shaper> shaper;
    if (c.shaper > 0)
    {
        shaper = std::make_unique<Shaper>(ends, c.shaper);
    }
    ends.hosts[1].onBurst = [&](TimeNs now, TcpSegment& burst) {
        meter.Burst(now, 0, burst);
        if (shaper)
        {
            shaper->Take(now, std::move(burst));
        }
        return shaper == nullptr;
    };
    ends.Start();
    const auto end = ends.Run(kLongest, [&] { return transfer.IsComplete(); });
    result.isComplete = transfer.IsComplete();
    meter.Finish(end);
}

void
RunMptcp(const TsoCase& c, Meter& meter, TsoResult& result)
{
    mptcp::Config config;
    config.tcp = ConfigOf(c);
    config.extraSubflows = 2;
    std::vector<LinkConfig> links;
    for (const auto& path : c.paths)
    {
        links.push_back(Link(path.down, path.downDelay, path.downQueue));
    }
    Measured<MultiPath, FlyingSegment> ends(c, meter, config, config, links, 1u);
    for (std::size_t i = 1; i < c.paths.size(); ++i)
    {
        ends.hosts[0].connection->AddEndpoint(0, MultiPath::SubflowOn(static_cast<int>(i)));
    }
    Transfer<MultiPath> transfer(ends, c);
    ends.onBurst = [&](int from, int path, const TcpSegment& burst) {
        if (from == 1)
        {
            meter.Burst(ends.Now(), static_cast<std::size_t>(path), burst);
        }
    };
    ends.Start();
    const auto end = ends.Run(kLongest, [&] { return transfer.IsComplete(); });
    result.isComplete = transfer.IsComplete();
    meter.Finish(end);
}

} // namespace

TsoCase::TsoCase(const Json& json, const Json& runs)
    : name(json.at("name")),
      congestion(json.at("cc")),
      isMultipath(json.at("proto") == "mptcp"),
      bytes(json.at("bytes")),
      receiveBuffer(json.value("rcvbuf", kUsualBuffer)),
      writeSize(json.value("write_size", 65536u)),
      mostSegments(json.value("gso_max_segs", 0u)),
      leastSegments(NumberBehind(name, "mintso")),
      poll(json.value("coal_us", 0) * kMicrosecond)
{
    leastSegments = std::max(leastSegments, 2u);
    if (json.contains("tbf"))
    {
        shaper = std::atof(json["tbf"].get<std::string>().c_str()) * 1e6;
    }
    for (const auto& item : json.at("paths"))
    {
        const auto delay = [](const Json& way) {
            return static_cast<TimeNs>(way.at("delay_ms").get<double>() * 1e6);
        };
        Path path;
        path.up = item["up"]["rate_bps"];
        path.down = item["down"]["rate_bps"];
        path.upDelay = delay(item["up"]);
        path.downDelay = delay(item["down"]);
        // The emulator adds something of its own, which the least round trip shows.
        const auto extra = LeastRtt(runs, paths.size()) - path.upDelay - path.downDelay;
        path.downDelay += std::max<TimeNs>(extra, 0);
        path.upQueue = item["up"]["q_pkts"];
        path.downQueue = item["down"]["q_pkts"];
        paths.push_back(path);
    }
}

std::uint32_t
TsoFigures::LateSize() const
{
    const auto& late = quarters.back();
    const auto most = std::max_element(late.begin(), late.end(), [](const auto& a, const auto& b) {
        return a.second < b.second;
    });
    return most == late.end() ? 0 : most->first;
}

TsoResult
RunTso(const TsoCase& c)
{
    TsoResult result;
    result.paths.resize(c.paths.size());
    Meter meter(result);
    if (c.isMultipath)
    {
        RunMptcp(c, meter, result);
    }
    else
    {
        RunTcp(c, meter, result);
    }
    return result;
}

} // namespace hoststack::reference
