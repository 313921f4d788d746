// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-traffic-run.h"

#include "ns3/hs-alarm.h"
#include "ns3/hs-hoststack-helper.h"
#include "ns3/hs-mptcp-socket-factory.h"
#include "ns3/hs-mptcp-socket.h"
#include "ns3/hs-ns3-congestion-name.h"
#include "ns3/hs-ns3-tcp-socket.h"
#include "ns3/hs-stream-reader.h"
#include "ns3/hs-tcp-socket.h"

#include <ns3/boolean.h>
#include <ns3/node.h>
#include <ns3/object-factory.h>
#include <ns3/tcp-congestion-ops.h>
#include <ns3/tcp-socket-base.h>
#include <ns3/uinteger.h>

#include <algorithm>
#include <utility>

namespace ns3
{

namespace
{

using hoststack::Metrics;
using hoststack::TimeNs;
using hoststack::ToSeconds;
using hoststack::TrafficKind;
using hoststack::tcp::Limit;

constexpr TimeNs kNever = hoststack::kNever;

/// IP and TCP header without options (RFC 9293 section 3.7.1).
std::uint32_t
FixedHeaders(int ipVersion)
{
    return ipVersion == 6 ? 60 : 40;
}

/// The value below which \p share of the sorted \p values lie (nearest rank).
TimeNs
Percentile(const std::vector<TimeNs>& values, double share)
{
    const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size()));
    return values[std::min(rank, values.size() - 1)];
}

/// Adds what can be said of \p times under \p name.
void
ReportTimes(std::vector<TimeNs> times, const std::string& name, Metrics& metrics)
{
    if (times.empty())
    {
        for (const char* value : {".min", ".mean", ".p50", ".p95", ".max"})
        {
            metrics.SetMissing(name + value);
        }
        return;
    }
    std::sort(times.begin(), times.end());
    double sum = 0;
    for (const auto time : times)
    {
        sum += ToSeconds(time);
    }
    metrics.Set(name + ".min", ToSeconds(times.front()));
    metrics.Set(name + ".mean", sum / static_cast<double>(times.size()));
    metrics.Set(name + ".p50", ToSeconds(Percentile(times, 0.5)));
    metrics.Set(name + ".p95", ToSeconds(Percentile(times, 0.95)));
    metrics.Set(name + ".max", ToSeconds(times.back()));
}

std::uint32_t
LargestMtu(const hoststack::Scenario& scenario, std::size_t host)
{
    std::uint32_t mtu = 0;
    for (const auto& link : scenario.links)
    {
        if (link.ends[0] == host || link.ends[1] == host)
        {
            mtu = std::max(mtu, link.mtu);
        }
    }
    return mtu;
}

} // namespace

TrafficRun::TrafficRun(const hoststack::Scenario& scenario,
                       std::size_t index,
                       ScenarioNetwork& network)
    : m_scenario(scenario),
      m_index(index),
      m_spec(scenario.traffic[index]),
      m_network(network),
      m_mtu(0)
{
    const auto way = network.Connect(m_spec.from, m_spec.to, m_spec.link);
    if (m_spec.multipath)
    {
        network.ConnectEachLink(m_spec.from, m_spec.to);
        network.ConnectEachLink(m_spec.to, m_spec.from);
        m_subflows = std::make_unique<SubflowRun>(scenario, m_spec, network);
    }
    const bool fromOpens = !m_spec.openedByReceiver;
    const auto config =
        [&](const hoststack::TcpSettings& settings, std::size_t host, std::size_t link) {
            auto copy = std::make_shared<hoststack::tcp::Config>(settings.config);
            if (!settings.mssGiven)
            {
                // Each subflow is limited further, by its own way.
                const auto mtu =
                    m_spec.multipath ? LargestMtu(scenario, host) : scenario.links[link].mtu;
                const bool hasIpv4 =
                    m_spec.multipath && std::any_of(scenario.links.begin(),
                                                    scenario.links.end(),
                                                    [](const auto& l) { return l.ipVersion == 4; });
                copy->mss = mtu - FixedHeaders(hasIpv4 ? 4 : scenario.links[link].ipVersion);
            }
            return copy;
        };
    m_fromConfig = config(m_spec.fromTcp, m_spec.from, way.front());
    m_toConfig = config(m_spec.toTcp, m_spec.to, way.back());
    m_mtu = scenario.links[way.front()].mtu;
    m_ipVersion = scenario.links[way.front()].ipVersion;

    m_from = MakeApplication(m_spec.from, fromOpens);
    m_to = MakeApplication(m_spec.to, !fromOpens);
    const auto& opener = fromOpens ? m_from : m_to;
    const auto& listener = fromOpens ? m_to : m_from;
    const auto target = fromOpens ? network.GetAddress(m_spec.to, way.back(), m_spec.port)
                                  : network.GetAddress(m_spec.from, way.front(), m_spec.port);
    opener->SetAttribute("Address", AddressValue(target));
    opener->SetAttribute("Connections", UintegerValue(m_spec.connections));
    opener->SetStartTime(NanoSeconds(m_spec.start));
    listener->SetAttribute("Address", AddressValue(network.GetAnyAddress(m_spec.port)));
    listener->SetAttribute("Listen", BooleanValue(true));
    ConfigureListener(listener, !fromOpens);
    // The listener is there first, also for a connection at time 0.
    network.GetNode(fromOpens ? m_spec.to : m_spec.from)->AddApplication(listener);
    network.GetNode(fromOpens ? m_spec.from : m_spec.to)->AddApplication(opener);
    if (m_spec.stop != kNever)
    {
        Simulator::Schedule(NanoSeconds(m_spec.stop), &TrafficRun::Stop, this, false);
    }
}

