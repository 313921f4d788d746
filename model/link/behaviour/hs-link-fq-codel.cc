// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-codel-state.h"
#include "ns3/hs-link-flow-queue.h"
#include "ns3/hs-ring.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace hoststack
{

namespace
{

/**
 * FQ-CoDel (RFC 8290; Linux' sch_fq_codel): packets are hashed to queues, which are served in turn
 * by deficit round robin, new ones first; each has a CoDel of its own. Beyond the limit, up to half
 * of the longest queue (in bytes) is dropped at its head. The sparse-flow rule of RFC 8290
 * section 4.1.1: a queue that was empty begins among the new ones, and has to pass once through the
 * old ones before it is forgotten.
 */
class FqCodel : public LinkFlowQueue
{
  public:
    explicit FqCodel(const LinkParameters& parameters)
        : m_limits{parameters.Duration("target"), parameters.Duration("interval")},
          m_limit(static_cast<std::uint64_t>(parameters.Integer("limit"))),
          m_quantum(parameters.Integer("quantum")),
          m_dropBatch(static_cast<std::uint32_t>(parameters.Integer("drop-batch"))),
          m_ecn(parameters.Flag("ecn")),
          m_flows(static_cast<std::size_t>(parameters.Integer("flows")))
    {
    }

    void Enqueue(TimeNs, const LinkQueued& packet, std::vector<LinkLost>& lost) override
    {
        const auto index =
            static_cast<std::uint32_t>(std::uint64_t{packet.packet.flow} * m_flows.size() >> 32);
        Flow& flow = m_flows[index];
        flow.packets.PushBack(packet);
        flow.backlog += packet.packet.bytes;
        m_backlog += packet.packet.bytes;
        if (!flow.listed)
        {
            flow.listed = true;
            flow.deficit = m_quantum;
            m_new.PushBack(index);
        }
        if (++m_packets > m_limit)
        {
            DropFromLongest(lost);
        }
    }

    bool Dequeue(TimeNs now, LinkQueued& out, std::vector<LinkLost>& lost) override
    {
        while (!m_new.Empty() || !m_old.Empty())
        {
            const bool isNew = !m_new.Empty();
            auto& list = isNew ? m_new : m_old;
            const auto index = list.Front();
            Flow& flow = m_flows[index];
            if (flow.deficit <= 0)
            {
                flow.deficit += m_quantum;
                list.PopFront();
                m_old.PushBack(index);
                continue;
            }
            if (Take(flow, now, out, lost))
            {
                flow.deficit -= out.packet.bytes;
                return true;
            }
            list.PopFront();
            if (isNew && !m_old.Empty())
            {
                m_old.PushBack(index);
            }
            else
            {
                flow.listed = false;
            }
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
    struct Flow
    {
        Ring<LinkQueued> packets;
        std::uint64_t backlog{0};
        std::int64_t deficit{0};
        CodelState codel;
        bool listed{false};
    };

    LinkQueued Pop(Flow& flow)
    {
        const LinkQueued head = flow.packets.Front();
        flow.packets.PopFront();
        flow.backlog -= head.packet.bytes;
        m_backlog -= head.packet.bytes;
        --m_packets;
        return head;
    }

    bool Take(Flow& flow, TimeNs now, LinkQueued& out, std::vector<LinkLost>& lost)
    {
        while (!flow.packets.Empty())
        {
            out = Pop(flow);
            if (!flow.codel.ShouldSignal(now, now - out.arrived, m_backlog, m_limits))
            {
                return true;
            }
            if (m_ecn && (out.packet.traits & LinkPacket::kEcnCapable))
            {
                out.marked = true;
                return true;
            }
            lost.push_back({out.packet, LinkDrop::Aqm});
        }
        flow.codel.Emptied();
        return false;
    }

    void DropFromLongest(std::vector<LinkLost>& lost)
    {
        auto& longest =
            *std::max_element(m_flows.begin(), m_flows.end(), [](const Flow& a, const Flow& b) {
                return a.backlog < b.backlog;
            });
        const std::uint64_t half = longest.backlog / 2;
        std::uint64_t dropped = 0;
        std::uint32_t count = 0;
        do
        {
            const LinkQueued head = Pop(longest);
            dropped += head.packet.bytes;
            lost.push_back({head.packet, LinkDrop::Queue});
        } while (++count < m_dropBatch && dropped < half);
        longest.codel.Dropped(count);
    }

    CodelState::Limits m_limits;
    std::uint64_t m_limit;
    std::int64_t m_quantum;
    std::uint32_t m_dropBatch;
    bool m_ecn;
    std::vector<Flow> m_flows;
    Ring<std::uint32_t> m_new; ///< indexes into m_flows
    Ring<std::uint32_t> m_old;
    std::uint64_t m_backlog{0}; ///< bytes of all flows
    std::uint64_t m_packets{0};
};

} // namespace

LinkBehaviourEntry
FqCodelEntry()
{
    constexpr auto kDuration = LinkParameterKind::Duration;
    constexpr auto kCount = LinkParameterKind::Count;
    // Defaults: Linux' sch_fq_codel (fq_codel_init), which are those of RFC 8290 section 5.2; the
    // quantum is an Ethernet frame of 1500 bytes.
    return {"fq-codel",
            "fair queueing by flow with CoDel in each queue (RFC 8290)",
            {{"limit", kCount, "10240", "packets that may wait in all", 1, 1e9},
             {"flows", kCount, "1024", "queues that flows are hashed to", 1, 65536},
             {"target", kDuration, "5 ms", "wait that is accepted for good", 0, kLinkNoBound},
             {"interval", kDuration, "100 ms", "a round trip in the worst case", 1, kLinkNoBound},
             {"quantum",
              LinkParameterKind::Bytes,
              "1514 B",
              "bytes that a queue may send in its turn",
              256,
              1e6},
             {"drop-batch", kCount, "64", "most packets dropped at once at the limit", 1, 1e6},
             {"ecn", LinkParameterKind::Flag, "true", "mark ECN-capable packets", 0, 1}},
            [](const LinkParameters& parameters, const LinkBehaviourContext&) {
                return std::make_unique<FqCodel>(parameters);
            },
            false,
            true};
}

} // namespace hoststack
