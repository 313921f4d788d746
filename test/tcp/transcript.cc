// SPDX-License-Identifier: GPL-2.0-only

#include "transcript.h"

#include "ns3/hs-tcp-text.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <sstream>

namespace hoststack::test
{

namespace
{

constexpr std::uint32_t kPeerClock = 1000000; // what the peer's timestamp clock shows at time 0

std::string
Trim(const std::string& text)
{
    const auto first = text.find_first_not_of(" \t\r");
    return first == std::string::npos
               ? std::string()
               : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::string>
Cut(const std::string& text, char separator)
{
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, separator);)
    {
        parts.push_back(Trim(part));
    }
    return parts;
}

TimeNs
Seconds(const std::string& text)
{
    return std::llround(std::stod(text) * 1e9);
}

std::string
Clock(TimeNs t)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.6f", ToSeconds(t));
    return text;
}

const std::map<std::string, std::uint32_t>&
Events()
{
    static const std::map<std::string, std::uint32_t> events{{"connected", tcp::kConnected},
                                                             {"readable", tcp::kReadable},
                                                             {"writable", tcp::kWritable},
                                                             {"peer-closed", tcp::kPeerClosed},
                                                             {"reset", tcp::kReset},
                                                             {"timed-out", tcp::kTimedOut},
                                                             {"refused", tcp::kRefused},
                                                             {"closed", tcp::kClosed},
                                                             {"all-acked", tcp::kAllAcked}};
    return events;
}

} // namespace

Transcript::Transcript(const std::string& file)
    : m_file(file),
      m_config(std::make_shared<tcp::Config>())
{
    // Exact timers, round segments and no clock in the options keep scripts short.
    m_config->tick = 0;
    m_config->mss = 1000;
    m_config->timestamps = false;
    m_config->congestion = "reno";
    m_config->tsoDefer = false;
    std::ifstream in(file);
    int number = 0;
    for (std::string text; std::getline(in, text);)
    {
        ++number;
        m_line = Line{number, text};
        text = Trim(text);
        const auto comment = text.find('#');
        if (comment != std::string::npos)
        {
            const auto source = text.substr(comment);
            for (const char* name : {"RFC", "linux.md", "tcp_"})
            {
                m_hasSource = m_hasSource || source.find(name) != std::string::npos;
            }
            text = Trim(text.substr(0, comment));
        }
        if (text.rfind("title:", 0) == 0)
        {
            m_title = Trim(text.substr(6));
        }
        else if (text.rfind("config:", 0) == 0)
        {
            Configure(text.substr(7));
        }
        else if (!text.empty())
        {
            m_lines.push_back(Line{number, text});
        }
    }
    if (m_title.empty() || m_lines.empty())
    {
        Fail("a script needs a title and lines");
    }
}

void
Transcript::Fail(const std::string& why) const
{
    throw TranscriptFailure(m_file + ":" + std::to_string(m_line.number) + ": " + m_line.text +
                            "\n  " + why + "\n  at time " + Clock(m_now));
}

void
Transcript::Configure(const std::string& settings)
{
    for (const auto& setting : Cut(settings, ','))
    {
        const auto space = setting.find(' ');
        if (space == std::string::npos)
        {
            Fail("a setting is a name and a value: " + setting);
        }
        Set(setting.substr(0, space), Trim(setting.substr(space)));
    }
}

