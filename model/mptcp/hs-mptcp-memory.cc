// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-connection.h"

// Connection: the host's memory. Data is charged at both levels while it is at both: on its way out
// to the connection and again to the subflow that carries it, on its way in to the subflow until
// the connection takes it (facts sheet linux.md 2.4.5).

namespace hoststack::mptcp
{

namespace
{

constexpr std::int64_t kFragmentHead = 40; // struct mptcp_data_frag

} // namespace

void
Connection::SetMemoryPressure(bool on)
{
    m_pressure = on;
    for (auto& s : m_subflows)
    {
        s->tcp->SetMemoryPressure(on);
    }
}

void
Connection::UseMemory(MemorySource& host)
{
    m_memory = &host;
    m_account = host.NewAccount(SocketKind::Multipath);
    m_receiver.SetAccount(m_account.get());
    m_sender.SetAccount(m_account.get());
    for (auto& s : m_subflows)
    {
        s->tcp->UseMemory(host);
    }
}

void
Connection::UsePacing(PacingSource& source)
{
    m_pacing = &source;
    for (auto& s : m_subflows)
    {
        s->tcp->UsePacing(source);
    }
}

std::uint32_t
DataSender::Afford(std::uint32_t bytes)
{
    // mptcp_sendmsg waits for memory even with an empty queue; a program that is not called again
    // would wait for ever, so that something always goes.
    if (m_account->Schedule(bytes + kFragmentHead, MemoryUse::Send))
    {
        return bytes;
    }
    if (m_queue.Size() > 0)
    {
        return 0;
    }
    const auto least = std::min(bytes, m_level.config.tcp->mss);
    m_account->ForceSchedule(least + kFragmentHead, MemoryUse::Send);
    return least;
}

void
DataSender::ChargeQueue()
{
    const auto now = static_cast<std::int64_t>(m_queue.Size()) +
                     static_cast<std::int64_t>(m_queue.Count()) * kFragmentHead;
    if (now > m_charged)
    {
        m_account->Charge(now - m_charged, MemoryUse::Send);
    }
    else if (now < m_charged)
    {
        m_account->Uncharge(m_charged - now, MemoryUse::Send);
    }
    m_charged = now;
}

} // namespace hoststack::mptcp