Ptr<HoststackSessionApplication>
TrafficRun::MakeApplication(std::size_t host, bool opens)
{
    const bool atFrom = host == m_spec.from;
    const bool isSource = (m_spec.kind == TrafficKind::Bulk) == atFrom;
    const auto application = m_network.IsOutside(host)
                                 ? m_network.GetOutside()->MakeApplication(m_index, opens)
                                 : MakeSimulated(host);
    application->SetAttribute("Listen", BooleanValue(!opens));
    application->SetSessionHook(
        [this, isSource](HoststackSession& session) { Hook(session, isSource); });
    return application;
}

Ptr<HoststackSessionApplication>
TrafficRun::MakeSimulated(std::size_t host)
{
    const bool atFrom = host == m_spec.from;
    const auto application = CreateObject<HoststackSessionApplication>();
    if (m_scenario.hosts[host].ns3Stack)
    {
        application->SetAttribute("Protocol",
                                  TypeIdValue(HoststackNs3TcpSocketFactory::GetTypeId()));
    }
    else if (IsMultipath(host))
    {
        application->SetAttribute("Protocol",
                                  TypeIdValue(HoststackMptcpSocketFactory::GetTypeId()));
    }
    const bool carries = m_network.GetOutside() && !m_scenario.hosts[host].ns3Stack;
    application->SetSessionFactory([this, atFrom, carries] {
        auto session = MakeSession(atFrom);
        if (carries)
        {
            session->CarryContent(TrafficContent(m_index, atFrom),
                                  TrafficContent(m_index, !atFrom));
        }
        return session;
    });
    application->SetSocketSetup([this, atFrom](Socket& socket) { Configure(socket, atFrom); });
    return application;
}

void
TrafficRun::Configure(Socket& socket, bool atFrom)
{
    if (auto* own = dynamic_cast<HoststackTcpSocket*>(&socket))
    {
        own->SetConfig(atFrom ? m_fromConfig : m_toConfig);
    }
    else
    {
        ConfigureForeign(socket, atFrom ? m_spec.fromTcp : m_spec.toTcp);
    }
}

void
TrafficRun::ConfigureForeign(Socket& socket, const hoststack::TcpSettings& settings)
{
    const auto& config = settings.config;
    const auto announced = settings.mssGiven ? config.mss : m_mtu - FixedHeaders(m_ipVersion);
    // Its segment size is that of the payload; the option takes 12 bytes (RFC 7323 appendix A).
    const std::uint32_t options = config.timestamps ? 12 : 0;
    // Its buffers count payload, of which ours hold about half.
    const auto receive =
        config.receiveBufferLocked ? config.receiveBuffer : config.receiveBufferMax;
    const auto send = config.sendBufferLocked ? config.sendBuffer : config.sendBufferMax;
    socket.SetAttribute("SegmentSize", UintegerValue(announced - options));
    socket.SetAttribute("RcvBufSize", UintegerValue(receive / 2));
    socket.SetAttribute("SndBufSize", UintegerValue(send / 2));
    socket.SetAttribute("InitialCwnd", UintegerValue(config.initialCwnd));
    socket.SetAttribute("TcpNoDelay", BooleanValue(!config.nagle));
    socket.SetAttribute("DelAckTimeout", TimeValue(NanoSeconds(config.delayedAckMin)));
    socket.SetAttribute("Sack", BooleanValue(config.sack));
    socket.SetAttribute("Timestamp", BooleanValue(config.timestamps));
    socket.SetAttribute("WindowScaling", BooleanValue(config.windowScaling));
    socket.SetAttribute("MinRto", TimeValue(NanoSeconds(config.rtoMin)));
    if (auto* base = dynamic_cast<TcpSocketBase*>(&socket))
    {
        ObjectFactory factory(*hoststack::Ns3CongestionName(config.congestion));
        base->SetCongestionControlAlgorithm(factory.Create<TcpCongestionOps>());
    }
}

