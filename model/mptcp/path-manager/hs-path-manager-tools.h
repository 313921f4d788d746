// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PATH_MANAGER_TOOLS_H
#define HS_PATH_MANAGER_TOOLS_H

#include "ns3/hs-path-manager.h"

#include <cstddef>

namespace hoststack::mptcp
{

// What several path managers ask of the view.

/// The first subflow of the connection, or nullptr.
const PathView* InitialSubflow(const PathManagerView& view);

/// Subflows beside the first that are open or wanted.
std::size_t ExtraSubflows(const PathManagerView& view);

/// Wants a subflow, unless the limit is reached or the pair of addresses was there before.
void TryOpen(PathManagerView& view,
             const LocalEndpoint& local,
             const Endpoint& remote,
             std::uint8_t remoteId);

/// Where an announced address is reached: without a port of its own, that of the first subflow.
Endpoint RemoteEndpoint(const RemoteAddress& remote, const PathView& initial);

} // namespace hoststack::mptcp

#endif // HS_PATH_MANAGER_TOOLS_H
