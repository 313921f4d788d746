// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-metric.h"

#include "ns3/hs-bridge-metrics.h"
#include "ns3/hs-core-metrics.h"
#include "ns3/hs-datagram-metrics.h"
#include "ns3/hs-dispatch-metrics.h"
#include "ns3/hs-hpts-metrics.h"
#include "ns3/hs-link-metrics.h"
#include "ns3/hs-loopback-metrics.h"
#include "ns3/hs-memory-metrics.h"
#include "ns3/hs-nic-metrics.h"
#include "ns3/hs-relay-metrics.h"
#include "ns3/hs-socket-layer-metrics.h"
#include "ns3/hs-subflow-metrics.h"
#include "ns3/hs-traffic-metrics.h"

#include <cassert>
#include <cmath>
#include <cstdio>

namespace hoststack
{

namespace
{

/// Whether \p name is \p pattern with each '*' replaced by one part without a dot.
bool
Matches(const std::string& pattern, const std::string& name)
{
    std::size_t p = 0;
    std::size_t n = 0;
    while (p < pattern.size() && n < name.size())
    {
        if (pattern[p] == '*')
        {
            const std::size_t begin = n;
            while (n < name.size() && name[n] != '.')
            {
                ++n;
            }
            if (n == begin)
            {
                return false;
            }
            ++p;
        }
        else if (pattern[p++] != name[n++])
        {
            return false;
        }
    }
    return p == pattern.size() && n == name.size();
}

std::vector<MetricInfo>
MakeCatalogue()
{
    using U = MetricUnit;
    std::vector<MetricInfo> list;
    AppendFamilies("traffic.*.", TrafficMetricTable(), list);
    AppendFamilies("traffic.*.", DatagramMetricTable(), list);
    AppendFamilies("traffic.*.subflows.*.", SubflowMetricTable(), list);
    AppendSeriesFamilies("traffic.*.connections.*.", TrafficMetricTable(), list);
    AppendFamilies("traffic.*.through.*.", RelayMetricTable(), list);
    AppendFamilies("traffic.*.legs.*.", TrafficMetricTable(), list);
    AppendFamilies("traffic.*.legs.*.subflows.*.", SubflowMetricTable(), list);
    AppendSeriesFamilies("traffic.*.legs.*.connections.*.", TrafficMetricTable(), list);
    for (const std::string direction : {"down", "up"})
    {
        const std::string d = "links.*." + direction + '.';
        AppendFamilies(d, LinkMetricTable(), list);
    }
    AppendFamilies("hosts.*.memory.", MemoryMetricTable(), list);
    AppendFamilies("hosts.*.nic.", NicMetricTable(), list);
    AppendFamilies("hosts.*.loopback.", LoopbackMetricTable(), list);
    AppendFamilies("hosts.*.bridge.", BridgeMetricTable(), list);
    AppendFamilies("dispatch.*.*.*.", DispatchMetricTable(), list);
    AppendFamilies("hosts.*.sockets.", SocketLayerMetricTable(), list);
    AppendFamilies("hosts.*.cpu.", MachineMetricTable(), list);
    AppendFamilies("hosts.*.cpu.*.", CoreMetricTable(), list);
    AppendFamilies("hosts.*.hpts.", HptsMetricTable(), list);
    list.push_back({"live.late.mean",
                    U::Seconds,
                    "live: how late packets for the kernel left, against simulated time, mean"});
    list.push_back({"live.late.max", U::Seconds, "the same, most"});
    list.push_back(
        {"hosts.*.counters.*",
         U::Count,
         "what the host counted, by its name in Linux' nstat: `hoststack list counters`"});
    list.push_back({"run.duration", U::Seconds, "simulated time"});
    return list;
}

} // namespace

const std::vector<MetricInfo>&
MetricCatalogue()
{
    static const std::vector<MetricInfo> catalogue = MakeCatalogue();
    return catalogue;
}

const MetricInfo*
FindMetric(const std::string& name)
{
    for (const auto& info : MetricCatalogue())
    {
        if (Matches(info.pattern, name))
        {
            return &info;
        }
    }
    return nullptr;
}

std::optional<QuantityKind>
QuantityOf(MetricUnit unit)
{
    switch (unit)
    {
    case MetricUnit::Seconds:
        return QuantityKind::Time;
    case MetricUnit::BitsPerSecond:
        return QuantityKind::Rate;
    case MetricUnit::Bytes:
        return QuantityKind::Size;
    case MetricUnit::Share:
        return QuantityKind::Share;
    case MetricUnit::Count:
        break;
    }
    return std::nullopt;
}

bool
IsHostCounter(const std::string& name)
{
    static const std::string pattern = "hosts.*.counters.*";
    return Matches(pattern, name);
}

std::string
FormatMetric(double value, MetricUnit unit)
{
    if (const auto kind = QuantityOf(unit))
    {
        return FormatQuantity(value, *kind);
    }
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, value == std::floor(value) ? "%.0f" : "%.4g", value);
    return buffer;
}

std::string
SeriesWord(InSeries series)
{
    switch (series)
    {
    case InSeries::Total:
        return "total";
    case InSeries::Interval:
        return "interval";
    case InSeries::State:
        return "state";
    case InSeries::No:
        break;
    }
    return "";
}

std::string
UnitName(MetricUnit unit)
{
    switch (unit)
    {
    case MetricUnit::Seconds:
        return "s";
    case MetricUnit::BitsPerSecond:
        return "bit/s";
    case MetricUnit::Bytes:
        return "bytes";
    case MetricUnit::Share:
        return "share";
    case MetricUnit::Count:
        break;
    }
    return "count";
}

void
Metrics::Set(const std::string& name, double value)
{
    assert(FindMetric(name));
    m_values[name] = value;
}

void
Metrics::SetMissing(const std::string& name)
{
    assert(FindMetric(name));
    m_values[name] = std::nullopt;
}

void
Metrics::Add(const Metrics& others)
{
    for (const auto& [name, value] : others.m_values)
    {
        m_values[name] = value;
    }
}

bool
Metrics::Has(const std::string& name) const
{
    return m_values.count(name) > 0;
}

std::optional<double>
Metrics::Get(const std::string& name) const
{
    const auto found = m_values.find(name);
    return found == m_values.end() ? std::nullopt : found->second;
}

} // namespace hoststack
