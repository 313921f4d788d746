// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-kernel-application.h"

#include "ns3/hs-kernel-host.h"

#include <algorithm>

namespace ns3
{

using Kind = hoststack::LiveOrder::Kind;

namespace
{

hoststack::tcp::Info
TcpOf(const hoststack::KernelSubflow& told)
{
    constexpr auto none = ~std::uint32_t{0}; // tcpi_min_rtt without a sample
    hoststack::tcp::Info info;
    info.cwnd = told.cwnd;
    info.cwndMost = told.cwndMost;
    info.ssthresh = told.ssthresh;
    info.inFlight = told.inFlight;
    info.sendWindow = told.sendWindow;
    info.srtt = told.srtt * hoststack::kMicrosecond;
    info.rttLeast = told.minRtt == none ? info.rttLeast : told.minRtt * hoststack::kMicrosecond;
    info.retransmissions = told.retransmissions;
    info.timeouts = told.timeouts;
    info.bytesSent = told.bytesSent;
    info.bytesRetransmitted = told.bytesRetransmitted;
    info.segmentsSent = told.segmentsOut;
    info.dataSegmentsSent = told.dataSegmentsOut;
    // All but data, the SYN and the FIN.
    const std::uint32_t others = told.dataSegmentsOut + 1 + (told.finSent ? 1 : 0);
    info.pureAcksSent = told.segmentsOut - std::min(told.segmentsOut, others);
    return info;
}

/// As HoststackMptcpSocket::GetInfo puts subflows together.
void
AddTcp(hoststack::tcp::Info& sum, const hoststack::tcp::Info& one, bool closed)
{
    sum.cwndMost = std::max(sum.cwndMost, one.cwndMost);
    sum.rttLeast = std::min(sum.rttLeast, one.rttLeast);
    sum.retransmissions += one.retransmissions;
    sum.timeouts += one.timeouts;
    sum.bytesSent += one.bytesSent;
    sum.bytesRetransmitted += one.bytesRetransmitted;
    sum.segmentsSent += one.segmentsSent;
    sum.dataSegmentsSent += one.dataSegmentsSent;
    sum.pureAcksSent += one.pureAcksSent;
    if (!closed)
    {
        sum.cwnd += one.cwnd;
        sum.ssthresh = std::max(sum.ssthresh, one.ssthresh);
        sum.inFlight += one.inFlight;
        sum.sendWindow = std::max(sum.sendWindow, one.sendWindow);
        sum.srtt = sum.srtt == 0 ? one.srtt : std::min(sum.srtt, one.srtt);
    }
}

hoststack::mptcp::SubflowInfo
SubflowOf(const hoststack::KernelSubflow& told, std::uint32_t id)
{
    hoststack::mptcp::SubflowInfo subflow;
    subflow.id = id;
    subflow.local.address = told.local;
    subflow.local.port = told.localPort;
    subflow.remote.address = told.remote;
    subflow.remote.port = told.remotePort;
    subflow.established = true;
    subflow.closed = told.closed;
    // Every byte that a subflow sent for the first time is one of the stream, or a copy of one.
    subflow.dataBytesSent = told.bytesSent - std::min(told.bytesSent, told.bytesRetransmitted);
    subflow.tcp = TcpOf(told);
    return subflow;
}

HoststackSessionPicture
PictureOf(const hoststack::KernelPicture& told)
{
    HoststackSessionPicture picture;
    picture.countsTimeouts = told.countsTimeouts;
    picture.countsReinjections = told.countsReinjections;
    if (told.isMultipath)
    {
        auto& multipath = picture.multipath.emplace();
        multipath.fallback = told.isFallback;
        multipath.bytesReinjected = told.bytesReinjected;
        multipath.timeouts = told.dataTimeouts;
        multipath.sendQueue = told.sendQueue;
        for (std::size_t i = 0; i < told.subflowCount; ++i)
        {
            multipath.subflows.push_back(
                SubflowOf(told.subflows[i], static_cast<std::uint32_t>(i + 1)));
            AddTcp(picture.tcp, multipath.subflows.back().tcp, told.subflows[i].closed);
        }
    }
    else
    {
        picture.tcp = TcpOf(told.subflows[0]);
    }
    picture.tcp.receiveBuffer = told.receiveBuffer;
    picture.tcp.receiveMemory = told.receiveMemory;
    picture.tcp.sendQueue = told.sendQueue;
    return picture;
}

} // namespace

void
KernelSession::Learn(const Record& record, const hoststack::KernelPicture& picture)
{
    if (picture.isKnown)
    {
        m_picture = PictureOf(picture);
        m_tellsWindow = picture.tellsWindow;
    }
    TakeRecord(record);
}

KernelApplication::KernelApplication(KernelHost& host, std::size_t leg, bool opens)
    : m_host(host),
      m_leg(leg),
      m_opens(opens)
{
}

void
KernelApplication::StartApplication()
{
    // Listeners listen since before the run.
    if (m_opens)
    {
        m_host.Order(Kind::Open, m_leg);
    }
}

void
KernelApplication::StopApplication()
{
    StopSessions();
}

std::size_t
KernelApplication::StopSessions()
{
    m_host.Order(Kind::Stop, m_leg);
    return Unended();
}

std::size_t
KernelApplication::AbortSessions()
{
    m_host.Order(Kind::Abort, m_leg);
    return Unended();
}

std::size_t
KernelApplication::Unended() const
{
    const auto& sessions = GetSessions();
    return static_cast<std::size_t>(
        std::count_if(sessions.begin(), sessions.end(), [](const auto& session) {
            return !session->IsOver();
        }));
}

KernelSession&
KernelApplication::Session(std::size_t index)
{
    while (m_known.size() <= index)
    {
        auto session = std::make_unique<KernelSession>();
        m_known.push_back(session.get());
        Keep(std::move(session));
    }
    return *m_known[index];
}

} // namespace ns3
