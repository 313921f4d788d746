// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DATAGRAM_METRICS_H
#define HS_DATAGRAM_METRICS_H

#include "ns3/hs-metric-table.h"
#include "ns3/hs-time-histogram.h"

#include <cstdint>
#include <string>

namespace hoststack
{

/// What is known of a traffic of datagrams.
struct DatagramFigures
{
    std::uint64_t sent{0};
    std::uint64_t received{0};
    std::uint64_t reordered{0};
    const TimeHistogram* delays{nullptr};
    const TimeHistogram* variations{nullptr};
};

/// Whether traffic.NAME.\p suffix is one that datagrams have.
bool IsDatagramMetric(const std::string& suffix);
/// Whether it is one that connections have.
bool IsConnectionMetric(const std::string& suffix);

/// traffic.* of these kinds, beside `goodput` and `bytes`, which all kinds have.
const MetricTable<DatagramFigures>& DatagramMetricTable();

} // namespace hoststack

#endif // HS_DATAGRAM_METRICS_H
