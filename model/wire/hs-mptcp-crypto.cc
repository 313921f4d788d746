// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-crypto.h"

#include "ns3/hs-byte-order.h"

#include <cstring>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdexcept>

namespace hoststack
{

namespace
{

constexpr std::size_t kDigestBytes = 32; // FIPS 180-4

using Digest = std::array<std::uint8_t, kDigestBytes>;

/// OpenSSL refuses only where SHA-256 is switched off or memory has run out.
[[noreturn]] void
ThrowUnavailable()
{
    throw std::runtime_error("OpenSSL cannot compute SHA-256, which MPTCP needs: check that its "
                             "configuration (openssl.cnf) does not disable the default provider");
}

/// HMAC-SHA256 with both keys, first \p first's (RFC 2104).
Digest
Hmac(std::uint64_t first, std::uint64_t second, const std::uint8_t* message, std::size_t length)
{
    std::array<std::uint8_t, 16> key;
    StoreBig64(key.data(), first);
    StoreBig64(key.data() + 8, second);
    Digest digest;
    if (HMAC(EVP_sha256(), key.data(), key.size(), message, length, digest.data(), nullptr) ==
        nullptr)
    {
        ThrowUnavailable();
    }
    return digest;
}

Digest
JoinDigest(const MptcpJoinParty& sender, const MptcpJoinParty& receiver)
{
    std::array<std::uint8_t, 8> nonces;
    StoreBig32(nonces.data(), sender.nonce);
    StoreBig32(nonces.data() + 4, receiver.nonce);
    return Hmac(sender.key, receiver.key, nonces.data(), nonces.size());
}

} // namespace

MptcpKeyDigest
DigestMptcpKey(std::uint64_t key)
{
    std::array<std::uint8_t, 8> bytes;
    StoreBig64(bytes.data(), key);
    Digest digest;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
    {
        ThrowUnavailable();
    }
    return {LoadBig32(digest.data()), Dsn64(LoadBig64(digest.data() + kDigestBytes - 8))};
}

std::uint64_t
MptcpJoinShortHmac(const MptcpJoinParty& sender, const MptcpJoinParty& receiver)
{
    return LoadBig64(JoinDigest(sender, receiver).data());
}

std::array<std::uint8_t, 20>
MptcpJoinHmac(const MptcpJoinParty& sender, const MptcpJoinParty& receiver)
{
    const Digest digest = JoinDigest(sender, receiver);
    std::array<std::uint8_t, 20> left;
    std::memcpy(left.data(), digest.data(), left.size());
    return left;
}

std::uint64_t
MptcpAddAddressHmac(std::uint64_t senderKey,
                    std::uint64_t receiverKey,
                    std::uint8_t addressId,
                    const IpAddress& address,
                    std::uint16_t port)
{
    std::array<std::uint8_t, 1 + 16 + 2> message;
    const std::size_t size = address.Size();
    message[0] = addressId;
    std::memcpy(message.data() + 1, address.bytes.data(), size);
    StoreBig16(message.data() + 1 + size, port);
    const Digest digest = Hmac(senderKey, receiverKey, message.data(), 1 + size + 2);
    return LoadBig64(digest.data() + kDigestBytes - 8);
}

} // namespace hoststack