void
Transcript::Set(const std::string& key, const std::string& value)
{
    auto& c = *m_config;
    const auto flag = [&](bool& field) {
        return [&field](const std::string& v) { field = v == "on"; };
    };
    const auto number = [&](std::uint32_t& field) {
        return
            [&field](const std::string& v) { field = static_cast<std::uint32_t>(std::stoul(v)); };
    };
    const auto text = [&](std::string& field) {
        return [&field](const std::string& v) { field = v; };
    };
    const auto time = [&](TimeNs& field) {
        return [&field](const std::string& v) { field = Seconds(v); };
    };
    const auto sequence = [&](Seq32& field) {
        return [&field](const std::string& v) {
            field = Seq32(static_cast<std::uint32_t>(std::stoul(v)));
        };
    };
    const std::map<std::string, std::function<void(const std::string&)>> known{
        {"congestion", text(c.congestion)},
        {"recovery", text(c.recovery)},
        {"window", text(c.window)},
        {"rto", text(c.rto)},
        {"pacing", text(c.pacing)},
        {"mss", number(c.mss)},
        {"wscale", flag(c.windowScaling)},
        {"timestamps", flag(c.timestamps)},
        {"sack", flag(c.sack)},
        {"dsack", flag(c.dsack)},
        {"nagle", flag(c.nagle)},
        {"ecn",
         [&](const std::string& v) {
             c.ecn = v == "on"    ? tcp::EcnMode::On
                     : v == "off" ? tcp::EcnMode::Off
                                  : tcp::EcnMode::Passive;
         }},
        {"initial-cwnd", number(c.initialCwnd)},
        {"initial-ssthresh", number(c.initialSsthresh)},
        {"limited-transmit", flag(c.limitedTransmit)},
        {"prr", flag(c.prr)},
        {"undo", flag(c.undo)},
        {"frto", flag(c.frto)},
        {"idle-restart", flag(c.slowStartAfterIdle)},
        {"tso-bytes", number(c.gsoMaxBytes)},
        {"tso-segments", number(c.gsoMaxSegments)},
        {"tso-defer", flag(c.tsoDefer)},
        {"quickack", flag(c.quickAck)},
        {"compressed-ack", time(c.compressedAckDelay)},
        {"shrink", flag(c.shrinkWindow)},
        {"rcvbuf", number(c.receiveBuffer)},
        {"rcvbuf-max", number(c.receiveBufferMax)},
        {"rcvbuf-locked", flag(c.receiveBufferLocked)},
        {"sndbuf", number(c.sendBuffer)},
        {"sndbuf-locked", flag(c.sendBufferLocked)},
        {"lowat", number(c.receiveLowat)},
        {"tick", time(c.tick)},
        {"rto-min", time(c.rtoMin)},
        {"syn-retries", number(c.synRetries)},
        {"syn-linear", number(c.synLinearTimeouts)},
        {"synack-retries", number(c.synAckRetries)},
        {"retries2", number(c.retries2)},
        {"user-timeout", time(c.userTimeout)},
        {"time-wait", time(c.timeWait)},
        {"fin-wait-2", time(c.finWait2)},
        {"keep-alive", flag(c.keepAlive)},
        {"keep-alive-time", time(c.keepAliveTime)},
        {"keep-alive-interval", time(c.keepAliveInterval)},
        {"keep-alive-probes", number(c.keepAliveProbes)},
        {"block", number(c.truesize.fixedBlock)},
        {"iss", sequence(m_iss)},
        {"peer-iss", sequence(m_peerIss)},
    };
    const auto entry = known.find(key);
    if (entry == known.end())
    {
        Fail("unknown setting " + key);
    }
    entry->second(value);
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
    m_sent.push_back(Sent{m_now, std::move(burst)});
}

void
Transcript::Run()
{
    for (const auto& line : m_lines)
    {
        m_line = line;
        Play(line);
    }
    Quiet();
}

TimeNs
Transcript::TakeTime(std::istream& in)
{
    m_tolerance = 0;
    const auto next = in.peek();
    if (next != '+' && !std::isdigit(next))
    {
        return m_now;
    }
    std::string word;
    in >> word >> std::ws;
    const auto tilde = word.find('~');
    if (tilde != std::string::npos)
    {
        m_tolerance = Seconds(word.substr(tilde + 1));
        word.resize(tilde);
    }
    return word[0] == '+' ? m_now + Seconds(word.substr(1)) : Seconds(word);
}

