// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-crypto.h"
#include "ns3/hs-mptcp-subflow.h"

#include <algorithm>
#include <cstring>
#include <utility>

// What a subflow takes from arriving segments.

namespace hoststack::mptcp
{

namespace
{

constexpr std::uint32_t kLeastBuffer = 832; // memory of the smallest segment
constexpr std::uint32_t kSpareMappings = 16;
constexpr std::size_t kHalf = RepeatedDss::kMostBytes / 2; // the two cover all that has as much

} // namespace

bool
Subflow::OnHandshake(TimeNs now, const TcpSegment& segment)
{
    if (!IsMultipath())
    {
        return true;
    }
    MptcpOptions options;
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
        MptcpOptions options;
        ParseMptcp(segment, options);
        level.OnSignal(now, *this, options, true);
        if (AwaitsFourth())
        {
            level.FailSubflow(now, *this, MptcpResetReason::Unspecified); // so Linux answers it
        }
    }
}

inline bool
Subflow::RepeatsDss(const TcpSegment& segment, std::uint64_t begin) const
{
    const auto& options = segment.options;
    const auto& last = *m_last;
    const auto end = begin + segment.payload.Length();
    return options.otherLength == last.length && last.length > 0 && end > begin && end > m_read &&
           end > last.subflowBegin &&
           std::memcmp(options.other.data(), last.bytes.data(), kHalf) == 0 &&
           std::memcmp(options.other.data() + last.length - kHalf,
                       last.bytes.data() + last.length - kHalf,
                       kHalf) == 0 &&
           m_in.IsLast(last.subflowBegin, last.dataBegin, last.dss.length);
}

/// What ReadDss() does with a DATA_ACK alone. \return false: it has another option
inline bool
Subflow::TakeLoneDataAck(TimeNs now, const TcpSegment& segment)
{
    std::uint64_t ack;
    if (!ParseLoneDataAck(segment.options, ack))
    {
        return false;
    }
    MptcpDss dss;
    dss.hasAck = dss.ack64 = true;
    dss.dataAck = ack;
    ForgetRepeated();
    m_ackSeen = m_ackSeen || tcp->AckedOffset(segment) > 1;
    level.OnDataAck(now, dss, tcp->SendWindow());
    return true;
}

tcp::Extension::Verdict
Subflow::OnReceive(TimeNs now, const TcpSegment& segment, std::uint64_t begin)
{
    if (!IsMultipath())
    {
        return Verdict::Take;
    }
    const auto ackedBefore = std::exchange(m_ackedUpTo, tcp->GetSendStatus().sndUna);
    if (IsProven() && RepeatsDss(segment, begin))
    {
        return TakeRepeated(now, segment, begin); // most that carry data
    }
    if (IsProven() && TakeLoneDataAck(now, segment))
    {
        return Verdict::Take; // most others
    }
    return TakeOther(now, segment, begin, ackedBefore);
}

