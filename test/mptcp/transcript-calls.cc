// SPDX-License-Identifier: GPL-2.0-only
//
// What an application does in a script, and the handshakes.

#include "transcript-player.h"

#include <sstream>

namespace hoststack::test
{

void
MptcpTranscript::Write(std::istream& in)
{
    std::uint32_t bytes = 0;
    in >> bytes;
    const auto taken = m_connection->Send(m_now, ScriptBytes(m_written + 1, bytes));
    std::uint32_t expected = 0;
    if (taken != (in >> expected ? expected : bytes))
    {
        Fail("took " + std::to_string(taken) + " bytes");
    }
    m_written += taken;
}

void
MptcpTranscript::Read(std::istream& in, bool whole)
{
    std::uint32_t bytes = 0;
    in >> bytes;
    std::vector<Payload> pieces;
    const auto got = whole ? m_connection->Read(m_now, bytes, &pieces)
                           : m_connection->ReadPart(m_now, bytes, &pieces);
    m_partRead += whole ? 0 : got;
    if (got != bytes)
    {
        Fail("got " + std::to_string(got) + " bytes");
    }
    for (const auto& piece : pieces)
    {
        std::vector<std::uint8_t> content(piece.Length());
        piece.CopyTo(content.data());
        for (const auto byte : content)
        {
            if (byte != ScriptByte(++m_read))
            {
                Fail("byte " + std::to_string(m_read) + " is not what the peer sent");
            }
        }
    }
}

void
MptcpTranscript::Take(unsigned flow, const char* what)
{
    if (m_sent.empty() || m_sent.front().flow != flow)
    {
        Fail(std::string("no ") + what);
    }
    m_sent.pop_front();
}

void
MptcpTranscript::Establish(std::istream& in, bool passive)
{
    TimeNs rtt = 0;
    std::string window = "65535";
    std::string options = "mss 1024,sackOK,wscale 7";
    std::string flags;
    bool proof = true;
    for (std::string word; in >> word;)
    {
        if (word == "rtt" && in >> word)
        {
            rtt = Seconds(word);
        }
        else if (word == "win")
        {
            in >> window;
        }
        else if (word == "csum" || word == "no-join")
        {
            flags += " " + word;
        }
        else if (word == "half")
        {
            proof = false;
        }
        else
        {
            Fail("rtt, win, csum, no-join or half, not " + word);
        }
    }
    const auto capable = ",mptcp capable v1" + flags;
    if (passive)
    {
        Arrive(1, "S 0:0(0) win " + window + " <" + options + capable + ">");
        Take(1, "SYN/ACK");
        AdvanceTo(m_now + rtt);
        Arrive(1, ". 1:1(0) ack 1 win " + window + " <mptcp capable v1" + flags + " {peer,own}>");
    }
    else
    {
        std::istringstream none;
        Call("connect", none);
        Take(1, "SYN");
        AdvanceTo(m_now + rtt);
        Arrive(1, "S. 0:0(0) ack 1 win " + window + " <" + options + capable + " {peer}>");
        Take(1, "third ACK");
        if (proof)
        {
            // What makes it fully established; a kernel sends it when our first data has come.
            Arrive(1, ". 1:1(0) ack 1 win " + window + " <mptcp dss ack32 1>");
        }
    }
    if (m_connection->GetState() != tcp::State::Established || m_connection->IsFallback())
    {
        Fail(std::string("the handshake ended in ") + tcp::ToString(m_connection->GetState()));
    }
}

void
MptcpTranscript::Join(std::istream& in, bool passive)
{
    unsigned number = 0;
    TimeNs rtt = 0;
    std::string window = "65535";
    std::string id;
    std::string backup;
    in >> number;
    for (std::string word; in >> word;)
    {
        if (word == "rtt" && in >> word)
        {
            rtt = Seconds(word);
        }
        else if (word == "id")
        {
            in >> id;
        }
        else if (word == "win")
        {
            in >> window;
        }
        else if (word == "backup")
        {
            backup = "backup ";
        }
        else
        {
            Fail("rtt, id, win or backup, not " + word);
        }
    }
    const std::string options = "<mss 1024,sackOK,wscale 7,mptcp join " + backup;
    if (passive)
    {
        id = id.empty() ? std::to_string(number) : id;
        Arrive(number,
               "S 0:0(0) win " + window + " " + options + "id " + id + " token own nonce peer>");
        Take(number, "SYN/ACK");
        AdvanceTo(m_now + rtt);
        Arrive(number, ". 1:1(0) ack 1 win " + window + " <mptcp join hmac ok>");
        Take(number, "fourth message");
        return;
    }
    if (number > m_flows.size())
    {
        std::istringstream arguments(std::to_string(number));
        CallOnPaths("open", arguments);
        Take(number, "SYN");
    }
    AdvanceTo(m_now + rtt);
    id = id.empty() ? "0" : id;
    Arrive(number,
           "S. 0:0(0) ack 1 win " + window + " " + options + "id " + id + " hmac ok nonce peer>");
    Take(number, "third ACK");
    Arrive(number,
           ". 1:1(0) ack 1 win " + window + " <mptcp dss ack32 " +
               std::to_string(m_connection->GetInfo(m_now).bytesAcked + 1) + ">");
}

} // namespace hoststack::test
