// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SEND_STATUS_H
#define HS_SEND_STATUS_H

#include "ns3/hs-units.h"

#include <cstdint>

namespace hoststack::tcp
{

/// What a multipath scheduler looks at in the sending half of a connection.
struct SendStatus
{
    std::uint32_t queued{0};    ///< memory of what is not acknowledged (sk_wmem_queued), bytes
    std::uint32_t limit{0};     ///< sk_sndbuf
    std::uint64_t maxWindow{0}; ///< largest window the peer announced, bytes
    BytesPerSecond pacingRate{0};
    TimeNs srtt{0};
    TimeNs retransmitDeadline{kNever}; ///< pending retransmission-class timer
    TimeNs lastReceived{0};
    std::uint32_t cwnd{0};     ///< segments
    std::uint32_t inFlight{0}; ///< segments
    std::uint32_t mss{0};
    std::uint64_t sndUna{0};
    std::uint64_t sndNxt{0};
    std::uint64_t writeEnd{0}; ///< offset after the last byte written
    bool canSend{false};
};

} // namespace hoststack::tcp

#endif // HS_SEND_STATUS_H
