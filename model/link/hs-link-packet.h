// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LINK_PACKET_H
#define HS_LINK_PACKET_H

#include "ns3/hs-units.h"

#include <cstdint>

namespace hoststack
{

/// What a link may look at in a packet.
struct LinkPacket
{
    /// \name Bits of \p traits
    /// @{
    static constexpr std::uint8_t kPureAck = 1; ///< TCP, no data, no SYN, FIN or RST
    /// Carries SACK blocks or multipath signalling other than a bare data ACK: never thinned.
    static constexpr std::uint8_t kHasSackOrSignalling = 2;
    static constexpr std::uint8_t kEcnCapable = 4; ///< ECT(0) or ECT(1) in the IP header
    /// Carries TCP options that a middlebox of its time does not know, such as multipath's.
    static constexpr std::uint8_t kHasOtherOption = 8;
    /// @}

    std::uint32_t bytes{0}; ///< IP bytes, less than 2^28
    std::uint32_t flow{0};  ///< hash of addresses, ports and protocol
    std::uint8_t traits{0};
    std::uint64_t cookie{0};      ///< the owner's handle, given back exactly once
    std::uint32_t source{0};      ///< hash of the address it comes from
    std::uint32_t destination{0}; ///< hash of the address it goes to
};

/// Why a packet did not arrive.
enum class LinkDrop : std::uint8_t
{
    None,    ///< it arrived
    Queue,   ///< no room at the tail
    Aqm,     ///< active queue management
    Random,  ///< lost on the way
    Outage,  ///< the link was down
    Thinned, ///< a pure ACK that a newer one made superfluous
    Policed, ///< beyond the rate that is allowed
};

constexpr int kLinkDrops = 7;

/// "none", "queue", "aqm", "random", "outage", "thinned", "policed"
const char* LinkDropName(LinkDrop reason);

/// What became of a packet that Offer accepted.
struct LinkDelivery
{
    TimeNs at{0}; ///< when it arrived, or when its loss is known here
    std::uint64_t cookie{0};
    LinkDrop dropped{LinkDrop::None};
    bool congestionExperienced{false}; ///< set CE in the IP header
    TimeNs departed{0};                ///< last bit sent; \p at for packets that never left
};

} // namespace hoststack

#endif // HS_LINK_PACKET_H
