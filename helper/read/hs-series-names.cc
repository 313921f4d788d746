// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-series-names.h"

#include "ns3/hs-core-metrics.h"
#include "ns3/hs-metric.h"
#include "ns3/hs-traffic-legs.h"

#include <algorithm>

namespace hoststack
{

bool
MatchesPattern(const std::string& pattern, const std::string& name)
{
    // Back to the last star and one character further, as often as need be.
    std::size_t p = 0;
    std::size_t n = 0;
    std::size_t star = std::string::npos;
    std::size_t from = 0;
    while (n < name.size())
    {
        if (p < pattern.size() && pattern[p] == '*')
        {
            star = p++;
            from = n;
        }
        else if (p < pattern.size() && pattern[p] == name[n])
        {
            ++p;
            ++n;
        }
        else if (star != std::string::npos)
        {
            p = star + 1;
            n = ++from;
        }
        else
        {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string::npos;
}

std::string
FirstConnection(const std::string& pattern)
{
    static const std::string mark = ".connections.";
    const auto begin = pattern.find(mark);
    if (begin == std::string::npos)
    {
        return pattern;
    }
    const auto digits = begin + mark.size();
    const auto end = pattern.find_first_not_of("0123456789", digits);
    const bool hasNumber = end != digits && digits < pattern.size();
    return hasNumber ? pattern.substr(0, digits) + '1' +
                           (end == std::string::npos ? "" : pattern.substr(end))
                     : pattern;
}

std::vector<std::string>
SeriesNames(const Scenario& scenario)
{
    std::vector<std::string> names;
    const auto fill = [](const std::string& pattern, const std::string& owner) {
        const auto star = pattern.find('*');
        return pattern.substr(0, star) + owner + pattern.substr(star + 1);
    };
    const auto measured = MeasuredTraffic(scenario);
    for (const auto& info : MetricCatalogue())
    {
        // A leg has the names of a traffic.
        if (info.use.series == InSeries::No || info.pattern.rfind("traffic.*.legs.", 0) == 0)
        {
            continue;
        }
        if (const auto part = HostPartOf(info.pattern); !part.empty())
        {
            for (const auto& host : scenario.hosts)
            {
                if (HasPart(host, part))
                {
                    names.push_back(fill(info.pattern, host.name));
                }
            }
            continue;
        }
        if (info.pattern.rfind("hosts.*.cpu.*.", 0) == 0)
        {
            const auto suffix = info.pattern.substr(std::string("hosts.*.cpu.*").size());
            for (const auto& host : scenario.hosts)
            {
                for (const auto& object :
                     CoreObjects(host.name, host.machine ? host.machine->config.cores : 0))
                {
                    names.push_back(object + suffix);
                }
            }
            continue;
        }
        if (info.pattern.rfind("links.", 0) == 0)
        {
            for (const auto& link : scenario.links)
            {
                names.push_back(fill(info.pattern, link.name));
            }
            continue;
        }
        for (const auto& datagrams : scenario.datagrams)
        {
            if (info.pattern == "traffic.*.goodput" || info.pattern == "traffic.*.bytes")
            {
                names.push_back(fill(info.pattern, datagrams.name));
            }
        }
        for (const auto& traffic : measured)
        {
            const auto name = fill(info.pattern, traffic.name);
            if (name.find(".connections.*") != std::string::npos)
            {
                if (traffic.connections > 1)
                {
                    names.push_back(fill(name, "1"));
                }
            }
            else if (name.find('*') == std::string::npos)
            {
                names.push_back(name);
            }
            else
            {
                for (const auto& link : scenario.links)
                {
                    names.push_back(fill(name, link.name));
                }
            }
        }
    }
    return names;
}

SeriesChoice::SeriesChoice(std::vector<std::string> patterns)
    : m_patterns(std::move(patterns))
{
}

bool
SeriesChoice::Takes(const std::string& object, const std::string& metric)
{
    if (m_patterns.empty())
    {
        return true;
    }
    const auto name = object + '.' + metric;
    const auto known = m_known.find(name);
    if (known != m_known.end())
    {
        return known->second;
    }
    const bool takes = std::any_of(m_patterns.begin(), m_patterns.end(), [&](const auto& pattern) {
        return MatchesPattern(pattern, name);
    });
    m_known[name] = takes;
    return takes;
}

} // namespace hoststack
