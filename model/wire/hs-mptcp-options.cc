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

bool
AppendMptcp(const MptcpDss& dss, TcpOptions& tcp)
{
    std::uint8_t* p = Begin(tcp, dss.Bytes(), MptcpSubtype::Dss, 0);
    if (p == nullptr)
    {
        return false;
    }
    p[3] = static_cast<std::uint8_t>(
        (dss.dataFin ? kMptcpDataFin : 0) | (dss.hasMapping ? kMptcpMapping : 0) |
        (dss.hasMapping && dss.sequence64 ? kMptcpSequence64 : 0) |
        (dss.hasAck ? kMptcpDataAck : 0) | (dss.hasAck && dss.ack64 ? kMptcpAck64 : 0));
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
        Begin(tcp, join.Bytes(), MptcpSubtype::Join, !ack && join.backup ? kMptcpLowFlag : 0U);
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
    std::uint8_t* p = Begin(tcp,
                            addAddress.Bytes(),
                            MptcpSubtype::AddAddress,
                            addAddress.echo ? kMptcpLowFlag : 0U);
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
    return Begin(tcp,
                 priority.Bytes(),
                 MptcpSubtype::Priority,
                 priority.backup ? kMptcpLowFlag : 0U) != nullptr;
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
                           (reset.flagW ? 0x02U : 0U) | (reset.transient ? kMptcpLowFlag : 0U);
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
