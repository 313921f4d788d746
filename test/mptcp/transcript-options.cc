// SPDX-License-Identifier: GPL-2.0-only

#include "transcript-options.h"

#include "ns3/hs-dss-checksum.h"

#include <sstream>
#include <stdexcept>
#include <vector>

namespace hoststack::test
{

namespace
{

/// One option's words, and what its names stand for.
class Reader
{
  public:
    Reader(const std::string& text, const ScriptEnds& ends)
        : m_text(text),
          m_ends(ends),
          m_in(text)
    {
        m_in >> m_word; // "mptcp"
    }

    MptcpOptions Read()
    {
        MptcpOptions o;
        const auto kind = Next();
        if (kind == "capable")
        {
            o.Set(MptcpSubtype::Capable);
            ReadCapable(o.capable);
        }
        else if (kind == "join")
        {
            o.Set(MptcpSubtype::Join);
            ReadJoin(o.join);
        }
        else if (kind == "dss")
        {
            o.Set(MptcpSubtype::Dss);
            ReadDss(o.dss);
        }
        else if (kind == "add-addr")
        {
            o.Set(MptcpSubtype::AddAddress);
            ReadAddAddress(o.addAddress);
        }
        else if (kind == "rem-addr")
        {
            o.Set(MptcpSubtype::RemoveAddress);
            Want("id");
            while (More())
            {
                o.removeAddress.ids[o.removeAddress.count++] =
                    static_cast<std::uint8_t>(Number(Next()));
            }
        }
        else if (kind == "prio")
        {
            o.Set(MptcpSubtype::Priority);
            o.priority.backup = Next() == "backup";
        }
        else if (kind == "fail")
        {
            o.Set(MptcpSubtype::Fail);
            Want("seq");
            o.fail.dataSequence = DataNumber(Next(), Other());
        }
        else if (kind == "fast-close")
        {
            o.Set(MptcpSubtype::FastClose);
            Want("key");
            o.fastClose.receiverKey = Key(Next());
        }
        else if (kind == "reset")
        {
            o.Set(MptcpSubtype::Reset);
            o.reset.transient = Take("transient");
            Want("reason");
            o.reset.reason = static_cast<MptcpResetReason>(Number(Next()));
        }
        else
        {
            Wrong("no such option");
        }
        if (More())
        {
            Wrong("unknown word " + Next());
        }
        return o;
    }

  private:
    [[noreturn]] void Wrong(const std::string& why) const
    {
        throw std::invalid_argument(m_text + ": " + why);
    }

    bool More()
    {
        return m_ahead || static_cast<bool>(m_in >> m_word) ? (m_ahead = true) : false;
    }

    std::string Next()
    {
        if (!More())
        {
            Wrong("it ends too early");
        }
        m_ahead = false;
        return m_word;
    }

    bool Take(const std::string& word)
    {
        if (More() && m_word == word)
        {
            m_ahead = false;
            return true;
        }
        return false;
    }

    void Want(const std::string& word)
    {
        if (!Take(word))
        {
            Wrong("it lacks " + word);
        }
    }

    std::uint64_t Number(const std::string& word) const
    {
        std::size_t used = 0;
        const auto value = std::stoull(word, &used, 0);
        if (used != word.size())
        {
            Wrong("no number: " + word);
        }
        return value;
    }

    const MptcpJoinParty& Sender() const
    {
        return m_ends.fromPeer ? m_ends.peer : m_ends.own;
    }

    const MptcpJoinParty& Other() const
    {
        return m_ends.fromPeer ? m_ends.own : m_ends.peer;
    }

    std::uint64_t Key(const std::string& word) const
    {
        return word == "own" ? m_ends.own.key : word == "peer" ? m_ends.peer.key : Number(word);
    }

    std::uint64_t DataNumber(const std::string& word, const MptcpJoinParty& counts) const
    {
        const bool absolute = word.rfind("0x", 0) == 0;
        return Number(word) + (absolute ? 0 : DigestMptcpKey(counts.key).initialSequence.Value());
    }

    /// "ok", "bad" or a literal number.
    std::uint64_t Proof(const std::string& word, std::uint64_t right) const
    {
        return word == "ok" ? right : word == "bad" ? right ^ 1 : Number(word);
    }