void
TrafficRun::Hook(HoststackSession& session, bool isSource)
{
    if (!session.GetOwnSocket() && session.GetSocket())
    {
        auto& tallies = isSource ? m_sourceTallies : m_sinkTallies;
        tallies.push_back(std::make_unique<ForeignTally>(session.GetSocket()));
    }
    session.SetOverCallback([this] { SessionOver(); });
}

bool
TrafficRun::IsMultipath(std::size_t host) const
{
    return m_spec.multipath && m_scenario.hosts[host].mptcp.enabled;
}

SubflowRun::Sockets
TrafficRun::Multipath(const Sessions& sessions) const
{
    SubflowRun::Sockets sockets;
    for (const auto& session : sessions)
    {
        if (const auto* socket = dynamic_cast<const HoststackMptcpSocket*>(session->GetOwnSocket()))
        {
            sockets.push_back(socket);
        }
    }
    return sockets;
}

const TrafficRun::Sessions&
TrafficRun::Source() const
{
    return (m_spec.kind == TrafficKind::Bulk ? m_from : m_to)->GetSessions();
}

const TrafficRun::Sessions&
TrafficRun::Sink() const
{
    return (m_spec.kind == TrafficKind::Bulk ? m_to : m_from)->GetSessions();
}

bool
TrafficRun::HasEnd() const
{
    return m_spec.stop != kNever ||
           (m_spec.kind == TrafficKind::Bulk ? m_spec.bytes : m_spec.count) > 0;
}

void
TrafficRun::SessionOver()
{
    const auto isOver = [](const auto& session) { return session->IsOver(); };
    const auto& sink = Sink();
    const auto& source = Source();
    const bool sinkOver = sink.size() >= m_spec.connections &&
                          std::all_of(sink.begin(), sink.end(), isOver) &&
                          (!m_spec.bothWays || std::all_of(source.begin(), source.end(), isOver));
    const auto haveFailed = [this](const Sessions& sessions) {
        return sessions.size() >= m_spec.connections &&
               std::all_of(sessions.begin(), sessions.end(), [](const auto& session) {
                   return session->GetRecord().failed;
               });
    };
    const bool allFailed = haveFailed(m_from->GetSessions()) || haveFailed(m_to->GetSessions());
    if ((sinkOver || allFailed) && !IsOver())
    {
        m_overAt = NowNs();
        TakeLimits();
        if (m_onOver)
        {
            m_onOver();
        }
    }
}

void
TrafficRun::TakeLimits()
{
    m_limits = {};
    if (m_subflows)
    {
        m_subflows->TakeLimits(Multipath(Source()));
    }
    for (const auto& session : Source())
    {
        if (const auto* own = session->GetOwnSocket())
        {
            const auto info = own->GetInfo();
            for (std::size_t i = 0; i < m_limits.size(); ++i)
            {
                m_limits[i] += static_cast<double>(info.limitedFor[i]);
            }
        }
    }
}

bool
TrafficRun::IsSettled() const
{
    const auto hasFailed = [](const auto& session) { return session->GetRecord().failed; };
    const auto isOver = [](const auto& session) { return session->IsOver(); };
    const auto& from = m_from->GetSessions();
    const auto& to = m_to->GetSessions();
    if (std::any_of(from.begin(), from.end(), hasFailed) ||
        std::any_of(to.begin(), to.end(), hasFailed))
    {
        // The reset of an end that aborted is still on its way to the other.
        return std::all_of(from.begin(), from.end(), isOver) &&
               std::all_of(to.begin(), to.end(), isOver);
    }
    return std::all_of(Source().begin(), Source().end(), [](const auto& session) {
        const auto* own = session->GetOwnSocket();
        return !own || own->GetInfo().sendQueue == 0;
    });
}

