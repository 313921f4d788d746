// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-options.h"

#include "ns3/hs-byte-order.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <tuple>

namespace hoststack
{

namespace
{

/// DSS flags, RFC 8684 section 3.3.
constexpr std::uint8_t kDssDataFin = 0x10;
constexpr std::uint8_t kDssSequence64 = 0x08;
constexpr std::uint8_t kDssMapping = 0x04;
constexpr std::uint8_t kDssAck64 = 0x02;
constexpr std::uint8_t kDssAck = 0x01;
/// The low bit beside the subtype: B of MP_JOIN and MP_PRIO, E of ADD_ADDR, T of MP_TCPRST.
constexpr std::uint8_t kLowBit = 0x01;
constexpr std::uint8_t kVersion = 1;
/// Linux MPTCP_RM_IDS_MAX (include/net/mptcp.h, 6.12).
constexpr std::size_t kLinuxRemoveIds = 8;

constexpr std::uint8_t
SubtypeByte(MptcpSubtype subtype, unsigned nibble)
{
    return static_cast<std::uint8_t>(static_cast<unsigned>(subtype) << 4 | nibble);
}

/// Room for one more option, with its first three bytes written; nullptr if there is none.
std::uint8_t*
Begin(TcpOptions& tcp, std::size_t length, MptcpSubtype subtype, unsigned nibble)
{
    if (tcp.otherLength + length > TcpOptions::kMaxBytes)
    {
        return nullptr;
    }
    std::uint8_t* p = tcp.other.data() + tcp.otherLength;
    p[0] = kOptionMptcp;
    p[1] = static_cast<std::uint8_t>(length);
    p[2] = SubtypeByte(subtype, nibble);
    tcp.otherLength = static_cast<std::uint8_t>(tcp.otherLength + length);
    return p;
}

bool
ReadDss(const std::uint8_t* p, std::size_t length, MptcpDss& dss)
{
    if (length < 4)
    {
        return false;
    }
    const std::uint8_t flags = p[3];
    MptcpDss d;
    d.hasAck = (flags & kDssAck) != 0;
    d.ack64 = d.hasAck && (flags & kDssAck64) != 0;
    d.hasMapping = (flags & kDssMapping) != 0;
    d.sequence64 = d.hasMapping && (flags & kDssSequence64) != 0;
    d.dataFin = (flags & kDssDataFin) != 0;
    const std::size_t expected = d.Bytes();
    if (length != expected && length != expected + 2)
    {
        return false;
    }
    p += 4;
    if (d.hasAck)
    {
        d.dataAck = d.ack64 ? LoadBig64(p) : LoadBig32(p);
        p += d.ack64 ? 8 : 4;
    }
    if (d.hasMapping)
    {
        d.dataSequence = d.sequence64 ? LoadBig64(p) : LoadBig32(p);
        p += d.sequence64 ? 8 : 4;
        d.subflowSequence = LoadBig32(p);
        d.length = LoadBig16(p + 4);
        if (length != expected)
        {
            d.hasChecksum = true;
            d.checksum = LoadBig16(p + 6);
        }
    }
    dss = d;
    return true;
}

bool
ReadCapable(const std::uint8_t* p, std::size_t length, MptcpCapable& capable)
{
    MptcpCapable c;
    switch (length)
    {
    case 4:
        c.form = MptcpCapable::Form::Syn;
        break;
    case 12:
        c.form = MptcpCapable::Form::SynAck;
        break;
    case 20:
        c.form = MptcpCapable::Form::Ack;
        break;
    case 22:
    case 24:
        c.form = MptcpCapable::Form::Data;
        c.hasChecksum = length == 24;
        break;
    default:
        return false;
    }
    c.version = p[2] & 0x0f;
    c.flags = p[3];
    c.senderKey = length >= 12 ? LoadBig64(p + 4) : 0;
    c.receiverKey = length >= 20 ? LoadBig64(p + 12) : 0;
    c.length = length >= 22 ? LoadBig16(p + 20) : 0;
    c.checksum = length == 24 ? LoadBig16(p + 22) : 0;
    capable = c;
    return true;
}

bool
ReadJoin(const std::uint8_t* p, std::size_t length, MptcpJoin& join)
{
    MptcpJoin j;
    switch (length)
    {
    case 12:
        j.form = MptcpJoin::Form::Syn;
        j.token = LoadBig32(p + 4);
        j.nonce = LoadBig32(p + 8);
        break;
    case 16:
        j.form = MptcpJoin::Form::SynAck;
        j.shortHmac = LoadBig64(p + 4);
        j.nonce = LoadBig32(p + 12);
        break;
    case 24:
        j.form = MptcpJoin::Form::Ack;
        std::memcpy(j.hmac.data(), p + 4, j.hmac.size());
        join = j;
        return true;
    default:
        return false;
    }
    j.backup = (p[2] & kLowBit) != 0;
    j.addressId = p[3];
    join = j;
    return true;
}

bool
ReadAddAddress(const std::uint8_t* p, std::size_t length, MptcpAddAddress& addAddress)
{
    MptcpAddAddress a;
    a.echo = (p[2] & kLowBit) != 0;
    const std::size_t withoutHmac = length - (a.echo ? 0 : std::min<std::size_t>(length, 8));
    const bool v6 = withoutHmac >= 20;
    const std::size_t size = v6 ? 16 : 4;
    const std::size_t portless = 4 + size;
    if (withoutHmac != portless && withoutHmac != portless + 2)
    {
        return false;
    }
    a.addressId = p[3];
    a.address.family = v6 ? IpFamily::V6 : IpFamily::V4;
    std::memcpy(a.address.bytes.data(), p + 4, size);
    a.port = withoutHmac != portless ? LoadBig16(p + portless) : 0;
    a.hmac = a.echo ? 0 : LoadBig64(p + withoutHmac);
    addAddress = a;
    return true;
}

bool
ReadRemoveAddress(const std::uint8_t* p, std::size_t length, MptcpRemoveAddress& removeAddress)
{
    if (length < 4 || length > 3 + MptcpRemoveAddress::kMaxIds)
    {
        return false;
    }
    removeAddress.count = static_cast<std::uint8_t>(length - 3);
    std::memcpy(removeAddress.ids.data(), p + 3, removeAddress.count);
    return true;
}

void
ReadReset(const std::uint8_t* p, MptcpReset& reset)
{
    reset.flagU = (p[2] & 0x08) != 0;
    reset.flagV = (p[2] & 0x04) != 0;
    reset.flagW = (p[2] & 0x02) != 0;
    reset.transient = (p[2] & kLowBit) != 0;
    reset.reason = static_cast<MptcpResetReason>(p[3]);
}

bool
LinuxTakesCapable(const MptcpCapable& c, const TcpSegment& s)
{
    using Form = MptcpCapable::Form;
    const Form expected = s.Has(kSyn) ? (s.Has(kAck) ? Form::SynAck : Form::Syn)
                                      : (s.payload.Length() > 0 ? Form::Data : Form::Ack);
    const bool versionFits = c.form == Form::Syn ? c.version >= kVersion : c.version == kVersion;
    return c.form == expected && versionFits && !c.Has(kMptcpExtensibility) &&
           (c.flags & kMptcpAlgorithmMask) == kMptcpHmacSha256;
}

/// Reads one whole option of kind 30. \p segment: nullptr, or what decides if the option counts.
MptcpFault
Take(const std::uint8_t* p, std::size_t length, const TcpSegment* segment, MptcpOptions& m)
{
    if (length < 3)
    {
        return MptcpFault::NoSubtype;
    }
    bool good = false;
    const auto subtype = static_cast<MptcpSubtype>(p[2] >> 4);
    switch (subtype)
    {
    case MptcpSubtype::Dss:
        good = ReadDss(p, length, m.dss);
        break;
    case MptcpSubtype::Capable:
        if (segment == nullptr)
        {
            good = ReadCapable(p, length, m.capable);
        }
        else if (MptcpCapable c; ReadCapable(p, length, c))
        {
            if (!LinuxTakesCapable(c, *segment))
            {
                return MptcpFault::NotForSegment;
            }
            m.capable = c;
            good = true;
        }
        break;
    case MptcpSubtype::Join:
        good = ReadJoin(p, length, m.join);
        break;
    case MptcpSubtype::AddAddress:
        good = ReadAddAddress(p, length, m.addAddress);
        break;
    case MptcpSubtype::RemoveAddress:
        if (segment != nullptr && length > 3 + kLinuxRemoveIds)
        {
            return MptcpFault::NotForSegment;
        }
        good = ReadRemoveAddress(p, length, m.removeAddress);
        break;
    case MptcpSubtype::Priority:
        good = length == m.priority.Bytes();
        if (good)
        {
            m.priority.backup = (p[2] & kLowBit) != 0;
        }
        break;
    case MptcpSubtype::Fail:
        good = length == m.fail.Bytes();
        if (good)
        {
            m.fail.dataSequence = LoadBig64(p + 4);
        }
        break;
    case MptcpSubtype::FastClose:
        good = length == m.fastClose.Bytes();
        if (good)
        {
            m.fastClose.receiverKey = LoadBig64(p + 4);
        }
        break;
    case MptcpSubtype::Reset:
        good = length == m.reset.Bytes();
        if (good)
        {
            if (segment != nullptr && !segment->Has(kRst))
            {
                return MptcpFault::NotForSegment;
            }
            ReadReset(p, m.reset);
        }
        break;
    default:
        m.unknown |= MptcpOptions::Bit(subtype);
        return MptcpFault::UnknownSubtype;
    }
    if (!good)
    {
        return MptcpFault::WrongLength;
    }
    m.Set(subtype);
    return MptcpFault::None;
}

MptcpParseResult
Parse(const TcpOptions& tcp, const TcpSegment* segment, MptcpOptions& m)
{
    m.present = m.unknown = 0;
    MptcpParseResult result;
    const std::uint8_t* const bytes = tcp.other.data();
    const std::size_t end = std::min<std::size_t>(tcp.otherLength, TcpOptions::kMaxBytes);
    for (std::size_t at = 0; at < end;)
    {
        const std::size_t length = end - at < 2 ? 0 : bytes[at + 1];
        if (length < 2 || length > end - at)
        {
            if (result)
            {
                result.fault = MptcpFault::Malformed;
            }
            break;
        }
        if (bytes[at] == kOptionMptcp)
        {
            const MptcpFault fault = Take(bytes + at, length, segment, m);
            if (fault != MptcpFault::None && result)
            {
                result.fault = fault;
                result.subtype = length > 2 ? bytes[at + 2] >> 4 : 0;
            }
        }
        at += length;
    }
    return result;
}

bool
Same(const MptcpDss& a, const MptcpDss& b)
{
    auto key = [](const MptcpDss& d) {
        const bool checksum = d.hasMapping && d.hasChecksum;
        return std::make_tuple(d.hasAck,
                               d.hasAck && d.ack64,
                               d.hasAck ? d.dataAck : 0,
                               d.hasMapping,
                               d.hasMapping && d.sequence64,
                               d.hasMapping ? d.dataSequence : 0,
                               d.hasMapping ? d.subflowSequence : 0,
                               d.hasMapping ? d.length : 0,
                               checksum,
                               checksum ? d.checksum : 0,
                               d.dataFin);
    };
    return key(a) == key(b);
}

bool
Same(const MptcpCapable& a, const MptcpCapable& b)
{
    auto key = [](const MptcpCapable& c) {
        using Form = MptcpCapable::Form;
        return std::make_tuple(c.form,
                               c.version,
                               c.flags,
                               c.form != Form::Syn ? c.senderKey : 0,
                               c.form >= Form::Ack ? c.receiverKey : 0,
                               c.form == Form::Data ? c.length : 0,
                               c.HasChecksumField(),
                               c.HasChecksumField() ? c.checksum : 0);
    };
    return key(a) == key(b);
}

bool
Same(const MptcpJoin& a, const MptcpJoin& b)
{
    if (a.form != b.form || a.form == MptcpJoin::Form::Ack)
    {
        return a.form == b.form && a.hmac == b.hmac;
    }
    return a.backup == b.backup && a.addressId == b.addressId && a.nonce == b.nonce &&
           (a.form == MptcpJoin::Form::Syn ? a.token == b.token : a.shortHmac == b.shortHmac);
}

bool
Same(const MptcpAddAddress& a, const MptcpAddAddress& b)
{
    return a.echo == b.echo && a.addressId == b.addressId && a.port == b.port &&
           a.address == b.address && (a.echo || a.hmac == b.hmac);
}

bool
Same(const MptcpRemoveAddress& a, const MptcpRemoveAddress& b)
{
    return a.count == b.count && std::equal(a.ids.begin(), a.ids.begin() + a.count, b.ids.begin());
}

bool
Same(const MptcpReset& a, const MptcpReset& b)
{
    return std::tie(a.flagU, a.flagV, a.flagW, a.transient, a.reason) ==
           std::tie(b.flagU, b.flagV, b.flagW, b.transient, b.reason);
}

} // namespace

bool
operator==(const MptcpOptions& a, const MptcpOptions& b)
{
    if (a.present != b.present || a.unknown != b.unknown)
    {
        return false;
    }
    using S = MptcpSubtype;
    auto same = [&](S subtype, bool equal) { return !a.Has(subtype) || equal; };
    return same(S::Dss, Same(a.dss, b.dss)) && same(S::Capable, Same(a.capable, b.capable)) &&
           same(S::Join, Same(a.join, b.join)) &&
           same(S::AddAddress, Same(a.addAddress, b.addAddress)) &&
           same(S::RemoveAddress, Same(a.removeAddress, b.removeAddress)) &&
           same(S::Priority, a.priority.backup == b.priority.backup) &&
           same(S::Fail, a.fail.dataSequence == b.fail.dataSequence) &&
           same(S::FastClose, a.fastClose.receiverKey == b.fastClose.receiverKey) &&
           same(S::Reset, Same(a.reset, b.reset));
}

std::string_view
Describe(MptcpFault fault)
{
    switch (fault)
    {
    case MptcpFault::None:
        return "every MPTCP option is well formed";
    case MptcpFault::Malformed:
        return "an option's length is below 2 or reaches beyond the options";
    case MptcpFault::NoSubtype:
        return "an MPTCP option of 2 bytes has no subtype";
    case MptcpFault::UnknownSubtype:
        return "an MPTCP option has a subtype that RFC 8684 does not define";
    case MptcpFault::WrongLength:
        return "an MPTCP option has a length that its subtype and flags do not allow";
    case MptcpFault::NotForSegment:
        return "an MPTCP option means nothing on this segment or in this version";
    }
    return "unknown fault";
}

MptcpParseResult
ParseMptcp(const TcpOptions& tcp, MptcpOptions& mptcp)
{
    return Parse(tcp, nullptr, mptcp);
}

MptcpParseResult
ParseMptcp(const TcpSegment& segment, MptcpOptions& mptcp)
{
    return Parse(segment.options, &segment, mptcp);
}

bool
AppendMptcp(const MptcpDss& dss, TcpOptions& tcp)
{
    std::uint8_t* p = Begin(tcp, dss.Bytes(), MptcpSubtype::Dss, 0);
    if (p == nullptr)
    {
        return false;
    }
    p[3] = static_cast<std::uint8_t>(
        (dss.dataFin ? kDssDataFin : 0) | (dss.hasMapping ? kDssMapping : 0) |
        (dss.hasMapping && dss.sequence64 ? kDssSequence64 : 0) | (dss.hasAck ? kDssAck : 0) |
        (dss.hasAck && dss.ack64 ? kDssAck64 : 0));
    p += 4;
    if (dss.hasAck && dss.ack64)
    {
        StoreBig64(p, dss.dataAck);
        p += 8;
    }
    else if (dss.hasAck)
    {
        StoreBig32(p, static_cast<std::uint32_t>(dss.dataAck));
        p += 4;
    }
    if (dss.hasMapping)
    {
        if (dss.sequence64)
        {
            StoreBig64(p, dss.dataSequence);
            p += 8;
        }
        else
        {
            StoreBig32(p, static_cast<std::uint32_t>(dss.dataSequence));
            p += 4;
        }
        StoreBig32(p, dss.subflowSequence);
        StoreBig16(p + 4, dss.length);
        if (dss.hasChecksum)
        {
            StoreBig16(p + 6, dss.checksum);
        }
    }
    return true;
}

bool
AppendMptcp(const MptcpCapable& capable, TcpOptions& tcp)
{
    const std::size_t length = capable.Bytes();
    std::uint8_t* p = Begin(tcp, length, MptcpSubtype::Capable, capable.version & 0x0fU);
    if (p == nullptr)
    {
        return false;
    }
    p[3] = capable.flags;
    if (length >= 12)
    {
        StoreBig64(p + 4, capable.senderKey);
    }
    if (length >= 20)
    {
        StoreBig64(p + 12, capable.receiverKey);
    }
    if (length >= 22)
    {
        StoreBig16(p + 20, capable.length);
    }
    if (length == 24)
    {
        StoreBig16(p + 22, capable.checksum);
    }
    return true;
}

bool
AppendMptcp(const MptcpJoin& join, TcpOptions& tcp)
{
    const bool ack = join.form == MptcpJoin::Form::Ack;
    std::uint8_t* p =
        Begin(tcp, join.Bytes(), MptcpSubtype::Join, !ack && join.backup ? kLowBit : 0U);
    if (p == nullptr)
    {
        return false;
    }
    p[3] = ack ? 0 : join.addressId;
    switch (join.form)
    {
    case MptcpJoin::Form::Syn:
        StoreBig32(p + 4, join.token);
        StoreBig32(p + 8, join.nonce);
        break;
    case MptcpJoin::Form::SynAck:
        StoreBig64(p + 4, join.shortHmac);
        StoreBig32(p + 12, join.nonce);
        break;
    case MptcpJoin::Form::Ack:
        std::memcpy(p + 4, join.hmac.data(), join.hmac.size());
        break;
    }
    return true;
}

bool
AppendMptcp(const MptcpAddAddress& addAddress, TcpOptions& tcp)
{
    std::uint8_t* p =
        Begin(tcp, addAddress.Bytes(), MptcpSubtype::AddAddress, addAddress.echo ? kLowBit : 0U);
    if (p == nullptr)
    {
        return false;
    }
    p[3] = addAddress.addressId;
    p += 4;
    std::memcpy(p, addAddress.address.bytes.data(), addAddress.address.Size());
    p += addAddress.address.Size();
    if (addAddress.port != 0)
    {
        StoreBig16(p, addAddress.port);
        p += 2;
    }
    if (!addAddress.echo)
    {
        StoreBig64(p, addAddress.hmac);
    }
    return true;
}

bool
AppendMptcp(const MptcpRemoveAddress& removeAddress, TcpOptions& tcp)
{
    assert(removeAddress.count > 0 && removeAddress.count <= MptcpRemoveAddress::kMaxIds);
    std::uint8_t* p = Begin(tcp, removeAddress.Bytes(), MptcpSubtype::RemoveAddress, 0);
    if (p == nullptr)
    {
        return false;
    }
    std::memcpy(p + 3, removeAddress.ids.data(), removeAddress.count);
    return true;
}

bool
AppendMptcp(const MptcpPriority& priority, TcpOptions& tcp)
{
    return Begin(tcp, priority.Bytes(), MptcpSubtype::Priority, priority.backup ? kLowBit : 0U) !=
           nullptr;
}

bool
AppendMptcp(const MptcpFail& fail, TcpOptions& tcp)
{
    std::uint8_t* p = Begin(tcp, fail.Bytes(), MptcpSubtype::Fail, 0);
    if (p == nullptr)
    {
        return false;
    }
    p[3] = 0;
    StoreBig64(p + 4, fail.dataSequence);
    return true;
}

bool
AppendMptcp(const MptcpFastClose& fastClose, TcpOptions& tcp)
{
    std::uint8_t* p = Begin(tcp, fastClose.Bytes(), MptcpSubtype::FastClose, 0);
    if (p == nullptr)
    {
        return false;
    }
    p[3] = 0;
    StoreBig64(p + 4, fastClose.receiverKey);
    return true;
}

bool
AppendMptcp(const MptcpReset& reset, TcpOptions& tcp)
{
    const unsigned flags = (reset.flagU ? 0x08U : 0U) | (reset.flagV ? 0x04U : 0U) |
                           (reset.flagW ? 0x02U : 0U) | (reset.transient ? kLowBit : 0U);
    std::uint8_t* p = Begin(tcp, reset.Bytes(), MptcpSubtype::Reset, flags);
    if (p == nullptr)
    {
        return false;
    }
    p[3] = static_cast<std::uint8_t>(reset.reason);
    return true;
}

bool
AppendMptcp(const MptcpOptions& mptcp, TcpOptions& tcp)
{
    using S = MptcpSubtype;
    const std::uint8_t before = tcp.otherLength;
    auto append = [&](S subtype, const auto& value) {
        return !mptcp.Has(subtype) || AppendMptcp(value, tcp);
    };
    const bool all = append(S::Dss, mptcp.dss) && append(S::Capable, mptcp.capable) &&
                     append(S::Join, mptcp.join) && append(S::AddAddress, mptcp.addAddress) &&
                     append(S::FastClose, mptcp.fastClose) && append(S::Fail, mptcp.fail) &&
                     append(S::Reset, mptcp.reset) && append(S::Priority, mptcp.priority) &&
                     append(S::RemoveAddress, mptcp.removeAddress);
    if (!all)
    {
        tcp.otherLength = before;
    }
    return all;
}

std::size_t
StripMptcp(TcpOptions& tcp)
{
    std::size_t stripped = 0;
    std::size_t kept = 0;
    for (std::size_t at = 0; at < tcp.otherLength;)
    {
        const std::size_t rest = tcp.otherLength - at;
        const std::size_t length = rest < 2 || tcp.other[at + 1] < 2
                                       ? rest
                                       : std::min<std::size_t>(tcp.other[at + 1], rest);
        if (tcp.other[at] == kOptionMptcp)
        {
            ++stripped;
        }
        else
        {
            std::memmove(tcp.other.data() + kept, tcp.other.data() + at, length);
            kept += length;
        }
        at += length;
    }
    tcp.otherLength = static_cast<std::uint8_t>(kept);
    return stripped;
}

} // namespace hoststack
