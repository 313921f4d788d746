// SPDX-License-Identifier: GPL-2.0-only

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
    if (!IsMultipath())
    {
        return true;
    }
    auto& options = level.parsed;
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
    if (IsMultipath())
    {
        ParseMptcp(segment, level.parsed);
        level.OnSignal(now, *this, level.parsed, true);
        if (AwaitsFourth())
        {
            level.FailSubflow(now, *this, MptcpResetReason::Unspecified); // so Linux answers it
        }
    }
}

bool
Subflow::OnReceive(TimeNs now, const TcpSegment& segment, std::uint64_t begin)
{
    if (!IsMultipath())
    {
        return true;
    }
    auto& options = level.parsed;
    ParseMptcp(segment, options);
    const auto ackedBefore = m_ackedUpTo;
    m_ackedUpTo = tcp->GetSendStatus().sndUna;
    if (IsProven() && IsEstablished() && options.present == MptcpOptions::Bit(MptcpSubtype::Dss))
    {
        // Nearly every segment: nothing of the rest concerns it.
        return ReadDss(now, segment, MptcpDss(options.dss), begin);
    }
    const bool firstNumbers = begin == 1 && segment.payload.Length() == 0;
    if (IsProven() && !active && role == Role::Join && firstNumbers &&
        options.Has(MptcpSubtype::Join))
    {
        // Our fourth message was lost (check_fully_established).
        tcp->AckNow(now);
        return true;
    }
    if (options.Has(MptcpSubtype::Capable) && role == Role::Initial && !active &&
        options.capable.form == MptcpCapable::Form::Data)
    {
        TakeFirstData(now, options.capable, begin);
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
        level.FailSubflow(now, *this, MptcpResetReason::Unspecified);
        return false;
    }
    if (!IsProven() && IsEstablished() && proves)
    {
        level.OnProven(now, *this);
    }
    level.OnSignal(now, *this, options, false); // `options` is no more valid then
    if (IsClosed() && tcp->GetState() == tcp::State::Closed)
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
        level.MayFallBack(*this))
    {
        // The peer has met data without a mapping and takes all as it comes, or the path eats its
        // options. Whatever the data level sent again would be taken for new data.
        ++level.counters.dssFallback;
        level.FallBackOn(now, *this, false);
        return true;
    }
    if (bare && m_ackSeen && m_ackedUpTo > ackedBefore && Active() && level.HasAlternative(*this))
    {
        // The path has begun to eat options. What it carries is acknowledged by TCP alone and would
        // be sent again elsewhere for ever (RFC 8684 section 3.7: such a subflow is closed).
        level.FailSubflow(now, *this, MptcpResetReason::Middlebox);
        return false;
    }
    if (!bare || !IsEstablished() || (IsProven() && !acksData))
    {
        return true;
    }
    if (role == Role::Initial)
    {
        if (level.MayFallBack(*this) && (active || acksData || segment.payload.Length() > 0))
        {
            ++level.counters.capableDataFallback;
            level.FallBackOn(now, *this, false);
        }
    }
    else if (acksData)
    {
        level.FailSubflow(now, *this, MptcpResetReason::Middlebox);
        return false;
    }
    return true;
}

void
Subflow::TakeFirstData(TimeNs now, const MptcpCapable& capable, std::uint64_t begin)
{
    Mapping first;
    first.subflowBegin = 1;
    first.dataBegin = 1;
    first.length = capable.length;
    first.hasChecksum = capable.hasChecksum;
    first.checksum = capable.checksum;
    first.sequence64 = true; // so it counts (mptcp_incoming_options)
    first.carried = begin;
    if (m_in.Add(first) == MappingTable::Verdict::Conflict)
    {
        NoteFault(begin, Fault::Mapping);
    }
    if (!IsProven())
    {
        level.OnProven(now, *this);
    }
}

bool
Subflow::ReadSynAck(TimeNs now, const MptcpOptions& options)
{
    if (role == Role::Initial)
    {
        if (plainSyn || !options.Has(MptcpSubtype::Capable) ||
            options.capable.form != MptcpCapable::Form::SynAck)
        {
            level.counters.capableFallbackSynAck += plainSyn ? 0 : 1;
            if (plainSyn && level.config.blackholeTimeout > 0 &&
                synsSent == level.config.synRetransmitsBeforeFallback + 2)
            {
                // mptcp_active_disable: the first SYN without the option was answered.
                ++level.counters.blackhole;
                level.host.NoteBlackhole(now);
            }
            level.FallBackOn(now, *this, false);
            return true;
        }
        ++level.counters.capableSynAckRx;
        level.host.NoteMultipath(*sink);
        level.keys.OnSynAck(options.capable);
        return true;
    }
    const bool fine =
        options.Has(MptcpSubtype::Join) && options.join.form == MptcpJoin::Form::SynAck;
    if (fine)
    {
        join.remoteNonce = options.join.nonce;
        remoteId = options.join.addressId;
        backup = options.join.backup;
    }
    if (!fine ||
        options.join.shortHmac != MptcpJoinShortHmac(level.keys.RemoteParty(join.remoteNonce),
                                                     level.keys.LocalParty(join.localNonce)))
    {
        level.counters.joinSynAckHmacFailure += fine ? 1 : 0;
        ++level.info.joinsRejected;
        level.FailSubflow(now, *this, MptcpResetReason::MptcpError);
        return false;
    }
    ++level.counters.joinSynAckRx;
    level.counters.joinSynAckBackupRx += backup ? 1 : 0;
    level.counters.joinPortSynAckRx += remote.port != level.Initial().remote.port ? 1 : 0;
    return true;
}