void
TrafficRun::Stop(bool atTo)
{
    (atTo ? m_to : m_from)->StopSessions();
}

void
TrafficRun::Abort(bool atTo)
{
    (atTo ? m_to : m_from)->AbortSessions();
}

void
TrafficRun::Observe(hoststack::TimeNs /* now */)
{
    if (IsOver())
    {
        return;
    }
    if (m_subflows)
    {
        m_subflows->Observe(Multipath(Source()));
    }
    for (const auto& session : Source())
    {
        const auto* own = session->GetOwnSocket();
        if (!own)
        {
            continue;
        }
        const auto info = own->GetInfo();
        m_cwndMax = std::max(m_cwndMax, info.cwnd);
        if (info.srtt > 0)
        {
            const auto rtt = ToSeconds(info.srtt);
            m_rttSum += rtt;
            m_rttMax = std::max(m_rttMax, rtt);
            ++m_rttSamples;
        }
    }
}

std::uint64_t
TrafficRun::BytesRead() const
{
    std::uint64_t bytes = 0;
    for (const auto& session : Sink())
    {
        bytes += session->GetRecord().bytesRead;
    }
    return bytes;
}

void
TrafficRun::Sample(hoststack::TimeNs now, hoststack::RunObserver& observer)
{
    const auto object = "traffic." + m_spec.name;
    const auto bytes = BytesRead();
    const auto elapsed = now - m_sampledAt;
    const double rate =
        elapsed > 0 ? static_cast<double>(bytes - m_sampledBytes) * 8 / ToSeconds(elapsed) : 0;
    m_sampledAt = now;
    m_sampledBytes = bytes;
    observer.OnSample(now, object, "goodput", rate);
    observer.OnSample(now, object, "bytes", static_cast<double>(bytes));
    if (m_subflows)
    {
        m_subflows->Sample(now, Multipath(Source()), observer);
    }
    // Windows of many connections added up would mean nothing.
    if (m_spec.connections != 1 || Source().empty())
    {
        return;
    }
    if (const auto* own = Source().front()->GetOwnSocket())
    {
        const auto info = own->GetInfo();
        observer.OnSample(now, object, "cwnd", info.cwnd);
        observer.OnSample(now, object, "ssthresh", info.ssthresh);
        observer.OnSample(now, object, "in-flight", info.inFlight);
        observer.OnSample(now, object, "srtt", ToSeconds(info.srtt));
        observer.OnSample(now, object, "peer-window", info.sendWindow);
        observer.OnSample(now, object, "send-queue", info.sendQueue);
        observer.OnSample(now, object, "retransmits", static_cast<double>(info.retransmissions));
    }
    if (!Sink().empty())
    {
        if (const auto* own = Sink().front()->GetOwnSocket())
        {
            const auto info = own->GetInfo();
            observer.OnSample(now, object, "receive-buffer", info.receiveBuffer);
            observer.OnSample(now, object, "receive-memory", info.receiveMemory);
        }
    }
}

std::string
TrafficRun::Name(const std::string& metric) const
{
    return "traffic." + m_spec.name + '.' + metric;
}

hoststack::TimeNs
TrafficRun::OpenedAt() const
{
    const auto& opened = (m_spec.openedByReceiver ? m_to : m_from)->GetSessions();
    return opened.empty() ? -1 : opened.front()->GetRecord().opened;
}

void
TrafficRun::Report(hoststack::TimeNs end, hoststack::Metrics& metrics)
{
    if (!IsOver())
    {
        TakeLimits();
    }
    ReportReading(end, metrics);
    ReportSending(metrics);
    ReportForeign(metrics);
    ReportContent(metrics);
    if (m_spec.bothWays)
    {
        ReportBack(end, metrics);
    }
    if (m_spec.kind == TrafficKind::RequestResponse)
    {
        ReportResponses(metrics);
    }
    else
    {
        ReportResumption(metrics);
    }
}

