// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-device-queue.h"

#include "ns3/hs-device-queue-fq.h"
#include "ns3/hs-ring.h"

#include <utility>

namespace hoststack
{

namespace
{

constexpr std::uint32_t kTransmitQueueLength = 1000; // txqueuelen of Ethernet

/// First in, first out; what finds no room is dropped (Linux' pfifo, and pfifo_fast for traffic of
/// one class).
class FirstInFirstOut final : public LinkFlowQueue
{
  public:
    explicit FirstInFirstOut(std::uint32_t packets)
        : m_limit(packets > 0 ? packets : kTransmitQueueLength)
    {
    }

    void Enqueue(TimeNs /*now*/, const LinkQueued& packet, std::vector<LinkLost>& lost) override
    {
        if (m_packets.Size() >= m_limit)
        {
            lost.push_back({packet.packet, LinkDrop::Queue});
            return;
        }
        m_packets.PushBack(packet);
    }

    bool Dequeue(TimeNs /*now*/, LinkQueued& out, std::vector<LinkLost>& /*lost*/) override
    {
        if (m_packets.Empty())
        {
            return false;
        }
        out = m_packets.Front();
        m_packets.PopFront();
        return true;
    }

    TimeNs OldestArrival() const override
    {
        return m_packets.Empty() ? kNever : m_packets.Front().arrived;
    }

    void Clear(std::vector<LinkLost>& lost) override
    {
        for (; !m_packets.Empty(); m_packets.PopFront())
        {
            lost.push_back({m_packets.Front().packet, LinkDrop::Outage});
        }
    }

  private:
    const std::size_t m_limit;
    Ring<LinkQueued> m_packets;
};

/// One that links have, too, with its defaults.
std::unique_ptr<LinkFlowQueue>
AsOnLinks(const std::string& name, const DeviceQueueSettings& settings)
{
    const auto& entry = LinkBehaviours().Get(name);
    LinkParameters given;
    if (settings.packets > 0)
    {
        given.SetCount("limit", settings.packets);
    }
    auto made = entry.create(CheckLinkParameters(name, entry.parameters, given), {});
    return std::unique_ptr<LinkFlowQueue>(static_cast<LinkFlowQueue*>(made.behaviour.release()));
}

} // namespace

Registry<LinkFlowQueue, const DeviceQueueSettings&>&
DeviceQueues()
{
    using Settings = DeviceQueueSettings;
    using Queue = std::unique_ptr<LinkFlowQueue>;
    static Registry<LinkFlowQueue, const Settings&> registry(
        "queue discipline",
        {
            {"none",
             "no queue and no ring: what is sent is on the wire at once",
             [](const Settings&) { return Queue(); }},
            {"pfifo",
             "first in, first out, 1000 packets (txqueuelen)",
             [](const Settings& s) -> Queue {
                 return std::make_unique<FirstInFirstOut>(s.packets);
             }},
            {"fq-codel",
             "fair queueing by flow with CoDel in each queue (RFC 8290)",
             [](const Settings& s) { return AsOnLinks("fq-codel", s); }},
            {"fq",
             "fair queueing by flow, 100 packets each, each held until its departure (Linux' "
             "sch_fq)",
             [](const Settings& s) -> Queue { return std::make_unique<FairDeviceQueue>(s); }},
        });
    return registry;
}

} // namespace hoststack