void
Subflow::RefuseThirdAck(TimeNs now, const TcpSegment& segment, MptcpResetReason reason)
{
    // No socket of the subflow exists yet: the RST is made from what came (tcp_check_req).
    ++level.info.joinsRejected;
    ++level.counters.resetTx;
    sink->Transmit(RefusedJoin(segment, reason));
    tcp->Forget(now);
    level.OnRefused(now, *this);
}

bool
Subflow::ReadThirdAck(TimeNs now, const TcpSegment& segment, const MptcpOptions& options)
{
    if (role == Role::Initial)
    {
        if (options.Has(MptcpSubtype::Capable) && options.capable.form >= MptcpCapable::Form::Ack)
        {
            level.keys.OnThirdAck(options.capable);
            return true;
        }
        if (!level.keys.HasRemote())
        {
            ++level.counters.capableFallbackAck;
            level.FallBackOn(now, *this, false);
        }
        return true;
    }
    const bool isJoin =
        options.Has(MptcpSubtype::Join) && options.join.form == MptcpJoin::Form::Ack;
    const bool fine =
        isJoin && options.join.hmac == MptcpJoinHmac(level.keys.RemoteParty(join.remoteNonce),
                                                     level.keys.LocalParty(join.localNonce));
    if (!fine || !level.TakesJoin(*this))
    {
        // subflow_syn_recv_sock
        level.counters.joinAckHmacFailure += isJoin && !fine ? 1 : 0;
        level.counters.joinRejected += fine ? 1 : 0;
        RefuseThirdAck(now,
                       segment,
                       fine ? MptcpResetReason::Prohibited : MptcpResetReason::MptcpError);
        return false;
    }
    ++level.counters.joinAckRx;
    level.counters.joinPortAckRx += local.port != level.Initial().local.port ? 1 : 0;
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
    level.UseAcks(with64);
}

