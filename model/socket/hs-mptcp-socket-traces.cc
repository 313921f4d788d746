// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-socket.h"

#include <algorithm>

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
    std::uint32_t id{0};
    TcpSocket::TcpStates_t state{TcpSocket::CLOSED};
    std::uint32_t cwnd{0};
    Time rtt{0};
    std::uint64_t sent{0};
    std::uint64_t received{0};
};

bool
HoststackMptcpSocket::AreSubflowsTraced() const
{
    const auto& t = *m_subflowTraces;
    return m_subflowTraces.IsOwned() &&
           !(t.state.IsEmpty() && t.cwnd.IsEmpty() && t.rtt.IsEmpty() && t.sent.IsEmpty() &&
             t.received.IsEmpty());
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
    auto& all = *m_shownSubflows;
    const auto isGone = [&info](const Shown& shown) {
        return std::none_of(info.subflows.begin(), info.subflows.end(), [&](const auto& subflow) {
            return subflow.id == shown.id;
        });
    };
    all.erase(std::remove_if(all.begin(), all.end(), isGone), all.end());
    for (const auto& subflow : info.subflows)
    {
        auto found = std::find_if(all.begin(), all.end(), [&](const Shown& shown) {
            return shown.id == subflow.id;
        });
        if (found == all.end())
        {
            found = all.insert(all.end(), Shown{});
            found->id = subflow.id;
        }
        auto& shown = *found;
        Show(m_subflowTraces->state, subflow.id, shown.state, ToNs3(subflow.tcp.state));
        Show(m_subflowTraces->cwnd, subflow.id, shown.cwnd, subflow.tcp.cwnd * subflow.tcp.mss);
        Show(m_subflowTraces->rtt, subflow.id, shown.rtt, Time(NanoSeconds(subflow.tcp.srtt)));
        Show(m_subflowTraces->sent, subflow.id, shown.sent, subflow.dataBytesSent);
        Show(m_subflowTraces->received, subflow.id, shown.received, subflow.dataBytesReceived);
    }
}

} // namespace ns3
