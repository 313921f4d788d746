// SPDX-License-Identifier: GPL-2.0-only

#include "hand-made-peer.h"
#include "ns3/hs-buffer-shared.h"
#include "reference-folder.h"
#include "tcp-peer.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <memory>
#include <vector>

// Two sockets of one machine, joined by a veth pair: whatever one sends the other has before the
// call is over that sent it. Its answers wait until the sender's call lets go of its socket.

namespace
{

using namespace hoststack;
using namespace hoststack::reference;

constexpr TimeNs kHop = 5 * kMicrosecond;
constexpr TimeNs kBetweenWrites = 50 * kMicrosecond;
constexpr std::uint32_t kHead = 832;

/// How the devices were set up.
struct Setup
{
    bool isCut{false};     ///< packets of several segments are cut on the way (skb_segment)
    bool isGrouped{false}; ///< a receive offload sees them (veth's NAPI)
};

/// Buffers as they come from the sender: which of them are its own, and how many blocks they have.
class Handed : public SharedBuffers
{
  public:
    BufferMemory Of(const TruesizeModel& model,
                    std::uint32_t length,
                    std::uint32_t headers) const override
    {
        auto memory = SharedBuffers::Of(model, length, headers);
        memory.isShared = isShared;
        memory.fragments = fragments;
        return memory;
    }

    bool isShared{true};
    std::uint8_t fragments{1};
};

/// Where the bytes of a stream lie in their sender's memory: in pieces, each in one page.
class Pieces
{
  public:
    void Add(std::uint64_t end)
    {
        m_ends.push_back(end);
    }

    std::uint8_t Of(std::uint64_t begin, std::uint64_t end) const
    {
        const auto first = std::upper_bound(m_ends.begin(), m_ends.end(), begin);
        const auto last = std::lower_bound(m_ends.begin(), m_ends.end(), end);
        return static_cast<std::uint8_t>(last - first + 1);
    }

  private:
    std::vector<std::uint64_t> m_ends;
};

class Pair
{
  public:
    virtual ~Pair() = default;
    virtual void Write(std::uint32_t bytes) = 0;
    virtual std::uint32_t Memory() const = 0;
    virtual std::uint32_t SegmentSize() const = 0;

  protected:
    /// One of the two sockets' ends of the wire.
    struct End : public tcp::SegmentSink
    {
        Pair* pair{nullptr};
        bool isSender{false};

        void Transmit(TcpSegment&& segment) override
        {
            pair->Take(isSender, std::move(segment));
        }
    };

    Pair(const Setup& setup, std::shared_ptr<Handed> buffers)
        : m_setup(setup),
          m_buffers(std::move(buffers))
    {
        m_sender.pair = m_receiver.pair = this;
        m_sender.isSender = true;
    }

    virtual void ToSender(const TcpSegment& segment) = 0;
    virtual void ToReceiver(const Burst& burst) = 0;
    /// Of the sender's stream.
    virtual std::uint64_t OffsetOf(const TcpSegment& segment) const = 0;

    /// Until nothing is under way: what the sender sends arrives at once, what comes back is looked
    /// at when the sender's socket is free.
    void Settle()
    {
        while (!m_sent.empty() || !m_backlog.empty())
        {
            m_now += kHop;
            if (!m_sent.empty())
            {
                const auto segment = std::move(m_sent.front());
                m_sent.pop_front();
                Carry(segment);
            }
            else
            {
                const auto segment = std::move(m_backlog.front());
                m_backlog.pop_front();
                ToSender(segment);
            }
        }
    }

    End m_sender;
    End m_receiver;
    Pieces m_pieces;
    TimeNs m_now{kSecond};

  private:
    static bool IsBareAck(const TcpSegment& segment)
    {
        return segment.payload.Length() == 0 && segment.flags == kAck;
    }

    static bool HasSameOptions(const TcpSegment& a, const TcpSegment& b)
    {
        constexpr std::size_t kMost = 60;
        constexpr std::size_t kFixed = 20;
        std::uint8_t x[kMost];
        std::uint8_t y[kMost];
        const auto size = EncodeTcpHeader(a, x, kMost);
        return size == EncodeTcpHeader(b, y, kMost) && std::equal(x + kFixed, x + size, y + kFixed);
    }

    void Take(bool isSender, TcpSegment&& segment)
    {
        if (isSender)
        {
            m_sent.push_back(std::move(segment));
            return;
        }
        // tcp_add_backlog: an ACK replaces the one that waits if only its number is another.
        if (!m_backlog.empty() && IsBareAck(m_backlog.back()) && IsBareAck(segment) &&
            HasSameOptions(m_backlog.back(), segment))
        {
            m_backlog.back() = std::move(segment);
        }
        else
        {
            m_backlog.push_back(std::move(segment));
        }
    }

