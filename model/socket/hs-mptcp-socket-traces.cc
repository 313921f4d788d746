// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-socket.h"

namespace ns3
{

namespace
{

template <class Trace, class Value>
void
Show(const Trace& trace, std::uint32_t id, Value& shown, Value value)
{
    if (shown != value)
    {
        const auto before = shown;
        shown = value;
        trace(id, before, value);
    }
}

} // namespace

/// What the trace sources said last of one subflow.
struct HoststackMptcpSocket::Shown
{
    TcpSocket::TcpStates_t state{TcpSocket::CLOSED};
    std::uint32_t cwnd{0};
    Time rtt{0};
    std::uint64_t sent{0};
    std::uint64_t received{0};
};

bool
HoststackMptcpSocket::AreSubflowsTraced() const
{
    return !m_subflowState.IsEmpty() || !m_subflowCwnd.IsEmpty() || !m_subflowRtt.IsEmpty() ||
           !m_subflowSent.IsEmpty() || !m_subflowReceived.IsEmpty();
}

bool
HoststackMptcpSocket::IsTraced() const
{
    return AreSubflowsTraced() || HoststackTcpSocket::IsTraced();
}

void
HoststackMptcpSocket::UpdateTraces()
{
    HoststackTcpSocket::UpdateTraces();
    if (!AreSubflowsTraced())
    {
        return;
    }
    if (!m_shownSubflows)
    {
        m_shownSubflows = std::make_shared<std::vector<Shown>>();
    }
    const auto info = GetMptcpInfo();
    m_shownSubflows->resize(info.subflows.size());
    for (std::size_t i = 0; i < info.subflows.size(); ++i)
    {
        const auto& subflow = info.subflows[i];
        auto& shown = (*m_shownSubflows)[i];
        Show(m_subflowState, subflow.id, shown.state, ToNs3(subflow.tcp.state));
        Show(m_subflowCwnd, subflow.id, shown.cwnd, subflow.tcp.cwnd * subflow.tcp.mss);
        Show(m_subflowRtt, subflow.id, shown.rtt, Time(NanoSeconds(subflow.tcp.srtt)));
        Show(m_subflowSent, subflow.id, shown.sent, subflow.dataBytesSent);
        Show(m_subflowReceived, subflow.id, shown.received, subflow.dataBytesReceived);
    }
}

} // namespace ns3