    void ReadCapable(MptcpCapable& c)
    {
        using Form = MptcpCapable::Form;
        const auto version = Next();
        c.version = static_cast<std::uint8_t>(std::stoul(version.substr(1)));
        c.flags = kMptcpHmacSha256;
        c.flags |= Take("csum") ? kMptcpChecksumRequired : 0;
        c.flags |= Take("ext") ? kMptcpExtensibility : 0;
        c.flags |= Take("no-join") ? kMptcpNoJoinToInitial : 0;
        if (Take("algo"))
        {
            c.flags &= static_cast<std::uint8_t>(~kMptcpAlgorithmMask);
            c.flags |= static_cast<std::uint8_t>(Number(Next()));
        }
        c.form = Form::Syn;
        if (!More())
        {
            return;
        }
        auto keys = Next();
        const auto comma = keys.find(',');
        if (keys.front() != '{' || keys.back() != '}')
        {
            Wrong("keys belong in braces");
        }
        c.form = comma == std::string::npos ? Form::SynAck : Form::Ack;
        keys.pop_back();
        c.senderKey = Key(keys.substr(1, comma == std::string::npos ? comma : comma - 1));
        c.receiverKey = c.form == Form::Ack ? Key(keys.substr(comma + 1)) : 0;
        if (Take("len"))
        {
            c.form = Form::Data;
            c.length = static_cast<std::uint16_t>(Number(Next()));
            c.hasChecksum = Take("csum");
            if (c.hasChecksum)
            {
                c.checksum = Checksum(Next(), 1, 1, c.length, c.length);
            }
        }
    }

    void ReadJoin(MptcpJoin& j)
    {
        using Form = MptcpJoin::Form;
        j.backup = Take("backup");
        if (!Take("id"))
        {
            j.form = Form::Ack;
            Want("hmac");
            const auto word = Next();
            j.hmac = MptcpJoinHmac(Sender(), Other());
            if (word == "bad")
            {
                j.hmac[7] ^= 0x10;
            }
            else if (word != "ok")
            {
                ReadHmac(word, j);
            }
            return;
        }
        j.addressId = static_cast<std::uint8_t>(Number(Next()));
        if (Take("token"))
        {
            j.form = Form::Syn;
            const auto word = Next();
            j.token = word == "own" || word == "peer" ? DigestMptcpKey(Key(word)).token
                                                      : static_cast<std::uint32_t>(Number(word));
        }
        else
        {
            j.form = Form::SynAck;
            Want("hmac");
            j.shortHmac = Proof(Next(), MptcpJoinShortHmac(Sender(), Other()));
        }
        Want("nonce");
        const auto word = Next();
        j.nonce = word == "own"    ? m_ends.own.nonce
                  : word == "peer" ? m_ends.peer.nonce
                                   : static_cast<std::uint32_t>(Number(word));
    }

    void ReadHmac(const std::string& word, MptcpJoin& j) const
    {
        if (word.size() != 2 + 2 * j.hmac.size())
        {
            Wrong("an HMAC has 20 bytes");
        }
        for (std::size_t i = 0; i < j.hmac.size(); ++i)
        {
            j.hmac[i] =
                static_cast<std::uint8_t>(std::stoul(word.substr(2 + 2 * i, 2), nullptr, 16));
        }
    }

    void ReadDss(MptcpDss& d)
    {
        d.dataFin = Take("fin");
        const bool ack32 = Take("ack32");
        d.ack64 = !ack32 && Take("ack");
        d.hasAck = ack32 || d.ack64;
        if (d.hasAck)
        {
            d.dataAck = DataNumber(Next(), Other());
            d.dataAck = ack32 ? static_cast<std::uint32_t>(d.dataAck) : d.dataAck;
        }
        const bool seq32 = Take("seq32");
        d.sequence64 = !seq32 && Take("seq");
        d.hasMapping = seq32 || d.sequence64;
        if (!d.hasMapping)
        {
            return;
        }
        d.dataSequence = DataNumber(Next(), Sender());
        const auto offset = d.dataSequence - DigestMptcpKey(Sender().key).initialSequence.Value();
        d.dataSequence = seq32 ? static_cast<std::uint32_t>(d.dataSequence) : d.dataSequence;
        Want("subseq");
        d.subflowSequence = static_cast<std::uint32_t>(Number(Next()));
        Want("len");
        d.length = static_cast<std::uint16_t>(Number(Next()));
        d.hasChecksum = Take("csum");
        if (d.hasChecksum)
        {
            d.checksum = Checksum(Next(),
                                  offset,
                                  d.subflowSequence,
                                  d.length - (d.dataFin ? 1u : 0u),
                                  d.length);
        }
    }

