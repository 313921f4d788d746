// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-text.h"

#include "ns3/hs-byte-order.h"

#include <array>
#include <cassert>

namespace hoststack
{

namespace
{

std::string
Hex(std::uint64_t value, int bytes)
{
    static const char kDigits[] = "0123456789abcdef";
    std::string text = "0x";
    for (int shift = bytes * 8 - 4; shift >= 0; shift -= 4)
    {
        text += kDigits[value >> shift & 15];
    }
    return text;
}

std::string
Checksum(bool has, std::uint16_t checksum)
{
    return has ? " csum " + Hex(checksum, 2) : "";
}

std::string
ToString(const MptcpCapable& c)
{
    using Form = MptcpCapable::Form;
    std::string text = "mptcp capable v" + std::to_string(c.version);
    text += c.Has(kMptcpChecksumRequired) ? " csum" : "";
    text += c.Has(kMptcpExtensibility) ? " ext" : "";
    text += c.Has(kMptcpNoJoinToInitial) ? " no-join" : "";
    if ((c.flags & kMptcpAlgorithmMask) != kMptcpHmacSha256)
    {
        text += " algo " + Hex(c.flags & kMptcpAlgorithmMask, 1);
    }
    if (c.form != Form::Syn)
    {
        text += " {" + Hex(c.senderKey, 8);
        text += c.form == Form::SynAck ? "}" : "," + Hex(c.receiverKey, 8) + "}";
    }
    if (c.form == Form::Data)
    {
        text += " len " + std::to_string(c.length) + Checksum(c.hasChecksum, c.checksum);
    }
    return text;
}

std::string
ToString(const MptcpJoin& j)
{
    if (j.form == MptcpJoin::Form::Ack)
    {
        return "mptcp join hmac" + HexItem(j.hmac.data(), j.hmac.size());
    }
    return std::string("mptcp join") + (j.backup ? " backup" : "") + " id " +
           std::to_string(j.addressId) +
           (j.form == MptcpJoin::Form::Syn ? " token " + Hex(j.token, 4)
                                           : " hmac " + Hex(j.shortHmac, 8)) +
           " nonce " + Hex(j.nonce, 4);
}

std::string
ToString(const MptcpDss& d)
{
    std::string text = "mptcp dss";
    text += d.dataFin ? " fin" : "";
    if (d.hasAck)
    {
        text += (d.ack64 ? " ack " : " ack32 ") + std::to_string(d.dataAck);
    }
    if (d.hasMapping)
    {
        text += (d.sequence64 ? " seq " : " seq32 ") + std::to_string(d.dataSequence) + " subseq " +
                std::to_string(d.subflowSequence) + " len " + std::to_string(d.length) +
                Checksum(d.hasChecksum, d.checksum);
    }
    return text;
}

std::string
ToString(const MptcpAddAddress& a)
{
    std::string text = std::string("mptcp add-addr v1") + (a.echo ? "-echo" : "") + " id " +
                       std::to_string(a.addressId) + " " + a.address.ToString();
    if (a.port != 0)
    {
        text += (a.address.family == IpFamily::V4 ? ":" : ".") + std::to_string(a.port);
    }
    return text + (a.echo ? "" : " hmac " + Hex(a.hmac, 8));
}

std::string
ToString(const MptcpRemoveAddress& r)
{
    std::string text = "mptcp rem-addr id";
    for (std::size_t i = 0; i < r.count; ++i)
    {
        text += " " + std::to_string(r.ids[i]);
    }
    return text;
}

std::string
ToString(const MptcpPriority& p)
{
    return p.backup ? "mptcp prio backup" : "mptcp prio non-backup";
}

std::string
ToString(const MptcpFail& f)
{
    return "mptcp fail seq " + std::to_string(f.dataSequence);
}

std::string
ToString(const MptcpFastClose& f)
{
    return "mptcp fast-close key " + Hex(f.receiverKey, 8);
}

std::string
ToString(const MptcpReset& r)
{
    return std::string("mptcp reset") + (r.flagU ? " U" : "") + (r.flagV ? " V" : "") +
           (r.flagW ? " W" : "") + (r.transient ? " transient" : "") + " reason " +
           std::to_string(static_cast<unsigned>(r.reason));
}

} // namespace

std::string
HexItem(const std::uint8_t* bytes, std::size_t length)
{
    std::string text;
    for (std::size_t i = 0; i < length; ++i)
    {
        const std::string byte = Hex(bytes[i], 1);
        text += i == 0 ? " " + byte : byte.substr(2);
    }
    return text;
}

std::string
ToString(const MptcpOptions& mptcp)
{
    using S = MptcpSubtype;
    std::string text;
    auto add = [&](S subtype, const auto& value) {
        if (mptcp.Has(subtype))
        {
            text += (text.empty() ? "" : ",") + ToString(value);
        }
    };
    add(S::Dss, mptcp.dss);
    add(S::Capable, mptcp.capable);
    add(S::Join, mptcp.join);
    add(S::AddAddress, mptcp.addAddress);
    add(S::FastClose, mptcp.fastClose);
    add(S::Fail, mptcp.fail);
    add(S::Reset, mptcp.reset);
    add(S::Priority, mptcp.priority);
    add(S::RemoveAddress, mptcp.removeAddress);
    return text;
}

std::string
MptcpOptionToString(const std::uint8_t* option, std::size_t length)
{
    static constexpr std::array<const char*, kMptcpSubtypes> kNames =
        {"capable", "join", "dss", "add-addr", "rem-addr", "prio", "fail", "fast-close", "reset"};
    assert(length >= 2 && option[0] == kOptionMptcp && option[1] == length);
    TcpOptions one;
    MptcpOptions value;
    if (one.AppendOther(option, length) && ParseMptcp(one, value))
    {
        return ToString(value);
    }
    if (length == 2)
    {
        return "mptcp[bad opt]";
    }
    const std::size_t subtype = option[2] >> 4;
    const std::string data = HexItem(option + 2, length - 2);
    return subtype < kNames.size() ? std::string("mptcp ") + kNames[subtype] + "[bad opt]" + data
                                   : "mptcp unknown-" + std::to_string(subtype) + data;
}

} // namespace hoststack
