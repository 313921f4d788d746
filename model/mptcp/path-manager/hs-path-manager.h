// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PATH_MANAGER_H
#define HS_PATH_MANAGER_H

#include "ns3/hs-mptcp-config.h"
#include "ns3/hs-mptcp-types.h"
#include "ns3/hs-registry.h"

#include <cstdint>
#include <vector>

namespace hoststack::mptcp
{

/// A subflow as a path manager sees it.
struct PathView
{
    std::uint32_t id{0};
    Endpoint local;
    Endpoint remote;
    std::uint8_t localId{0};
    std::uint8_t remoteId{0};
    bool initial{false};
    bool established{false};
    bool closed{false};
};

/// The connection as a path manager sees it, and what it wants done.
struct PathManagerView
{
    const Config& config;
    bool isServer{false};          ///< the connection was accepted, not opened
    bool joinInitialAllowed{true}; ///< the peer's MP_CAPABLE had no C flag
    std::vector<PathView> subflows;
    std::vector<LocalEndpoint> endpoints; ///< of this host
    std::vector<RemoteAddress> remotes;   ///< announced by the peer, without the initial one

    struct Open
    {
        LocalEndpoint local;
        Endpoint remote;
        std::uint8_t remoteId{0};
    };

    std::vector<Open> open;              ///< output: subflows to open
    std::vector<LocalEndpoint> announce; ///< output: addresses to announce
};

/**
 * Decides which addresses are announced and which subflows are opened (RFC 8684 section 3.4;
 * Linux: net/mptcp/pm_kernel.c). Called when the connection is fully established, when an address
 * was announced or removed, when an endpoint was added and when a subflow has gone.
 */
class PathManager
{
  public:
    virtual ~PathManager() = default;
    virtual void Decide(PathManagerView& view) = 0;
};

/// The path managers by name; the one place to add a line for a new one.
Registry<PathManager>& PathManagers();

} // namespace hoststack::mptcp

#endif // HS_PATH_MANAGER_H