void
TrafficRun::ReportReading(hoststack::TimeNs end, hoststack::Metrics& metrics) const
{
    const auto opened = OpenedAt();
    std::uint64_t completed = 0;
    std::uint64_t reads = 0;
    TimeNs firstRead = kNever;
    TimeNs lastRead = -1;
    TimeNs gap = 0;
    for (const auto& session : Sink())
    {
        const auto& record = session->GetRecord();
        completed += session->IsFinished() && !record.failed ? 1 : 0;
        reads += record.reads;
        gap = std::max(gap, record.longestGap);
        if (record.firstRead >= 0)
        {
            firstRead = std::min(firstRead, record.firstRead);
            lastRead = std::max(lastRead, record.lastRead);
        }
    }
    TimeNs connected = -1;
    const auto& openers = (m_spec.openedByReceiver ? m_to : m_from)->GetSessions();
    for (const auto& session : openers)
    {
        connected = std::max(connected, session->GetRecord().connected);
    }
    const auto bytes = BytesRead();
    const bool isComplete = completed == m_spec.connections && lastRead >= 0;
    const auto until = isComplete ? lastRead : (IsOver() ? m_overAt : end);
    const bool hasRun = opened >= 0 && until > opened;
    metrics.Set(Name("bytes"), static_cast<double>(bytes));
    metrics.Set(Name("goodput"),
                hasRun ? static_cast<double>(bytes) * 8 / ToSeconds(until - opened) : 0);
    if (m_subflows)
    {
        m_subflows->Report(Multipath(Source()),
                           Multipath(Sink()),
                           hasRun ? ToSeconds(until - opened) : 0,
                           metrics);
    }
    metrics.Set(Name("completed"), static_cast<double>(completed));
    metrics.Set(Name("reads"), static_cast<double>(reads));
    const auto set = [&](const std::string& name, bool known, TimeNs value) {
        if (known)
        {
            metrics.Set(Name(name), ToSeconds(value));
        }
        else
        {
            metrics.SetMissing(Name(name));
        }
    };
    set("completion", isComplete, lastRead - opened);
    set("connect", connected >= 0, connected - opened);
    set("first-byte", lastRead >= 0, firstRead - opened);
    set("read-gap.max", reads > 1, gap);
}

void
TrafficRun::ReportSending(hoststack::Metrics& metrics) const
{
    hoststack::tcp::Info sum;
    TimeNs minRtt = kNever;
    TimeNs lastRtt = 0;
    std::size_t count = 0;
    for (const auto& session : Source())
    {
        const auto* own = session->GetOwnSocket();
        if (!own)
        {
            continue;
        }
        ++count;
        const auto info = own->GetInfo();
        sum.dataSegmentsSent += info.dataSegmentsSent;
        sum.retransmissions += info.retransmissions;
        sum.bytesRetransmitted += info.bytesRetransmitted;
        sum.timeouts += info.timeouts;
        sum.fastRecoveries += info.fastRecoveries;
        sum.lossProbes += info.lossProbes;
        sum.undos += info.undos;
        sum.duplicateAcks += info.duplicateAcks;
        sum.zeroWindowProbes += info.zeroWindowProbes;
        minRtt = info.srtt > 0 ? std::min(minRtt, info.minRtt) : minRtt;
        lastRtt = info.srtt > 0 ? info.srtt : lastRtt;
    }
    const auto set = [&](const std::string& name, std::uint64_t value) {
        metrics.Set(Name(name), static_cast<double>(value));
    };
    if (count > 0)
    {
        set("data-segments", sum.dataSegmentsSent);
        set("retransmits", sum.retransmissions);
        set("retransmitted-bytes", sum.bytesRetransmitted);
        set("timeouts", sum.timeouts);
        set("fast-recoveries", sum.fastRecoveries);
        set("loss-probes", sum.lossProbes);
        set("undos", sum.undos);
        set("duplicate-acks", sum.duplicateAcks);
        set("zero-window.probes", sum.zeroWindowProbes);
        set("cwnd.max", m_cwndMax);
        double total = 0;
        for (const auto limit : m_limits)
        {
            total += limit;
        }
        const std::pair<const char*, Limit> shares[] = {
            {"cwnd", Limit::Cwnd},
            {"rwnd", Limit::ReceiveWindow},
            {"sndbuf", Limit::SendBuffer},
            {"pacing", Limit::Pacing},
            {"shared-window", Limit::SharedWindow},
            {"scheduler", Limit::Scheduler},
            {"app", Limit::Application},
            {"handshake", Limit::Handshake},
        };
        for (const auto& [name, limit] : shares)
        {
            const auto share = m_limits[static_cast<std::size_t>(limit)];
            metrics.Set(Name(std::string("limited.") + name), total > 0 ? share / total : 0);
        }
    }
    if (minRtt != kNever)
    {
        // A transfer shorter than the first look has the last value only.
        const bool seen = m_rttSamples > 0;
        metrics.Set(Name("rtt.min"), ToSeconds(minRtt));
        metrics.Set(Name("rtt.mean"),
                    seen ? m_rttSum / static_cast<double>(m_rttSamples) : ToSeconds(lastRtt));
        metrics.Set(Name("rtt.max"), seen ? m_rttMax : ToSeconds(lastRtt));
    }
    hoststack::tcp::Info received;
    std::size_t readers = 0;
    for (const auto& session : Sink())
    {
        if (const auto* own = session->GetOwnSocket())
        {
            const auto info = own->GetInfo();
            ++readers;
            received.pureAcksSent += info.pureAcksSent;
            received.windowUpdates += info.windowUpdates;
            received.zeroWindowsSent += info.zeroWindowsSent;
        }
    }
    if (readers > 0)
    {
        set("acks", received.pureAcksSent);
        set("window-updates", received.windowUpdates);
        set("zero-window.count", received.zeroWindowsSent);
    }
}