void
Transcript::Play(const Line& line)
{
    std::istringstream in(line.text);
    const TimeNs at = TakeTime(in);
    if (at < m_now)
    {
        Fail("time goes back");
    }
    std::string word;
    in >> word >> std::ws;
    std::string rest;
    if (word == ">" || word == "<")
    {
        std::getline(in, rest);
    }
    if (word == ">")
    {
        ExpectSegment(at, rest);
        return;
    }
    AdvanceTo(at);
    Quiet();
    std::uint32_t bytes = 0;
    if (word == "<")
    {
        Arrive(rest);
    }
    else if (word == "connect")
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
        const auto taken = Tcp().Send(m_now, Payload::Virtual(bytes));
        std::uint32_t expected = 0;
        if (taken != (in >> expected ? expected : bytes))
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
        in >> rest;
        Tcp().SetMemoryPressure(rest == "on");
    }
    else if (word == "expect")
    {
        Expect(in);
    }
    else if (word != "nothing")
    {
        Fail("unknown word " + word);
    }
    Check();
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
Transcript::AdvanceTo(TimeNs at)
{
    while (Tcp().NextDeadline() <= at)
    {
        m_now = std::max(m_now, Tcp().NextDeadline());
        Tcp().OnDeadline(m_now);
        Check();
    }
    m_now = at;
}

void
Transcript::Quiet()
{
    if (!m_sent.empty())
    {
        Fail("unexpected at " + Clock(m_sent.front().at) + ": > " + Show(m_sent.front().segment));
    }
}

void
Transcript::ExpectSegment(TimeNs at, const std::string& text)
{
    const TimeNs latest = at + m_tolerance;
    while (m_sent.empty() && Tcp().NextDeadline() <= latest)
    {
        m_now = std::max(m_now, Tcp().NextDeadline());
        Tcp().OnDeadline(m_now);
        Check();
    }
    if (m_sent.empty())
    {
        m_now = latest;
        Fail("nothing was sent");
    }
    const auto sent = m_sent.front();
    m_sent.pop_front();
    if (sent.at < at - m_tolerance || sent.at > latest)
    {
        Fail("expected at " + Clock(at) + ", came at " + Clock(sent.at) + ": > " +
             Show(sent.segment));
    }
    m_now = std::max(m_now, sent.at);
    // What the line leaves out may be anything.
    const auto expected = Parse(text, false);
    const auto& got = sent.segment;
    const auto says = [&](const char* part) { return text.find(part) != std::string::npos; };
    const auto asked = says("<...>") || !says("<") ? std::vector<std::string>{"..."}
                                                   : OptionList(expected.options);
    auto options = OptionList(got.options);
    if (says("TS val ...") || says("ecr ..."))
    {
        Fail("leave the timestamps out, or give both");
    }
    const bool same = expected.flags == got.flags && expected.seq == got.seq &&
                      expected.payload.Length() == got.payload.Length() &&
                      (!says(" ack ") || expected.ack == got.ack) &&
                      (!says(" win ") || expected.window == got.window) &&
                      (!says(" gso ") || expected.mss == got.mss) &&
                      (!says("[") || expected.ecn == got.ecn) &&
                      (asked == std::vector<std::string>{"..."} || asked == options);
    if (!same)
    {
        Fail("came: > " + Show(got));
    }
}

void
Transcript::Arrive(const std::string& text)
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
        Arrive("S 0:0(0) win " + window + " <" + options + ">");
        m_sent.clear();
        AdvanceTo(m_now + rtt);
        Arrive(". 1:1(0) ack 1 win " + window);
    }
    else
    {
        Tcp().Connect(m_now);
        m_sent.clear();
        AdvanceTo(m_now + rtt);
        Arrive("S. 0:0(0) ack 1 win " + window + " <" + options + ">");
        m_sent.clear();
    }
    if (Tcp().GetState() != tcp::State::Established)
    {
        Fail(std::string("the handshake ended in ") + tcp::ToString(Tcp().GetState()));
    }
}

