// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_ACK_DIGEST_H
#define HS_ACK_DIGEST_H

#include "ns3/hs-units.h"

#include <cstdint>

namespace hoststack::tcp
{

/// What one ACK did; the flags of Linux' tcp_ack as fields.
struct AckDigest
{
    bool advanced{false};       ///< snd_una moved
    bool dataAcked{false};      ///< new data cumulatively acknowledged
    bool dataSacked{false};     ///< new SACKed data
    bool originalSacked{false}; ///< never-retransmitted data below high-seq was (S)ACKed
    bool retransmittedAcked{false};
    bool dsack{false};
    bool ece{false};
    bool windowUpdated{false};
    bool hasData{false}; ///< the segment carries payload
    bool synAcked{false};
    bool inSack{false};    ///< its SACK blocks are being looked at
    bool duplicate{false}; ///< a duplicate ACK in the sense of RFC 5681 section 2
    bool mayBeDelayed{false};
    std::uint64_t priorUna{0};
    std::uint32_t priorInFlight{0};
    std::uint32_t priorSackedOut{0};
    std::uint64_t priorDelivered{0};
    std::uint64_t priorHighestSacked{0};
    std::uint64_t reorderedFrom{~std::uint64_t{0}}; ///< lowest original range delivered late
    std::uint32_t ackedSegments{0};
    std::uint32_t sackedSegments{0};
    TimeNs firstAckedSent{-1};
    TimeNs lastAckedSent{-1};
    TimeNs firstSackedSent{-1};
    TimeNs lastSackedSent{-1};
    // Rate sample in the making.
    std::uint64_t rateDelivered{0};
    TimeNs rateDeliveredAt{0};
    TimeNs rateSendInterval{-1};
    TimeNs rateSentAt{-1};
    std::uint64_t rateEnd{0};
    bool rateAppLimited{false};
    bool rateRetransmit{false};
};

} // namespace hoststack::tcp

#endif // HS_ACK_DIGEST_H
