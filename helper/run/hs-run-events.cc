// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-run-events.h"

#include "ns3/hs-tcp-types.h"

namespace ns3
{

using hoststack::Happening;

namespace
{

/// Takes apart what an end says (see Happening::Ended).
void
ExplainEnd(std::uint64_t value, hoststack::RunEvent& event)
{
    event.detail = hoststack::tcp::ToString(static_cast<hoststack::tcp::End>(value & 255));
    if (value >> 8 > 0)
    {
        event.value = static_cast<double>(value >> 8);
    }
}

} // namespace

RunEvents::RunEvents(hoststack::RunObserver& observer)
    : m_observer(observer),
      m_wanted(observer.WantsEvents())
{
}

hoststack::EventSource
RunEvents::NewSource(Origin origin)
{
    m_origins.push_back(std::move(origin));
    return {m_wanted ? &m_log : nullptr, static_cast<std::uint32_t>(m_origins.size() - 1), 0};
}

void
RunEvents::Drain()
{
    for (const auto& entry : m_log.Entries())
    {
        const auto& origin = m_origins[entry.object];
        hoststack::RunEvent event;
        event.at = entry.at;
        event.object = origin.object;
        event.what = ToString(entry.what);
        event.host = origin.host;
        event.subflow = entry.part;
        if (entry.part > 0 && origin.part)
        {
            const auto part = origin.part(entry.part);
            event.object += part.empty() ? "" : '.' + part;
        }
        if (entry.what == Happening::Ended || entry.what == Happening::SubflowLost)
        {
            ExplainEnd(entry.value, event);
        }
        else if (entry.value > 0)
        {
            event.value = static_cast<double>(entry.value);
        }
        m_observer.OnEvent(event);
    }
    m_log.Clear();
}

void
RunEvents::Note(const hoststack::RunEvent& event)
{
    if (m_wanted)
    {
        Drain();
        m_observer.OnEvent(event);
    }
}

} // namespace ns3
