// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DEVICE_QUEUE_FQ_H
#define HS_DEVICE_QUEUE_FQ_H

#include "ns3/hs-device-queue.h"
#include "ns3/hs-ring.h"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace hoststack
{

/**
 * Linux' sch_fq: each flow has a queue of its own, which are served in turn by deficit round robin.
 * A flow that had nothing waits among the new ones, which come first; it begins with a credit of 10
 * packets, later turns are of 2, which a flow gets too that had nothing for 40 ms
 * (flow_refill_delay). Beyond 100 packets of a flow, or 10,000 of all, what comes is
 * dropped. A flow whose next packet is to leave later waits aside until then; what is to leave more
 * than 10 s from now is dropped (horizon, horizon_drop).
 *
 * A flow is remembered, with its credit. From 2,048 flows on, while more than half of them have
 * nothing, each packet looks at 8 and forgets those that have had nothing for 3 s (fq_gc; Linux
 * looks at those on the packet's way through one of 1,024 trees, here it is the next 8 in turn).
 *
 * Limits: rates are the senders' (tcp_wstamp_ns), not its own (flow_max_rate); its timer has no
 * slack (10 us in Linux). No priority bands.
 */
class FairDeviceQueue final : public LinkFlowQueue
{
  public:
    explicit FairDeviceQueue(const DeviceQueueSettings& settings);

    void Enqueue(TimeNs now, const LinkQueued& packet, std::vector<LinkLost>& lost) override;
    bool Dequeue(TimeNs now, LinkQueued& out, std::vector<LinkLost>& lost) override;

    bool HoldsDepartures() const override
    {
        return true;
    }

    TimeNs ReleaseAt() const override;
    TimeNs OldestArrival() const override;
    void Clear(std::vector<LinkLost>& lost) override;

    /// Flows that are remembered.
    std::size_t Flows() const
    {
        return m_places.size();
    }

  private:
    struct Flow
    {
        Ring<LinkQueued> packets;
        std::int64_t credit{0}; ///< bytes that it may send in this turn
        TimeNs idleSince{0};    ///< if it is not listed
        std::uint32_t hash{0};
        bool isListed{false}; ///< among the new or the old ones, or held
        bool isKnown{false};
    };

    /// One that is held, by the time until which it is.
    struct Held
    {
        TimeNs until{0};
        std::uint32_t place{0};

        bool operator>(const Held& other) const
        {
            return until != other.until ? until > other.until : place > other.place;
        }
    };

    void Release(TimeNs now);
    std::uint32_t PlaceOf(TimeNs now, std::uint32_t hash);
    void ForgetSome(TimeNs now);

    const std::uint32_t m_limit;
    const std::int64_t m_quantum;
    const std::int64_t m_firstCredit;
    std::unordered_map<std::uint32_t, std::uint32_t> m_places; ///< of a flow in m_flows, by hash
    std::vector<Flow> m_flows;
    std::vector<std::uint32_t> m_free; ///< places of flows that were forgotten
    std::size_t m_nextLooked{0};       ///< place that ForgetSome() looks at next
    std::uint32_t m_idle{0};           ///< flows that are not listed
    Ring<std::uint32_t> m_new;         ///< places
    Ring<std::uint32_t> m_old;
    std::vector<Held> m_held; ///< a heap, the first to be released in front
    std::uint32_t m_packets{0};
};

} // namespace hoststack

#endif // HS_DEVICE_QUEUE_FQ_H
