// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_CRYPTO_H
#define HS_MPTCP_CRYPTO_H

#include "ns3/hs-ip-address.h"
#include "ns3/hs-sequence.h"

#include <array>
#include <cstdint>

/**
 * \file
 * What MPTCP version 1 derives from the two keys of a connection (RFC 8684), with SHA-256 from
 * OpenSSL's libcrypto. These run a few times per connection or subflow, never per packet.
 */

namespace hoststack
{

/// What a key stands for (RFC 8684 section 3.2, sections 3.1 and 3.3.1).
struct MptcpKeyDigest
{
    std::uint32_t token{0}; ///< most significant 32 bits of the digest: names the connection
    Dsn64 initialSequence;  ///< least significant 64 bits; the first data byte has the next number
};

/// The digest of a key in network byte order.
MptcpKeyDigest DigestMptcpKey(std::uint64_t key);

/// One end of a connection as it proves itself in a join: its key, and its nonce for this subflow.
struct MptcpJoinParty
{
    std::uint64_t key{0};
    std::uint32_t nonce{0};
};

/// MP_JOIN on a SYN/ACK: leftmost 64 bits of the HMAC that \p sender makes (RFC 8684 section 3.2).
std::uint64_t MptcpJoinShortHmac(const MptcpJoinParty& sender, const MptcpJoinParty& receiver);

/// MP_JOIN on the third ACK: leftmost 160 bits.
std::array<std::uint8_t, 20> MptcpJoinHmac(const MptcpJoinParty& sender,
                                           const MptcpJoinParty& receiver);

/// ADD_ADDR: \e rightmost 64 bits, over address id, address and port (0 if the option has none)
/// (RFC 8684 section 3.4.1).
std::uint64_t MptcpAddAddressHmac(std::uint64_t senderKey,
                                  std::uint64_t receiverKey,
                                  std::uint8_t addressId,
                                  const IpAddress& address,
                                  std::uint16_t port);

} // namespace hoststack

#endif // HS_MPTCP_CRYPTO_H