tcp::Extension::Verdict
Subflow::TakeOther(TimeNs now,
                   const TcpSegment& segment,
                   std::uint64_t begin,
                   std::uint64_t ackedBefore)
{
    auto verdict = Verdict::Take;
    if (IsProven() && TakeLoneDss(now, segment, begin, verdict))
    {
        return verdict; // nearly every other segment
    }
    MptcpOptions options;
    ParseMptcp(segment, options);
    const bool firstNumbers = begin == 1 && segment.payload.Length() == 0;
    if (IsProven() && !active && role == Role::Join && firstNumbers &&
        options.Has(MptcpSubtype::Join))
    {
        // Our fourth message was lost (check_fully_established).
        tcp->AckNow(now);
        return Verdict::Take;
    }
    if (options.Has(MptcpSubtype::Capable) && role == Role::Initial && !active &&
        options.capable.form == MptcpCapable::Form::Data)
    {
        TakeFirstData(now, options.capable, begin);
        return Verdict::Take;
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
        return Verdict::Stop;
    }
    if (!IsProven() && IsEstablished() && proves)
    {
        level.OnProven(now, *this);
    }
    level.OnSignal(now, *this, options, false);
    if (IsClosed() && tcp->GetState() == tcp::State::Closed)
    {
        return Verdict::Stop;
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
        return Verdict::Take;
    }
    if (bare && m_ackSeen && m_ackedUpTo > ackedBefore && Active() && level.HasAlternative(*this))
    {
        // The path has begun to eat options. What it carries is acknowledged by TCP alone and would
        // be sent again elsewhere for ever (RFC 8684 section 3.7: such a subflow is closed).
        level.FailSubflow(now, *this, MptcpResetReason::Middlebox);
        return Verdict::Stop;
    }
    if (!bare || !IsEstablished() || (IsProven() && !acksData))
    {
        return Verdict::Take;
    }
    if (role == Role::Initial)
    {
        if (level.MayFallBack(*this) && (active || acksData || segment.payload.Length() > 0))
        {
            ++level.counters.capableDataFallback;
            level.FallBackOn(now, *this, false);
        }
        else if (acksData && !level.MayFallBack(*this))
        {
            // The peer may be plain TCP by now, which takes what is sent again for new data. Linux
            // goes on and sends it.
            level.FailSubflow(now, *this, MptcpResetReason::Middlebox);
            return Verdict::Stop;
        }
    }
    else if (acksData)
    {
        level.FailSubflow(now, *this, MptcpResetReason::Middlebox);
        return Verdict::Stop;
    }
    return Verdict::Take;
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
        ++level.info.Own().joinsRejected;
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
    ++level.info.Own().joinsRejected;
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

/// \return false: it has another option
bool
Subflow::TakeLoneDss(TimeNs now, const TcpSegment& segment, std::uint64_t begin, Verdict& verdict)
{
    MptcpDss dss;
    ForgetRepeated();
    if (!ParseLoneDss(segment.options, dss))
    {
        return false;
    }
    verdict = ReadDss(now, segment, dss, begin);
    const std::size_t length = segment.options.otherLength;
    if (m_last->subflowBegin > 0 && length >= kHalf && length <= RepeatedDss::kMostBytes)
    {
        auto& last = m_last.Own();
        last.length = length;
        std::memcpy(last.bytes.data(), segment.options.other.data(), length);
        last.dss = dss;
    }
    return true;
}

/// What ReadDss() does with a DSS that it has just read.
tcp::Extension::Verdict
Subflow::TakeRepeated(TimeNs now, const TcpSegment& segment, std::uint64_t begin)
{
    const auto& last = *m_last;
    if (last.dss.hasAck)
    {
        m_ackSeen = m_ackSeen || tcp->AckedOffset(segment) > 1;
        level.OnDataAck(now, last.dss, tcp->SendWindow());
    }
    if (IsClosed())
    {
        return Verdict::Take;
    }
    m_in.RepeatLast(begin);
    if (level.config.resyncBeforeData && level.window.Edge() > rightEdge)
    {
        LearnSharedEdge(segment.payload.Length());
    }
    return Verdict::Take;
}

tcp::Extension::Verdict
Subflow::ReadDss(TimeNs now, const TcpSegment& segment, const MptcpDss& dss, std::uint64_t begin)
{
    ForgetRepeated();
    if (dss.hasAck)
    {
        m_ackSeen = m_ackSeen || tcp->AckedOffset(segment) > 1;
        // With the window that TCP has made of this segment's and of its siblings' (snd_wnd).
        level.OnDataAck(now, dss, tcp->SendWindow());
    }
    if (!dss.hasMapping || IsClosed())
    {
        return Verdict::Take;
    }
    const bool carriesData = segment.payload.Length() > 0;
    if (!carriesData && (!dss.dataFin || dss.length != 1))
    {
        return Verdict::Take; // a mapping counts with data, a lone DATA_FIN has length 1
    }
    if (dss.length == 0)
    {
        NoteFault(begin, Fault::Infinite);
        return Verdict::Take;
    }
    const Dsn64 sequence =
        DataSequenceNear(dss, Dsn64(level.keys.Remote().idsn + level.receiver.Queue().Next()));
    const std::int64_t dataOffset = sequence - Dsn64(level.keys.Remote().idsn);
    if (dataOffset < 0)
    {
        return Verdict::Take;
    }
    const std::uint32_t length = dss.length - (dss.dataFin ? 1u : 0u);
    if (dss.dataFin)
    {
        level.OnDataFin(now, *this, static_cast<std::uint64_t>(dataOffset) + length);
    }
    if (length == 0 || !carriesData)
    {
        return Verdict::Take;
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
        return Verdict::Take;
    }
    const auto end = begin + segment.payload.Length();
    if (subflowBegin >= end || end <= m_read)
    {
        return Verdict::Take; // it hangs at the bytes that bring it (get_mapping_status), none of
                              // it is theirs
    }
    if (!m_in.RepeatsLast(subflowBegin, dataBegin, length, begin))
    {
        if (m_in.Size() > kSpareMappings && !HasRoomFor(begin))
        {
            return Verdict::NoRoom;
        }
        if (!AddMapping(dss, subflowBegin, dataBegin, begin))
        {
            NoteFault(begin, dss.sequence64 ? Fault::Mapping : Fault::ShortMapping);
        }
    }
    if (dss.sequence64 && !dss.dataFin)
    {
        auto& last = m_last.Own();
        last.subflowBegin = subflowBegin;
        last.dataBegin = dataBegin;
    }
    if (level.config.resyncBeforeData && level.window.Edge() > rightEdge)
    {
        LearnSharedEdge(segment.payload.Length());
    }
    return Verdict::Take;
}

/// rwin_update, before \p length bytes of data are taken.
void
Subflow::LearnSharedEdge(std::uint32_t length)
{
    auto more = level.window.Edge() - rightEdge;
    if (rightEdge == 0)
    {
        // Who has announced nothing yet has 0 there, beside 64-bit sequence numbers: whatever the
        // peer's initial one makes of it is added to the window.
        more = level.keys.Remote().idsn + level.window.Edge();
        if (static_cast<std::int64_t>(more) <= 0)
        {
            return;
        }
    }
    if (tcp->ExtendReceiveWindow(static_cast<std::uint32_t>(more), length))
    {
        rightEdge = level.window.Edge();
    }
}

bool
Subflow::HasRoomFor(std::uint64_t begin) const
{
    // In Linux each mapping takes a buffer of its own, whose memory TCP looks at: a subflow's
    // receive buffer is raised to what it holds unless it is locked (tcp_clamp_window). Like there,
    // a queue that is empty takes what comes next.
    const auto& tcpConfig = *level.config.tcp;
    const auto most = tcpConfig.receiveBufferLocked
                          ? level.receiver.Buffer()
                          : std::max(level.receiver.Buffer(), tcpConfig.receiveBufferMax);
    return m_in.Size() <= most / kLeastBuffer + kSpareMappings ||
           (tcp->Available() == 0 && begin <= tcp->GetReceiveState().Facts().next);
}

void
Subflow::OnForgotten(std::uint64_t begin, std::uint64_t end)
{
    // A mapping goes with the segments that brought it (skb_ext).
    m_in.Drop(begin, end);
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

void
Subflow::BecomePlain(Speech speech)
{
    m_speech = speech;
    m_owed = 0;
}

} // namespace hoststack::mptcp
