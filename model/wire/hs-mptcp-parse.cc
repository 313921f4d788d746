// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-byte-order.h"
#include "ns3/hs-mptcp-options.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace hoststack
{

namespace
{

constexpr std::uint8_t kVersion = 1;
/// Linux MPTCP_RM_IDS_MAX (include/net/mptcp.h, 6.12).
constexpr std::size_t kLinuxRemoveIds = 8;

/// Bytes of a DSS without checksum, by its four low flags.
constexpr std::array<std::uint8_t, 16> kDssBytes = [] {
    std::array<std::uint8_t, 16> bytes{};
    for (unsigned flags = 0; flags < bytes.size(); ++flags)
    {
        const int ack = (flags & kMptcpDataAck) == 0 ? 0 : (flags & kMptcpAck64) != 0 ? 8 : 4;
        const int mapping = (flags & kMptcpMapping) == 0      ? 0
                            : (flags & kMptcpSequence64) != 0 ? 14
                                                              : 10;
        bytes[flags] = static_cast<std::uint8_t>(4 + ack + mapping);
    }
    return bytes;
}();

/// Writes the members one by one: nearly every segment passes here, and a copy of a value just
/// made of small parts would stall.
bool
ReadDss(const std::uint8_t* p, std::size_t length, MptcpDss& d)
{
    if (length < 4)
    {
        return false;
    }
    const unsigned flags = p[3];
    const std::size_t expected = kDssBytes[flags % kDssBytes.size()];
    if (length != expected && length != expected + 2)
    {
        return false;
    }
    p += 4;
    d.dataFin = (flags & kMptcpDataFin) != 0;
    d.hasAck = (flags & kMptcpDataAck) != 0;
    d.ack64 = d.hasAck && (flags & kMptcpAck64) != 0;
    d.dataAck = 0;
    if (d.ack64)
    {
        d.dataAck = LoadBig64(p);
        p += 8;
    }
    else if (d.hasAck)
    {
        d.dataAck = LoadBig32(p);
        p += 4;
    }
    d.hasMapping = (flags & kMptcpMapping) != 0;
    d.sequence64 = d.hasMapping && (flags & kMptcpSequence64) != 0;
    d.hasChecksum = d.hasMapping && length != expected;
    if (!d.hasMapping)
    {
        d.length = d.checksum = 0;
        d.subflowSequence = 0;
        d.dataSequence = 0;
        return true;
    }
    if (d.sequence64)
    {
        d.dataSequence = LoadBig64(p);
        p += 8;
    }
    else
    {
        d.dataSequence = LoadBig32(p);
        p += 4;
    }
    d.subflowSequence = LoadBig32(p);
    d.length = LoadBig16(p + 4);
    d.checksum = d.hasChecksum ? LoadBig16(p + 6) : 0;
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
    j.backup = (p[2] & kMptcpLowFlag) != 0;
    j.addressId = p[3];
    join = j;
    return true;
}

bool
ReadAddAddress(const std::uint8_t* p, std::size_t length, MptcpAddAddress& addAddress)
{
    MptcpAddAddress a;
    a.echo = (p[2] & kMptcpLowFlag) != 0;
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
    reset.transient = (p[2] & kMptcpLowFlag) != 0;
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
            m.priority.backup = (p[2] & kMptcpLowFlag) != 0;
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

} // namespace

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

bool
ParseLoneDss(const TcpOptions& tcp, MptcpDss& dss)
{
    const std::uint8_t* const bytes = tcp.other.data();
    const std::size_t end = tcp.otherLength;
    return end > 3 && end <= TcpOptions::kMaxBytes && bytes[0] == kOptionMptcp && bytes[1] == end &&
           bytes[2] >> 4 == static_cast<unsigned>(MptcpSubtype::Dss) && ReadDss(bytes, end, dss);
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

} // namespace hoststack
