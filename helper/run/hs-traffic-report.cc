// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-application.h"
#include "ns3/hs-metric-samples.h"
#include "ns3/hs-mptcp-socket.h"
#include "ns3/hs-traffic-meter.h"

#include <algorithm>

// What becomes of a traffic's counts: metrics, series and records.

namespace ns3
{

using hoststack::ConnectionRecord;
using hoststack::HoldTimes;
using hoststack::Insight;
using hoststack::kNever;
using hoststack::TimeNs;
using hoststack::TrafficCounts;
using hoststack::TrafficFigures;
using hoststack::tcp::End;

namespace
{

/// Of an end of a connection, which may be missing.
Insight
InsightOfEnd(const HoststackSession* session)
{
    return !session                  ? Insight::None
           : session->GetOwnSocket() ? Insight::Full
           : session->FindPicture()  ? Insight::Kernel
                                     : Insight::None;
}

} // namespace

/// "traffic.NAME", or "traffic.NAME.connections.N" if there are several.
std::string
TrafficMeter::ConnectionName(std::size_t number) const
{
    return m_spec.connections == 1 ? m_name : m_name + ".connections." + std::to_string(number);
}

TrafficFigures
TrafficMeter::Figures() const
{
    TrafficFigures figures;
    if (!m_spec.IsRelayed())
    {
        figures.source = InsightOf(Source(), m_sourceTallies);
        figures.sink = InsightOf(Sink(), m_sinkTallies);
        figures.isMultipath = m_spec.IsMultipath();
    }
    // A leg's ends are proxies, which count for themselves, or the ends of the whole.
    const auto runsHere = [this](const Sessions& sessions) {
        return !m_spec.isLeg && !sessions.empty() &&
               (sessions.front()->GetSocket() || sessions.front()->FindPicture() != nullptr);
    };
    figures.hasSenderThread = runsHere(Source());
    figures.hasReceiverThread = runsHere(Sink());
    figures.isExchange = m_spec.application->Asks() && !m_spec.isLeg;
    figures.isBothWays = m_spec.application->IsBothWays();
    figures.isOne = m_spec.connections == 1;
    figures.isLive = m_network.IsLive();
    figures.hasContent = figures.isLive || m_scenario.run.content;
    figures.isUnanswered = figures.source == Insight::None && figures.sink == Insight::Full &&
                           !figures.isLive && UnansweredTime() > 0;
    for (const auto& session : Source())
    {
        const auto* picture = session->FindPicture();
        figures.countsTimeouts |= picture && picture->countsTimeouts;
        figures.countsReinjections |= picture && picture->countsReinjections;
    }
    return figures;
}

TrafficMeter::Snapshot
TrafficMeter::Look(TimeNs now)
{
    const auto hasCompleted = [](const HoststackSession& session) {
        return session.IsFinished() && !session.GetRecord().failed;
    };
    Snapshot snapshot;
    snapshot.mark = MarkNow(now);
    snapshot.all = Figures();
    snapshot.all.elapsed = now;
    snapshot.all.counts = snapshot.mark.counts;
    for (const auto& session : Sink())
    {
        snapshot.all.completed += hasCompleted(*session) ? 1 : 0;
    }
    if (m_spec.connections == 1)
    {
        return snapshot;
    }
    for (const auto& pair : Connections())
    {
        const auto* source = SourceOf(pair);
        const auto* sink = SinkOf(pair);
        TrafficFigures one;
        const bool isOne = !m_spec.IsRelayed();
        one.source = isOne ? InsightOfEnd(source) : Insight::None;
        one.sink = isOne ? InsightOfEnd(sink) : Insight::None;
        one.countsTimeouts = snapshot.all.countsTimeouts;
        one.elapsed = now;
        one.completed = sink && hasCompleted(*sink) ? 1 : 0;
        AddSent(one.counts, source);
        AddRead(one.counts, sink);
        one.isBothWays = m_spec.application->IsBothWays();
        one.counts.bytesBack = source ? source->GetRecord().bytesRead : 0;
        snapshot.each.push_back(std::move(one));
    }
    return snapshot;
}

void
TrafficMeter::Emit(const Snapshot& now, const Snapshot& total, hoststack::RunObserver& observer)
{
    const auto at = now.mark.at;
    const auto elapsed = at - m_last.mark.at;
    const auto sample = [&](const std::string& object,
                            TrafficFigures interval,
                            const TrafficCounts& before,
                            const TrafficFigures& all) {
        interval.elapsed = elapsed;
        interval.counts = Between(before, interval.counts);
        hoststack::SampleTable(at,
                               object,
                               hoststack::TrafficMetricTable(),
                               interval,
                               all,
                               observer);
    };
    sample(m_name, now.all, m_last.mark.counts, total.all);
    m_last.each.resize(std::max(m_last.each.size(), now.each.size()));
    for (std::size_t i = 0; i < now.each.size(); ++i)
    {
        sample(ConnectionName(i + 1), now.each[i], m_last.each[i].counts, total.each[i]);
    }
    m_last.mark.lanes.resize(now.mark.lanes.size());
    const auto insight = InsightOfLanes();
    for (std::size_t i = 0; i < now.mark.lanes.size(); ++i)
    {
        if (!now.mark.opened[i])
        {
            continue;
        }
        hoststack::SubflowFigures lane;
        lane.source = insight;
        lane.countsTimeouts = now.all.countsTimeouts;
        lane.isOne = m_spec.connections == 1;
        lane.isOpen = true;
        lane.elapsed = at;
        lane.counts = total.mark.lanes[i];
        auto part = lane;
        part.elapsed = elapsed;
        part.counts = Between(m_last.mark.lanes[i], now.mark.lanes[i]);
        hoststack::SampleTable(at,
                               m_name + '.' + m_subflows->LaneName(i),
                               hoststack::SubflowMetricTable(),
                               part,
                               lane,
                               observer);
    }
}

void
TrafficMeter::Sample(TimeNs now, hoststack::RunObserver& observer)
{
    auto snapshot = Look(now);
    Emit(snapshot, snapshot, observer);
    m_last = std::move(snapshot);
}

void
TrafficMeter::HoldLastSample(TimeNs now)
{
    if (now > m_last.mark.at)
    {
        m_lastDue = std::make_unique<Snapshot>(Look(now));
    }
}

void
TrafficMeter::SampleLast(hoststack::RunObserver& observer)
{
    if (const auto due = std::move(m_lastDue))
    {
        Emit(*due, Look(due->mark.at), observer);
    }
}

std::vector<ConnectionRecord>
TrafficMeter::Records()
{
    std::vector<ConnectionRecord> records;
    for (const auto& pair : Connections())
    {
        ConnectionRecord record;
        record.traffic = m_spec.name;
        record.number = records.size() + 1;
        if (pair.opener)
        {
            record.opened = pair.opener->GetRecord().opened;
            record.connected = pair.opener->GetRecord().connected;
        }
        if (const auto* sink = SinkOf(pair))
        {
            const auto& read = sink->GetRecord();
            record.firstByte = read.firstRead;
            record.lastByte = read.lastRead;
            record.bytes = read.bytesRead;
            record.completed = sink->IsFinished() && !read.failed;
        }
        const auto* source = SourceOf(pair);
        if (const auto* own = source ? source->GetOwnSocket() : nullptr)
        {
            const auto info = own->GetInfo();
            record.retransmits = info.retransmissions;
            record.timeouts = info.timeouts;
        }
        else if (const auto* picture = source ? source->FindPicture() : nullptr)
        {
            record.retransmits = picture->tcp.retransmissions;
            record.timeouts = picture->tcp.timeouts;
        }
        for (const auto* end : {pair.opener, pair.listener})
        {
            const auto* own = end ? end->GetOwnSocket() : nullptr;
            const auto info = own ? own->GetInfo() : hoststack::tcp::Info();
            if (info.end != End::Open && (record.end == End::Open || info.endedAt < record.endedAt))
            {
                const bool atFrom = (end == pair.opener) != m_spec.openedByReceiver;
                record.end = info.end;
                record.endedAt = info.endedAt;
                record.retries = info.retries;
                record.repairedFor = info.repairedFor;
                record.endedBy = m_scenario.hosts[atFrom ? m_spec.from : m_spec.to].name;
            }
        }
        records.push_back(record);
    }
    return records;
}

void
TrafficMeter::AddWholeRun(TrafficFigures& figures,
                          const std::vector<ConnectionRecord>& records) const
{
    TimeNs opened = -1;
    TimeNs connected = -1;
    TimeNs firstByte = -1;
    TimeNs lastByte = -1;
    for (const auto& record : records)
    {
        opened = opened < 0 ? record.opened : opened;
        connected = std::max(connected, record.connected);
        firstByte = firstByte < 0 || (record.firstByte >= 0 && record.firstByte < firstByte)
                        ? record.firstByte
                        : firstByte;
        lastByte = std::max(lastByte, record.lastByte);
        figures.completed += record.completed ? 1 : 0;
        figures.endings.Add(record.end, record.endedAt, record.retries);
        if (record.completed && record.opened >= 0 && record.lastByte >= 0)
        {
            figures.completions.push_back(record.lastByte - record.opened);
        }
    }
    std::sort(figures.completions.begin(), figures.completions.end());
    if (opened >= 0 && figures.completed == m_spec.connections && lastByte >= 0)
    {
        figures.completion = lastByte - opened;
    }
    if (opened >= 0 && connected >= 0)
    {
        figures.connect = connected - opened;
    }
    if (opened >= 0 && firstByte >= 0)
    {
        figures.firstByte = firstByte - opened;
    }
    std::uint64_t reads = 0;
    TimeNs gap = 0;
    for (const auto& session : Sink())
    {
        reads += session->GetRecord().reads;
        gap = std::max(gap, session->GetRecord().longestGap);
    }
    if (reads > 1)
    {
        figures.longestGap = gap;
    }
}

void
TrafficMeter::AddTimes(TrafficFigures& figures) const
{
    const auto skipped = [this](const HoststackSession& session) {
        const auto found = m_skipped.find(&session);
        return found == m_skipped.end() ? std::pair<std::size_t, std::size_t>() : found->second;
    };
    if (m_spec.isLeg)
    {
        return; // they are of the application, and told of the whole traffic
    }
    if (!figures.isExchange)
    {
        figures.resumptions.emplace();
    }
    for (const auto& session : Sink())
    {
        if (const auto* times = session->FindResponseTimes())
        {
            const auto from = times->begin() + static_cast<std::ptrdiff_t>(skipped(*session).first);
            figures.responses.insert(figures.responses.end(), from, times->end());
        }
        const auto* own = session->FindResumeDelays();
        if (!own)
        {
            figures.resumptions.reset(); // it reads elsewhere
        }
        else if (figures.resumptions)
        {
            const auto from = own->begin() + static_cast<std::ptrdiff_t>(skipped(*session).second);
            figures.resumptions->insert(figures.resumptions->end(), from, own->end());
        }
    }
    std::sort(figures.responses.begin(), figures.responses.end());
    if (figures.resumptions)
    {
        std::sort(figures.resumptions->begin(), figures.resumptions->end());
    }
}

void
TrafficMeter::AddContent(TrafficFigures& figures) const
{
    for (const auto* sessions : {&m_from->GetSessions(), &m_to->GetSessions()})
    {
        for (const auto& session : *sessions)
        {
            const auto at = session->GetRecord().wrongAt;
            auto& first = figures.contentErrorAt;
            figures.contentErrors += at >= 0 ? 1 : 0;
            first = at >= 0 && (first < 0 || at < first) ? at : first;
        }
    }
}

/// The reasons of the subflows, each weighted by what it carried; without a byte, all alike.
HoldTimes
TrafficMeter::Weighted(const Mark& end) const
{
    HoldTimes sum{};
    for (std::size_t i = 0; i < end.lanes.size(); ++i)
    {
        const auto lane =
            Between(i < m_begin.lanes.size() ? m_begin.lanes[i] : hoststack::SubflowCounts(),
                    end.lanes[i]);
        const auto weight =
            lane.allBytes > 0 ? static_cast<double>(lane.bytes) / static_cast<double>(lane.allBytes)
                              : 1.0;
        hoststack::AddShares(sum, lane.held, weight);
    }
    return sum;
}

/// When the source had read all that comes back; nothing if it has not.
std::optional<TimeNs>
TrafficMeter::EndOfWayBack() const
{
    std::size_t completed = 0;
    TimeNs last = -1;
    for (const auto& session : Source())
    {
        completed += session->IsFinished() && !session->GetRecord().failed ? 1 : 0;
        last = std::max(last, session->GetRecord().lastRead);
    }
    return completed == m_spec.connections && last >= 0 ? std::optional(last) : std::nullopt;
}

void
TrafficMeter::Report(TimeNs end, TimeNs overAt, hoststack::RunResult& result)
{
    auto mark = MarkNow(end);
    if (m_over)
    {
        mark.counts.held = m_over->counts.held;
        for (std::size_t i = 0; i < mark.lanes.size(); ++i)
        {
            mark.lanes[i].held = m_over->lanes[i].held;
        }
    }
    const auto records = Records();
    auto figures = Figures();
    AddWholeRun(figures, records);
    AddTimes(figures);
    AddContent(figures);
    TimeNs opened = -1;
    TimeNs lastByte = -1;
    for (const auto& record : records)
    {
        opened = opened < 0 ? record.opened : opened;
        lastByte = std::max(lastByte, record.lastByte);
    }
    const auto until = figures.completion ? lastByte : overAt >= 0 ? overAt : end;
    const auto from = std::max(opened, m_begin.at);
    figures.elapsed = opened >= 0 && until > from ? until - from : 0;
    if (const auto back = m_spec.application->IsBothWays() ? EndOfWayBack() : std::nullopt)
    {
        figures.elapsedBack = opened >= 0 && *back > from ? *back - from : 0;
    }
    figures.counts = Between(m_begin.counts, mark.counts);
    figures.cwndMax = std::max(m_cwndMax, mark.counts.sent.cwndMost);
    if (m_subflows)
    {
        const auto sources = Multipath(Source());
        const auto picture = m_subflows->Take(sources, Multipath(Sink()));
        figures.fallbacks = Fallbacks();
        figures.subflowCount = picture.subflows;
        if (!sources.empty())
        {
            figures.counts.held = Weighted(mark);
            const auto unanswered = mark.unanswered - m_begin.unanswered;
            const auto known = hoststack::SumOf(SumOfHolds(Opener()));
            figures.counts.held[static_cast<std::size_t>(hoststack::tcp::Limit::Handshake)] +=
                known > unanswered ? unanswered / (known - unanswered) : 0;
        }
        ReportSubflows(mark, figures.elapsed, result);
    }
    hoststack::ReportTable(m_name, hoststack::TrafficMetricTable(), figures, result.metrics);
    AddExchanges(result);
    AddNotes(records, result);
    result.connections.insert(result.connections.end(), records.begin(), records.end());
}

void
TrafficMeter::ReportSubflows(const Mark& end, TimeNs elapsed, hoststack::RunResult& result)
{
    const bool countsTimeouts = Figures().countsTimeouts;
    const auto sources = Multipath(Source());
    const auto picture = m_subflows->Take(sources, Multipath(Sink()));
    for (std::size_t i = 0; i < end.lanes.size(); ++i)
    {
        hoststack::SubflowFigures lane;
        lane.source = InsightOfLanes();
        lane.countsTimeouts = countsTimeouts;
        lane.isOne = m_spec.connections == 1;
        lane.isOpen = picture.opened[i];
        lane.elapsed = elapsed;
        lane.counts =
            Between(i < m_begin.lanes.size() ? m_begin.lanes[i] : hoststack::SubflowCounts(),
                    end.lanes[i]);
        lane.endings = picture.endings[i];
        hoststack::ReportTable(m_name + '.' + m_subflows->LaneName(i),
                               hoststack::SubflowMetricTable(),
                               lane,
                               result.metrics);
    }
}

void
TrafficMeter::AddExchanges(hoststack::RunResult& result)
{
    std::uint64_t connection = 0;
    for (const auto& pair : m_spec.isLeg ? std::vector<Pair>() : Connections())
    {
        ++connection;
        for (const auto* end : {pair.opener, pair.listener})
        {
            const auto* asked = end ? end->FindAskTimes() : nullptr;
            const auto* took = end ? end->FindResponseTimes() : nullptr;
            for (std::size_t i = 0; asked && took && i < asked->size(); ++i)
            {
                result.exchanges.push_back({m_spec.name,
                                            connection,
                                            i + 1,
                                            (*asked)[i],
                                            i < took->size() ? (*asked)[i] + (*took)[i] : -1});
            }
        }
    }
}

} // namespace ns3
