// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-run.h"

#include <algorithm>

namespace ns3
{

using hoststack::LinkDirection;
using hoststack::LinkDrop;
using hoststack::ToSeconds;

LinkRun::LinkRun(const hoststack::Scenario& scenario,
                 std::size_t index,
                 const ScenarioNetwork& network)
    : m_channel(network.GetChannel(index))
{
    const auto prefix = "links." + scenario.links[index].name;
    m_sides[0].name = prefix + ".down";
    m_sides[0].side = 1;
    m_sides[1].name = prefix + ".up";
    m_sides[1].side = 0;
    SetStrip(0, scenario.links[index].downStrip);
    SetStrip(1, scenario.links[index].upStrip);
}

void
LinkRun::Apply(const hoststack::EventSpec& event)
{
    const std::array<bool, 2> affected{event.affectsDown, event.affectsUp};
    for (std::size_t i = 0; i < 2; ++i)
    {
        if (!affected[i])
        {
            continue;
        }
        const auto side = m_sides[i].side;
        if (event.down)
        {
            m_channel->SetDown(side,
                               *event.down,
                               event.hold ? LinkDirection::Outage::Hold
                                          : LinkDirection::Outage::Drop);
        }
        if (event.rate)
        {
            m_channel->SetRate(side, *event.rate);
        }
        if (event.delay)
        {
            m_channel->SetDelay(side, *event.delay);
        }
        if (event.jitter)
        {
            m_channel->SetJitter(side, *event.jitter);
        }
        if (event.loss)
        {
            m_channel->SetLoss(side, *event.loss);
        }
        if (event.strip)
        {
            SetStrip(i, *event.strip);
        }
        if (event.queue)
        {
            m_channel->SetQueueLimit(side, *event.queue);
        }
    }
}

void
LinkRun::SetStrip(std::size_t direction, const hoststack::StripSpec& strip)
{
    constexpr std::uint8_t mptcp = 30; // RFC 8684 section 3
    if (m_channel)
    {
        m_channel->SetOptionFilter(m_sides[direction].side,
                                   {mptcp, strip.syn, strip.synAck, strip.later});
    }
}

void
LinkRun::Observe(hoststack::TimeNs now)
{
    if (!m_channel || m_frozenAt >= 0)
    {
        return;
    }
    for (auto& side : m_sides)
    {
        const auto delay = m_channel->Direction(side.side).QueueingDelay(now);
        if (delay != hoststack::kNever)
        {
            const auto seconds = ToSeconds(delay);
            side.delaySum += seconds;
            side.delayMax = std::max(side.delayMax, seconds);
            ++side.delaySamples;
        }
    }
}

void
LinkRun::Sample(hoststack::TimeNs now, hoststack::RunObserver& observer)
{
    if (!m_channel)
    {
        return;
    }
    const auto elapsed = now - m_sampledAt;
    m_sampledAt = now;
    for (auto& side : m_sides)
    {
        const auto& direction = m_channel->Direction(side.side);
        const auto& counters = direction.Counters();
        const auto bytes = counters.deliveredBytes - side.sampledBytes;
        side.sampledBytes = counters.deliveredBytes;
        std::uint64_t drops = 0;
        for (const auto count : counters.dropped)
        {
            drops += count;
        }
        observer.OnSample(now,
                          side.name,
                          "rate",
                          elapsed > 0 ? static_cast<double>(bytes) * 8 / ToSeconds(elapsed) : 0);
        observer.OnSample(now, side.name, "queue", static_cast<double>(direction.WaitingPackets()));
        const auto delay = direction.QueueingDelay(now);
        if (delay != hoststack::kNever)
        {
            observer.OnSample(now, side.name, "queue-delay", ToSeconds(delay));
        }
        observer.OnSample(now, side.name, "drops", static_cast<double>(drops));
    }
}

void
LinkRun::Freeze(hoststack::TimeNs now)
{
    if (!m_channel || m_frozenAt >= 0)
    {
        return;
    }
    m_frozenAt = now;
    for (auto& side : m_sides)
    {
        side.counters = m_channel->Direction(side.side).Counters();
    }
}

void
LinkRun::Report(hoststack::Metrics& metrics) const
{
    if (!m_channel)
    {
        return;
    }
    const auto elapsed = ToSeconds(m_frozenAt);
    for (const auto& side : m_sides)
    {
        const auto& counters = side.counters;
        const auto set = [&](const char* name, double value) {
            metrics.Set(side.name + '.' + name, value);
        };
        const auto drops = [&](const char* name, LinkDrop reason) {
            set(name, static_cast<double>(counters.Dropped(reason)));
        };
        const auto bytes = static_cast<double>(counters.deliveredBytes);
        // The packet in service is counted to its end, which may lie behind the end of the run.
        set("utilisation", elapsed > 0 ? std::min(1.0, ToSeconds(counters.busyTime) / elapsed) : 0);
        set("delivered", bytes);
        set("packets", static_cast<double>(counters.deliveredPackets));
        set("rate", elapsed > 0 ? bytes * 8 / elapsed : 0);
        drops("drops.queue", LinkDrop::Queue);
        drops("drops.aqm", LinkDrop::Aqm);
        drops("drops.random", LinkDrop::Random);
        drops("drops.outage", LinkDrop::Outage);
        drops("drops.thinned", LinkDrop::Thinned);
        set("marks", static_cast<double>(counters.marked));
        set("queue.max", static_cast<double>(counters.maxWaitingPackets));
        set("queue-delay.mean",
            side.delaySamples > 0 ? side.delaySum / static_cast<double>(side.delaySamples) : 0);
        set("queue-delay.max", side.delayMax);
    }
}

} // namespace ns3
