// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-socket.h"
#include "ns3/hs-traffic-meter.h"

#include <cstdio>

// What is said of a traffic in words: how connections ended, who sleeps.

namespace ns3
{

using hoststack::ConnectionRecord;
using hoststack::TimeNs;
using hoststack::tcp::End;

namespace
{

/// Notes on one kind of end, at most.
constexpr std::size_t kMostNotes = 10;

/// " at 12.3 s"
std::string
At(TimeNs at)
{
    char text[48];
    std::snprintf(text, sizeof text, " at %.6g s", hoststack::ToSeconds(at));
    return text;
}

std::string
ExplainGivingUp(TimeNs at, std::uint32_t retries, TimeNs repairedFor)
{
    auto text = "given up" + At(at);
    if (retries > 0)
    {
        text += " after " + std::to_string(retries) +
                (retries == 1 ? " repetition" : " repetitions") + " without an answer";
    }
    if (repairedFor > 0)
    {
        char since[64];
        std::snprintf(since,
                      sizeof since,
                      ", %.4g s after repairs began",
                      hoststack::ToSeconds(repairedFor));
        text += since;
    }
    return text;
}

std::string
Explain(End end, TimeNs at, std::uint32_t retries, TimeNs repairedFor)
{
    switch (end)
    {
    case End::GivenUp:
        return ExplainGivingUp(at, retries, repairedFor);
    case End::Reset:
        return "reset by the other side" + At(at);
    case End::Refused:
        return "refused" + At(at);
    case End::Aborted:
        return "aborted" + At(at);
    default:
        return "closed" + At(at);
    }
}

} // namespace

/// Readers that wait for more than the window lets in, which a multipath socket tells nobody.
void
TrafficMeter::AddSleepers(hoststack::RunResult& result) const
{
    std::size_t count = 0;
    std::string what;
    for (const auto& session : Sink())
    {
        const auto* own = session->GetOwnSocket();
        const auto there = own ? own->GetRxAvailable() : 0;
        const auto mark = own ? own->GetConfig()->receiveLowat : 1;
        if (there > 0 && there < mark && !session->IsFinished() && !own->Poll().readable &&
            own->GetWindowStatus().IsClosed())
        {
            ++count;
            what = std::to_string(there) + " of " + std::to_string(mark) + " bytes";
        }
    }
    if (count > 0)
    {
        result.notes.push_back(
            "traffic " + m_spec.name + ": the reader waits for its low-water mark, " + what +
            " are there, and the window lets in no more: Linux would never wake it, either" +
            (count > 1 ? " (" + std::to_string(count) + " connections)" : ""));
    }
}

void
TrafficMeter::AddNotes(const std::vector<ConnectionRecord>& records,
                       hoststack::RunResult& result) const
{
    std::size_t count = 0;
    for (const auto& record : m_spec.IsRelayed() ? std::vector<ConnectionRecord>() : records)
    {
        if (record.end == End::GivenUp || record.end == End::Reset || record.end == End::Refused)
        {
            if (++count <= kMostNotes)
            {
                const auto which =
                    m_spec.connections > 1 ? " connection " + std::to_string(record.number) : "";
                result.notes.push_back(
                    "traffic " + m_spec.name + which + ": " +
                    Explain(record.end, record.endedAt, record.retries, record.repairedFor) +
                    ", told by " + record.endedBy);
            }
        }
    }
    if (count > kMostNotes)
    {
        result.notes.push_back("traffic " + m_spec.name + ": " +
                               std::to_string(count - kMostNotes) +
                               " more connections ended like that; see connections.csv");
    }
    AddSleepers(result);
    if (!m_subflows)
    {
        return;
    }
    count = 0;
    const auto& sources = Multipath(Source()).empty() ? Sink() : Source();
    for (const auto& info : Multipath(sources))
    {
        for (const auto& subflow : info.subflows)
        {
            const auto lane = m_subflows->LaneOf(subflow);
            // A join that was refused was never a part of the connection.
            const bool counts = subflow.established || subflow.end == End::GivenUp;
            if (counts &&
                (subflow.end == End::GivenUp || subflow.end == End::Reset ||
                 subflow.end == End::Refused) &&
                lane < m_subflows->LaneCount() && ++count <= kMostNotes)
            {
                result.notes.push_back("traffic " + m_spec.name + ", subflow " +
                                       std::to_string(subflow.id) + " (" +
                                       m_subflows->LaneName(lane) + "): " +
                                       Explain(subflow.end,
                                               subflow.endedAt,
                                               subflow.tcp.retries,
                                               subflow.tcp.repairedFor));
            }
        }
    }
}

} // namespace ns3