    std::uint16_t Checksum(const std::string& word,
                           std::uint64_t offset,
                           std::uint32_t subflowSequence,
                           std::uint32_t bytes,
                           std::uint16_t length) const
    {
        DssChecksum sum;
        sum.Add(ScriptBytes(offset, bytes));
        return static_cast<std::uint16_t>(
            Proof(word,
                  sum.Value(DigestMptcpKey(Sender().key).initialSequence + offset,
                            subflowSequence,
                            length)));
    }

    void ReadAddAddress(MptcpAddAddress& a)
    {
        const auto version = Next();
        a.echo = version == "v1-echo";
        if (!a.echo && version != "v1")
        {
            Wrong("v1 or v1-echo");
        }
        Want("id");
        a.addressId = static_cast<std::uint8_t>(Number(Next()));
        // 192.0.2.1:80, 2001:db8::1.80
        auto address = Next();
        const bool v6 = address.find(':') != address.rfind(':');
        const auto at = v6 ? address.find('.') : address.find(':');
        if (at != std::string::npos)
        {
            a.port = static_cast<std::uint16_t>(Number(address.substr(at + 1)));
            address.resize(at);
        }
        const auto parsed = IpAddress::Parse(address);
        if (!parsed)
        {
            Wrong("no address: " + address);
        }
        a.address = *parsed;
        if (!a.echo)
        {
            Want("hmac");
            a.hmac = Proof(
                Next(),
                MptcpAddAddressHmac(Sender().key, Other().key, a.addressId, a.address, a.port));
        }
    }

    const std::string& m_text;
    const ScriptEnds& m_ends;
    std::istringstream m_in;
    std::string m_word;
    bool m_ahead{false};
};

} // namespace

std::uint8_t
ScriptByte(std::uint64_t offset)
{
    return static_cast<std::uint8_t>((offset * 2654435761u) >> 13);
}

Payload
ScriptBytes(std::uint64_t offset, std::uint32_t length)
{
    std::vector<std::uint8_t> bytes(length);
    for (auto& byte : bytes)
    {
        byte = ScriptByte(offset++);
    }
    return Payload::Copy(bytes.data(), length);
}

bool
ReadMptcpOption(const std::string& text, const ScriptEnds& ends, TcpOptions& tcp)
{
    if (text.rfind("raw 0x", 0) == 0)
    {
        std::vector<std::uint8_t> bytes;
        for (std::size_t i = 6; i + 1 < text.size(); i += 2)
        {
            bytes.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
        }
        return tcp.AppendOther(bytes.data(), bytes.size());
    }
    if (text.rfind("mptcp ", 0) != 0)
    {
        return false;
    }
    return AppendMptcp(Reader(text, ends).Read(), tcp);
}

TcpOptions
WithRelativeNumbers(const TcpOptions& tcp, const ScriptEnds& ends)
{
    TcpOptions relative(tcp);
    MptcpOptions o;
    ParseMptcp(tcp, o);
    const auto own = DigestMptcpKey(ends.own.key).initialSequence.Value();
    const auto peer = DigestMptcpKey(ends.peer.key).initialSequence.Value();
    const auto sender = ends.fromPeer ? peer : own;
    const auto other = ends.fromPeer ? own : peer;
    o.dss.dataAck -= other;
    o.dss.dataSequence -= sender;
    o.fail.dataSequence -= other;
    if (!o.dss.ack64)
    {
        o.dss.dataAck = static_cast<std::uint32_t>(o.dss.dataAck);
    }
    if (!o.dss.sequence64)
    {
        o.dss.dataSequence = static_cast<std::uint32_t>(o.dss.dataSequence);
    }
    StripMptcp(relative);
    AppendMptcp(o, relative);
    return relative;
}

} // namespace hoststack::test
