// SPDX-License-Identifier: GPL-2.0-only

#include "transcript.h"

#include "script-tcp.h"

#include <algorithm>

namespace hoststack::test
{

namespace
{

constexpr std::uint32_t kPeerClock = 1000000; // what the peer's timestamp clock shows at time 0

} // namespace

Transcript::Transcript(const std::string& file)
    : ScriptPlayer(file),
      m_config(std::make_shared<tcp::Config>(ScriptTcpConfig()))
{
    Configure();
}

void
Transcript::Set(const std::string& key, const std::string& value)
{
    if (key == "iss" || key == "peer-iss")
    {
        (key == "iss" ? m_iss : m_peerIss) = Seq32(static_cast<std::uint32_t>(std::stoul(value)));
    }
    else if (key == "cut")
    {
        m_cut = value == "on";
    }
    else if (!SetTcp(*m_config, key, value))
    {
        Fail("unknown setting " + key);
    }
}

tcp::Connection&
Transcript::Tcp()
{
    if (!m_tcp)
    {
        m_tcp = std::make_unique<tcp::Connection>(m_config, *this, 40000, 80, m_iss);
    }
    return *m_tcp;
}

void
Transcript::Transmit(TcpSegment&& burst)
{
    if (burst.options.hasTimestamps)
    {
        m_lastValue = burst.options.timestampValue;
    }
    if (!m_cut)
    {
        m_sent.push_back(Sent{m_now, 1, std::move(burst)});
        return;
    }
    for (std::uint32_t i = 0; i < burst.SegmentCount(); ++i)
    {
        m_sent.push_back(Sent{m_now, 1, CutSegment(burst, i)});
    }
}

TimeNs
Transcript::NextDeadline()
{
    return Tcp().NextDeadline();
}

void
Transcript::OnDeadline()
{
    Tcp().OnDeadline(m_now);
}

void
Transcript::Call(const std::string& word, std::istream& in)
{
    std::uint32_t bytes = 0;
    if (word == "connect")
    {
        Tcp().Connect(m_now);
    }
    else if (word == "established" || word == "established-passive")
    {
        Establish(in, word == "established-passive");
    }
    else if (word == "write")
    {
        in >> bytes;
        std::string last;
        std::uint32_t expected = bytes;
        while (in >> last && last != "more")
        {
            expected = static_cast<std::uint32_t>(std::stoul(last));
        }
        const auto taken = Tcp().Send(m_now, Payload::Virtual(bytes), last == "more");
        if (taken != expected)
        {
            Fail("took " + std::to_string(taken) + " bytes");
        }
    }
    else if (word == "read")
    {
        in >> bytes;
        const auto got = Tcp().Read(m_now, bytes, nullptr);
        if (got != bytes)
        {
            Fail("got " + std::to_string(got) + " bytes");
        }
    }
    else if (word == "close")
    {
        Tcp().Close(m_now);
    }
    else if (word == "shutdown")
    {
        Tcp().CloseSend(m_now);
    }
    else if (word == "abort")
    {
        Tcp().Abort(m_now);
    }
    else if (word == "pressure")
    {
        std::string value;
        in >> value;
        Tcp().SetMemoryPressure(value == "on");
    }
    else if (word == "cork" || word == "nodelay")
    {
        std::string value;
        in >> value;
        word == "cork" ? Tcp().SetCork(m_now, value == "on")
                       : Tcp().SetNoDelay(m_now, value == "on");
    }
    else if (word == "icmp")
    {
        Tcp().OnNetworkError(m_now, ParseNetworkError(in, m_iss));
    }
    else if (word == "too-big" && in >> bytes)
    {
        std::uint32_t offset = 0;
        in >> offset;
        Tcp().OnPathMss(m_now, m_iss + offset, bytes);
    }
    else if (word == "expect")
    {
        Expect(in);
    }
    else
    {
        Fail("unknown word " + word);
    }
}

void
Transcript::Check()
{
    if (const char* fault = Tcp().Inconsistency())
    {
        Fail(fault);
    }
    m_events |= Tcp().TakeEvents();
}

void
Transcript::Compare(const Sent& sent, const std::string& text)
{
    // What the line leaves out may be anything.
    const auto expected = Parse(text, false);
    const auto says = [&](const char* part) { return text.find(part) != std::string::npos; };
    const bool any = says("<...>") || !says("<");
    if (says("TS val ...") || says("ecr ..."))
    {
        Fail("leave the timestamps out, or give both");
    }
    if (!SameApartFromOptions(expected, sent.segment, text) ||
        !(any || OptionList(expected.options) == OptionList(sent.segment.options)))
    {
        Fail("came: " + Show(sent));
    }
}

void
Transcript::Arrive(unsigned /*flow*/, const std::string& text)
{
    auto segment = Parse(text, true);
    if (m_peerTimestamps && !segment.options.hasTimestamps && !segment.Has(kRst) &&
        text.find("noTS") == std::string::npos)
    {
        segment.options.hasTimestamps = true;
        segment.options.timestampValue =
            kPeerClock + static_cast<std::uint32_t>(m_now / kMillisecond);
        segment.options.timestampEcho = m_lastValue;
    }
    if (Tcp().GetState() == tcp::State::Closed && m_events == 0 && segment.Has(kSyn) &&
        !segment.Has(kAck))
    {
        m_peerTimestamps = segment.options.hasTimestamps && m_config->timestamps;
        Tcp().AcceptSyn(m_now, segment);
        return;
    }
    if (segment.Has(kSyn) && Tcp().GetState() == tcp::State::SynSent)
    {
        m_peerTimestamps = segment.options.hasTimestamps && m_config->timestamps;
    }
    Tcp().OnSegment(m_now, segment);
}

void
Transcript::Establish(std::istream& in, bool passive)
{
    TimeNs rtt = 0;
    std::string window = "65535";
    std::string scale;
    for (std::string word; in >> word;)
    {
        std::string value;
        in >> value;
        if (word == "rtt")
        {
            rtt = Seconds(value);
        }
        else if (word == "win")
        {
            window = value;
        }
        else if (word == "wscale")
        {
            scale = value;
        }
        else
        {
            Fail("rtt, win or wscale, not " + word);
        }
    }
    std::string options = "mss " + std::to_string(m_config->mss);
    options += m_config->sack ? ",sackOK" : "";
    options += m_config->timestamps ? ",TS val " + std::to_string(kPeerClock) + " ecr 0" : "";
    options += scale.empty() ? "" : ",wscale " + scale;
    if (passive)
    {
        Arrive(1, "S 0:0(0) win " + window + " <" + options + ">");
        m_sent.clear();
        AdvanceTo(m_now + rtt);
        Arrive(1, ". 1:1(0) ack 1 win " + window);
    }
    else
    {
        Tcp().Connect(m_now);
        m_sent.clear();
        AdvanceTo(m_now + rtt);
        Arrive(1, "S. 0:0(0) ack 1 win " + window + " <" + options + ">");
        m_sent.clear();
    }
    if (Tcp().GetState() != tcp::State::Established)
    {
        Fail(std::string("the handshake ended in ") + tcp::ToString(Tcp().GetState()));
    }
}

void
Transcript::Expect(std::istream& in)
{
    std::string what;
    in >> what;
    double number = 0;
    const auto info = Tcp().GetInfo(m_now);
    if (MeasureTcp(info, what, number))
    {
        ExpectNumber(what, number, in);
        return;
    }
    if (what == "available" || what == "space")
    {
        ExpectNumber(what, what == "space" ? Tcp().SendSpace() : Tcp().Available(), in);
        return;
    }
    std::string value;
    in >> value;
    if (what == "state")
    {
        if (value != tcp::ToString(Tcp().GetState()))
        {
            Fail(std::string("state is ") + tcp::ToString(Tcp().GetState()));
        }
    }
    else if (what == "phase")
    {
        const auto phase = tcp::ToString(info.caState);
        if (value != phase)
        {
            Fail(std::string("phase is ") + phase);
        }
    }
    else if (what == "end")
    {
        if (Tcp().EndOfStream() != (value == "on"))
        {
            Fail("end of stream differs");
        }
    }
    else if (what == "event" || what == "no-event")
    {
        const auto bit = TcpEventBit(value);
        if (bit == 0)
        {
            Fail("no event is called " + value);
        }
        if (((m_events & bit) != 0) != (what == "event"))
        {
            Fail(what == "event" ? "it has not happened" : "it has happened");
        }
        m_events &= ~bit;
    }
    else
    {
        Fail("nothing is called " + what);
    }
}

TcpSegment
Transcript::Parse(const std::string& text, bool incoming) const
{
    auto segment =
        ParseSegment(text,
                     incoming ? SegmentBase{m_peerIss, m_iss} : SegmentBase{m_iss, m_peerIss});
    segment.sourcePort = incoming ? 80 : 40000;
    segment.destinationPort = incoming ? 40000 : 80;
    return segment;
}

std::string
Transcript::Show(const Sent& sent) const
{
    return "> " + ShowSegment(sent.segment, {m_iss, m_peerIss});
}

} // namespace hoststack::test
