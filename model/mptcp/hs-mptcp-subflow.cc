// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-subflow.h"

#include "ns3/hs-mptcp-crypto.h"
#include "ns3/hs-tcp-codec.h"

#include <algorithm>

// What a subflow sends: options, mappings, the shared window. What it takes is in
// hs-mptcp-subflow-receive.cc.

namespace hoststack::mptcp
{

namespace
{

// What goes once and is not owed any more; MP_FASTCLOSE stays until the end.
constexpr auto kOnce = static_cast<std::uint16_t>(MptcpOptions::Bit(MptcpSubtype::Priority) |
                                                  MptcpOptions::Bit(MptcpSubtype::Fail));

constexpr std::uint32_t
RoundToFour(std::uint32_t bytes)
{
    return (bytes + 3) / 4 * 4;
}

constexpr std::uint8_t kMostPieces = 17; // MAX_SKB_FRAGS

} // namespace

Subflow::Subflow(DataLevel& above, std::uint32_t number, Role kind, bool opened)
    : level(above),
      id(number),
      role(kind),
      active(opened)
{
}

std::uint32_t
Subflow::DataOptionBytes() const
{
    if (!IsMultipath() && m_speech != Speech::PlainWithMapping)
    {
        return 0;
    }
    // DSS with a 64-bit data sequence number: facts sheet linux.md 5.1.
    const std::uint32_t bytes =
        4 + (level.NumbersToSay().ack64 ? 8 : 4) + 14 + (level.keys.UsesChecksum() ? 2 : 0);
    return RoundToFour(bytes);
}

MptcpCapable
Subflow::CapableWithKeys(const TcpSegment& segment, std::uint64_t begin)
{
    auto capable = level.keys.ForAck();
    if (segment.payload.Length() > 0)
    {
        auto* mapping = m_out.Find(begin);
        assert(mapping);
        capable.form = MptcpCapable::Form::Data;
        capable.length = static_cast<std::uint16_t>(mapping->length);
        if (level.keys.UsesChecksum())
        {
            capable.hasChecksum = true;
            capable.checksum = ChecksumOf(*mapping, false);
        }
    }
    return capable;
}

void
Subflow::WriteSyn(TcpSegment& segment)
{
    auto& options = segment.options;
    const bool reply = segment.Has(kAck);
    if (role == Role::Initial)
    {
        if (!reply)
        {
            const bool wasPlain = plainSyn;
            plainSyn = synsSent++ > level.config.synRetransmitsBeforeFallback;
            if (plainSyn)
            {
                level.counters.capableSynTxDrop += wasPlain ? 0 : 1;
                return; // the path seems to drop SYNs with the option
            }
        }
        AppendMptcp(level.keys.ForSyn(reply), options);
        return;
    }
    MptcpJoin option;
    option.backup = requestBackup;
    option.addressId = localId;
    option.nonce = join.localNonce;
    if (reply)
    {
        option.form = MptcpJoin::Form::SynAck;
        option.shortHmac = MptcpJoinShortHmac(level.keys.LocalParty(join.localNonce),
                                              level.keys.RemoteParty(join.remoteNonce));
        option.backup = requestBackup || (backup && level.config.echoesBackup);
    }
    else
    {
        option.form = MptcpJoin::Form::Syn;
        option.token = level.keys.Remote().token;
    }
    AppendMptcp(option, options);
}

std::uint16_t
Subflow::ChecksumOf(Mapping& mapping, bool fin)
{
    if (!mapping.hasChecksum)
    {
        // Summed at the first transmission: later the bytes may be acknowledged and gone.
        mapping.sum.Add(tcp->Peek(mapping.subflowBegin, mapping.length));
        mapping.hasChecksum = true;
    }
    return mapping.sum.Value(Dsn64(level.keys.Local().idsn + mapping.dataBegin),
                             static_cast<std::uint32_t>(mapping.subflowBegin),
                             static_cast<std::uint16_t>(mapping.length + (fin ? 1 : 0)));
}

void
Subflow::WriteDss(TcpSegment& segment, std::uint64_t begin)
{
    const auto numbers = level.NumbersToSay();
    if (segment.payload.Length() == 0 && numbers.ack64 && !numbers.tellsFin &&
        level.keys.HasRemote())
    {
        AppendDataAck(level.keys.Remote().idsn + numbers.next, segment.options);
        m_carriesAck = true;
        return;
    }
    MptcpDss dss;
    if (BuildDss(segment, begin, numbers, dss))
    {
        AppendMptcp(dss, segment.options);
        m_carriesAck = dss.hasAck;
    }
}

bool
Subflow::BuildDss(const TcpSegment& segment,
                  std::uint64_t begin,
                  const DataLevel::Numbers& numbers,
                  MptcpDss& dss)
{
    dss = DataAck(numbers);
    const bool fin = numbers.tellsFin;
    const auto finOffset = numbers.finOffset;
    if (segment.payload.Length() > 0)
    {
        auto* mapping = m_out.Find(begin);
        assert(mapping);
        // mptcp_write_data_fin: on the last mapping the DATA_FIN takes one more number.
        dss.dataFin = fin && mapping->DataEnd() == finOffset;
        dss.hasMapping = true;
        dss.sequence64 = true;
        dss.dataSequence = level.keys.Local().idsn + mapping->dataBegin;
        dss.subflowSequence = static_cast<std::uint32_t>(mapping->subflowBegin);
        dss.length = static_cast<std::uint16_t>(mapping->length + (dss.dataFin ? 1 : 0));
        if (level.keys.UsesChecksum())
        {
            dss.hasChecksum = true;
            dss.checksum = ChecksumOf(*mapping, dss.dataFin);
        }
    }
    else if (fin)
    {
        dss.hasMapping = true;
        dss.sequence64 = true;
        dss.dataFin = true;
        dss.dataSequence = level.keys.Local().idsn + finOffset;
        dss.length = 1;
        if (level.keys.UsesChecksum())
        {
            dss.hasChecksum = true;
            dss.checksum = DssChecksum().Value(Dsn64(dss.dataSequence), 0, 1);
        }
    }
    return dss.hasAck || dss.hasMapping;
}

void
Subflow::WriteReset(TcpSegment& segment)
{
    MptcpOptions wanted;
    wanted.Set(MptcpSubtype::Reset);
    wanted.reset.reason = ending.resetReason;
    if (Owes(MptcpSubtype::FastClose))
    {
        wanted.Set(MptcpSubtype::FastClose);
        wanted.fastClose.receiverKey = level.keys.Remote().key;
    }
    WriteWhatFits(segment, wanted, SegmentKind::Reset);
}

bool
Subflow::HasToSay() const
{
    return Owes(MptcpSubtype::Priority) || Owes(MptcpSubtype::Fail) ||
           level.addresses.Signals().Any();
}

void
Subflow::WriteWithSignals(TcpSegment& segment, std::uint64_t begin, bool firstNumbers)
{
    MptcpOptions wanted;
    if (!firstNumbers)
    {
        if (BuildDss(segment, begin, level.NumbersToSay(), wanted.dss))
        {
            wanted.Set(MptcpSubtype::Dss);
        }
    }
    else if (role == Role::Initial)
    {
        wanted.Set(MptcpSubtype::Capable);
        wanted.capable = CapableWithKeys(segment, begin);
    }
    else
    {
        wanted.Set(MptcpSubtype::Join);
        wanted.join.form = MptcpJoin::Form::Ack;
        wanted.join.hmac = MptcpJoinHmac(level.keys.LocalParty(join.localNonce),
                                         level.keys.RemoteParty(join.remoteNonce));
    }
    if (segment.payload.Length() == 0)
    {
        // What takes room on a data segment would make it longer than the path's MTU.
        level.addresses.Signals().Want(wanted);
        if (Owes(MptcpSubtype::Priority))
        {
            wanted.Set(MptcpSubtype::Priority);
            wanted.priority.backup = requestBackup;
        }
    }
    WriteWhatFits(segment, wanted, segment.Has(kFin) ? SegmentKind::Other : SegmentKind::PureAck);
}

void
Subflow::WriteWhatFits(TcpSegment& segment, MptcpOptions& wanted, SegmentKind kind)
{
    if (Owes(MptcpSubtype::Fail) && segment.payload.Length() == 0)
    {
        wanted.Set(MptcpSubtype::Fail);
        wanted.fail.dataSequence = fail.sequence;
    }
    const auto went = OptionsThatGo(wanted, kind, TcpOptionRoom(segment.options));
    wanted.present = went;
    AppendMptcp(wanted, segment.options);
    m_carriesAck = wanted.Has(MptcpSubtype::Dss) && wanted.dss.hasAck;
    if (level.addresses.Signals().Any())
    {
        level.addresses.EditSignals().Gone(wanted, went);
    }
    m_owed &= static_cast<std::uint16_t>(~(wanted.present & kOnce));
    CountSent(wanted);
}

MptcpDss
Subflow::DataAck(const DataLevel::Numbers& numbers) const
{
    MptcpDss dss;
    dss.hasAck = level.keys.HasRemote();
    dss.ack64 = numbers.ack64;
    dss.dataAck = level.keys.Remote().idsn + numbers.next;
    return dss;
}

void
Subflow::WriteInfinite(TcpSegment& segment, std::uint64_t begin)
{
    // Data that was mapped before keeps its mapping, the first bytes after it say that there will
    // be no more (RFC 8684 section 3.7; Linux sends what was mapped before without).
    const auto* mapping = m_out.Find(begin);
    if (segment.payload.Length() == 0 || !mapping || m_speech != Speech::PlainWithMapping)
    {
        return;
    }
    if (!mapping->infinite)
    {
        WriteDss(segment, begin);
        return;
    }
    auto dss = DataAck(level.NumbersToSay());
    dss.hasMapping = true;
    dss.sequence64 = true;
    dss.dataSequence = level.keys.Local().idsn + mapping->dataBegin;
    dss.subflowSequence = static_cast<std::uint32_t>(mapping->subflowBegin);
    dss.length = 0;
    dss.hasChecksum = level.keys.UsesChecksum();
    AppendMptcp(dss, segment.options);
}

void
Subflow::OnTransmit(TimeNs /*now*/, TcpSegment& segment, std::uint64_t begin)
{
    m_carriesAck = false;
    if (!IsMultipath())
    {
        WriteInfinite(segment, begin);
        if (m_speech == Speech::PlainWithAcks && segment.payload.Length() == 0 &&
            !segment.Has(kRst))
        {
            // A sender that still counts at the data level would send all of it again, without a
            // mapping that could tell it from new data.
            AppendMptcp(DataAck(level.NumbersToSay()), segment.options);
        }
        return;
    }
    if (segment.Has(kSyn))
    {
        WriteSyn(segment);
        return;
    }
    if (segment.Has(kRst))
    {
        WriteReset(segment);
        return;
    }
    // The third ACK, its repetitions and the data that begins at the same number (RFC 8684 sections
    // 3.1 and 3.2); a DATA_FIN and a FIN take precedence (mptcp_established_options_mp).
    const bool firstNumbers = active && begin == 1 && !IsProven() &&
                              !level.NumbersToSay().finSent &&
                              (role == Role::Initial || segment.payload.Length() == 0) &&
                              tcp->GetState() == tcp::State::Established;
    if (!firstNumbers && !HasToSay())
    {
        WriteDss(segment, begin); // at most 28 bytes, which timestamps leave; SACK blocks come last
        return;
    }
    WriteWithSignals(segment, begin, firstNumbers);
}

void
Subflow::CountSent(const MptcpOptions& said)
{
    auto& counters = level.counters;
    const auto has = [&said](MptcpSubtype subtype) { return said.Has(subtype) ? 1 : 0; };
    if (said.Has(MptcpSubtype::AddAddress))
    {
        ++(said.addAddress.echo ? counters.addAddrEchoTx : counters.addAddrTx);
    }
    if (said.Has(MptcpSubtype::RemoveAddress))
    {
        counters.removeAddrTx += said.removeAddress.count;
    }
    counters.priorityTx += has(MptcpSubtype::Priority);
    counters.failTx += has(MptcpSubtype::Fail);
    counters.fastCloseTx += has(MptcpSubtype::FastClose);
    counters.resetTx += has(MptcpSubtype::Reset);
    level.info.Add(&Info::failSent, has(MptcpSubtype::Fail));
    level.info.Add(&Info::fastCloseSent, has(MptcpSubtype::FastClose));
}

tcp::Boundary
Subflow::BoundaryAfter(std::uint64_t offset) const
{
    const auto* mapping = m_out.Find(offset);
    if (!mapping || mapping->infinite)
    {
        return {~std::uint64_t{0}, false};
    }
    return {mapping->SubflowEnd(), mapping->pushed};
}

void
Subflow::PushTail()
{
    // tcp_push marks the last buffer, whatever comes after it later. A probe has left before that.
    auto* last = m_out.Last();
    if (last && !last->frozen)
    {
        last->pushed = true;
    }
}

void
Subflow::Append(std::uint64_t dataOffset,
                const Payload& bytes,
                std::uint32_t mappingLimit,
                bool continues)
{
    const auto status = tcp->GetSendStatus();
    m_out.Release(status.sndUna);
    dataBytesSent += bytes.Length();
    if (!IsMultipath())
    {
        tcp->Write(bytes);
        return;
    }
    std::uint32_t begun = 0;
    std::uint32_t taken = 0;
    // Nothing else has no limit: before the connection can fall back, data is mapped as ever.
    const bool infinite = fail.sendsInfinite && mappingLimit == ~0u;
    while (taken < bytes.Length())
    {
        auto* last = m_out.Last();
        const auto at = status.writeEnd + taken;
        const bool extends =
            last && !infinite && !last->frozen && last->subflowBegin >= status.sndNxt &&
            last->DataEnd() == dataOffset + taken && last->SubflowEnd() == at &&
            last->length < mappingLimit && (continues || last->pieces < kMostPieces);
        std::uint32_t n = bytes.Length() - taken;
        if (extends)
        {
            n = std::min(n, mappingLimit - last->length);
            last->length += n;
            last->pieces += continues ? 0 : 1;
            last->pushed = false;
            continues = true;
        }
        else
        {
            if (last && !last->frozen && last->length < mappingLimit)
            {
                last->pushed = true; // mptcp_sendmsg_frag: it had room, and takes no more
            }
            n = std::min(n, mappingLimit);
            Mapping mapping;
            mapping.subflowBegin = at;
            mapping.dataBegin = dataOffset + taken;
            mapping.length = n;
            mapping.infinite = infinite;
            m_out.Add(mapping);
            ++begun;
        }
        taken += n;
    }
    tcp->WriteMapped(bytes, begun);
}

std::uint64_t
Subflow::SendShift(std::uint64_t dataNext) const
{
    return tcp->GetSendStatus().writeEnd - dataNext;
}

std::uint64_t
Subflow::MapSequence() const
{
    return level.keys.Remote().idsn + m_mapBegin;
}

void
Subflow::ShareReceiveState(tcp::ReceiveLedger& state)
{
    level.receiver.Share(state);
}

bool
Subflow::OwnWindowMayShrink() const
{
    // mptcp_established_options_dss: of a packet that acknowledges data. Those of the handshake
    // keep what the SYN has announced.
    return m_carriesAck && IsMultipath() && !level.IsFallback() &&
           level.config.subflowWindowShrinks;
}

void
Subflow::OnOptionsSized()
{
    // mptcp_established_options_dss until 6.12.10 noted the free space also when it was asked for
    // the size alone, and no packet took the window along (facts sheet linux.md 1.7.6 d).
    if (level.config.reopen == ReopenRule::FreeSpace && IsMultipath() && !level.IsFallback())
    {
        level.window.Remember(level.receiver.FreeSpace());
    }
}

std::uint32_t
Subflow::ShareReceiveWindow(std::uint32_t window, std::uint8_t shift)
{
    if (!IsMultipath() || level.IsFallback())
    {
        level.window.Remember(window); // mptcp_track_rwin
        return window;
    }
    if (!m_carriesAck)
    {
        return window; // the handshake's and ADD_ADDR's windows are TCP's own
    }
    // mptcp_set_rwin: the edge only moves right, and every subflow announces at least it.
    const auto next = level.receiver.Queue().Next();
    const auto furthest = level.window.Edge();
    level.counters.receiveWindowShared += next + window < furthest ? 1 : 0;
    window = level.window.Announce(next, window, static_cast<std::uint64_t>(65535) << shift);
    rightEdge = level.window.Edge();
    level.window.Remember(level.config.reopen == ReopenRule::FreeSpace ? level.receiver.FreeSpace()
                                                                       : window);
    if (window == 0)
    {
        ++level.info.Own().zeroWindows;
    }
    return window;
}

} // namespace hoststack::mptcp
