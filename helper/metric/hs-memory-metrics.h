// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MEMORY_METRICS_H
#define HS_MEMORY_METRICS_H

#include "ns3/hs-host-memory.h"
#include "ns3/hs-metric-table.h"

namespace hoststack
{

/// The memory of a host's sockets at one moment, and what has happened to it.
struct MemoryFigures
{
    std::int64_t pages{0};
    bool isPressed{false};
    std::uint32_t sockets{0};
    std::uint32_t orphans{0};
    std::uint32_t orphansMost{0};
    std::uint32_t timeWaits{0};
    std::uint32_t timeWaitMost{0};
    host::MemoryLimits limits;
    host::HostMemory::Counts counts;
};

/// hosts.*.memory
const MetricTable<MemoryFigures>& MemoryMetricTable();

} // namespace hoststack

#endif // HS_MEMORY_METRICS_H
