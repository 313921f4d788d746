// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TRANSIT_H
#define HS_TRANSIT_H

#include "ns3/hs-frame.h"
#include "ns3/hs-ip-codec.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-net-device.h"

#include <ns3/net-device.h>
#include <ns3/node.h>

#include <cstdint>
#include <optional>

namespace ns3
{

/// What ns-3's IP will do with a packet.
struct HoststackPassage
{
    Ptr<NetDevice> out; ///< not set: it is for the node itself, or there is no way
    std::uint8_t protocol{hoststack::kIpProtocolTcp}; ///< IANA number; IPv6: the next header's
};

/// Asks the routing of \p node anew each time.
HoststackPassage PassageOf(const Node& node, const HoststackFrame& frame);

/**
 * Bytes of the longest packet that \p machine would send on as it does with \p frame, which has
 * come in by \p device: a router the MTU of the way out, a bridge HoststackBridge::RoomBehind().
 * Nothing if the frame is for the node itself, or if there is no way. Asks ns-3's routing anew each
 * time.
 */
std::optional<std::uint32_t> TransitMtu(HoststackMachine& machine,
                                        const HoststackNetDevice& device,
                                        const HoststackFrame& frame);

} // namespace ns3

#endif // HS_TRANSIT_H
