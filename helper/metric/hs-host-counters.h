// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HOST_COUNTERS_H
#define HS_HOST_COUNTERS_H

#include "ns3/hs-metric.h"
#include "ns3/hs-mptcp-counters.h"
#include "ns3/hs-tcp-types.h"

#include <string>
#include <vector>

namespace hoststack
{

/// A counter that each host with one of our stacks has, named as Linux' nstat names it.
struct HostCounter
{
    std::string name;
    std::string about;
};

/// All of them: TCP's, then multipath TCP's.
const std::vector<HostCounter>& HostCounterCatalogue();

/// "hosts.HOST.counters.NAME"
std::string HostCounterMetric(const std::string& host, const std::string& name);

/// Adds all counters of a host, also those at 0.
void ReportHostCounters(const std::string& host,
                        const mptcp::Counters& multipath,
                        const tcp::Info& sum,
                        Metrics& metrics);

} // namespace hoststack

#endif // HS_HOST_COUNTERS_H
