// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-topology.h"

#include <deque>

namespace hoststack
{

Topology::Topology(const Scenario& scenario)
    : m_links(scenario.links),
      m_linksOf(scenario.hosts.size())
{
    for (std::size_t i = 0; i < m_links.size(); ++i)
    {
        const auto [first, second] = m_links[i].ends;
        m_linksOf.at(first).push_back(i);
        if (second != first)
        {
            m_linksOf.at(second).push_back(i);
        }
    }
}

bool
Topology::IsEnd(std::size_t link, std::size_t host) const
{
    return m_links[link].ends[0] == host || m_links[link].ends[1] == host;
}

std::size_t
Topology::SideOf(std::size_t link, std::size_t host) const
{
    return m_links[link].ends[0] == host ? 0 : 1;
}

std::size_t
Topology::OtherEnd(std::size_t link, std::size_t host) const
{
    return m_links[link].ends[1 - SideOf(link, host)];
}

Topology::End
Topology::BeyondBridges(const Scenario& scenario, End end)
{
    // A way that comes back to a link is a ring of bridges, at which nobody is.
    for (std::size_t steps = 0; steps < scenario.links.size(); ++steps)
    {
        const auto host = scenario.links[end.link].ends[end.side];
        if (!scenario.hosts[host].bridges)
        {
            break;
        }
        for (std::size_t link = 0; link < scenario.links.size(); ++link)
        {
            const auto& ends = scenario.links[link].ends;
            if (link != end.link && (ends[0] == host || ends[1] == host))
            {
                end = {link, ends[0] == host ? std::size_t{1} : std::size_t{0}};
                break;
            }
        }
    }
    return end;
}

bool
Topology::Joins(std::size_t link, std::size_t host, std::size_t other) const
{
    return IsEnd(link, host) && OtherEnd(link, host) == other;
}

bool
Topology::AreConnected(std::size_t host, std::size_t other) const
{
    return host == other || LastLinks(host, std::nullopt)[other] < m_links.size();
}

bool
Topology::LeadsTo(std::size_t link, std::size_t host, std::size_t peer) const
{
    const auto next = OtherEnd(link, host);
    return next == peer || LastLinks(next, host)[peer] < m_links.size();
}

std::vector<std::size_t>
Topology::LastLinks(std::size_t from, std::optional<std::size_t> without) const
{
    // Breadth first, so the first way found has the fewest links; equal ones by index.
    const auto none = m_links.size();
    std::vector<std::size_t> last(m_linksOf.size(), none);
    std::deque<std::size_t> open{from};
    while (!open.empty())
    {
        const auto host = open.front();
        open.pop_front();
        for (const auto link : LinksOf(host))
        {
            const auto next = OtherEnd(link, host);
            if (next == from || last[next] != none)
            {
                continue;
            }
            last[next] = link;
            if (next != without)
            {
                open.push_back(next);
            }
        }
    }
    return last;
}

Topology::Way
Topology::FindWay(std::size_t from, std::size_t to) const
{
    const auto last = LastLinks(from, std::nullopt);
    Way way;
    if (from != to && last[to] == m_links.size())
    {
        return way;
    }
    way.hosts.push_back(to);
    for (auto host = to; host != from;)
    {
        const auto link = last[host];
        way.links.insert(way.links.begin(), link);
        host = OtherEnd(link, host);
        way.hosts.insert(way.hosts.begin(), host);
    }
    return way;
}

std::vector<std::optional<std::size_t>>
Topology::FirstLinks(std::size_t from, std::optional<std::size_t> without) const
{
    const auto last = LastLinks(from, without);
    std::vector<std::optional<std::size_t>> first(m_linksOf.size());
    for (std::size_t to = 0; to < m_linksOf.size(); ++to)
    {
        for (auto host = to; host != from && last[host] != m_links.size();)
        {
            first[to] = last[host];
            host = OtherEnd(last[host], host);
        }
    }
    return first;
}

} // namespace hoststack
