// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-cobalt-state.h"
#include "ns3/hs-link-flow-queue.h"
#include "ns3/hs-ring.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace hoststack
{

namespace
{

// sch_cake: CAKE_QUEUES, CAKE_SET_WAYS, and the bounds of cake_set_rate.
constexpr std::uint32_t kQueues = 1024;
constexpr std::uint32_t kWays = 8;
constexpr std::int64_t kMostQuantum = 1514;
constexpr std::int64_t kLeastQuantum = 300;
constexpr std::uint64_t kLeastMemory = 4U << 20;
constexpr std::uint64_t kMostMemory = 10240 * std::uint64_t{1514};
constexpr std::uint64_t kNanobitsPerByte = 8'000'000'000ULL;
constexpr std::uint32_t kNone = ~std::uint32_t{0};

/**
 * CAKE with one tin (Linux' sch_cake with `besteffort`; Hoiland-Jorgensen, Taht, Morton 2018): a
 * shaper that needs no burst, queues by flow found in sets of eight, deficit round robin that first
 * shares among hosts and then among the flows of a host, COBALT in each queue, and a filter for
 * ACKs.
 */
class Cake : public LinkFlowQueue
{
  public:
    Cake(const LinkParameters& parameters, const LinkBehaviourContext& context)
        : m_rate(parameters.Has("bandwidth") ? parameters.Rate("bandwidth") : 0),
          m_overhead(parameters.Integer("overhead")),
          m_leastPacket(parameters.Integer("mpu")),
          m_atm(parameters.Text("framing") == "atm"),
          m_isolation(parameters.Text("isolation")),
          m_filter(parameters.Text("ack-filter")),
          m_stream(context.Stream()),
          m_flows(kQueues),
          m_sources(kQueues),
          m_destinations(kQueues)
    {
        m_bySource = m_isolation == "triple" || m_isolation == "dual-source";
        m_byDestination = m_isolation == "triple" || m_isolation == "dual-destination";
        const auto rtt = parameters.Duration("rtt");
        constexpr TimeNs kShare = 20; // tc-cake: the target is 5 % of the round trip
        const TimeNs target = rtt / kShare;
        m_limits.packetTime =
            m_rate > 0 ? static_cast<TimeNs>(kMostQuantum * kNanobitsPerByte / m_rate) : 0;
        m_limits.target = std::max(m_limits.packetTime * 3 / 2, target);
        m_limits.interval = std::max(rtt + m_limits.target - target, 2 * m_limits.target);
        m_quantum = kMostQuantum;
        m_memory = kMostMemory;
        if (m_rate > 0)
        {
            const auto share = static_cast<std::int64_t>(m_rate / 8 >> 12);
            m_quantum = std::max(std::min(share, kMostQuantum), kLeastQuantum);
            const double four = 4 * static_cast<double>(m_rate) / 8 * ToSeconds(rtt);
            m_memory =
                std::min(kMostMemory,
                         std::max(kLeastMemory,
                                  static_cast<std::uint64_t>(std::min<double>(four, kMostMemory))));
        }
        if (parameters.Has("memory"))
        {
            m_memory = static_cast<std::uint64_t>(parameters.Integer("memory"));
        }
    }

    BitsPerSecond ShapedRate() const override
    {
        return m_rate;
    }

    TimeNs ReleaseAt() const override
    {
        return m_next + (m_nextRest > 0 ? 1 : 0);
    }

    void Enqueue(TimeNs now, const LinkQueued& packet, std::vector<LinkLost>& lost) override
    {
        if (m_backlog == 0 && m_next < now)
        {
            m_next = now;
            m_nextRest = 0;
        }
        const auto index = Classify(packet.packet);
        Flow& flow = m_flows[index];
        flow.packets.PushBack(packet);
        flow.backlog += packet.packet.bytes;
        m_backlog += packet.packet.bytes;
        if (m_filter != "off")
        {
            FilterAcks(flow, lost);
        }
        if (flow.set == Set::None || flow.set == Set::Decaying)
        {
            Move(index, kNew);
            flow.set = Set::Sparse;
            flow.deficit = Quantum(flow);
        }
        else if (flow.set == Set::SparseWaiting)
        {
            flow.set = Set::Bulk;
            CountBulk(flow, 1);
        }
        while (m_backlog > m_memory)
        {
            DropFromLongest(now, lost);
        }
    }

    bool Dequeue(TimeNs now, LinkQueued& out, std::vector<LinkLost>& lost) override
    {
        bool isFirst = true;
        while (m_backlog > 0)
        {
            const auto index = Next(isFirst);
            isFirst = false;
            Flow& flow = m_flows[index];
            if (flow.deficit <= 0)
            {
                if (flow.set == Set::Sparse && !flow.packets.Empty())
                {
                    flow.set = Set::Bulk;
                    CountBulk(flow, 1);
                }
                else if (flow.set == Set::Sparse)
                {
                    flow.set = Set::SparseWaiting;
                }
                flow.deficit += Quantum(flow);
                Move(index, kOld);
                continue;
            }
            if (Take(flow, now, out, lost))
            {
                const auto bytes = WireBytes(out.packet.bytes);
                flow.deficit -= static_cast<std::int64_t>(bytes);
                Advance(bytes);
                return true;
            }
            Leave(index, now);
        }
        return false;
    }

    TimeNs OldestArrival() const override
    {
        TimeNs oldest = kNever;
        for (const auto& flow : m_flows)
        {
            if (!flow.packets.Empty())
            {
                oldest = std::min(oldest, flow.packets.Front().arrived);
            }
        }
        return oldest;
    }

    void Clear(std::vector<LinkLost>& lost) override
    {
        for (auto& flow : m_flows)
        {
            while (!flow.packets.Empty())
            {
                lost.push_back({Pop(flow).packet, LinkDrop::Outage});
            }
        }
    }

  private:
    enum class Set : std::uint8_t
    {
        None,
        Sparse,
        SparseWaiting, ///< stands among the old ones and is counted as sparse
        Bulk,
        Decaying, ///< empty, and its queue management still remembers
    };

    /// Lists that a flow can stand in.
    static constexpr std::uint8_t kDecaying = 0;
    static constexpr std::uint8_t kNew = 1;
    static constexpr std::uint8_t kOld = 2;
    static constexpr std::uint8_t kNoList = 3;

    struct Flow
    {
        Ring<LinkQueued> packets;
        std::uint64_t backlog{0};
        std::int64_t deficit{0};
        CobaltState cobalt;
        std::uint32_t tag{0};
        std::uint32_t source{0}; ///< index into m_sources
        std::uint32_t destination{0};
        std::uint32_t before{kNone}; ///< in its list
        std::uint32_t after{kNone};
        std::uint8_t list{kNoList};
        Set set{Set::None};
    };

    struct Host
    {
        std::uint32_t tag{0};
        std::uint32_t bulkFlows{0};
    };

    struct List
    {
        std::uint32_t first{kNone};
        std::uint32_t last{kNone};
    };

    std::uint64_t WireBytes(std::uint32_t ipBytes) const
    {
        const auto bytes = static_cast<std::uint64_t>(
            std::max<std::int64_t>(std::int64_t{ipBytes} + m_overhead, m_leastPacket));
        constexpr std::uint64_t kCell = 53; // ITU-T I.361: 48 bytes of payload in each
        return m_atm ? (bytes + 47) / 48 * kCell : bytes;
    }

    void Advance(std::uint64_t bytes)
    {
        if (m_rate > 0)
        {
            const std::uint64_t need = bytes * kNanobitsPerByte + m_nextRest;
            m_next += static_cast<TimeNs>(need / m_rate);
            m_nextRest = need % m_rate;
        }
    }

    std::uint32_t FlowTag(const LinkPacket& packet) const
    {
        if (m_isolation == "hosts")
        {
            return packet.source ^ packet.destination;
        }
        if (m_isolation == "source")
        {
            return packet.source;
        }
        if (m_isolation == "destination")
        {
            return packet.destination;
        }
        return m_isolation == "none" ? 0 : packet.flow;
    }

    /// The slot among the eight of its set that holds \p tag, or a free one, or the one it hashes
    /// to.
    template <class Slots, class IsFree>
    static std::uint32_t FindSlot(const Slots& slots, std::uint32_t tag, IsFree isFree)
    {
        const std::uint32_t home = tag % kQueues;
        const std::uint32_t set = home - home % kWays;
        std::uint32_t found = kNone;
        for (std::uint32_t i = 0; i < kWays; ++i)
        {
            const std::uint32_t at = set + (home + i) % kWays;
            if (slots[at].tag == tag && !isFree(slots[at]))
            {
                return at;
            }
            if (found == kNone && isFree(slots[at]))
            {
                found = at;
            }
        }
        return found == kNone ? home : found;
    }

    std::uint32_t Classify(const LinkPacket& packet)
    {
        const auto tag = FlowTag(packet);
        const auto index =
            FindSlot(m_flows, tag, [](const Flow& flow) { return flow.set == Set::None; });
        Flow& flow = m_flows[index];
        if (flow.tag == tag && flow.set != Set::None)
        {
            return index;
        }
        if (flow.set == Set::Bulk)
        {
            CountBulk(flow, -1);
        }
        const auto isFree = [](const Host& host) { return host.bulkFlows == 0; };
        flow.tag = tag;
        flow.source = FindSlot(m_sources, packet.source, isFree);
        flow.destination = FindSlot(m_destinations, packet.destination, isFree);
        m_sources[flow.source].tag = packet.source;
        m_destinations[flow.destination].tag = packet.destination;
        if (flow.set == Set::Bulk)
        {
            CountBulk(flow, 1);
        }
        return index;
    }

    void CountBulk(const Flow& flow, int change)
    {
        m_sources[flow.source].bulkFlows += static_cast<std::uint32_t>(change);
        m_destinations[flow.destination].bulkFlows += static_cast<std::uint32_t>(change);
    }

    /// A host's flows share what one flow of another host gets.
    std::int64_t Quantum(const Flow& flow)
    {
        std::uint32_t load = 1;
        if (m_bySource)
        {
            load = std::max(load, m_sources[flow.source].bulkFlows);
        }
        if (m_byDestination)
        {
            load = std::max(load, m_destinations[flow.destination].bulkFlows);
        }
        // Rounded up or down by chance, so that nobody gains by rounding.
        return static_cast<std::int64_t>(static_cast<double>(m_quantum) / load +
                                         (load > 1 ? m_stream.Uniform() : 0));
    }

    /// Whose turn it is; a flow that decays only at the beginning.
    std::uint32_t Next(bool isFirst) const
    {
        if (isFirst && m_lists[kDecaying].first != kNone)
        {
            return m_lists[kDecaying].first;
        }
        for (const auto list : {kNew, kOld})
        {
            if (m_lists[list].first != kNone)
            {
                return m_lists[list].first;
            }
        }
        return m_lists[kDecaying].first;
    }

    void Move(std::uint32_t index, std::uint8_t list)
    {
        Flow& flow = m_flows[index];
        if (flow.list != kNoList)
        {
            auto& from = m_lists[flow.list];
            (flow.before == kNone ? from.first : m_flows[flow.before].after) = flow.after;
            (flow.after == kNone ? from.last : m_flows[flow.after].before) = flow.before;
        }
        flow.list = list;
        flow.before = flow.after = kNone;
        if (list != kNoList)
        {
            auto& to = m_lists[list];
            flow.before = to.last;
            (to.last == kNone ? to.first : m_flows[to.last].after) = index;
            to.last = index;
        }
    }

    /// It was its turn, and it is empty.
    void Leave(std::uint32_t index, TimeNs now)
    {
        Flow& flow = m_flows[index];
        flow.cobalt.Emptied(now, m_limits);
        if (flow.set == Set::Bulk)
        {
            CountBulk(flow, -1);
        }
        const bool remembers = flow.cobalt.Remembers(now);
        flow.set = remembers ? Set::Decaying : Set::None;
        Move(index, remembers ? kDecaying : kNoList);
    }

    LinkQueued Pop(Flow& flow)
    {
        const LinkQueued head = flow.packets.Front();
        flow.packets.PopFront();
        flow.backlog -= head.packet.bytes;
        m_backlog -= head.packet.bytes;
        return head;
    }

    bool Take(Flow& flow, TimeNs now, LinkQueued& out, std::vector<LinkLost>& lost)
    {
        while (!flow.packets.Empty())
        {
            out = Pop(flow);
            const bool canMark = (out.packet.traits & LinkPacket::kEcnCapable) != 0;
            const auto verdict =
                flow.cobalt.Judge(now, now - out.arrived, canMark, m_limits, m_stream);
            out.marked = out.marked || verdict == CobaltState::Verdict::Mark;
            // The last one is never dropped.
            if (verdict != CobaltState::Verdict::Drop || flow.packets.Empty())
            {
                return true;
            }
            lost.push_back({out.packet, LinkDrop::Aqm});
        }
        return false;
    }

    /// The newest packet, a pure ACK, makes older ones superfluous; without `aggressive` one stays.
    void FilterAcks(Flow& flow, std::vector<LinkLost>& lost)
    {
        constexpr auto kPlain = LinkPacket::kPureAck;
        constexpr auto kMask = static_cast<std::uint8_t>(kPlain | LinkPacket::kHasSackOrSignalling |
                                                         LinkPacket::kHasOtherOption);
        const auto last = flow.packets.Size() - 1;
        const auto isPlain = [&](const LinkPacket& packet) {
            return (packet.traits & kMask) == kPlain &&
                   packet.flow == flow.packets[last].packet.flow;
        };
        if (!isPlain(flow.packets[last].packet))
        {
            return;
        }
        const std::size_t keep = m_filter == "aggressive" ? 1 : 2;
        std::size_t oldest = last;
        std::size_t found = 0;
        for (std::size_t i = last; i-- > 0 && found < keep;)
        {
            if (isPlain(flow.packets[i].packet))
            {
                oldest = i;
                ++found;
            }
        }
        if (found == keep)
        {
            const LinkPacket packet = flow.packets[oldest].packet;
            flow.packets.Erase(oldest);
            flow.backlog -= packet.bytes;
            m_backlog -= packet.bytes;
            lost.push_back({packet, LinkDrop::Thinned});
        }
    }

    void DropFromLongest(TimeNs now, std::vector<LinkLost>& lost)
    {
        auto& longest =
            *std::max_element(m_flows.begin(), m_flows.end(), [](const Flow& a, const Flow& b) {
                return a.backlog < b.backlog;
            });
        longest.cobalt.Overflowed(now, m_limits);
        lost.push_back({Pop(longest).packet, LinkDrop::Queue});
    }

    BitsPerSecond m_rate;
    std::int64_t m_overhead;
    std::int64_t m_leastPacket;
    bool m_atm;
    std::string m_isolation;
    std::string m_filter;
    RandomStream m_stream;
    std::vector<Flow> m_flows;
    std::vector<Host> m_sources;
    std::vector<Host> m_destinations;
    std::array<List, 3> m_lists;
    CobaltState::Limits m_limits;
    std::int64_t m_quantum{0};
    std::uint64_t m_memory{0};
    bool m_bySource{false};
    bool m_byDestination{false};
    std::uint64_t m_backlog{0}; ///< bytes of all flows
    TimeNs m_next{0};           ///< exactly, the next packet may go at m_next + m_nextRest / m_rate
    std::uint64_t m_nextRest{0};
};

} // namespace

LinkBehaviourEntry
CakeEntry()
{
    constexpr auto kBytes = LinkParameterKind::Bytes;
    constexpr auto kChoice = LinkParameterKind::Choice;
    // Defaults: Linux' sch_cake (cake_init) and tc-cake(8).
    return {
        "cake",
        "CAKE with one tin: shaper, fairness between hosts and flows, COBALT",
        {{"bandwidth",
          LinkParameterKind::Rate,
          kLinkUnset,
          "rate of its shaper; without it, it sends as fast as the link takes",
          8000,
          1e12},
         {"rtt",
          LinkParameterKind::Duration,
          "100 ms",
          "a round trip in the worst case; 5 % of it are the wait that is accepted for good",
          1,
          kLinkNoBound},
         {"overhead", kBytes, "0 B", "the shaper adds this to the IP bytes of a packet", 0, 256},
         {"mpu", kBytes, "0 B", "the shaper counts at least this per packet", 0, 256},
         {"framing",
          kChoice,
          "none",
          "the shaper counts bytes, or ATM cells",
          0,
          0,
          {"none", "atm"}},
         {"isolation",
          kChoice,
          "triple",
          "what shares are fair between: flows, and first the hosts they come from, go to, or "
          "both (triple); or only these",
          0,
          0,
          {"triple",
           "dual-source",
           "dual-destination",
           "flows",
           "hosts",
           "source",
           "destination",
           "none"}},
         {"ack-filter",
          kChoice,
          "off",
          "remove pure ACKs that newer ones make superfluous; aggressive: all but one",
          0,
          0,
          {"off", "on", "aggressive"}},
         {"memory",
          kBytes,
          kLinkUnset,
          "bytes that may wait; by default four times bandwidth times rtt, at least 4 MiB",
          1500,
          1e10}},
        [](const LinkParameters& parameters, const LinkBehaviourContext& context) {
            return std::make_unique<Cake>(parameters, context);
        },
        false,
        true};
}

} // namespace hoststack