void
TrafficRun::ReportForeign(hoststack::Metrics& metrics) const
{
    const auto set = [&](const std::string& name, double value) { metrics.Set(Name(name), value); };
    double segments = 0;
    double retransmits = 0;
    double bytes = 0;
    double rttSum = 0;
    double rttMin = 0;
    double rttMax = 0;
    double samples = 0;
    double cwnd = 0;
    for (const auto& tally : m_sourceTallies)
    {
        segments += static_cast<double>(tally->dataSegments);
        retransmits += static_cast<double>(tally->retransmits);
        bytes += static_cast<double>(tally->retransmittedBytes);
        cwnd = std::max<double>(cwnd, tally->cwndMax);
        if (tally->rttSamples > 0)
        {
            rttMin = samples > 0 ? std::min(rttMin, tally->rttMin) : tally->rttMin;
            rttMax = std::max(rttMax, tally->rttMax);
            rttSum += tally->rttSum;
            samples += static_cast<double>(tally->rttSamples);
        }
    }
    if (!m_sourceTallies.empty())
    {
        set("data-segments", segments);
        set("retransmits", retransmits);
        set("retransmitted-bytes", bytes);
        set("cwnd.max", cwnd);
    }
    if (samples > 0)
    {
        set("rtt.min", rttMin);
        set("rtt.mean", rttSum / samples);
        set("rtt.max", rttMax);
    }
    if (!m_sinkTallies.empty())
    {
        double acks = 0;
        for (const auto& tally : m_sinkTallies)
        {
            acks += static_cast<double>(tally->pureAcks);
        }
        set("acks", acks);
    }
}

void
TrafficRun::ReportContent(hoststack::Metrics& metrics) const
{
    if (!m_network.GetOutside())
    {
        return;
    }
    std::size_t wrong = 0;
    std::int64_t first = -1;
    for (const auto* sessions : {&m_from->GetSessions(), &m_to->GetSessions()})
    {
        for (const auto& session : *sessions)
        {
            const auto at = session->GetRecord().wrongAt;
            wrong += at >= 0 ? 1 : 0;
            first = at >= 0 && (first < 0 || at < first) ? at : first;
        }
    }
    metrics.Set(Name("content-errors"), static_cast<double>(wrong));
    if (first >= 0)
    {
        metrics.Set(Name("content-error-at"), static_cast<double>(first));
    }
    else
    {
        metrics.SetMissing(Name("content-error-at"));
    }
}

void
TrafficRun::ReportResponses(hoststack::Metrics& metrics) const
{
    std::vector<TimeNs> times;
    for (const auto& session : Sink())
    {
        if (const auto* own = session->FindResponseTimes())
        {
            times.insert(times.end(), own->begin(), own->end());
        }
    }
    metrics.Set(Name("requests"), static_cast<double>(times.size()));
    ReportTimes(std::move(times), Name("response"), metrics);
}

void
TrafficRun::ReportResumption(hoststack::Metrics& metrics) const
{
    std::vector<TimeNs> times;
    for (const auto& session : Sink())
    {
        const auto* reader = dynamic_cast<const HoststackStreamReader*>(session.get());
        if (!reader)
        {
            return; // it reads elsewhere
        }
        const auto& own = reader->GetResumeDelays();
        times.insert(times.end(), own.begin(), own.end());
    }
    metrics.Set(Name("resume.count"), static_cast<double>(times.size()));
    ReportTimes(std::move(times), Name("resume"), metrics);
}

} // namespace ns3
