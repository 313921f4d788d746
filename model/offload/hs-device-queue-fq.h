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
 * packets, later turns are of 2. Beyond 100 packets of a flow, or 10,000 of all, what comes is
 * dropped.
 *
 * Limits: it does not hold packets until their departure times. A sender that is paced holds them
 * itself (tcp.pacing), which gives the same spacing without the host's timer here. No priority
 * bands; a flow keeps its credit as long as it is remembered, which is for ever.
 */
class FairDeviceQueue final : public LinkFlowQueue
{
  public:
    explicit FairDeviceQueue(const DeviceQueueSettings& settings);

    void Enqueue(TimeNs now, const LinkQueued& packet, std::vector<LinkLost>& lost) override;
    bool Dequeue(TimeNs now, LinkQueued& out, std::vector<LinkLost>& lost) override;
    TimeNs OldestArrival() const override;
    void Clear(std::vector<LinkLost>& lost) override;

  private:
    struct Flow
    {
        Ring<LinkQueued> packets;
        std::int64_t credit{0}; ///< bytes that it may send in this turn
        bool isListed{false};   ///< among the new or the old ones
    };

    const std::uint32_t m_limit;
    const std::int64_t m_quantum;
    const std::int64_t m_firstCredit;
    std::unordered_map<std::uint32_t, std::uint32_t> m_places; ///< of a flow in m_flows, by hash
    std::vector<Flow> m_flows;
    Ring<std::uint32_t> m_new; ///< places
    Ring<std::uint32_t> m_old;
    std::uint32_t m_packets{0};
};

} // namespace hoststack

#endif // HS_DEVICE_QUEUE_FQ_H
