// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LOOPBACK_SETTINGS_H
#define HS_LOOPBACK_SETTINGS_H

#include "ns3/hs-units.h"

#include <cstdint>

namespace hoststack
{

/// The loopback device of a host.
struct LoopbackSettings
{
    /// Bytes of IP. Linux' has 65536 (LOOPBACK_MTU, drivers/net/loopback.c of 6.18), of which a
    /// packet of IPv4 can use one less.
    std::uint32_t mtu{65535};
    std::uint32_t backlog{1000}; ///< packets that wait on a core (netdev_max_backlog)
    /// Of a host whose work takes no time, else a stream to itself would take none at all. Linux'
    /// loopback on an i5-12400 reaches about 100 Gbit/s (smoltcp issue 884). 0: its cores take
    /// time.
    BitsPerSecond rate{100'000'000'000};
    int copies{0}; ///< of a byte between two sockets' buffers, without those of the programs
};

} // namespace hoststack

#endif // HS_LOOPBACK_SETTINGS_H