    void Carry(const TcpSegment& segment)
    {
        const auto length = segment.payload.Length();
        const auto pieces = segment.SegmentCount();
        const bool isCut = m_setup.isCut && pieces > 1;
        m_buffers->isShared = !isCut && !m_setup.isGrouped;
        if (!isCut || length == 0)
        {
            Hand(segment);
            return;
        }
        for (std::uint32_t done = 0; done < length;)
        {
            auto part = segment;
            const auto n = std::min<std::uint32_t>(segment.mss, length - done);
            part.seq = segment.seq + done;
            part.payload = segment.payload.Slice(done, n);
            part.mss = 0;
            Hand(part);
            done += n;
        }
    }

    void Hand(const TcpSegment& segment)
    {
        const auto length = segment.payload.Length();
        if (length > 0)
        {
            const auto begin = OffsetOf(segment);
            m_buffers->fragments = m_pieces.Of(begin, begin + length);
        }
        ToReceiver({segment, length > 0 ? kHead + length : 0});
    }

    Setup m_setup;
    std::shared_ptr<Handed> m_buffers;
    std::deque<TcpSegment> m_sent;
    std::deque<TcpSegment> m_backlog;
};

std::shared_ptr<tcp::Config>
Settings(const Json& c, const Handed& buffers)
{
    const std::string cfg = c["cfg"];
    auto config =
        MeasuredKernel("tap_frags", cfg.rfind("jumbo9000", 0) == 0 ? 9000 : 1500, 4 << 20);
    config->truesize = buffers.Preset();
    config->nagle = false; // each write left at once
    if (cfg.find("segs1") != std::string::npos)
    {
        config->gsoMaxSegments = 1;
    }
    return config;
}

Setup
SetupOf(const Json& c)
{
    const std::string cfg = c["cfg"];
    Setup setup;
    setup.isCut = cfg.rfind("nogso", 0) == 0 || cfg == "gso_sw";
    // A veth pair uses its NAPI only if its peer does not segment (veth_skb_is_eligible_for_gro);
    // there a buffer becomes its own (skb_unclone).
    setup.isGrouped = cfg == "nogso_gro";
    return setup;
}

class TcpPair : public Pair
{
  public:
    TcpPair(const Json& c, const std::shared_ptr<Handed>& buffers)
        : Pair(SetupOf(c), buffers)
    {
        const auto config = Settings(c, *buffers);
        m_from = std::make_unique<tcp::Connection>(config, m_sender, 40000, 80, Seq32(1000));
        m_to = std::make_unique<tcp::Connection>(config, m_receiver, 80, 40000, Seq32(5000));
        m_from->Connect(m_now);
        Settle();
    }

    void Write(std::uint32_t bytes) override
    {
        m_now += kBetweenWrites;
        while (bytes > 0)
        {
            const auto end = m_written + bytes;
            for (auto page = m_written / kPage * kPage + kPage; page < end; page += kPage)
            {
                m_pieces.Add(page);
            }
            const auto taken = m_from->Send(m_now, Payload::Virtual(bytes), false);
            m_written += taken;
            bytes -= taken;
            const bool isStuck = taken == 0;
            Settle();
            if (isStuck && m_from->SendSpace() == 0)
            {
                break;
            }
        }
    }

    std::uint32_t Memory() const override
    {
        return m_to->ReceiveMemory();
    }

    std::uint32_t SegmentSize() const override
    {
        return m_to->GetReceiveState().Facts().mss;
    }

  private:
    static constexpr std::uint64_t kPage = 32768;

    std::uint64_t OffsetOf(const TcpSegment& segment) const override
    {
        return segment.seq.Value() - 1001;
    }

    void ToSender(const TcpSegment& segment) override
    {
        m_from->OnSegment(m_now, segment);
    }

    void ToReceiver(const Burst& burst) override
    {
        if (burst.segment.Has(kSyn))
        {
            m_to->AcceptSyn(m_now, burst.segment);
        }
        else
        {
            m_to->OnSegment(m_now, burst);
        }
    }

    std::unique_ptr<tcp::Connection> m_from;
    std::unique_ptr<tcp::Connection> m_to;
    std::uint64_t m_written{0};
};

class MultipathPair : public Pair
{
  public:
    MultipathPair(const Json& c, const std::shared_ptr<Handed>& buffers)
        : Pair(SetupOf(c), buffers)
    {
        auto config = test::MeasuredHost("tun", 1500, 0);
        config.tcp = Settings(c, *buffers);
        const auto shared = std::make_shared<mptcp::Config>(config);
        m_from = std::make_unique<mptcp::Connection>(shared, m_hosts[0]);
        m_to = std::make_unique<mptcp::Connection>(shared, m_hosts[1]);
        m_from->Connect(m_now, m_sender, m_places[0], m_places[1]);
        Settle();
    }

