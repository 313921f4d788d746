// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-host-counters.h"

#include "ns3/hs-tcp-counters.h"

namespace hoststack
{

const std::vector<HostCounter>&
HostCounterCatalogue()
{
    static const std::vector<HostCounter> list = [] {
        std::vector<HostCounter> all;
        for (const auto& counter : tcp::CounterCatalogue())
        {
            all.push_back({counter.name, counter.about});
        }
        for (const auto& counter : mptcp::CounterCatalogue())
        {
            all.push_back({counter.name, counter.about});
        }
        return all;
    }();
    return list;
}

std::string
HostCounterMetric(const std::string& host, const std::string& name)
{
    return "hosts." + host + ".counters." + name;
}

void
ReportHostCounters(const std::string& host,
                   const mptcp::Counters& multipath,
                   const tcp::Info& sum,
                   Metrics& metrics)
{
    const auto set = [&](const char* name, std::uint64_t value) {
        metrics.Set(HostCounterMetric(host, name), static_cast<double>(value));
    };
    for (const auto& counter : tcp::CounterCatalogue())
    {
        set(counter.name, sum.*counter.value);
    }
    for (const auto& counter : mptcp::CounterCatalogue())
    {
        set(counter.name, counter.value ? multipath.*counter.value : 0);
    }
}

} // namespace hoststack
