// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LINK_CONFIG_H
#define HS_LINK_CONFIG_H

#include "ns3/hs-link-parameters.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace hoststack
{

/// A rate at which serialisation takes no time: 1500 bytes last 12 femtoseconds.
constexpr BitsPerSecond kUnlimitedRate = 1'000'000'000'000'000'000ULL;

/// How bytes of IP become bytes on the wire.
enum class LinkFraming
{
    None, ///< IP bytes plus LinkConfig::overhead
    Atm,  ///< the same in cells: 48 bytes travel as 53, the last cell is padded (ITU-T I.363.5)
};

/**
 * Room for packets that wait; the packet being serialised does not count. A packet that would
 * exceed any of the limits is dropped at the tail. Bytes are IP bytes.
 */
struct LinkQueueLimit
{
    static constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

    std::uint64_t packets{kUnlimited};
    std::uint64_t bytes{kUnlimited};
    /// Turned into bytes once, at the configured rate (a modem's memory does not grow with its
    /// rate); at least one 1500-byte packet. kNever: no limit of this kind.
    TimeNs time{kNever};
};

/// One behaviour by name, with its parameters as given.
struct LinkBehaviourConfig
{
    std::string kind;
    LinkParameters parameters;
};

/// One direction of a path.
struct LinkConfig
{
    BitsPerSecond rate{kUnlimitedRate}; ///< counts bytes after framing; 0: nothing leaves
    TimeNs delay{0};                    ///< from the last bit sent to arrival
    LinkQueueLimit queue;
    double loss{0};            ///< independent loss per packet, after serialisation, in [0, 1]
    TimeNs jitter{0};          ///< extra delay, uniform in [0, jitter), never reordering
    std::uint32_t overhead{0}; ///< bytes added to each packet on the wire
    LinkFraming framing{LinkFraming::None};
    std::vector<LinkBehaviourConfig> behaviours;
};

} // namespace hoststack

#endif // HS_LINK_CONFIG_H
