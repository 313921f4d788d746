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
constexpr TimeNs kRefillDelay = 40 * kMillisecond;
constexpr std::size_t kManyFlows = 2048;   // 2 << fq_trees_log, which is 10
constexpr std::size_t kLookedAt = 8;       // FQ_GC_MAX
constexpr TimeNs kForgotten = 3 * kSecond; // FQ_GC_AGE

} // namespace

FairDeviceQueue::FairDeviceQueue(const DeviceQueueSettings& settings)
    : m_limit(settings.packets > 0 ? settings.packets : kLimit),
      m_quantum(std::int64_t{2} * (settings.mtu + kLinkHeader)),
      m_firstCredit(std::int64_t{10} * (settings.mtu + kLinkHeader))
{
}

/// Of the flow with \p hash, which is known from now on.
std::uint32_t
FairDeviceQueue::PlaceOf(TimeNs now, std::uint32_t hash)
{
    if (m_places.size() >= kManyFlows && m_idle > m_places.size() / 2)
    {
        ForgetSome(now);
    }
    const auto last = static_cast<std::uint32_t>(m_flows.size());
    const auto [known, isNew] = m_places.try_emplace(hash, m_free.empty() ? last : m_free.back());
    if (isNew)
    {
        if (m_free.empty())
        {
            m_flows.emplace_back();
        }
        else
        {
            m_free.pop_back();
        }
        auto& flow = m_flows[known->second];
        flow.hash = hash;
        flow.credit = m_firstCredit;
        flow.idleSince = now;
        flow.isKnown = true;
        ++m_idle;
    }
    return known->second;
}

void
FairDeviceQueue::ForgetSome(TimeNs now)
{
    for (std::size_t i = 0; i < kLookedAt; ++i)
    {
        m_nextLooked = m_nextLooked + 1 < m_flows.size() ? m_nextLooked + 1 : 0;
        auto& flow = m_flows[m_nextLooked];
        if (flow.isKnown && !flow.isListed && now - flow.idleSince > kForgotten)
        {
            m_places.erase(flow.hash);
            m_free.push_back(static_cast<std::uint32_t>(m_nextLooked));
            flow = Flow();
            --m_idle;
        }
    }
}

void
FairDeviceQueue::Enqueue(TimeNs now, const LinkQueued& packet, std::vector<LinkLost>& lost)
{
    const auto place = PlaceOf(now, packet.packet.flow);
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
        --m_idle;
        if (now - flow.idleSince > kRefillDelay)
        {
            flow.credit = std::max(flow.credit, m_quantum);
        }
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
    if (m_packets == 0)
    {
        return false; // a flow that has had the last one keeps its place, as in fq_dequeue
    }
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
            else
            {
                flow.idleSince = now;
                ++m_idle;
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