double
Transcript::Measure(const std::string& name)
{
    const auto i = Tcp().GetInfo(m_now);
    const std::map<std::string, double> values{
        {"cwnd", i.cwnd},
        {"ssthresh", i.ssthresh},
        {"in-flight", i.inFlight},
        {"mss", i.mss},
        {"receive-mss", i.receiveMss},
        {"send-window", i.sendWindow},
        {"receive-window", i.receiveWindow},
        {"receive-buffer", i.receiveBuffer},
        {"receive-memory", i.receiveMemory},
        {"unsent", i.unsent},
        {"srtt", ToSeconds(i.srtt)},
        {"rttvar", ToSeconds(i.rttvar)},
        {"min-rtt", ToSeconds(i.minRtt)},
        {"rto", ToSeconds(i.rto)},
        {"acked", static_cast<double>(i.bytesAcked)},
        {"received", static_cast<double>(i.bytesReceived)},
        {"retransmissions", static_cast<double>(i.retransmissions)},
        {"recoveries", static_cast<double>(i.fastRecoveries)},
        {"timeouts", static_cast<double>(i.timeouts)},
        {"probes", static_cast<double>(i.lossProbes)},
        {"window-probes", static_cast<double>(i.zeroWindowProbes)},
        {"undos", static_cast<double>(i.undos)},
        {"dsacks", static_cast<double>(i.dsacksReceived)},
        {"reorderings", static_cast<double>(i.reorderings)},
        {"ecn-reductions", static_cast<double>(i.ecnReductions)},
        {"pruned", static_cast<double>(i.rcvPruned)},
        {"available", static_cast<double>(Tcp().Available())},
        {"space", static_cast<double>(Tcp().SendSpace())},
    };
    const auto entry = values.find(name);
    if (entry == values.end())
    {
        Fail("nothing is called " + name);
    }
    return entry->second;
}

void
Transcript::Expect(std::istream& in)
{
    std::string what;
    std::string value;
    in >> what >> value;
    if (what == "state")
    {
        if (value != tcp::ToString(Tcp().GetState()))
        {
            Fail(std::string("state is ") + tcp::ToString(Tcp().GetState()));
        }
        return;
    }
    if (what == "phase")
    {
        const auto phase = tcp::ToString(Tcp().GetInfo(m_now).caState);
        if (value != phase)
        {
            Fail(std::string("phase is ") + phase);
        }
        return;
    }
    if (what == "end")
    {
        if (Tcp().EndOfStream() != (value == "on"))
        {
            Fail("end of stream differs");
        }
        return;
    }
    if (what == "event" || what == "no-event")
    {
        const auto entry = Events().find(value);
        if (entry == Events().end())
        {
            Fail("no event is called " + value);
        }
        if (((m_events & entry->second) != 0) != (what == "event"))
        {
            Fail(what == "event" ? "it has not happened" : "it has happened");
        }
        m_events &= ~entry->second;
        return;
    }
    std::string relation = "=";
    if (value == ">=" || value == "<=")
    {
        relation = value;
        in >> value;
    }
    const double expected = std::stod(value);
    const double got = Measure(what);
    const double slack = 1e-9 * std::max(1.0, std::fabs(expected));
    const bool met = relation == ">="   ? got >= expected - slack
                     : relation == "<=" ? got <= expected + slack
                                        : std::fabs(got - expected) <= slack;
    if (!met)
    {
        std::ostringstream text;
        text << what << " is " << got;
        Fail(text.str());
    }
}

