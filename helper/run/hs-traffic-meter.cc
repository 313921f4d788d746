// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-traffic-meter.h"

#include "ns3/hs-application.h"
#include "ns3/hs-metric-readers.h"
#include "ns3/hs-mptcp-socket.h"

#include <ns3/inet-socket-address.h>
#include <ns3/inet6-socket-address.h>

#include <algorithm>
#include <utility>

// What a traffic has counted at a moment. What becomes of it is in hs-traffic-report.cc.

namespace ns3
{

using hoststack::HoldTimes;
using hoststack::Insight;
using hoststack::TimeNs;
using hoststack::TrafficCounts;

namespace
{

std::uint16_t
PortOf(const Address& address)
{
    if (InetSocketAddress::IsMatchingType(address))
    {
        return InetSocketAddress::ConvertFrom(address).GetPort();
    }
    return Inet6SocketAddress::IsMatchingType(address)
               ? Inet6SocketAddress::ConvertFrom(address).GetPort()
               : 0;
}

/// Adds what counts of \p one, and takes over its state.
void
AddInfo(hoststack::tcp::Info& sum, const hoststack::tcp::Info& one)
{
    auto next = one;
    hoststack::AddCounts(next, sum);
    next.rttLeast = std::min(next.rttLeast, sum.rttLeast);
    next.rttMost = std::max(next.rttMost, sum.rttMost);
    next.cwndMost = std::max(next.cwndMost, sum.cwndMost);
    sum = next;
}

void
AddTally(hoststack::tcp::Info& sum, const ForeignTally& tally)
{
    const auto nanoseconds = [](double seconds) {
        return static_cast<TimeNs>(seconds * hoststack::kSecond + 0.5);
    };
    hoststack::tcp::Info one;
    one.dataSegmentsSent = tally.dataSegments;
    one.retransmissions = tally.retransmits;
    one.bytesRetransmitted = tally.retransmittedBytes;
    one.pureAcksSent = tally.pureAcks;
    one.cwndMost = tally.cwndMax;
    one.rttSamples = tally.rttSamples;
    one.rttSum = nanoseconds(tally.rttSum);
    if (tally.rttMax > 0)
    {
        one.rttLeast = nanoseconds(tally.rttMin);
        one.rttMost = nanoseconds(tally.rttMax);
    }
    AddInfo(sum, one);
}

} // namespace

TrafficMeter::TrafficMeter(const hoststack::Scenario& scenario,
                           const hoststack::TrafficSpec& spec,
                           const ScenarioNetwork& network,
                           std::vector<std::size_t> way)
    : m_scenario(scenario),
      m_spec(spec),
      m_network(network),
      m_name("traffic." + m_spec.name),
      m_way(std::move(way))
{
    if (m_spec.IsMultipath() && !m_spec.IsRelayed())
    {
        m_subflows = std::make_unique<SubflowRun>(scenario, m_spec, network);
    }
}

void
TrafficMeter::SetApplications(Ptr<HoststackSessionApplication> from,
                              Ptr<HoststackSessionApplication> to)
{
    m_from = from;
    m_to = to;
}

void
TrafficMeter::Watch(HoststackSession& session, bool atFrom, RunEvents& events)
{
    const bool isSource = m_spec.application->IsFedByFrom() == atFrom;
    auto* own = session.GetOwnSocket();
    if (!own && session.GetSocket())
    {
        auto& tallies = isSource ? m_sourceTallies : m_sinkTallies;
        tallies.push_back(std::make_unique<ForeignTally>(session.GetSocket()));
    }
    if (!own || !events.AreWanted())
    {
        return;
    }
    const bool opens = atFrom != m_spec.openedByReceiver;
    const auto number = opens ? Opener().size() : NumberOf(session);
    const auto& host = m_scenario.hosts[atFrom ? m_spec.from : m_spec.to].name;
    const auto* multipath = dynamic_cast<const HoststackMptcpSocket*>(own);
    RunEvents::Origin origin{ConnectionName(number), host, {}};
    if (m_subflows && multipath)
    {
        auto known = std::make_shared<std::map<std::uint32_t, std::string>>();
        origin.part = [this, known, socket = Ptr<const HoststackMptcpSocket>(multipath)](
                          std::uint32_t part) {
            auto& name = (*known)[part];
            for (const auto& subflow : name.empty() ? socket->GetMptcpInfo().subflows
                                                    : decltype(hoststack::mptcp::Info::subflows){})
            {
                const auto lane =
                    subflow.id == part ? m_subflows->WayOf(subflow) : m_subflows->LaneCount();
                name = lane < m_subflows->LaneCount() ? m_subflows->LaneName(lane) : name;
            }
            return name;
        };
    }
    own->SetEventSource(events.NewSource(std::move(origin)));
}

const TrafficMeter::Sessions&
TrafficMeter::Source() const
{
    return (m_spec.application->IsFedByFrom() ? m_from : m_to)->GetSessions();
}

const TrafficMeter::Sessions&
TrafficMeter::Sink() const
{
    return (m_spec.application->IsFedByFrom() ? m_to : m_from)->GetSessions();
}

const TrafficMeter::Sessions&
TrafficMeter::Opener() const
{
    return (m_spec.openedByReceiver ? m_to : m_from)->GetSessions();
}

const TrafficMeter::Sessions&
TrafficMeter::Listener() const
{
    return (m_spec.openedByReceiver ? m_from : m_to)->GetSessions();
}

const HoststackSession*
TrafficMeter::SourceOf(const Pair& pair) const
{
    return m_spec.application->IsFedByFrom() != m_spec.openedByReceiver ? pair.opener
                                                                        : pair.listener;
}

const HoststackSession*
TrafficMeter::SinkOf(const Pair& pair) const
{
    return m_spec.application->IsFedByFrom() != m_spec.openedByReceiver ? pair.listener
                                                                        : pair.opener;
}

SubflowRun::Infos
TrafficMeter::Multipath(const Sessions& sessions)
{
    SubflowRun::Infos infos;
    for (const auto& session : sessions)
    {
        if (auto info = Multipath(*session))
        {
            infos.push_back(std::move(*info));
        }
    }
    return infos;
}

std::optional<hoststack::mptcp::Info>
TrafficMeter::Multipath(const HoststackSession& session)
{
    const auto* picture = session.FindPicture();
    if (const auto* socket = dynamic_cast<const HoststackMptcpSocket*>(session.GetOwnSocket()))
    {
        return socket->GetMptcpInfo();
    }
    return picture ? picture->multipath : std::nullopt;
}

std::uint64_t
TrafficMeter::Fallbacks()
{
    const auto hasFallenBack = [](const HoststackSession* session) {
        const auto info = session ? Multipath(*session) : std::nullopt;
        return info && info->fallback;
    };
    const auto pairs = Connections();
    const auto count = std::count_if(pairs.begin(), pairs.end(), [&](const Pair& pair) {
        return hasFallenBack(pair.opener) || hasFallenBack(pair.listener);
    });
    return static_cast<std::uint64_t>(count);
}

std::size_t
TrafficMeter::NumberOf(const HoststackSession& listener)
{
    if (m_numbers)
    {
        return m_numbers(listener);
    }
    const auto& openers = Opener();
    for (; m_numbered < openers.size(); ++m_numbered)
    {
        Address address;
        const auto socket = openers[m_numbered]->GetSocket();
        if (socket && socket->GetSockName(address) == 0)
        {
            m_numberOfPort[PortOf(address)] = m_numbered + 1;
        }
    }
    Address address;
    const auto socket = listener.GetSocket();
    if (!socket || socket->GetPeerName(address) != 0)
    {
        return 0;
    }
    const auto found = m_numberOfPort.find(PortOf(address));
    return found == m_numberOfPort.end() ? 0 : found->second;
}

std::vector<TrafficMeter::Pair>
TrafficMeter::Connections()
{
    std::vector<Pair> pairs;
    for (const auto& session : Opener())
    {
        pairs.push_back({session.get(), nullptr});
    }
    std::vector<const HoststackSession*> unknown;
    for (const auto& session : Listener())
    {
        const auto number = NumberOf(*session);
        if (number > 0 && number <= pairs.size() && !pairs[number - 1].listener)
        {
            pairs[number - 1].listener = session.get();
        }
        else
        {
            unknown.push_back(session.get());
        }
    }
    // One that is known by name only to the outside: in the order of acceptance.
    std::size_t next = 0;
    for (const auto* session : unknown)
    {
        while (next < pairs.size() && pairs[next].listener)
        {
            ++next;
        }
        if (next == pairs.size())
        {
            pairs.push_back({});
        }
        pairs[next].listener = session;
    }
    return pairs;
}

Insight
TrafficMeter::InsightOf(const Sessions& sessions,
                        const std::vector<std::unique_ptr<ForeignTally>>& tallies) const
{
    const bool full = std::any_of(sessions.begin(), sessions.end(), [](const auto& session) {
        return session->GetOwnSocket() != nullptr;
    });
    const bool told = std::any_of(sessions.begin(), sessions.end(), [](const auto& session) {
        return session->FindPicture() != nullptr;
    });
    return full              ? Insight::Full
           : told            ? Insight::Kernel
           : tallies.empty() ? Insight::None
                             : Insight::Foreign;
}

/// Of the subflows: what is known of the source's, if it speaks multipath TCP.
Insight
TrafficMeter::InsightOfLanes() const
{
    return Multipath(Source()).empty() ? Insight::None : InsightOf(Source(), {});
}

void
TrafficMeter::Observe()
{
    if (m_subflows && !m_over)
    {
        const bool isFirst = m_cwndMax == 0;
        for (const auto& session : Source())
        {
            auto* own = session->GetOwnSocket();
            if (own != nullptr && !own->WasActive() && !isFirst)
            {
                continue; // its windows are those of the last time
            }
            const auto* picture = session->FindPicture();
            m_cwndMax = std::max(m_cwndMax,
                                 own       ? own->CongestionWindow()
                                 : picture ? picture->tcp.cwnd
                                           : 0);
        }
    }
}

HoldTimes
TrafficMeter::SumOfHolds(const Sessions& sessions)
{
    HoldTimes raw{};
    for (const auto& session : sessions)
    {
        if (const auto* own = session->GetOwnSocket())
        {
            const auto info = own->GetInfo();
            for (std::size_t i = 0; i < info.limitedFor.size(); ++i)
            {
                raw[i] += static_cast<double>(info.limitedFor[i]);
            }
        }
    }
    return raw;
}

/// How long the handshakes of connections took, joins left out.
double
TrafficMeter::HandshakeTime(const Sessions& sessions)
{
    double sum = 0;
    for (const auto& session : sessions)
    {
        const auto* own = session->GetOwnSocket();
        auto info = own ? own->GetInfo() : hoststack::tcp::Info();
        if (const auto* multipath = dynamic_cast<const HoststackMptcpSocket*>(own))
        {
            const auto all = multipath->GetMptcpInfo().subflows;
            const bool hasFirst = !all.empty() && all.front().id == 1;
            info = hasFirst ? all.front().tcp : hoststack::tcp::Info();
        }
        constexpr auto handshake = static_cast<std::size_t>(hoststack::tcp::Limit::Handshake);
        sum += static_cast<double>(info.limitedFor[handshake]);
    }
    return sum;
}

/// A source that is called does not know how long it was called in vain. Less than a time-out for
/// each connection is no lost SYN, but two ways that differ.
double
TrafficMeter::UnansweredTime() const
{
    if (!m_spec.openedByReceiver)
    {
        return 0;
    }
    const auto unknown = HandshakeTime(Opener()) - HandshakeTime(Listener());
    const auto least = Listener().empty()
                           ? 0.0
                           : static_cast<double>(Opener().size()) * 200 * hoststack::kMillisecond;
    return unknown > least ? unknown : 0;
}

HoldTimes
TrafficMeter::RawHolds() const
{
    auto raw = SumOfHolds(Source());
    raw[static_cast<std::size_t>(hoststack::tcp::Limit::Handshake)] += UnansweredTime();
    return raw;
}

/// What held senders so far stays as it is: later times are counted from here.
void
TrafficMeter::SettleHolds() const
{
    for (const auto& session : Source())
    {
        if (const auto* socket = dynamic_cast<const HoststackMptcpSocket*>(session->GetOwnSocket()))
        {
            socket->SettleHolds();
        }
    }
}

void
TrafficMeter::SetLinkDown(std::size_t link, bool down)
{
    SettleHolds();
    if (m_subflows)
    {
        m_subflows->SetLinkDown(link, down, Multipath(Source()));
    }
    if (std::find(m_way.begin(), m_way.end(), link) != m_way.end())
    {
        m_holds.SetDown(down, RawHolds());
    }
}

void
TrafficMeter::AddSent(TrafficCounts& counts, const HoststackSession* source)
{
    if (const auto* own = source ? source->GetOwnSocket() : nullptr)
    {
        AddInfo(counts.sent, own->GetInfo());
    }
    else if (const auto* picture = source ? source->FindPicture() : nullptr)
    {
        AddInfo(counts.sent, picture->tcp);
    }
}

void
TrafficMeter::AddRead(TrafficCounts& counts, const HoststackSession* sink)
{
    if (!sink)
    {
        return;
    }
    counts.bytesRead += sink->GetRecord().bytesRead;
    counts.reads += sink->GetRecord().reads;
    if (const auto* own = sink->GetOwnSocket())
    {
        AddInfo(counts.received, own->GetInfo());
    }
    else if (const auto* picture = sink->FindPicture())
    {
        AddInfo(counts.received, picture->tcp);
    }
}

void
TrafficMeter::AddWakes(hoststack::WakeCounts& wakes, const HoststackSession& session)
{
    wakes.all += session.GetRecord().wakeUps;
    wakes.idle += session.GetRecord().idleWakeUps;
    wakes.idleTime += session.GetRecord().idleTime;
}

TrafficMeter::Mark
TrafficMeter::MarkNow(TimeNs now) const
{
    Mark mark;
    mark.at = now;
    const auto sources = Multipath(Source());
    if (m_subflows)
    {
        auto picture = m_subflows->Take(sources, Multipath(Sink()));
        mark.counts = picture.sums;
        mark.lanes = std::move(picture.lanes);
        mark.opened = std::move(picture.opened);
    }
    for (const auto& session : Source())
    {
        AddSent(mark.counts, session.get());
        mark.counts.bytesBack += session->GetRecord().bytesRead;
        AddWakes(mark.counts.senderWakes, *session);
    }
    for (const auto& session : Sink())
    {
        AddRead(mark.counts, session.get());
        AddWakes(mark.counts.receiverWakes, *session);
    }
    for (const auto& tally : m_sourceTallies)
    {
        AddTally(mark.counts.sent, *tally);
    }
    for (const auto& tally : m_sinkTallies)
    {
        AddTally(mark.counts.received, *tally);
    }
    mark.counts.held = m_holds.Correct(RawHolds());
    mark.unanswered = UnansweredTime();
    return mark;
}

void
TrafficMeter::StartMeasuring(TimeNs now)
{
    SettleHolds();
    m_begin = MarkNow(now);
    m_cwndMax = 0;
    for (const auto* sessions : {&Source(), &Sink()})
    {
        for (const auto& session : *sessions)
        {
            if (auto* own = session->GetOwnSocket())
            {
                own->RestartPeaks();
            }
            const auto* answers = session->FindResponseTimes();
            const auto* resumed = session->FindResumeDelays();
            m_skipped[session.get()] = {answers ? answers->size() : 0,
                                        resumed ? resumed->size() : 0};
        }
    }
    for (const auto& tally : m_sourceTallies)
    {
        tally->RestartPeaks();
    }
}

void
TrafficMeter::Finish()
{
    m_over = std::make_unique<Mark>(MarkNow(m_begin.at));
}

} // namespace ns3
