// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-connection.h"

#include <algorithm>

// What a connection tells: pictures of itself, events and notes; and what its subflows' options
// say.

namespace hoststack::mptcp
{

void
Connection::SetEventSource(const EventSource& source)
{
    m_source = source;
    for (auto& s : m_subflows)
    {
        s->tcp->SetEventSource({source.log, source.object, s->id});
    }
}

void
Connection::RestartPeaks()
{
    for (auto& s : m_subflows)
    {
        s->tcp->RestartPeaks();
    }
}

void
Connection::SettleHolds(TimeNs now)
{
    m_sender.SettleIdle(now);
}

void
Connection::Note(TimeNs now, Happening what, std::uint32_t part, std::uint64_t value) const
{
    EventSource{m_source.log, m_source.object, part}.Note(now, what, value);
}

void
Connection::NoteEnd(TimeNs now, tcp::End end)
{
    if (m_info->end != tcp::End::Open)
    {
        return;
    }
    auto& told = m_info.Own();
    told.end = end;
    told.endedAt = now;
    for (const auto& s : m_subflows)
    {
        const auto last = s->tcp->GetInfo(now);
        if (last.retries > told.retries)
        {
            told.retries = last.retries;
            told.repairedFor = last.repairedFor;
        }
    }
    Note(now,
         Happening::Ended,
         0,
         static_cast<std::uint64_t>(end) + (std::uint64_t{told.retries} << 8));
}

std::uint32_t
Connection::TakeEvents()
{
    const auto events = m_events;
    m_events = 0;
    return events;
}

DataLevel::Numbers
Connection::NumbersToSay() const
{
    Numbers numbers;
    numbers.next = m_receiver.Queue().Next();
    numbers.finOffset = m_sender.Queue().End();
    numbers.ack64 = m_receiver.Acks64();
    numbers.finSent = m_sender.FinIs(DataSender::Fin::Sent);
    numbers.tellsFin = m_sender.TellsFin();
    return numbers;
}

Info
Connection::GetInfo(TimeNs now) const
{
    Info info = *m_info;
    info.state = m_state;
    if (m_fallback && info.end == tcp::End::Open)
    {
        const auto only = m_subflows.front()->tcp->GetInfo(now);
        info.end = only.end;
        info.endedAt = only.endedAt;
    }
    info.fallback = m_fallback;
    info.token = m_keys.Local().token;
    info.bytesSent = m_sender.Queue().Next() - 1;
    info.bytesAcked = m_sender.Queue().Una() - 1 -
                      (m_sender.FinIs(DataSender::Fin::Acked) && !m_fallback ? 1 : 0);
    info.bytesReceived = m_receiver.Queue().Next() - 1 - (m_receiver.IsFinReached() ? 1 : 0);
    info.receiveWindow = m_window.LeftFrom(m_receiver.Queue().Next());
    info.sendQueue = static_cast<std::uint32_t>(m_sender.Queue().Size());
    info.subflows = m_ended;
    for (const auto& s : m_subflows)
    {
        info.subflows.push_back(InfoOf(*s, now));
    }
    if (!m_ended.empty())
    {
        std::sort(info.subflows.begin(), info.subflows.end(), [](const auto& a, const auto& b) {
            return a.id < b.id;
        });
    }
    return info;
}

SubflowInfo
Connection::InfoOf(const Subflow& s, TimeNs now) const
{
    SubflowInfo sub;
    sub.id = s.id;
    sub.local = s.local;
    sub.remote = s.remote;
    sub.localId = s.localId;
    sub.remoteId = s.remoteId;
    sub.established = s.IsEstablished() && s.IsProven();
    sub.closed = s.IsClosed();
    sub.backup = s.backup || s.requestBackup;
    sub.stale = s.stale;
    sub.end = s.ending.why;
    sub.endedAt = s.ending.at;
    sub.resetReason = static_cast<std::uint8_t>(s.ending.peerResetReason);
    sub.dataBytesSent = s.dataBytesSent;
    sub.dataBytesReceived = s.dataBytesReceived;
    sub.tcp = s.tcp->GetInfo(now);
    auto& limitedFor = sub.tcp.limitedFor;
    auto idleFor = *s.send.idleFor;
    idleFor[static_cast<std::size_t>(m_sender.IdleReasonOf(s))] +=
        s.tcp->IdleTime(now) - s.send.idleAccounted;
    limitedFor[static_cast<std::size_t>(tcp::Limit::Application)] = 0;
    for (std::size_t i = 0; i < limitedFor.size(); ++i)
    {
        limitedFor[i] += idleFor[i];
    }
    return sub;
}

} // namespace hoststack::mptcp
