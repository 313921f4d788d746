// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-subflow.h"

#include "ns3/hs-dss-checksum.h"
#include "ns3/hs-mptcp-connection.h"
#include "ns3/hs-mptcp-crypto.h"

#include <algorithm>

namespace hoststack::mptcp
{

namespace
{

constexpr std::uint32_t
RoundToFour(std::uint32_t bytes)
{
    return (bytes + 3) / 4 * 4;
}

} // namespace

Subflow::Subflow(Connection& owner, std::uint32_t number, Role kind, bool opened)
    : parent(owner),
      id(number),
      role(kind),
      active(opened)
{
}

bool
Subflow::Active() const
{
    return established && !closed && !stale && (fullyEstablished || role == Role::Initial) &&
           tcp->GetSendStatus().canSend;
}

std::uint32_t
Subflow::DataOptionBytes() const
{
    if (!mptcp)
    {
        return 0;
    }
    // DSS with a 64-bit data sequence number: facts sheet linux.md 5.1.
    const std::uint32_t bytes = 4 + (parent.m_ack64 ? 8 : 4) + 14 + (parent.m_checksum ? 2 : 0);
    return RoundToFour(bytes);
}

void
Subflow::WriteHandshake(TcpSegment& segment, std::uint64_t begin)
{
    auto& options = segment.options;
    const bool syn = segment.Has(kSyn);
    if (role == Role::Initial)
    {
        MptcpCapable capable;
        capable.flags = kMptcpHmacSha256;
        if (parent.m_config->checksum)
        {
            capable.flags |= kMptcpChecksumRequired;
        }
        if (!parent.m_config->allowJoinInitialAddress)
        {
            capable.flags |= kMptcpNoJoinToInitial;
        }
        capable.senderKey = parent.m_localKey;
        if (syn && !segment.Has(kAck))
        {
            if (synsSent++ > parent.m_config->synRetransmitsBeforeFallback)
            {
                return; // the path seems to drop SYNs with the option
            }
            capable.form = MptcpCapable::Form::Syn;
        }
        else if (syn)
        {
            capable.form = MptcpCapable::Form::SynAck;
        }
        else
        {
            capable.receiverKey = parent.m_remoteKey;
            capable.form = MptcpCapable::Form::Ack;
            if (segment.payload.Length() > 0)
            {
                const auto* mapping = m_out.Find(begin);
                capable.form = MptcpCapable::Form::Data;
                capable.length = static_cast<std::uint16_t>(mapping ? mapping->length : 0);
                if (parent.m_checksum && mapping)
                {
                    capable.hasChecksum = true;
                    capable.checksum = ChecksumOf(*mapping);
                }
            }
        }
        AppendMptcp(capable, options);
        return;
    }
    MptcpJoin join;
    join.backup = requestBackup;
    join.addressId = localId;
    if (syn && !segment.Has(kAck))
    {
        join.form = MptcpJoin::Form::Syn;
        join.token = parent.m_remoteToken;
        join.nonce = localNonce;
    }
    else if (syn)
    {
        join.form = MptcpJoin::Form::SynAck;
        join.shortHmac =
            MptcpJoinShortHmac({parent.m_localKey, localNonce}, {parent.m_remoteKey, remoteNonce});
        join.nonce = localNonce;
        // Kernels since 2024 do not echo the backup flag.
        join.backup = false;
    }
    else
    {
        join.form = MptcpJoin::Form::Ack;
        join.hmac =
            MptcpJoinHmac({parent.m_localKey, localNonce}, {parent.m_remoteKey, remoteNonce});
    }
    AppendMptcp(join, options);
}

std::uint16_t
Subflow::ChecksumOf(const Mapping& mapping) const
{
    if (mapping.hasChecksum)
    {
        return mapping.checksum;
    }
    DssChecksum sum;
    sum.Add(tcp->Peek(mapping.subflowBegin, mapping.length));
    return sum.Value(Dsn64(parent.m_localIdsn + mapping.dataBegin),
                     static_cast<std::uint32_t>(mapping.subflowBegin),
                     static_cast<std::uint16_t>(mapping.length));
}

void
Subflow::WriteDss(TcpSegment& segment, std::uint64_t begin)
{
    MptcpDss dss;
    dss.hasAck = parent.m_hasRemoteKey;
    dss.ack64 = parent.m_ack64;
    dss.dataAck = parent.m_remoteIdsn + parent.m_queue.Next();
    if (segment.payload.Length() > 0)
    {
        auto* mapping = m_out.Find(begin);
        assert(mapping);
        dss.hasMapping = true;
        dss.sequence64 = true;
        dss.dataSequence = parent.m_localIdsn + mapping->dataBegin;
        dss.subflowSequence = static_cast<std::uint32_t>(mapping->subflowBegin);
        dss.length = static_cast<std::uint16_t>(mapping->length);
        if (parent.m_checksum)
        {
            if (!mapping->hasChecksum)
            {
                // Fixed at the first transmission: later the bytes may be acknowledged and gone.
                mapping->checksum = ChecksumOf(*mapping);
                mapping->hasChecksum = true;
            }
            dss.hasChecksum = true;
            dss.checksum = mapping->checksum;
        }
    }
    else if (parent.m_finSent && !parent.m_finAcked)
    {
        dss.hasMapping = true;
        dss.sequence64 = true;
        dss.dataFin = true;
        dss.dataSequence = parent.m_localIdsn + parent.m_sendBuffer.End();
        dss.length = 1;
        if (parent.m_checksum)
        {
            dss.hasChecksum = true;
            dss.checksum = DssChecksum().Value(Dsn64(dss.dataSequence), 0, 1);
        }
    }
    if (dss.hasAck || dss.hasMapping)
    {
        AppendMptcp(dss, segment.options);
    }
}

void
Subflow::OnTransmit(TimeNs /*now*/, TcpSegment& segment, std::uint64_t begin)
{
    if (!mptcp)
    {
        return;
    }
    if (segment.Has(kSyn))
    {
        WriteHandshake(segment, begin);
        return;
    }
    if (segment.Has(kRst))
    {
        if (sendFastClose)
        {
            MptcpFastClose close;
            close.receiverKey = parent.m_remoteKey;
            AppendMptcp(close, segment.options);
        }
        else
        {
            MptcpReset reset;
            reset.reason = resetReason;
            AppendMptcp(reset, segment.options);
        }
        return;
    }
    const bool firstNumbers = active && begin == 1 && !fullyEstablished;
    if (firstNumbers && (role == Role::Initial || segment.payload.Length() == 0))
    {
        WriteHandshake(segment, begin);
        return;
    }
    if (signal.present != 0 && segment.payload.Length() == 0)
    {
        const bool address = signal.Has(MptcpSubtype::AddAddress);
        AppendMptcp(signal, segment.options);
        signal = MptcpOptions();
        if (address)
        {
            return; // ADD_ADDR displaces the DSS (facts sheet linux.md 5.1.4)
        }
    }
    WriteDss(segment, begin);
}

bool
Subflow::OnReceive(TimeNs now, const TcpSegment& segment, std::uint64_t begin)
{
    if (!mptcp)
    {
        return true;
    }
    MptcpOptions options;
    ParseMptcp(segment, options);
    if (segment.Has(kRst))
    {
        parent.OnSignal(now, *this, options, true);
        return true;
    }
    if (segment.Has(kSyn))
    {
        return !segment.Has(kAck) || ReadSynAck(now, options);
    }
    if (!established && !active && !ReadThirdAck(now, segment, options))
    {
        return false;
    }
    if (!mptcp)
    {
        return true; // it has just fallen back
    }
    parent.OnSignal(now, *this, options, false);
    if (closed)
    {
        return false;
    }
    if (options.Has(MptcpSubtype::Capable) && role == Role::Initial && !active &&
        options.capable.form == MptcpCapable::Form::Data)
    {
        Mapping first;
        first.subflowBegin = 1;
        first.dataBegin = 1;
        first.length = options.capable.length;
        first.hasChecksum = options.capable.hasChecksum;
        first.checksum = options.capable.checksum;
        if (m_read == 1)
        {
            m_in.Add(first);
        }
        if (!fullyEstablished)
        {
            parent.OnFullyEstablished(now, *this);
        }
        return true;
    }
    if (options.Has(MptcpSubtype::Dss))
    {
        if (!fullyEstablished)
        {
            parent.OnFullyEstablished(now, *this);
        }
        return ReadDss(now, segment, options.dss, begin);
    }
    const bool signalled = options.present != 0;
    if (!fullyEstablished && role == Role::Initial && established && !signalled &&
        parent.MayFallBack(*this) && (active || segment.payload.Length() > 0))
    {
        parent.FallBack(now, *this);
    }
    return true;
}

bool
Subflow::ReadSynAck(TimeNs now, const MptcpOptions& options)
{
    if (role == Role::Initial)
    {
        if (!options.Has(MptcpSubtype::Capable) ||
            options.capable.form != MptcpCapable::Form::SynAck)
        {
            parent.FallBack(now, *this);
            return true;
        }
        parent.SetRemoteKey(options.capable.senderKey);
        parent.m_checksum =
            parent.m_config->checksum || options.capable.Has(kMptcpChecksumRequired);
        parent.m_peerAllowsInitialJoin = !options.capable.Has(kMptcpNoJoinToInitial);
        return true;
    }
    const bool fine =
        options.Has(MptcpSubtype::Join) && options.join.form == MptcpJoin::Form::SynAck;
    if (fine)
    {
        remoteNonce = options.join.nonce;
        remoteId = options.join.addressId;
        backup = options.join.backup;
    }
    if (!fine || options.join.shortHmac != MptcpJoinShortHmac({parent.m_remoteKey, remoteNonce},
                                                              {parent.m_localKey, localNonce}))
    {
        ++parent.m_info.joinsRejected;
        parent.FailSubflow(now, *this, MptcpResetReason::MptcpError);
        return false;
    }
    return true;
}

bool
Subflow::ReadThirdAck(TimeNs now, const TcpSegment& segment, const MptcpOptions& options)
{
    if (!segment.Has(kAck))
    {
        return true;
    }
    if (role == Role::Initial)
    {
        if (options.Has(MptcpSubtype::Capable) && options.capable.form >= MptcpCapable::Form::Ack)
        {
            if (options.capable.receiverKey != parent.m_localKey)
            {
                parent.FailSubflow(now, *this, MptcpResetReason::MptcpError);
                return false;
            }
            parent.SetRemoteKey(options.capable.senderKey);
            parent.m_checksum =
                parent.m_config->checksum || options.capable.Has(kMptcpChecksumRequired);
            return true;
        }
        if (!parent.m_hasRemoteKey)
        {
            parent.FallBack(now, *this);
        }
        return true;
    }
    const bool fine = options.Has(MptcpSubtype::Join) &&
                      options.join.form == MptcpJoin::Form::Ack &&
                      options.join.hmac == MptcpJoinHmac({parent.m_remoteKey, remoteNonce},
                                                         {parent.m_localKey, localNonce});
    if (!fine)
    {
        ++parent.m_info.joinsRejected;
        parent.FailSubflow(now, *this, MptcpResetReason::MptcpError);
        return false;
    }
    return true;
}

bool
Subflow::ReadDss(TimeNs now, const TcpSegment& segment, const MptcpDss& dss, std::uint64_t begin)
{
    if (dss.hasAck)
    {
        const Dsn64 ack = DataAckNear(dss, Dsn64(parent.m_localIdsn + parent.m_sndUna));
        const std::int64_t offset = ack - Dsn64(parent.m_localIdsn);
        if (offset >= 0)
        {
            parent.OnDataAck(now,
                             *this,
                             static_cast<std::uint64_t>(offset),
                             tcp->PeerWindow(segment));
        }
    }
    if (!dss.hasMapping)
    {
        return true;
    }
    if (dss.sequence64 && !parent.m_ack64)
    {
        parent.m_ack64 = true;
        for (auto& s : parent.m_subflows)
        {
            s->tcp->RefreshMss();
        }
    }
    if (dss.length == 0)
    {
        // The infinite mapping: the rest of the subflow is the rest of the data.
        if (!parent.MayFallBack(*this))
        {
            parent.FailSubflow(now, *this, MptcpResetReason::MptcpError);
            return false;
        }
        parent.FallBack(now, *this);
        return true;
    }
    const Dsn64 sequence =
        DataSequenceNear(dss, Dsn64(parent.m_remoteIdsn + parent.m_queue.Next()));
    const std::int64_t dataOffset = sequence - Dsn64(parent.m_remoteIdsn);
    if (dataOffset < 0)
    {
        return true;
    }
    const std::uint32_t length = dss.length - (dss.dataFin ? 1u : 0u);
    if (dss.dataFin)
    {
        parent.OnDataFin(now, static_cast<std::uint64_t>(dataOffset) + length);
    }
    if (length == 0 || segment.payload.Length() == 0)
    {
        return true;
    }
    Mapping mapping;
    // The option counts 32 bits from the initial number: the run nearest to this segment is meant.
    mapping.subflowBegin = begin + static_cast<std::int64_t>(static_cast<std::int32_t>(
                                       dss.subflowSequence - static_cast<std::uint32_t>(begin)));
    mapping.dataBegin = static_cast<std::uint64_t>(dataOffset);
    mapping.length = length;
    mapping.hasChecksum = dss.hasChecksum;
    mapping.checksum = dss.checksum;
    mapping.dataFin = dss.dataFin;
    if (m_in.Add(mapping) == MappingTable::Verdict::Conflict)
    {
        if (parent.MayFallBack(*this))
        {
            parent.FallBack(now, *this);
            return true;
        }
        parent.FailSubflow(now, *this, MptcpResetReason::MptcpError);
        return false;
    }
    if (parent.m_config->resyncBeforeData && parent.m_rightEdge > rightEdge)
    {
        tcp->ExtendReceiveWindow(static_cast<std::uint32_t>(parent.m_rightEdge - rightEdge),
                                 segment.payload.Length());
        rightEdge = parent.m_rightEdge;
    }
    return true;
}

std::uint64_t
Subflow::BoundaryAfter(std::uint64_t offset) const
{
    if (!mptcp)
    {
        return ~std::uint64_t{0};
    }
    const auto* mapping = m_out.Find(offset);
    return mapping ? mapping->SubflowEnd() : ~std::uint64_t{0};
}

void
Subflow::ShareReceiveState(tcp::ReceiveState& state)
{
    state.buffer = parent.m_receiveBuffer;
    state.memory = parent.m_queue.Memory();
    parent.m_scalingRatio = parent.OpenCount() <= 1
                                ? state.scalingRatio
                                : std::min(parent.m_scalingRatio, state.scalingRatio);
}

bool
Subflow::OwnWindowMayShrink() const
{
    return mptcp && !parent.m_fallback && parent.m_config->subflowWindowShrinks;
}

std::uint32_t
Subflow::ShareReceiveWindow(std::uint32_t window, std::uint8_t shift)
{
    if (!mptcp || parent.m_fallback)
    {
        return window;
    }
    // mptcp_set_rwin: the edge only moves right, and every subflow announces at least it.
    const auto next = parent.m_queue.Next();
    const auto edge = next + window;
    if (edge > parent.m_rightEdge)
    {
        parent.m_rightEdge = edge;
    }
    else
    {
        const auto shared = parent.m_rightEdge > next ? parent.m_rightEdge - next : 0;
        window = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(shared, static_cast<std::uint64_t>(65535) << shift));
    }
    rightEdge = parent.m_rightEdge;
    if (parent.m_config->reopen == ReopenRule::FreeSpace)
    {
        parent.m_lastWindow = parent.FreeSpace();
    }
    else
    {
        parent.m_lastWindow = window;
    }
    if (window == 0)
    {
        ++parent.m_info.zeroWindows;
    }
    return window;
}

