// SPDX-License-Identifier: GPL-2.0-only

// HoststackMptcpSocket: a picture of the connection.

#include "ns3/hs-mptcp-socket.h"
#include "ns3/hs-tcp-counters.h"

#include <algorithm>

namespace ns3
{

using hoststack::TimeNs;

namespace
{

/// ssthresh of a subflow that has had no loss yet, segments (Linux' TCP_INFINITE_SSTHRESH).
constexpr std::uint32_t kNoThreshold = 0x7fffffff;

/// Adds the time by what held it back.
void
AddLimits(hoststack::tcp::Info& sum, const hoststack::tcp::Info& one)
{
    for (std::size_t i = 0; i < sum.limitedFor.size(); ++i)
    {
        sum.limitedFor[i] += one.limitedFor[i];
    }
}

/// Adds what an open subflow has at the moment.
void
AddPresent(hoststack::tcp::Info& sum, const hoststack::tcp::Info& one)
{
    const auto least = [](TimeNs& value, TimeNs other) {
        value = value == 0 || (other > 0 && other < value) ? other : value;
    };
    sum.mss = std::max(sum.mss, one.mss);
    sum.receiveMss = std::max(sum.receiveMss, one.receiveMss);
    sum.cwnd += one.cwnd;
    sum.ssthresh = std::min(kNoThreshold, sum.ssthresh + one.ssthresh);
    sum.inFlight += one.inFlight;
    sum.sendWindow = std::max(sum.sendWindow, one.sendWindow);
    sum.receiveBuffer = std::max(sum.receiveBuffer, one.receiveBuffer);
    sum.receiveMemory += one.receiveMemory;
    sum.sendBuffer += one.sendBuffer;
    sum.caState = std::max(sum.caState, one.caState);
    sum.pacingRate += one.pacingRate;
    sum.deliveryRate += one.deliveryRate;
    least(sum.srtt, one.srtt);
    least(sum.rttvar, one.rttvar);
    least(sum.minRtt, one.minRtt);
    least(sum.rto, one.rto);
    least(sum.receiverRtt, one.receiverRtt);
}

} // namespace

hoststack::mptcp::Info
HoststackMptcpSocket::GetMptcpInfo() const
{
    return m_multipath ? m_multipath->GetInfo(m_protocol->Machine().Current().Now())
                       : hoststack::mptcp::Info();
}

void
HoststackMptcpSocket::SettleHolds() const
{
    if (m_multipath)
    {
        m_multipath->SettleHolds(m_protocol->Machine().Current().Now());
    }
}

std::uint32_t
HoststackMptcpSocket::CongestionWindow() const
{
    return m_multipath ? m_multipath->CongestionWindow() : 0;
}

hoststack::tcp::Info
HoststackMptcpSocket::GetInfo() const
{
    hoststack::tcp::Info sum;
    const auto info = GetMptcpInfo();
    const auto hasSent = [](const auto& subflow) { return subflow.dataBytesSent > 0; };
    const bool anySent = std::any_of(info.subflows.begin(), info.subflows.end(), hasSent);
    for (const auto& subflow : info.subflows)
    {
        hoststack::tcp::AddTally(sum, subflow.tcp);
        // One that never got data, as an idle backup, does not say why the others were no faster;
        // and a join that has come to nothing says nothing at all.
        const bool isPart = subflow.established || subflow.id == 1;
        if (anySent ? hasSent(subflow) : isPart)
        {
            AddLimits(sum, subflow.tcp);
        }
        if (!subflow.closed)
        {
            AddPresent(sum, subflow.tcp);
        }
    }
    hoststack::tcp::AddTally(sum, *info.gone);
    sum.state = info.state;
    sum.end = info.end;
    sum.endedAt = info.endedAt;
    sum.retries = info.retries;
    sum.repairedFor = info.repairedFor;
    sum.bytesAcked = info.bytesAcked;
    sum.bytesReceived = info.bytesReceived;
    sum.receiveWindow = info.receiveWindow;
    sum.sendQueue = info.sendQueue;
    return sum;
}

} // namespace ns3
