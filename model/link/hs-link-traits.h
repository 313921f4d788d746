// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LINK_TRAITS_H
#define HS_LINK_TRAITS_H

#include "ns3/hs-tcp-segment.h"

#include <cstdint>

namespace hoststack
{

/// LinkPacket::traits of a TCP segment: all that queues which look into packets see of it.
std::uint8_t LinkTraits(const TcpSegment& segment);

} // namespace hoststack

#endif // HS_LINK_TRAITS_H
