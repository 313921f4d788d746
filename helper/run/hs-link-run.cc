// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-run.h"

#include "ns3/hs-metric-samples.h"

#include <algorithm>
#include <optional>

namespace ns3
{

using hoststack::LinkDirection;

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
    const auto& link = scenario.links[index];
    if (!m_channel)
    {
        return;
    }
    Begin(m_sides[0], link.down);
    Begin(m_sides[1], link.up);
    const auto add = [this](Side& side,
                            const hoststack::StripSpec& strip,
                            const hoststack::DropSpec& drop,
                            const hoststack::RewriteSpec& rewrite) {
        side.properties.strip = hoststack::LastingChanges<hoststack::StripSpec>(strip);
        side.properties.drop = hoststack::LastingChanges<hoststack::DropSpec>(drop);
        side.properties.rewrite = hoststack::LastingChanges<hoststack::RewriteSpec>(rewrite);
        SetStrip(side, strip);
        SetDrop(side, drop);
        SetRewrite(side, rewrite);
    };
    add(m_sides[0], link.downStrip, link.downDrop, link.downRewrite);
    add(m_sides[1], link.upStrip, link.upDrop, link.upRewrite);
    for (const auto& [side, largest] :
         {std::pair(m_sides[0].side, link.downLargest), std::pair(m_sides[1].side, link.upLargest)})
    {
        m_channel->Middlebox(side).SetLargest({largest.bytes, largest.answers});
    }
}

void
LinkRun::Begin(Side& side, const hoststack::LinkConfig& config)
{
    auto& properties = side.properties;
    properties.rate = hoststack::LastingChanges(config.rate);
    properties.delay = hoststack::LastingChanges(config.delay);
    properties.jitter = hoststack::LastingChanges(config.jitter);
    properties.loss = hoststack::LastingChanges(config.loss);
    properties.queue = hoststack::LastingChanges(config.queue);
}

template <class Change>
void
LinkRun::ForEachProperty(Side& side, const hoststack::LinkChange& what, Change change)
{
    auto& properties = side.properties;
    auto& channel = *m_channel;
    const auto from = side.side;
    std::optional<Properties::Outage> outage;
    if (what.down)
    {
        outage = Properties::Outage{*what.down, what.hold};
    }
    change(properties.outage, outage, [&](const Properties::Outage& value) {
        channel.SetDown(from,
                        value.down,
                        value.hold ? LinkDirection::Outage::Hold : LinkDirection::Outage::Drop);
    });
    change(properties.rate, what.rate, [&](auto value) { channel.SetRate(from, value); });
    change(properties.delay, what.delay, [&](auto value) { channel.SetDelay(from, value); });
    change(properties.jitter, what.jitter, [&](auto value) { channel.SetJitter(from, value); });
    change(properties.loss, what.loss, [&](auto value) { channel.SetLoss(from, value); });
    change(properties.strip, what.strip, [&](const auto& value) { SetStrip(side, value); });
    change(properties.drop, what.drop, [&](const auto& value) { SetDrop(side, value); });
    change(properties.rewrite, what.rewrite, [&](const auto& value) { SetRewrite(side, value); });
    change(properties.queue, what.queue, [&](const auto& value) {
        channel.SetQueueLimit(from, value);
    });
}

void
LinkRun::Apply(const hoststack::LinkChange& what)
{
    const std::array<bool, 2> affected{what.affectsDown, what.affectsUp};
    const void* owner = what.lasts ? &what : nullptr;
    for (std::size_t i = 0; i < 2; ++i)
    {
        if (affected[i])
        {
            ForEachProperty(m_sides[i], what, [owner](auto& changes, const auto& value, auto set) {
                if (value)
                {
                    changes.Begin(owner, *value);
                    set(changes.Value());
                }
            });
        }
    }
}

void
LinkRun::TakeBack(const hoststack::LinkChange& what)
{
    for (auto& side : m_sides)
    {
        ForEachProperty(side, what, [&what](auto& changes, const auto&, auto set) {
            if (changes.End(&what))
            {
                set(changes.Value());
            }
        });
    }
}

void
LinkRun::SetStrip(const Side& side, const hoststack::StripSpec& strip)
{
    constexpr std::uint8_t mptcp = 30; // RFC 8684 section 3
    m_channel->SetOptionFilter(side.side, {mptcp, strip.syn, strip.synAck, strip.later});
}

void
LinkRun::SetDrop(const Side& side, const hoststack::DropSpec& drop)
{
    m_channel->Middlebox(side.side).SetDrop(
        {drop.subtypes, drop.of.syn, drop.of.synAck, drop.of.later, drop.count});
}

void
LinkRun::SetRewrite(const Side& side, const hoststack::RewriteSpec& rewrite)
{
    m_channel->Middlebox(side.side).SetRewrite({rewrite.after, rewrite.count});
}

bool
LinkRun::IsDown() const
{
    return m_channel && (m_channel->Direction(0).IsDown() || m_channel->Direction(1).IsDown());
}

hoststack::LinkMark
LinkRun::MarkOf(Side& side, hoststack::TimeNs now, hoststack::LinkPeaks& peaks)
{
    auto& direction = m_channel->Measure(side.side);
    hoststack::LinkMark mark;
    mark.at = now;
    mark.counters = direction.Counters();
    mark.swallowed = m_channel->Middlebox(side.side).Dropped();
    mark.rewritten = m_channel->Middlebox(side.side).Rewritten();
    mark.tooLarge = m_channel->Middlebox(side.side).TooLarge();
    mark.isTraced = direction.FindOpportunities(mark.opportunities);
    peaks = direction.TakePeaks();
    side.peaks.wait = std::max(side.peaks.wait, peaks.wait);
    side.peaks.waiting = std::max(side.peaks.waiting, peaks.waiting);
    return mark;
}

void
LinkRun::StartMeasuring(hoststack::TimeNs now)
{
    for (auto& side : m_sides)
    {
        if (m_channel && !m_frozen)
        {
            hoststack::LinkPeaks before;
            side.begin = MarkOf(side, now, before);
            side.peaks = {};
        }
    }
}

void
LinkRun::Sample(hoststack::TimeNs now, hoststack::RunObserver& observer)
{
    for (auto& side : m_sides)
    {
        if (!m_channel || m_frozen)
        {
            continue;
        }
        hoststack::LinkPeaks peaks;
        const auto mark = MarkOf(side, now, peaks);
        auto interval = hoststack::Between(side.last, mark);
        interval.peaks = peaks;
        interval.waiting = m_channel->Direction(side.side).WaitingPackets();
        side.last = mark;
        hoststack::SampleTable(now,
                               side.name,
                               hoststack::LinkMetricTable(),
                               interval,
                               hoststack::Between({}, mark),
                               observer);
    }
}

void
LinkRun::Freeze(hoststack::TimeNs now)
{
    for (auto& side : m_sides)
    {
        if (m_channel && !m_frozen)
        {
            hoststack::LinkPeaks peaks;
            side.end = MarkOf(side, now, peaks);
        }
    }
    m_frozen = true;
}

void
LinkRun::Report(hoststack::Metrics& metrics) const
{
    for (const auto& side : m_sides)
    {
        if (m_channel)
        {
            auto measured = hoststack::Between(side.begin, side.end);
            measured.peaks = side.peaks;
            hoststack::ReportTable(side.name, hoststack::LinkMetricTable(), measured, metrics);
        }
    }
}

} // namespace ns3