    void Write(std::uint32_t bytes) override
    {
        m_now += kBetweenWrites;
        Place(bytes);
        while (bytes > 0)
        {
            const auto taken = m_from->Send(m_now, Payload::Virtual(bytes));
            bytes -= taken;
            Settle();
            if (taken == 0 && m_from->SendSpace() == 0)
            {
                break;
            }
        }
    }

    std::uint32_t Memory() const override
    {
        return m_to->ReceiveMemory();
    }

    std::uint32_t SegmentSize() const override
    {
        const auto& level = (const mptcp::DataLevel&)*m_to; // no other cast reaches it
        return level.Initial().tcp->GetReceiveState().Facts().mss;
    }

  private:
    struct Services : public mptcp::HostServices
    {
        tcp::SegmentSink* OpenSubflow(std::uint32_t,
                                      mptcp::Endpoint&,
                                      const mptcp::Endpoint&) override
        {
            return nullptr;
        }

        void CloseSubflow(std::uint32_t) override
        {
        }

        std::uint64_t RandomBits() override
        {
            return random = random * 6364136223846793005u + 1442695040888963407u;
        }

        std::uint64_t random{1};
    };

    /// Each write begins behind a head of its own (mptcp_carve_data_frag); the reader holds the
    /// pages, so that none is begun anew.
    void Place(std::uint32_t bytes)
    {
        constexpr std::uint32_t kPage = 32768;
        constexpr std::uint32_t kFragmentHead = 40; // struct mptcp_data_frag
        constexpr std::uint32_t kLeastRoom = 32;
        while (bytes > 0)
        {
            m_used = m_used + kLeastRoom + kFragmentHead <= kPage ? m_used : 0;
            m_used = (m_used + 7) / 8 * 8 + kFragmentHead;
            const auto n = std::min(bytes, kPage - m_used);
            m_used += n;
            m_placed += n;
            bytes -= n;
            m_pieces.Add(m_placed);
        }
    }

    std::uint64_t OffsetOf(const TcpSegment& segment) const override
    {
        return static_cast<std::uint32_t>(segment.seq.Value() - m_first.Value());
    }

    void ToSender(const TcpSegment& segment) override
    {
        m_from->OnSegment(m_now, 1, segment);
    }

    void ToReceiver(const Burst& burst) override
    {
        if (burst.segment.Has(kSyn))
        {
            m_first = burst.segment.seq + 1;
            m_to->AcceptSyn(m_now, m_receiver, m_places[1], m_places[0], burst.segment);
        }
        else
        {
            m_to->OnSegment(m_now, 1, burst);
        }
    }

    Services m_hosts[2];
    mptcp::Endpoint m_places[2]{{IpAddress::V4(0x0a000001u), 40000},
                                {IpAddress::V4(0x0a000002u), 80}};
    std::unique_ptr<mptcp::Connection> m_from;
    std::unique_ptr<mptcp::Connection> m_to;
    Seq32 m_first;
    std::uint32_t m_used{0}; ///< of the sender's page
    std::uint64_t m_placed{0};
};

std::unique_ptr<Pair>
MakePair(const Json& c, const std::shared_ptr<Handed>& buffers)
{
    return c["proto"] == "tcp" ? std::unique_ptr<Pair>(std::make_unique<TcpPair>(c, buffers))
                               : std::make_unique<MultipathPair>(c, buffers);
}

} // namespace

TEST_CASE("what a veth pair hands over costs what it did on a live kernel, merged when its sender "
          "has let go of it",
          "[reference]")
{
    Group group("truesize_veth");
    const auto cases = CasesOf("truesize_veth");
    for (const auto& c : cases)
    {
        Differences differences;
        const auto buffers = std::make_shared<Handed>();
        const std::uint32_t size = c["size"];
        const auto pair = MakePair(c, buffers);
        std::size_t i = 0;
        for (const auto& delta : c["rmem_delta_per_write"])
        {
            const auto before = pair->Memory();
            pair->Write(size);
            differences.Check("write " + std::to_string(++i),
                              "memory",
                              pair->Memory() - before,
                              delta.get<std::uint32_t>());
        }
        for (; i < 24; ++i)
        {
            pair->Write(size);
        }
        differences.Check("end", "memory", pair->Memory(), c["rmem_end"].get<std::int64_t>());
        differences.Check("end", "rcv_mss", pair->SegmentSize(), c["rcv_mss"].get<std::int64_t>());
        group.Judge(c["name"], differences);
    }
    group.Finish(50);
}
