// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PACKET_CONTENT_H
#define HS_PACKET_CONTENT_H

#include <ns3/packet.h>
#include <ns3/ptr.h>

#include <cstddef>
#include <cstdint>

/**
 * \file
 * What an `ns3::Packet` says of its payload: a segment whose content is carried says so, so that a
 * receiver that carries none itself still finds the bytes that were sent, or what a middlebox made
 * of them, as it does on the direct path. A byte tag says it; so fragments say it, too.
 */

namespace ns3
{

/// The bytes of \p packet's payload count, not only their number.
void MarkContent(const Packet& packet);
bool CarriesContent(const Packet& packet);

/// \p packet with \p length other bytes in the place of its first \p taken; the rest keeps its
/// tags, and stays virtual if it is.
Ptr<Packet> ReplaceFront(const Packet& packet,
                         std::uint32_t taken,
                         const std::uint8_t* bytes,
                         std::size_t length);

} // namespace ns3

#endif // HS_PACKET_CONTENT_H
