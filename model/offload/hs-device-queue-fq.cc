// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-device-queue-fq.h"

#include <algorithm>
#include <functional>

namespace hoststack
{

namespace
{

constexpr std::uint32_t kLimit = 10000;
constexpr std::size_t kFlowLimit = 100;
constexpr std::uint32_t kLinkHeader = 14;
constexpr TimeNs kHorizon = 10 * kSecond;

} // namespace

FairDeviceQueue::FairDeviceQueue(const DeviceQueueSettings& settings)
    : m_limit(settings.packets > 0 ? settings.packets : kLimit),
      m_quantum(std::int64_t{2} * (settings.mtu + kLinkHeader)),
      m_firstCredit(std::int64_t{10} * (settings.mtu + kLinkHeader))
{
}

void
FairDeviceQueue::Enqueue(TimeNs now, const LinkQueued& packet, std::vector<LinkLost>& lost)
{
    const auto known =
        m_places.try_emplace(packet.packet.flow, static_cast<std::uint32_t>(m_flows.size()));
    if (known.second)
    {
        m_flows.emplace_back();
        m_flows.back().credit = m_firstCredit;
    }
    const auto place = known.first->second;
    auto& flow = m_flows[place];
    if (m_packets >= m_limit || flow.packets.Size() >= kFlowLimit ||
        packet.earliest > now + kHorizon)
    {
        lost.push_back({packet.packet, LinkDrop::Queue});
        return;
    }
    ++m_packets;
    flow.packets.PushBack(packet);
    if (!flow.isListed)
    {
        flow.isListed = true;
        flow.credit = std::max(flow.credit, m_quantum);
        m_new.PushBack(place);
    }
}

/// Those whose time has come wait for their turn among the old ones (fq_check_throttled).
void
FairDeviceQueue::Release(TimeNs now)
{
    while (!m_held.empty() && m_held.front().until <= now)
    {
        std::pop_heap(m_held.begin(), m_held.end(), std::greater<>());
        m_old.PushBack(m_held.back().place);
        m_held.pop_back();
    }
}

TimeNs
FairDeviceQueue::ReleaseAt() const
{
    return m_new.Empty() && m_old.Empty() && !m_held.empty() ? m_held.front().until : 0;
}

bool
FairDeviceQueue::Dequeue(TimeNs now, LinkQueued& out, std::vector<LinkLost>& /*lost*/)
{
    Release(now);
    while (!m_new.Empty() || !m_old.Empty())
    {
        const bool isNew = !m_new.Empty();
        auto& list = isNew ? m_new : m_old;
        const auto place = list.Front();
        auto& flow = m_flows[place];
        if (flow.credit <= 0)
        {
            flow.credit += m_quantum;
            list.PopFront();
            m_old.PushBack(place);
        }
        else if (flow.packets.Empty())
        {
            // One that was new waits for its turn among the old ones: else it would always be new.
            list.PopFront();
            flow.isListed = isNew && !m_old.Empty();
            if (flow.isListed)
            {
                m_old.PushBack(place);
            }
        }
        else if (flow.packets.Front().earliest > now)
        {
            list.PopFront();
            m_held.push_back({flow.packets.Front().earliest, place});
            std::push_heap(m_held.begin(), m_held.end(), std::greater<>());
        }
        else
        {
            out = flow.packets.Front();
            flow.packets.PopFront();
            flow.credit -= out.packet.bytes;
            --m_packets;
            return true;
        }
    }
    return false;
}

TimeNs
FairDeviceQueue::OldestArrival() const
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

void
FairDeviceQueue::Clear(std::vector<LinkLost>& lost)
{
    for (auto& flow : m_flows)
    {
        for (; !flow.packets.Empty(); flow.packets.PopFront())
        {
            lost.push_back({flow.packets.Front().packet, LinkDrop::Outage});
        }
    }
    m_packets = 0;
}

} // namespace hoststack
