// SPDX-License-Identifier: GPL-2.0-only

#include "script-tcp.h"

#include "ns3/hs-tcp-text.h"
#include "script-player.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <sstream>
#include <stdexcept>

namespace hoststack::test
{

namespace
{

void
ParseOptions(const std::string& text, TcpSegment& segment, const OtherOption& other)
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
        else if (word != "nop" && !(other && other(option, segment)))
        {
            throw std::invalid_argument("unknown option " + option);
        }
    }
}

} // namespace

tcp::Config
ScriptTcpConfig()
{
    tcp::Config config;
    config.tick = 0;
    config.mss = 1000;
    config.timestamps = false;
    config.congestion = "reno";
    config.tsoDefer = false;
    return config;
}

bool
SetTcp(tcp::Config& c, const std::string& key, const std::string& value)
{
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
        {"latch-receiver-rtt", flag(c.latchReceiverRtt)},
        {"clamp-lifts-threshold", flag(c.clampLiftsThreshold)},
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
        {"tso-least", number(c.minTsoSegments)},
        {"tso-defer", flag(c.tsoDefer)},
        {"half-window-bursts", flag(c.halvesBursts)},
        {"quickack", flag(c.quickAck)},
        {"compressed-ack", time(c.compressedAckDelay)},
        {"shrink", flag(c.shrinkWindow)},
        {"rcvbuf", number(c.receiveBuffer)},
        {"rcvbuf-max", number(c.receiveBufferMax)},
        {"rcvbuf-locked", flag(c.receiveBufferLocked)},
        {"sndbuf", number(c.sendBuffer)},
        {"sndbuf-locked", flag(c.sendBufferLocked)},
        {"not-sent-lowat", number(c.notsentLowat)},
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
        {"head", number(c.truesize.head)},
    };
    const auto entry = known.find(key);
    if (entry == known.end())
    {
        return false;
    }
    entry->second(value);
    return true;
}

bool
MeasureTcp(const tcp::Info& i, const std::string& name, double& value)
{
    const std::map<std::string, double> values{
        {"cwnd", i.cwnd},
        {"ssthresh", i.ssthresh},
        {"in-flight", i.inFlight},
        {"mss", i.mss},
        {"receive-mss", i.receiveMss},
        {"send-window", i.sendWindow},
        {"receive-window", i.receiveWindow},
        {"receive-ssthresh", i.receiveSsthresh},
        {"receive-buffer", i.receiveBuffer},
        {"receive-memory", i.receiveMemory},
        {"unsent", i.unsent},
        {"srtt", ToSeconds(i.srtt)},
        {"receiver-rtt", ToSeconds(i.receiverRtt)},
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
        {"out-of-window-icmps", static_cast<double>(i.outOfWindowIcmps)},
    };
    const auto entry = values.find(name);
    if (entry == values.end())
    {
        return false;
    }
    value = entry->second;
    return true;
}

std::uint32_t
TcpEventBit(const std::string& name)
{
    static const std::map<std::string, std::uint32_t> events{{"connected", tcp::kConnected},
                                                             {"readable", tcp::kReadable},
                                                             {"writable", tcp::kWritable},
                                                             {"peer-closed", tcp::kPeerClosed},
                                                             {"reset", tcp::kReset},
                                                             {"timed-out", tcp::kTimedOut},
                                                             {"refused", tcp::kRefused},
                                                             {"closed", tcp::kClosed},
                                                             {"unreachable", tcp::kUnreachable},
                                                             {"all-acked", tcp::kAllAcked}};
    const auto entry = events.find(name);
    return entry == events.end() ? 0 : entry->second;
}

tcp::NetworkError
ParseNetworkError(std::istream& in, Seq32 iss)
{
    tcp::NetworkError error;
    std::string fault;
    std::uint32_t offset = 0;
    in >> fault >> offset;
    for (auto f = tcp::NetworkFault::NetUnreachable; fault != tcp::ToString(f);
         f = static_cast<tcp::NetworkFault>(static_cast<int>(f) + 1))
    {
        if (f == tcp::NetworkFault::ParameterProblem)
        {
            throw std::invalid_argument("unknown fault " + fault);
        }
        error.fault = static_cast<tcp::NetworkFault>(static_cast<int>(f) + 1);
    }
    error.fault =
        error.fault == tcp::NetworkFault::None ? tcp::NetworkFault::NetUnreachable : error.fault;
    error.sequence = iss + offset;
    for (std::string word; in >> word;)
    {
        error.revertsBackoff = error.revertsBackoff || word == "reverts";
        error.endsHandshake = error.endsHandshake || word == "ends";
    }
    return error;
}

TcpSegment
ParseSegment(const std::string& text, const SegmentBase& base, const OtherOption& other)
{
    TcpSegment segment;
    segment.window = 65535;
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
            throw std::invalid_argument("flags are letters of FSRP.UEW");
        }
        segment.flags |= static_cast<std::uint16_t>(1 << (at - kLetters));
    }
    long long first = 0;
    long long next = 0;
    unsigned length = 0;
    if (!(in >> word) || std::sscanf(word.c_str(), "%lld:%lld(%u)", &first, &next, &length) != 3 ||
        next - first != static_cast<long long>(length))
    {
        throw std::invalid_argument("first:next(length) is wrong");
    }
    segment.seq = base.sender + static_cast<std::uint32_t>(first);
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
            throw std::invalid_argument("a number must follow " + word);
        }
        if (word == "ack")
        {
            segment.ack = base.other + static_cast<std::uint32_t>(value);
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
            throw std::invalid_argument("unknown part " + word);
        }
    }
    if (open != std::string::npos && text.find("<...>") == std::string::npos)
    {
        ParseOptions(text.substr(open + 1, text.rfind('>') - open - 1), segment, other);
        for (std::size_t i = 0; i < segment.options.sackCount; ++i)
        {
            auto& block = segment.options.sack[i];
            block.begin = base.other + block.begin.Value();
            block.end = base.other + block.end.Value();
        }
    }
    return segment;
}

std::vector<std::string>
OptionList(const TcpOptions& options)
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
ShowSegment(const TcpSegment& segment, const SegmentBase& base)
{
    TcpSegment relative(segment);
    relative.seq = Seq32(static_cast<std::uint32_t>(segment.seq - base.sender));
    relative.ack = Seq32(static_cast<std::uint32_t>(segment.ack - base.other));
    for (std::size_t i = 0; i < relative.options.sackCount; ++i)
    {
        auto& block = relative.options.sack[i];
        block.begin = Seq32(static_cast<std::uint32_t>(block.begin - base.other));
        block.end = Seq32(static_cast<std::uint32_t>(block.end - base.other));
    }
    return ToString(relative);
}

bool
SameApartFromOptions(const TcpSegment& expected, const TcpSegment& got, const std::string& text)
{
    const auto head = text.substr(0, text.find('<'));
    const auto says = [&](const char* part) { return head.find(part) != std::string::npos; };
    return expected.flags == got.flags && expected.seq == got.seq &&
           expected.payload.Length() == got.payload.Length() &&
           (!says(" ack ") || expected.ack == got.ack) &&
           (!says(" win ") || expected.window == got.window) &&
           (!says(" gso ") || expected.mss == got.mss) && (!says("[") || expected.ecn == got.ecn);
}

} // namespace hoststack::test
