// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NIC_METRICS_H
#define HS_NIC_METRICS_H

#include "ns3/hs-metric-table.h"
#include "ns3/hs-receive-aggregates.h"
#include "ns3/hs-receive-offload.h"

#include <cstdint>
#include <optional>

namespace hoststack
{

/// What all NICs of a host with a queue have sent.
struct NicSendFigures
{
    std::uint64_t units{0};
    std::uint64_t frames{0};
    std::uint64_t transfers{0}; ///< of a driver that gathers
    std::uint64_t lost{0};
    std::uint64_t marked{0};
    std::uint64_t interrupts{0};
    std::uint64_t stops{0};
    std::uint64_t wakeUps{0};
    TimeNs waited{0};
    std::uint64_t left{0};
    TimeNs longestWait{0};
    std::uint64_t mostWaiting{0};
    std::uint64_t byteLimit{0}; ///< of the last of them
};

/// What all NICs of a host have received.
struct NicFigures
{
    std::uint64_t interrupts{0};
    std::uint64_t polls{0};
    std::uint64_t fullPolls{0};
    std::uint64_t frames{0};
    std::uint64_t lost{0};
    std::uint64_t bytes{0};     ///< of IP, in the frames
    std::uint64_t sentBytes{0}; ///< of IP, put on their links
    std::uint64_t tooLarge{0};  ///< frames that LRO made too large to go on
    std::optional<TimeNs> busy; ///< time of the host's cores; nothing: its work takes none
    ReceiveOffload::Counters offload;
    std::optional<NicSendFigures> sent; ///< nothing: none has a queue
    std::optional<ReceiveAggregates::Counters>
        aggregates; ///< nothing: none is a modem of that kind
};

/// hosts.*.nic
const MetricTable<NicFigures>& NicMetricTable();

} // namespace hoststack

#endif // HS_NIC_METRICS_H