TcpSegment
Transcript::Parse(const std::string& text, bool incoming) const
{
    TcpSegment segment;
    segment.sourcePort = incoming ? 80 : 40000;
    segment.destinationPort = incoming ? 40000 : 80;
    segment.window = 65535;
    const Seq32 own = incoming ? m_peerIss : m_iss;
    const Seq32 other = incoming ? m_iss : m_peerIss;
    const auto open = text.find('<');
    std::istringstream in(text.substr(0, open));
    std::string word;
    in >> word;
    if (word[0] == '[')
    {
        segment.ecn = word == "[ce]"     ? Ecn::Ce
                      : word == "[ect0]" ? Ecn::Ect0
                      : word == "[ect1]" ? Ecn::Ect1
                                         : Ecn::NotEct;
        in >> word;
    }
    static const char kLetters[] = "FSRP.UEW";
    for (const char letter : word)
    {
        const char* at = std::strchr(kLetters, letter);
        if (!at)
        {
            Fail("flags are letters of FSRP.UEW");
        }
        segment.flags |= static_cast<std::uint16_t>(1 << (at - kLetters));
    }
    long long first = 0;
    long long next = 0;
    unsigned length = 0;
    if (!(in >> word) || std::sscanf(word.c_str(), "%lld:%lld(%u)", &first, &next, &length) != 3 ||
        next - first != static_cast<long long>(length))
    {
        Fail("first:next(length) is wrong");
    }
    segment.seq = own + static_cast<std::uint32_t>(first);
    segment.payload = Payload::Virtual(length);
    while (in >> word)
    {
        long long value = 0;
        if (word == "..." || word == "noTS")
        {
            continue;
        }
        if (!(in >> value))
        {
            Fail("a number must follow " + word);
        }
        if (word == "ack")
        {
            segment.ack = other + static_cast<std::uint32_t>(value);
        }
        else if (word == "win")
        {
            segment.window = static_cast<std::uint16_t>(value);
        }
        else if (word == "gso")
        {
            segment.mss = static_cast<std::uint16_t>(value);
        }
        else if (word == "urg")
        {
            segment.urgent = static_cast<std::uint16_t>(value);
        }
        else
        {
            Fail("unknown part " + word);
        }
    }
    if (open != std::string::npos && text.find("<...>") == std::string::npos)
    {
        ParseOptions(text.substr(open + 1, text.rfind('>') - open - 1), segment);
        for (std::size_t i = 0; i < segment.options.sackCount; ++i)
        {
            auto& block = segment.options.sack[i];
            block.begin = other + block.begin.Value();
            block.end = other + block.end.Value();
        }
    }
    return segment;
}

void
Transcript::ParseOptions(const std::string& text, TcpSegment& segment) const
{
    auto& o = segment.options;
    for (const auto& option : Cut(text, ','))
    {
        std::istringstream in(option);
        std::string word;
        in >> word;
        unsigned value = 0;
        if (word == "mss" && in >> value)
        {
            o.hasMss = true;
            o.mss = static_cast<std::uint16_t>(value);
        }
        else if (word == "wscale" && in >> value)
        {
            o.hasWindowScale = true;
            o.windowScale = static_cast<std::uint8_t>(value);
        }
        else if (word == "sackOK")
        {
            o.sackPermitted = true;
        }
        else if (word == "TS")
        {
            std::string val;
            std::string ecr;
            in >> val >> o.timestampValue >> ecr >> o.timestampEcho;
            o.hasTimestamps = true;
        }
        else if (word == "sack")
        {
            for (std::string block; in >> block;)
            {
                unsigned begin = 0;
                unsigned end = 0;
                std::sscanf(block.c_str(), "%u:%u", &begin, &end);
                o.sack[o.sackCount++] = SackBlock{Seq32(begin), Seq32(end)};
            }
        }
        else if (word == "unknown")
        {
            const std::uint8_t bytes[] = {253, 4, 0xde, 0xad}; // RFC 4727 experiment
            o.AppendOther(bytes, sizeof bytes);
        }
        else if (word != "nop")
        {
            Fail("unknown option " + option);
        }
    }
}

std::vector<std::string>
Transcript::OptionList(const TcpOptions& options) const
{
    TcpSegment only;
    only.options = options;
    const auto text = ToString(only);
    const auto open = text.find('<');
    std::vector<std::string> list;
    if (open != std::string::npos)
    {
        list = Cut(text.substr(open + 1, text.rfind('>') - open - 1), ',');
        list.erase(std::remove(list.begin(), list.end(), "nop"), list.end());
    }
    return list;
}

std::string
Transcript::Show(const TcpSegment& segment) const
{
    TcpSegment relative(segment);
    relative.seq = Seq32(static_cast<std::uint32_t>(segment.seq - m_iss));
    relative.ack = Seq32(static_cast<std::uint32_t>(segment.ack - m_peerIss));
    for (std::size_t i = 0; i < relative.options.sackCount; ++i)
    {
        auto& block = relative.options.sack[i];
        block.begin = Seq32(static_cast<std::uint32_t>(block.begin - m_peerIss));
        block.end = Seq32(static_cast<std::uint32_t>(block.end - m_peerIss));
    }
    return ToString(relative);
}

} // namespace hoststack::test
