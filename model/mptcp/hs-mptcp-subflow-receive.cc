// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-connection.h"
#include "ns3/hs-mptcp-crypto.h"
#include "ns3/hs-mptcp-subflow.h"

#include <algorithm>

// What a subflow takes from arriving segments, and how its bytes reach the connection.

namespace hoststack::mptcp
{

namespace
{

constexpr std::uint32_t kLeastBuffer = 832; // memory of the smallest segment
constexpr std::uint32_t kSpareMappings = 16;

} // namespace

bool
Subflow::OnHandshake(TimeNs now, const TcpSegment& segment)
{
    if (!mptcp)
    {
        return true;
    }
    auto& options = parent.m_parsed;
    ParseMptcp(segment, options);
    if (segment.Has(kSyn))
    {
        return ReadSynAck(now, options);
    }
    return active || ReadThirdAck(now, segment, options);
}

void
Subflow::OnReset(TimeNs now, const TcpSegment& segment)
{
    if (mptcp)
    {
        ParseMptcp(segment, parent.m_parsed);
        parent.OnSignal(now, *this, parent.m_parsed, true);
        if (AwaitsFourth())
        {
            parent.FailSubflow(now, *this, MptcpResetReason::Unspecified); // so Linux answers it
        }
    }
}

bool
Subflow::OnReceive(TimeNs now, const TcpSegment& segment, std::uint64_t begin)
{
    if (!mptcp)
    {
        return true;
    }
    auto& options = parent.m_parsed;
    ParseMptcp(segment, options);
    const auto ackedBefore = m_ackedUpTo;
    m_ackedUpTo = tcp->GetSendStatus().sndUna;
    if (fullyEstablished && established && options.present == MptcpOptions::Bit(MptcpSubtype::Dss))
    {
        // Nearly every segment: nothing of the rest concerns it.
        return ReadDss(now, segment, MptcpDss(options.dss), begin);
    }
    const bool firstNumbers = begin == 1 && segment.payload.Length() == 0;
    if (fullyEstablished && !active && role == Role::Join && firstNumbers &&
        options.Has(MptcpSubtype::Join))
    {
        // Our fourth message was lost (check_fully_established).
        tcp->AckNow(now);
        return true;
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
        first.sequence64 = true; // so it counts (mptcp_incoming_options)
        first.carried = begin;
        if (m_in.Add(first) == MappingTable::Verdict::Conflict)
        {
            NoteFault(begin, Fault::Mapping);
        }
        if (!fullyEstablished)
        {
            parent.OnFullyEstablished(now, *this);
        }
        return true;
    }
    const bool isDss = options.Has(MptcpSubtype::Dss);
    const auto dss = options.dss;
    const bool proves = (isDss && dss.hasAck) ||
                        (options.Has(MptcpSubtype::AddAddress) && !options.addAddress.echo);
    const bool bare = options.present == 0;
    if (AwaitsFourth() && (begin != 1 || !proves))
    {
        // check_fully_established: only the fourth message may come now.
        parent.FailSubflow(now, *this, MptcpResetReason::Unspecified);
        return false;
    }
    if (!fullyEstablished && established && proves)
    {
        parent.OnFullyEstablished(now, *this);
    }
    parent.OnSignal(now, *this, options, false); // `options` is no more valid then
    if (closed && tcp->GetState() == tcp::State::Closed)
    {
        return false;
    }
    if (isDss)
    {
        return ReadDss(now, segment, dss, begin);
    }
    // Until the first proof that the peer and the path speak MPTCP, a segment without any option
    // means that they do not; and so does data acknowledged without a DATA_ACK (RFC 8684 section
    // 3.7; Linux does not look at that).
    const bool acksData = tcp->AckedOffset(segment) > 1 && !m_ackSeen;
    if (bare && m_ackSeen && role == Role::Initial && m_ackedUpTo > ackedBefore &&
        parent.MayFallBack(*this))
    {
        // The peer has met data without a mapping and takes all as it comes, or the path eats its
        // options. Whatever the data level sent again would be taken for new data.
        ++parent.m_counters.dssFallback;
        parent.FallBack(now, *this);
        return true;
    }
    if (bare && m_ackSeen && m_ackedUpTo > ackedBefore && Active() && parent.HasAlternative(*this))
    {
        // The path has begun to eat options. What it carries is acknowledged by TCP alone and would
        // be sent again elsewhere for ever (RFC 8684 section 3.7: such a subflow is closed).
        parent.FailSubflow(now, *this, MptcpResetReason::Middlebox);
        return false;
    }
    if (!bare || !established || (fullyEstablished && !acksData))
    {
        return true;
    }
    if (role == Role::Initial)
    {
        if (parent.MayFallBack(*this) && (active || acksData || segment.payload.Length() > 0))
        {
            ++parent.m_counters.capableDataFallback;
            parent.FallBack(now, *this);
        }
    }
    else if (acksData)
    {
        parent.FailSubflow(now, *this, MptcpResetReason::Middlebox);
        return false;
    }
    return true;
}

bool
Subflow::ReadSynAck(TimeNs now, const MptcpOptions& options)
{
    if (role == Role::Initial)
    {
        if (plainSyn || !options.Has(MptcpSubtype::Capable) ||
            options.capable.form != MptcpCapable::Form::SynAck)
        {
            parent.m_counters.capableFallbackSynAck += plainSyn ? 0 : 1;
            if (plainSyn && parent.m_config->blackholeTimeout > 0 &&
                synsSent == parent.m_config->synRetransmitsBeforeFallback + 2)
            {
                // mptcp_active_disable: the first SYN without the option was answered.
                ++parent.m_counters.blackhole;
                parent.m_host.NoteBlackhole(now);
            }
            parent.FallBack(now, *this);
            return true;
        }
        ++parent.m_counters.capableSynAckRx;
        parent.m_host.NoteMultipath(*sink);
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
        parent.m_counters.joinSynAckHmacFailure += fine ? 1 : 0;
        ++parent.m_info.joinsRejected;
        parent.FailSubflow(now, *this, MptcpResetReason::MptcpError);
        return false;
    }
    ++parent.m_counters.joinSynAckRx;
    parent.m_counters.joinSynAckBackupRx += backup ? 1 : 0;
    parent.m_counters.joinPortSynAckRx +=
        remote.port != parent.m_subflows.front()->remote.port ? 1 : 0;
    return true;
}

void
Subflow::RefuseThirdAck(TimeNs now, const TcpSegment& segment, MptcpResetReason reason)
{
    // No socket of the subflow exists yet: the RST is made from what came (tcp_check_req).
    ++parent.m_info.joinsRejected;
    ++parent.m_counters.resetTx;
    sink->Transmit(RefusedJoin(segment, reason));
    tcp->Forget(now);
    parent.OnSubflowGone(now, *this, tcp->TakeEvents());
}

bool
Subflow::ReadThirdAck(TimeNs now, const TcpSegment& segment, const MptcpOptions& options)
{
    if (role == Role::Initial)
    {
        if (options.Has(MptcpSubtype::Capable) && options.capable.form >= MptcpCapable::Form::Ack)
        {
            // Linux does not look at our key in it.
            parent.SetRemoteKey(options.capable.senderKey);
            parent.m_checksum =
                parent.m_config->checksum || options.capable.Has(kMptcpChecksumRequired);
            return true;
        }
        if (!parent.m_hasRemoteKey)
        {
            ++parent.m_counters.capableFallbackAck;
            parent.FallBack(now, *this);
        }
        return true;
    }
    const bool isJoin =
        options.Has(MptcpSubtype::Join) && options.join.form == MptcpJoin::Form::Ack;
    const bool fine =
        isJoin && options.join.hmac == MptcpJoinHmac({parent.m_remoteKey, remoteNonce},
                                                     {parent.m_localKey, localNonce});
    if (!fine || !parent.TakesJoins() || !parent.HasRoomFor(*this))
    {
        // subflow_syn_recv_sock
        parent.m_counters.joinAckHmacFailure += isJoin && !fine ? 1 : 0;
        parent.m_counters.joinRejected += fine ? 1 : 0;
        RefuseThirdAck(now,
                       segment,
                       fine ? MptcpResetReason::Prohibited : MptcpResetReason::MptcpError);
        return false;
    }
    ++parent.m_counters.joinAckRx;
    parent.m_counters.joinPortAckRx += local.port != parent.m_subflows.front()->local.port ? 1 : 0;
    return true;
}

void
Subflow::UseMapping(const Mapping& mapping)
{
    m_mapBegin = mapping.dataBegin;
    UseAcks(mapping.sequence64);
}

void
Subflow::UseAcks(bool with64)
{
    // get_mapping_status: DATA_ACKs are as long as the numbers of the mapping that is being used.
    if (parent.m_ack64 == with64)
    {
        return;
    }
    parent.m_ack64 = with64;
    for (auto& s : parent.m_subflows)
    {
        s->tcp->RefreshMss();
    }
}

bool
Subflow::ReadDss(TimeNs now, const TcpSegment& segment, const MptcpDss& dss, std::uint64_t begin)
{
    if (dss.hasAck)
    {
        m_ackSeen = m_ackSeen || tcp->AckedOffset(segment) > 1;
        const Dsn64 ack = DataAckNear(dss, Dsn64(parent.m_localIdsn + parent.m_sndUna));
        const std::int64_t offset = ack - Dsn64(parent.m_localIdsn);
        if (offset >= 0)
        {
            // With the window that TCP has made of this segment's and of its siblings' (snd_wnd).
            parent.OnDataAck(now, static_cast<std::uint64_t>(offset), tcp->SendWindow());
        }
    }
    if (!dss.hasMapping || closed)
    {
        return true;
    }
    const bool carriesData = segment.payload.Length() > 0;
    if (!carriesData && (!dss.dataFin || dss.length != 1))
    {
        return true; // a mapping counts with data, a lone DATA_FIN has length 1
    }
    if (dss.length == 0)
    {
        NoteFault(begin, Fault::Infinite);
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
        parent.OnDataFin(now, *this, static_cast<std::uint64_t>(dataOffset) + length);
    }
    if (length == 0 || !carriesData)
    {
        return true;
    }
    // The option counts 32 bits from the initial number: the run nearest to this segment is meant.
    const std::uint64_t subflowBegin =
        begin + static_cast<std::int64_t>(static_cast<std::int32_t>(
                    dss.subflowSequence - static_cast<std::uint32_t>(begin)));
    const auto dataBegin = static_cast<std::uint64_t>(dataOffset);
    if (dss.hasChecksum != parent.m_checksum)
    {
        // RFC 8684 section 3.3.1: not as negotiated
        NoteFault(begin, dss.sequence64 ? Fault::Mapping : Fault::ShortMapping);
        return true;
    }
    const auto end = begin + segment.payload.Length();
    if (subflowBegin >= end || end <= m_read)
    {
        return true; // it hangs at the bytes that bring it (get_mapping_status), none of it is
                     // theirs
    }
    if (m_in.Size() > parent.m_receiveBuffer / kLeastBuffer + kSpareMappings)
    {
        return false; // in Linux each would take a buffer of its own
    }
    if (!m_in.RepeatsLast(subflowBegin, dataBegin, length, begin) &&
        !AddMapping(dss, subflowBegin, dataBegin, begin))
    {
        NoteFault(begin, dss.sequence64 ? Fault::Mapping : Fault::ShortMapping);
    }
    if (parent.m_config->resyncBeforeData && parent.m_rightEdge > rightEdge)
    {
        tcp->ExtendReceiveWindow(static_cast<std::uint32_t>(parent.m_rightEdge - rightEdge),
                                 segment.payload.Length());
        rightEdge = parent.m_rightEdge;
    }
    return true;
}

void
Subflow::NoteFault(std::uint64_t begin, Fault fault)
{
    if (begin >= m_read && begin < m_faultAt)
    {
        m_faultAt = begin;
        m_fault = fault;
    }
}

bool
Subflow::OnFault(TimeNs now)
{
    // get_mapping_status meets it when the bytes before have been used. After an infinite mapping
    // the rest of the subflow is the rest of the data.
    m_faultAt = ~std::uint64_t{0};
    if (m_fault == Fault::Infinite)
    {
        ++parent.m_info.infiniteMapReceived;
        ++parent.m_counters.infiniteMapRx;
    }
    else
    {
        ++parent.m_counters.dssNotMatching;
        UseAcks(m_fault == Fault::Mapping);
    }
    if (!parent.MayFallBack(*this))
    {
        parent.FailSubflow(now, *this, MptcpResetReason::MptcpError);
        return false;
    }
    ++parent.m_counters.dssFallback;
    parent.FallBack(now, *this);
    return true;
}

bool
Subflow::AddMapping(const MptcpDss& dss,
                    std::uint64_t subflowBegin,
                    std::uint64_t dataBegin,
                    std::uint64_t carrier)
{
    Mapping mapping;
    mapping.subflowBegin = subflowBegin;
    mapping.dataBegin = dataBegin;
    mapping.length = dss.length - (dss.dataFin ? 1u : 0u);
    mapping.hasChecksum = dss.hasChecksum;
    mapping.checksum = dss.checksum;
    mapping.dataFin = dss.dataFin;
    mapping.carried = carrier;
    mapping.sequence64 = dss.sequence64;
    return m_in.Add(mapping) != MappingTable::Verdict::Conflict;
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

bool
Subflow::OnBadChecksum(TimeNs now, const Mapping& mapping)
{
    // subflow_check_data_avail. A first mapping that is wrong means a middlebox that alters
    // everything: plain TCP at once. Later the peer is told, and answers with the infinite mapping.
    ++parent.m_info.checksumErrors;
    ++parent.m_counters.checksumErrors;
    if (role == Role::Initial && !validChecksumSeen)
    {
        if (parent.MayFallBack(*this))
        {
            ++parent.m_counters.dssFallback;
            parent.FallBack(now, *this);
            return true;
        }
        parent.FailSubflow(now, *this, MptcpResetReason::MptcpError);
        return false;
    }
    failSequence = parent.m_remoteIdsn + mapping.dataBegin;
    if (!parent.MayFallBack(*this))
    {
        sendFail = true;
        parent.FailSubflow(now, *this, MptcpResetReason::Middlebox);
        return false;
    }
    awaitsInfinite = true;
    parent.OnFail(now, *this);
    return true;
}

void
Subflow::BecomePlain(bool keepRoom)
{
    mptcp = false;
    m_keepsRoom = keepRoom;
    sendFail = sendPriority = false;
}

bool
Subflow::TakeInOrder(TimeNs now, std::uint64_t begin, const Payload& bytes)
{
    if (!mptcp || closed || begin != m_read)
    {
        return false;
    }
    const auto* found = m_in.Find(begin);
    if (!found || begin < found->carried || begin + bytes.Length() > found->SubflowEnd() ||
        begin + bytes.Length() > m_faultAt || (parent.m_checksum && found->hasChecksum))
    {
        return false;
    }
    UseMapping(*found);
    const auto dataOffset = found->ToData(begin);
    if (parent.IsFull())
    {
        return false;
    }
    m_read += bytes.Length();
    dataBytesReceived += parent.OnData(now, *this, dataOffset, Payload(bytes));
    m_in.Release(m_read);
    parent.EndBatch();
    AfterTaking();
    return true;
}

void
Subflow::OnInOrderData(TimeNs now)
{
    HandOver(now);
    parent.EndBatch();
}

void
Subflow::HandOver(TimeNs now)
{
    while (tcp->Available() > 0 && !closed)
    {
        if (mptcp && m_read >= m_faultAt)
        {
            if (!OnFault(now))
            {
                return;
            }
            continue;
        }
        const Mapping* found = mptcp ? m_in.Find(m_read) : nullptr;
        found = found && m_read >= found->carried ? found : nullptr;
        if (found)
        {
            UseMapping(*found);
        }
        if (found && parent.IsFull())
        {
            break; // it stays in the subflow's own queue
        }
        if (mptcp && !found)
        {
            parent.m_counters.dssNoMatchTcp += m_in.Size() > 0 ? 1 : 0;
            if (parent.MayFallBack(*this))
            {
                ++parent.m_counters.dssFallback;
                m_keepsAcks = m_read > 1; // there were mappings
                parent.FallBack(now, *this);
                continue;
            }
            parent.FailSubflow(now, *this, MptcpResetReason::Middlebox);
            return;
        }
        auto n = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(tcp->Available(), mptcp ? m_faultAt - m_read : ~0u));
        // Without mappings the bytes follow those that came before.
        std::uint64_t dataOffset = parent.m_queue.Next();
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
            if (!wholeMapping)
            {
                n = std::min(n, tcp->FirstPiece()); // for each the memory is looked at
            }
            dataOffset = mapping.ToData(m_read);
        }
        m_pieces.clear();
        n = tcp->Take(n, m_pieces);
        m_read += n;
        if (wholeMapping)
        {
            if (ChecksumHolds(mapping, m_pieces))
            {
                validChecksumSeen = true;
            }
            else if (!OnBadChecksum(now, mapping))
            {
                return;
            }
        }
        for (auto& piece : m_pieces)
        {
            const auto length = piece.Length();
            dataBytesReceived += parent.OnData(now, *this, dataOffset, std::move(piece));
            dataOffset += length;
        }
        m_pieces.clear();
        m_in.Release(m_read);
    }
    AfterTaking();
}

void
Subflow::AfterTaking()
{
    const auto& state = tcp->GetReceiveState();
    if (parent.Available() < parent.m_config->tcp->receiveLowat &&
        tcp->GetState() != tcp::State::Closed && state.next - state.windowUpdated > state.mss)
    {
        tcp->RequestAck();
    }
}

} // namespace hoststack::mptcp
