// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NIC_METRICS_H
#define HS_NIC_METRICS_H

#include "ns3/hs-metric-table.h"
#include "ns3/hs-receive-offload.h"

#include <cstdint>
#include <optional>

namespace hoststack
{

/// What all NICs of a host have received.
struct NicFigures
{
    std::uint64_t interrupts{0};
    std::uint64_t polls{0};
    std::uint64_t fullPolls{0};
    std::uint64_t frames{0};
    std::uint64_t lost{0};
    std::uint64_t bytes{0};     ///< of IP, in the frames
    std::optional<TimeNs> busy; ///< time of the host's cores; nothing: its work takes none
    ReceiveOffload::Counters offload;
};

/// hosts.*.nic
const MetricTable<NicFigures>& NicMetricTable();

} // namespace hoststack

#endif // HS_NIC_METRICS_H
