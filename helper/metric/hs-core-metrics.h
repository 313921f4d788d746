// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CORE_METRICS_H
#define HS_CORE_METRICS_H

#include "ns3/hs-core-account.h"
#include "ns3/hs-metric-table.h"
#include "ns3/hs-stall-watch.h"

#include <string>
#include <vector>

namespace hoststack
{

/// What a core did between two moments; times are differences, the longest wait is the whole run's.
struct CoreFigures
{
    TimeNs elapsed{0};
    host::CoreAccount account;
};

CoreFigures Between(const host::CoreAccount& from, const host::CoreAccount& to);

/// hosts.*.cpu.coreN
const MetricTable<CoreFigures>& CoreMetricTable();

/// What happened to all cores of a host in the whole run.
struct MachineFigures
{
    std::vector<host::StallRecord> stalls;
    double busiest{0};          ///< share of the busiest core
    std::uint64_t ringDrops{0}; ///< of its devices
};

/// hosts.*.cpu
const MetricTable<MachineFigures>& MachineMetricTable();

/// "hosts.HOST.cpu.core0", ... of a host with \p cores.
std::vector<std::string> CoreObjects(const std::string& host, std::size_t cores);

/// All metrics of such a host's summary.
std::vector<std::string> MachineMetricNames(const std::string& host, std::size_t cores);

} // namespace hoststack

#endif // HS_CORE_METRICS_H
