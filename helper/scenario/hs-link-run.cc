// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-run.h"

#include <algorithm>

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

hoststack::LinkMark
LinkRun::MarkOf(Side& side, hoststack::TimeNs now, hoststack::LinkPeaks& peaks)
{
    auto& direction = m_channel->Measure(side.side);
    hoststack::LinkMark mark;
    mark.at = now;
    mark.counters = direction.Counters();
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
            hoststack::ReportTable(side.name,
                                   hoststack::LinkMetricTable(),
                                   measured,
                                   measured,
                                   metrics);
        }
    }
}

} // namespace ns3
