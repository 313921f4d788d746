// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TRANSIT_H
#define HS_TRANSIT_H

#include "ns3/hs-frame.h"

#include <ns3/node.h>

#include <cstdint>
#include <optional>

namespace ns3
{

/**
 * The MTU of the device by which \p node would send \p frame on; nothing if the frame is for the
 * node itself, or if there is no way. Asks ns-3's routing anew each time.
 */
std::optional<std::uint32_t> TransitMtu(const Node& node, const HoststackFrame& frame);

} // namespace ns3

#endif // HS_TRANSIT_H
