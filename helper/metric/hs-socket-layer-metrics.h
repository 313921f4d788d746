// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SOCKET_LAYER_METRICS_H
#define HS_SOCKET_LAYER_METRICS_H

#include "ns3/hs-host-dispatch.h"
#include "ns3/hs-metric-table.h"

#include <string>
#include <vector>

namespace hoststack
{

/// What a host's socket layer did in a span of time; what is there and the most are the end's.
struct SocketLayerFigures
{
    TimeNs elapsed{0};
    host::HostDispatchAccount account;
};

/// From one account to a later one.
SocketLayerFigures Between(const host::HostDispatchAccount& from,
                           const host::HostDispatchAccount& to,
                           TimeNs elapsed);

/// hosts.*.sockets
const MetricTable<SocketLayerFigures>& SocketLayerMetricTable();

/// All metrics of such a host's summary.
std::vector<std::string> SocketLayerMetricNames(const std::string& host);

} // namespace hoststack

#endif // HS_SOCKET_LAYER_METRICS_H