bool
Subflow::ChecksumHolds(const Mapping& mapping, const std::vector<Payload>& pieces) const
{
    DssChecksum sum;
    for (const auto& piece : pieces)
    {
        sum.Add(piece);
    }
    return sum.Verify(Dsn64(parent.m_remoteIdsn + mapping.dataBegin),
                      static_cast<std::uint32_t>(mapping.subflowBegin),
                      static_cast<std::uint16_t>(mapping.length + (mapping.dataFin ? 1 : 0)),
                      mapping.checksum);
}

void
Subflow::OnInOrderData(TimeNs now)
{
    while (tcp->Available() > 0 && !closed)
    {
        const Mapping* found = mptcp ? m_in.Find(m_read) : nullptr;
        if (mptcp && !found)
        {
            if (parent.MayFallBack(*this))
            {
                parent.FallBack(now, *this);
                continue;
            }
            parent.FailSubflow(now, *this, MptcpResetReason::MptcpError);
            return;
        }
        std::uint32_t n = tcp->Available();
        std::uint64_t dataOffset = m_read;
        bool wholeMapping = false;
        Mapping mapping;
        if (found)
        {
            mapping = *found;
            const auto left = mapping.SubflowEnd() - m_read;
            wholeMapping = parent.m_checksum && mapping.hasChecksum;
            if (wholeMapping && n < left)
            {
                break; // a mapping with a checksum is used as a whole
            }
            n = static_cast<std::uint32_t>(std::min<std::uint64_t>(n, left));
            dataOffset = mapping.ToData(m_read);
        }
        m_pieces.clear();
        n = tcp->Take(n, m_pieces);
        m_read += n;
        if (wholeMapping && !ChecksumHolds(mapping, m_pieces))
        {
            ++parent.m_info.checksumErrors;
            MptcpOptions fail;
            fail.Set(MptcpSubtype::Fail);
            fail.fail.dataSequence = parent.m_remoteIdsn + mapping.dataBegin;
            if (!parent.MayFallBack(*this))
            {
                resetReason = MptcpResetReason::Middlebox;
                parent.FailSubflow(now, *this, MptcpResetReason::Middlebox);
                return;
            }
            // A single subflow goes on as plain TCP; the data was altered by a middlebox that will
            // go on altering it (RFC 8684 section 3.7).
            parent.SendSignal(now, fail, this);
            parent.FallBack(now, *this);
        }
        for (auto& piece : m_pieces)
        {
            const auto length = piece.Length();
            if (parent.OnData(now, *this, dataOffset, std::move(piece)))
            {
                dataBytesReceived += length;
            }
            dataOffset += length;
        }
        m_pieces.clear();
        m_in.Release(m_read);
    }
    const auto& state = tcp->GetReceiveState();
    if (parent.Available() < parent.m_config->tcp->receiveLowat &&
        state.next - state.windowUpdated > state.mss)
    {
        tcp->RequestAck();
    }
}

void
Subflow::Append(std::uint64_t dataOffset, const Payload& bytes, std::uint32_t mappingLimit)
{
    const auto status = tcp->GetSendStatus();
    m_out.Release(status.sndUna);
    std::uint32_t taken = 0;
    while (taken < bytes.Length())
    {
        auto* last = m_out.Last();
        const auto at = status.writeEnd + taken;
        const bool extends = last && last->subflowBegin >= status.sndNxt &&
                             last->DataEnd() == dataOffset + taken && last->SubflowEnd() == at &&
                             last->length < mappingLimit;
        std::uint32_t n = bytes.Length() - taken;
        if (extends)
        {
            n = std::min(n, mappingLimit - last->length);
            last->length += n;
        }
        else
        {
            n = std::min(n, mappingLimit);
            Mapping mapping;
            mapping.subflowBegin = at;
            mapping.dataBegin = dataOffset + taken;
            mapping.length = n;
            m_out.Add(mapping);
        }
        taken += n;
    }
    dataBytesSent += bytes.Length();
    tcp->Write(bytes);
}

} // namespace hoststack::mptcp
