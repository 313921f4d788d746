// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RELAY_SETTINGS_H
#define HS_RELAY_SETTINGS_H

#include "ns3/hs-units.h"

#include <cstdint>

namespace hoststack
{

/// How a tunnel wraps what it carries; bytes.
struct Sealing
{
    std::uint32_t mostPlain{0}; ///< payload of a chunk at most; 0: nothing is wrapped
    std::uint32_t overhead{0};  ///< of each chunk: its length and the tags
    std::uint32_t firstUp{0};   ///< before the first chunk of the client: salt, request, address
    std::uint32_t firstDown{0}; ///< before the first chunk of the server

    bool IsOn() const
    {
        return mostPlain > 0;
    }
};

/// How a relay works; the packaged programs are in hs-proxy-kinds.h.
struct RelaySettings
{
    std::uint64_t buffer{0}; ///< bytes that it reads before it writes, per direction
    /// Whoever seals the onward connection says where it leads with the first bytes of the client,
    /// for which it waits so long.
    TimeNs requestWait{0};
};

} // namespace hoststack

#endif // HS_RELAY_SETTINGS_H