bool
Subflow::ReadDss(TimeNs now, const TcpSegment& segment, const MptcpDss& dss, std::uint64_t begin)
{
    if (dss.hasAck)
    {
        m_ackSeen = m_ackSeen || tcp->AckedOffset(segment) > 1;
        // With the window that TCP has made of this segment's and of its siblings' (snd_wnd).
        level.OnDataAck(now, dss, tcp->SendWindow());
    }
    if (!dss.hasMapping || IsClosed())
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
        DataSequenceNear(dss, Dsn64(level.keys.Remote().idsn + level.ReceiveNext()));
    const std::int64_t dataOffset = sequence - Dsn64(level.keys.Remote().idsn);
    if (dataOffset < 0)
    {
        return true;
    }
    const std::uint32_t length = dss.length - (dss.dataFin ? 1u : 0u);
    if (dss.dataFin)
    {
        level.OnDataFin(now, *this, static_cast<std::uint64_t>(dataOffset) + length);
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
    if (dss.hasChecksum != level.keys.UsesChecksum())
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
    if (m_in.Size() > level.ReceiveBuffer() / kLeastBuffer + kSpareMappings)
    {
        return false; // in Linux each would take a buffer of its own
    }
    if (!m_in.RepeatsLast(subflowBegin, dataBegin, length, begin) &&
        !AddMapping(dss, subflowBegin, dataBegin, begin))
    {
        NoteFault(begin, dss.sequence64 ? Fault::Mapping : Fault::ShortMapping);
    }
    if (level.config.resyncBeforeData && level.window.Edge() > rightEdge)
    {
        tcp->ExtendReceiveWindow(static_cast<std::uint32_t>(level.window.Edge() - rightEdge),
                                 segment.payload.Length());
        rightEdge = level.window.Edge();
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
        ++level.info.infiniteMapReceived;
        ++level.counters.infiniteMapRx;
    }
    else
    {
        ++level.counters.dssNotMatching;
        UseAcks(m_fault == Fault::Mapping);
    }
    if (!level.MayFallBack(*this))
    {
        level.FailSubflow(now, *this, MptcpResetReason::MptcpError);
        return false;
    }
    ++level.counters.dssFallback;
    level.FallBackOn(now, *this, false);
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
    return sum.Verify(Dsn64(level.keys.Remote().idsn + mapping.dataBegin),
                      static_cast<std::uint32_t>(mapping.subflowBegin),
                      static_cast<std::uint16_t>(mapping.length + (mapping.dataFin ? 1 : 0)),
                      mapping.checksum);
}

bool
Subflow::OnBadChecksum(TimeNs now, const Mapping& mapping)
{
    // subflow_check_data_avail. A first mapping that is wrong means a middlebox that alters
    // everything: plain TCP at once. Later the peer is told, and answers with the infinite mapping.
    ++level.info.checksumErrors;
    ++level.counters.checksumErrors;
    if (role == Role::Initial && !fail.validSeen)
    {
        if (level.MayFallBack(*this))
        {
            ++level.counters.dssFallback;
            level.FallBackOn(now, *this, false);
            return true;
        }
        level.FailSubflow(now, *this, MptcpResetReason::MptcpError);
        return false;
    }
    fail.sequence = level.keys.Remote().idsn + mapping.dataBegin;
    if (!level.MayFallBack(*this))
    {
        Owe(MptcpSubtype::Fail);
        level.FailSubflow(now, *this, MptcpResetReason::Middlebox);
        return false;
    }
    fail.awaitsInfinite = true;
    level.OnFail(now, *this);
    return true;
}

void
Subflow::BecomePlain(Speech speech)
{
    m_speech = speech;
    m_owed = 0;
}

bool
Subflow::TakeInOrder(TimeNs now, std::uint64_t begin, const Payload& bytes)
{
    if (!IsMultipath() || IsClosed() || begin != m_read)
    {
        return false;
    }
    const auto* found = m_in.Find(begin);
    if (!found || begin < found->carried || begin + bytes.Length() > found->SubflowEnd() ||
        begin + bytes.Length() > m_faultAt || (level.keys.UsesChecksum() && found->hasChecksum))
    {
        return false;
    }
    UseMapping(*found);
    const auto dataOffset = found->ToData(begin);
    if (level.IsFull())
    {
        return false;
    }
    m_read += bytes.Length();
    dataBytesReceived +=
        level.OnData(now, *this, dataOffset, Payload(bytes), tcp->ArrivedMemory(bytes.Length()));
    m_in.Release(m_read);
    level.EndBatch();
    AfterTaking();
    return true;
}

void
Subflow::OnInOrderData(TimeNs now)
{
    HandOver(now);
    level.EndBatch();
}

void
Subflow::HandOver(TimeNs now)
{
    while (tcp->Available() > 0 && !IsClosed())
    {
        if (IsMultipath() && m_read >= m_faultAt)
        {
            if (!OnFault(now))
            {
                return;
            }
            continue;
        }
        const Mapping* found = IsMultipath() ? m_in.Find(m_read) : nullptr;
        found = found && m_read >= found->carried ? found : nullptr;
        if (found)
        {
            UseMapping(*found);
        }
        if (found && level.IsFull())
        {
            break; // it stays in the subflow's own queue
        }
        if (IsMultipath() && !found)
        {
            level.counters.dssNoMatchTcp += m_in.Size() > 0 ? 1 : 0;
            if (level.MayFallBack(*this))
            {
                ++level.counters.dssFallback;
                // The peer wants DATA_ACKs if there were mappings: it may not know yet.
                level.FallBackOn(now, *this, m_read > 1);
                continue;
            }
            level.FailSubflow(now, *this, MptcpResetReason::Middlebox);
            return;
        }
        auto n = static_cast<std::uint32_t>(
            std::min<std::uint64_t>(tcp->Available(), IsMultipath() ? m_faultAt - m_read : ~0u));
        // Without mappings the bytes follow those that came before.
        std::uint64_t dataOffset = level.ReceiveNext();
        bool wholeMapping = false;
        Mapping mapping;
        if (found)
        {
            mapping = *found;
            const auto left = mapping.SubflowEnd() - m_read;
            wholeMapping = level.keys.UsesChecksum() && mapping.hasChecksum;
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
        TakePieces(n);
        m_read += n;
        if (wholeMapping)
        {
            if (ChecksumHolds(mapping, m_pieces))
            {
                fail.validSeen = true;
            }
            else if (!OnBadChecksum(now, mapping))
            {
                return;
            }
        }
        for (std::size_t i = 0; i < m_pieces.size(); ++i)
        {
            const auto length = m_pieces[i].Length();
            dataBytesReceived +=
                level.OnData(now, *this, dataOffset, std::move(m_pieces[i]), m_costs[i]);
            dataOffset += length;
        }
        m_pieces.clear();
        m_in.Release(m_read);
    }
    AfterTaking();
}

/// The next \p length bytes of the subflow, which are there, each piece with its memory.
void
Subflow::TakePieces(std::uint32_t length)
{
    m_pieces.clear();
    m_costs.clear();
    while (length > 0)
    {
        const auto one = std::min(length, tcp->FirstPiece());
        m_costs.push_back(tcp->FirstMemory(one));
        length -= tcp->Take(one, m_pieces);
    }
}

void
Subflow::AfterTaking()
{
    const auto& state = tcp->GetReceiveState();
    if (level.Available() < level.config.tcp->receiveLowat &&
        tcp->GetState() != tcp::State::Closed && state.next - state.windowUpdated > state.mss)
    {
        tcp->RequestAck();
    }
}

} // namespace hoststack::mptcp
