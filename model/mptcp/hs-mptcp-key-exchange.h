// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_KEY_EXCHANGE_H
#define HS_MPTCP_KEY_EXCHANGE_H

#include "ns3/hs-mptcp-crypto.h"
#include "ns3/hs-mptcp-options.h"

#include <cstdint>

namespace hoststack::mptcp
{

/// What a key stands for: its token and its initial data sequence number (RFC 8684 section 3.1).
struct KeyMaterial
{
    std::uint64_t key{0};
    std::uint32_t token{0};
    std::uint64_t idsn{0};

    void Set(std::uint64_t value)
    {
        key = value;
        const auto digest = DigestMptcpKey(value);
        token = digest.token;
        idsn = digest.initialSequence.Value();
    }
};

/**
 * What the two ends of a connection agree on with MP_CAPABLE: keys and what follows from them,
 * checksums, and whether joins to the initial address are welcome.
 */
class KeyExchange
{
  public:
    KeyExchange(bool wantsChecksum, bool allowsInitialJoin)
        : m_wantsChecksum(wantsChecksum),
          m_allowsInitialJoin(allowsInitialJoin),
          m_checksum(wantsChecksum)
    {
    }

    void SetLocalKey(std::uint64_t key)
    {
        m_local.Set(key);
    }

    /// The peer's SYN: no key comes with it yet.
    void OnSyn(const MptcpCapable& capable)
    {
        m_checksum = m_checksum || capable.Has(kMptcpChecksumRequired);
        m_peerAllowsInitialJoin = !capable.Has(kMptcpNoJoinToInitial);
    }

    /// The peer's SYN/ACK.
    void OnSynAck(const MptcpCapable& capable)
    {
        OnThirdAck(capable);
        m_peerAllowsInitialJoin = !capable.Has(kMptcpNoJoinToInitial);
    }

    /// The peer's third ACK. Linux does not look at our key in it.
    void OnThirdAck(const MptcpCapable& capable)
    {
        m_remote.Set(capable.senderKey);
        m_hasRemote = true;
        m_checksum = m_wantsChecksum || capable.Has(kMptcpChecksumRequired);
    }

    /// MP_CAPABLE of the SYN, or of its answer if \p reply.
    MptcpCapable ForSyn(bool reply) const
    {
        auto capable = Capable(m_wantsChecksum || (reply && m_checksum));
        capable.form = reply ? MptcpCapable::Form::SynAck : MptcpCapable::Form::Syn;
        return capable;
    }

    /// MP_CAPABLE with both keys.
    MptcpCapable ForAck() const
    {
        auto capable = Capable(m_checksum);
        capable.form = MptcpCapable::Form::Ack;
        capable.receiverKey = m_remote.key;
        return capable;
    }

    const KeyMaterial& Local() const
    {
        return m_local;
    }

    const KeyMaterial& Remote() const
    {
        return m_remote;
    }

    bool HasRemote() const
    {
        return m_hasRemote;
    }

    bool UsesChecksum() const
    {
        return m_checksum;
    }

    bool PeerAllowsInitialJoin() const
    {
        return m_peerAllowsInitialJoin;
    }

    /// For the proofs of a join.
    MptcpJoinParty LocalParty(std::uint32_t nonce) const
    {
        return {m_local.key, nonce};
    }

    MptcpJoinParty RemoteParty(std::uint32_t nonce) const
    {
        return {m_remote.key, nonce};
    }

    /// Proof of an ADD_ADDR of ours, or of one of the peer's.
    std::uint64_t ProofOf(const MptcpAddAddress& add, bool ours) const
    {
        const auto& from = ours ? m_local : m_remote;
        const auto& to = ours ? m_remote : m_local;
        return MptcpAddAddressHmac(from.key, to.key, add.addressId, add.address, add.port);
    }

  private:
    MptcpCapable Capable(bool checksum) const
    {
        MptcpCapable capable;
        capable.flags =
            static_cast<std::uint8_t>(kMptcpHmacSha256 | (checksum ? kMptcpChecksumRequired : 0) |
                                      (m_allowsInitialJoin ? 0 : kMptcpNoJoinToInitial));
        capable.senderKey = m_local.key;
        return capable;
    }

    KeyMaterial m_local;
    KeyMaterial m_remote;
    bool m_wantsChecksum;
    bool m_allowsInitialJoin;
    bool m_hasRemote{false};
    bool m_checksum;
    bool m_peerAllowsInitialJoin{true};
};

} // namespace hoststack::mptcp

#endif // HS_MPTCP_KEY_EXCHANGE_H
