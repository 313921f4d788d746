// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-setting-table.h"

#include "ns3/hs-ack-policy.h"
#include "ns3/hs-buffer-limits.h"
#include "ns3/hs-congestion-control.h"
#include "ns3/hs-coupled-congestion.h"
#include "ns3/hs-loss-recovery.h"
#include "ns3/hs-pacer.h"
#include "ns3/hs-window-policy.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace hoststack
{

namespace
{

using nlohmann::json;
using tcp::Config;
using Json = nlohmann::ordered_json;
using Values = TcpSetting::Values;

Values
Flag()
{
    return {Json::object({{"type", "boolean"}})};
}

Values
Number(int least, int most)
{
    return {Json::object({{"type", "integer"}, {"minimum", least}, {"maximum", most}})};
}

/// A name from a registry. \param list what `list` calls it
Values
Named(const char* list, const char* what, std::vector<std::string> (*known)())
{
    Values values{Json::object({{"type", "string"}, {"x-registry", list}})};
    values.what = what;
    values.known = known;
    return values;
}

Values
CongestionNames()
{
    auto values = Named("congestion", "congestion control", [] {
        auto names = tcp::CongestionControls().Names();
        const auto coupled = mptcp::CoupledCongestionControls().Names();
        names.insert(names.end(), coupled.begin(), coupled.end());
        return names;
    });
    values.foreign = "ns3:";
    return values;
}

Values
OneOf(const std::vector<std::string>& choices)
{
    return {Json::object({{"type", "string"}, {"enum", choices}})};
}

/// Empty bounds: none.
Values
Within(QuantityKind kind, const char* least, const char* most)
{
    Values values{Json::object({{"$ref", "#/definitions/" + QuantityName(kind)}}), kind};
    for (const auto& [key, bound] : {std::pair("x-minimum", least), {"x-maximum", most}})
    {
        if (*bound != 0)
        {
            values.schema[key] = bound;
        }
    }
    return values;
}

void
SetEcn(const json& value, Config& config)
{
    config.ecn = value == "on"    ? tcp::EcnMode::On
                 : value == "off" ? tcp::EcnMode::Off
                                  : tcp::EcnMode::Passive;
}

std::optional<std::string>
EcnText(const Config& config)
{
    return config.ecn == tcp::EcnMode::On ? "1" : config.ecn == tcp::EcnMode::Off ? "0" : "2";
}

/// tcp_rmem and tcp_wmem: least, first and largest size.
std::string
BufferText(std::uint32_t first, std::uint32_t most)
{
    constexpr std::uint32_t least = 4096; // of Linux
    return std::to_string(least) + ' ' + std::to_string(std::max(least, first)) + ' ' +
           std::to_string(std::max(first, most));
}

std::optional<std::string>
ReceiveBufferText(const Config& config)
{
    return config.receiveBufferLocked
               ? std::nullopt // the socket's, not the host's
               : std::optional(BufferText(config.receiveBuffer, config.receiveBufferMax));
}

std::optional<std::string>
SendBufferText(const Config& config)
{
    return config.sendBufferLocked
               ? std::nullopt
               : std::optional(BufferText(config.sendBuffer, config.sendBufferMax));
}

/// What a socket option makes of \p value: it doubles it.
std::uint32_t
Doubled(const json& value, std::uint32_t least)
{
    const auto asked = 2 * TcpNumber(value, QuantityKind::Size);
    constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(asked, least, most));
}

void
SetReceiveBuffer(const json& value, Config& config)
{
    config.receiveBuffer = Doubled(value, tcp::kLeastReceiveBuffer);
    config.receiveBufferLocked = true;
}

void
SetSendBuffer(const json& value, Config& config)
{
    config.sendBuffer = Doubled(value, tcp::kLeastSendBuffer);
    config.sendBufferLocked = true;
}

void
SetTrueSize(const json& value, Config& config)
{
    const auto set = [&](const char* key, std::uint32_t& field) {
        if (value.contains(key))
        {
            field = static_cast<std::uint32_t>(TcpNumber(value[key], QuantityKind::Size));
        }
    };
    if (value.contains("scheme"))
    {
        config.truesize = SharedBufferScheme(value["scheme"].get<std::string>()).Preset();
    }
    set("head", config.truesize.head);
    set("overhead", config.truesize.overhead);
    set("link-header", config.truesize.linkHeader);
    const auto preset = config.truesize.fixedBlock;
    set("fixed-block", config.truesize.fixedBlock);
    if (config.truesize.fixedBlock == 0)
    {
        config.truesize.fixedBlock = preset;
    }
}

Values
TrueSizeParts()
{
    const auto part = [](const char* about, const char* most) {
        return Json::object(
            {{"description", about}, {"$ref", "#/definitions/size"}, {"x-maximum", most}});
    };
    Values values;
    values.schema["type"] = "object";
    values.schema["additionalProperties"] = false;
    auto& parts = values.schema["properties"];
    parts["scheme"] = Json::object(
        {{"description", "How the device's driver makes receive buffers (docs/models/memory.md)."},
         {"type", "string"},
         {"enum", BufferSchemes().Names()}});
    parts["link-header"] =
        part("Bytes of the link's own header in the block (Ethernet: 14 B).", "1 KiB");
    parts["head"] = part("Bytes of struct sk_buff.", "64 KiB");
    parts["overhead"] = part("Bytes beside the packet in its data block.", "64 KiB");
    parts["fixed-block"] = part("A fixed size of the data block; 0 B: as the scheme says; without "
                                "one, the next power of two that holds the packet.",
                                "1 MiB");
    return values;
}

} // namespace

const std::vector<TcpSetting>&
TcpSettingTable()
{
    static const std::vector<TcpSetting> table{
        {"congestion",
         &Config::congestion,
         "Congestion control: a name from `hoststack list congestion` (those that couple "
         "subflows only with `mptcp`), or \"ns3:\" and the TypeId of an ns-3 class "
         "(\"ns3:TcpNewReno\").",
         CongestionNames()},
        {"recovery",
         &Config::recovery,
         "Loss recovery.",
         Named("recovery", "loss recovery", [] { return tcp::LossRecoveries().Names(); })},
        {"window",
         &Config::window,
         "Receive-window policy.",
         Named("window", "window policy", [] { return tcp::WindowPolicies().Names(); })},
        {"acks",
         &Config::acks,
         "ACK policy: when received data is acknowledged.",
         Named("acks", "ACK policy", [] { return tcp::AckPolicies().Names(); })},
        {"rto",
         &Config::rto,
         "How the retransmission time-out is computed: Linux (srtt + max(200 ms, 4 "
         "rttvar)), RFC 6298, or FreeBSD's RACK stack.",
         OneOf({"linux", "rfc6298", "freebsd-rack"})},
        {"pacing",
         &Config::pacing,
         "Who spaces segments: nobody, TCP's own timer, FreeBSD's wheel, other timers; `auto`: "
         "TCP's "
         "own if the congestion control asks for it.",
         Named("pacers", "pacer", [] { return Pacers().Names(); })},
        {"mss",
         &Config::mss,
         "Largest segment to announce; without it the link's MTU decides.",
         Within(QuantityKind::Size, "64 B", "65495 B")},
        {"window-scaling",
         &Config::windowScaling,
         "RFC 7323 window scaling.",
         Flag(),
         {"tcp_window_scaling", true}},
        {"timestamps",
         &Config::timestamps,
         "RFC 7323 timestamps.",
         Flag(),
         {"tcp_timestamps", true}},
        {"sack", &Config::sack, "RFC 2018 selective acknowledgements.", Flag(), {"tcp_sack", true}},
        {"dsack", &Config::dsack, "RFC 2883 duplicate SACK.", Flag(), {"tcp_dsack", true}},
        {"ecn",
         SetEcn,
         "ECN (RFC 3168): never, when the peer asks for it, or asked for and granted.",
         OneOf({"off", "passive", "on"}),
         {"tcp_ecn", true, EcnText}},
        {"nagle",
         &Config::nagle,
         "Hold small segments back while one is unacknowledged; off is TCP_NODELAY.",
         Flag()},
        {"initial-cwnd",
         &Config::initialCwnd,
         "Initial congestion window (RFC 6928).",
         Within(QuantityKind::Segments, "1 segment", "65535 segments")},
        {"initial-ssthresh",
         &Config::initialSsthresh,
         "Initial slow-start threshold.",
         Within(QuantityKind::Segments, "1 segment", "")},
        {"reordering",
         &Config::reordering,
         "Duplicate-ACK threshold (tcp_reordering).",
         Within(QuantityKind::Segments, "1 segment", "65535 segments")},
        {"max-reordering",
         &Config::maxReordering,
         "Largest duplicate-ACK threshold it may grow to (tcp_max_reordering).",
         Within(QuantityKind::Segments, "1 segment", "65535 segments")},
        {"limited-transmit", &Config::limitedTransmit, "RFC 3042 limited transmit.", Flag()},
        {"prr",
         &Config::prr,
         "Proportional rate reduction (RFC 6937); off: the window drops at once.",
         Flag()},
        {"undo", &Config::undo, "Undo of spurious reductions (Eifel, DSACK).", Flag()},
        {"frto", &Config::frto, "RFC 5682 F-RTO.", Flag()},
        {"slow-start-after-idle",
         &Config::slowStartAfterIdle,
         "Shrink the window after an idle time (RFC 2861 as Linux does it).",
         Flag(),
         {"tcp_slow_start_after_idle", false}},
        {"black-hole-detection",
         &Config::detectsBlackHoles,
         "Shorter segments when longer ones vanish for 3 s (tcp_mtu_probing 1).",
         Flag(),
         {"tcp_mtu_probing", false}},
        {"gso-max-size",
         &Config::gsoMaxBytes,
         "Largest super-segment.",
         Within(QuantityKind::Size, "64 B", "524280 B")},
        {"gso-max-segments",
         &Config::gsoMaxSegments,
         "Most segments in a super-segment.",
         Within(QuantityKind::Segments, "1 segment", "65535 segments")},
        {"min-tso-segments",
         &Config::minTsoSegments,
         "Fewest segments a super-segment aims at (tcp_min_tso_segs).",
         Within(QuantityKind::Segments, "1 segment", "65535 segments")},
        {"tso-defer", &Config::tsoDefer, "Wait a moment to fill a super-segment.", Flag()},
        {"half-window-bursts",
         &Config::halvesBursts,
         "A super-segment is at most half of the window (tcp_cwnd_test).",
         Flag()},
        {"pacing-slow-start",
         &Config::pacingSlowStartPercent,
         "Pacing rate in slow start as a share of window over RTT (tcp_pacing_ss_ratio).",
         Within(QuantityKind::Share, "1 %", "1000 %")},
        {"pacing-avoidance",
         &Config::pacingAvoidancePercent,
         "Pacing rate in congestion avoidance as a share of window over RTT "
         "(tcp_pacing_ca_ratio).",
         Within(QuantityKind::Share, "1 %", "1000 %")},
        {"pacing-shift",
         &Config::pacingShift,
         "A super-segment holds the pacing rate times 2^-shift seconds (sk_pacing_shift).",
         Number(0, 31)},
        {"max-pacing-rate",
         &Config::maxPacingRate,
         "Upper limit of the pacing rate (SO_MAX_PACING_RATE).",
         Within(QuantityKind::Rate, "8 bit/s", "")},
        {"pacing-burst",
         &Config::pacingBurst,
         "Most segments of a paced burst, where the pacer decides on it (hpts, rack-*); without "
         "it the pacer's own.",
         Within(QuantityKind::Segments, "1 segment", "65535 segments")},
        {"quick-ack",
         &Config::quickAck,
         "Acknowledge every segment at the start of a connection.",
         Flag()},
        {"delayed-ack-min",
         &Config::delayedAckMin,
         "Shortest delay of an ACK (TCP_DELACK_MIN).",
         Within(QuantityKind::Time, "", "24 h")},
        {"delayed-ack-max",
         &Config::delayedAckMax,
         "Longest delay of an ACK (TCP_DELACK_MAX).",
         Within(QuantityKind::Time, "", "24 h")},
        {"compressed-ack-delay",
         &Config::compressedAckDelay,
         "Longest time SACKs are held back and merged; 0 ms: not at all "
         "(tcp_comp_sack_delay_ns).",
         Within(QuantityKind::Time, "", "24 h")},
        {"compressed-ack-slack",
         &Config::compressedAckSlack,
         "How late the timer of merged SACKs may be (tcp_comp_sack_slack_ns).",
         Within(QuantityKind::Time, "", "24 h")},
        {"compressed-ack-count",
         &Config::compressedAckCount,
         "Most SACKs merged into one (tcp_comp_sack_nr).",
         Number(0, 255)},
        {"shrink-window",
         &Config::shrinkWindow,
         "Allow the right edge of the window to move left (tcp_shrink_window).",
         Flag()},
        {"so-rcvbuf",
         SetReceiveBuffer,
         "What setsockopt(SO_RCVBUF) is given: twice as much is set, and auto-tuning is off.",
         Within(QuantityKind::Size, "1 B", "1073741823 B")},
        {"so-sndbuf",
         SetSendBuffer,
         "What setsockopt(SO_SNDBUF) is given: twice as much is set, and auto-tuning is off.",
         Within(QuantityKind::Size, "1 B", "1073741823 B")},
        {"receive-buffer",
         &Config::receiveBuffer,
         "Initial receive buffer as the kernel counts it (tcp_rmem[1]).",
         Within(QuantityKind::Size, "2304 B", "2147483647 B")},
        {"receive-buffer-max",
         &Config::receiveBufferMax,
         "Largest receive buffer auto-tuning may reach (tcp_rmem[2]).",
         Within(QuantityKind::Size, "2304 B", "2147483647 B"),
         {"tcp_rmem", false, ReceiveBufferText}},
        {"send-buffer",
         &Config::sendBuffer,
         "Initial send buffer as the kernel counts it (tcp_wmem[1]).",
         Within(QuantityKind::Size, "4608 B", "2147483647 B")},
        {"send-buffer-max",
         &Config::sendBufferMax,
         "Largest send buffer auto-tuning may reach (tcp_wmem[2]).",
         Within(QuantityKind::Size, "4608 B", "2147483647 B"),
         {"tcp_wmem", false, SendBufferText}},
        {"tune-without-margin",
         &Config::tuneWithoutMargin,
         "The receive buffer is tuned to twice of what was read in a round trip, without 16 "
         "segments more, and to what waits beyond holes (tcp_rcvbuf_grow, Linux 6.17).",
         Flag()},
        {"latch-receiver-rtt",
         &Config::latchReceiverRtt,
         "The receiver's RTT, the interval of that tuning, falls to a lower sample at once, rises "
         "(smoothed) only while nothing waits unread, and takes no sample of 0 ms (Linux 6.16; "
         "6.12.35 apart from what waits). Off: smoothed both ways, and 0 counts as 1 ms.",
         Flag()},
        {"clamp-lifts-threshold",
         &Config::clampLiftsThreshold,
         "When the first full segment shows what the receive buffer is worth, the window's "
         "threshold is lifted to what has been announced (tcp_set_window_clamp in "
         "tcp_measure_rcv_mss, Linux 6.14). Off: the clamp alone rises (6.12.117).",
         Flag()},
        {"receive-low-water",
         &Config::receiveLowat,
         "The socket is readable from this much data on (SO_RCVLOWAT).",
         Within(QuantityKind::Size, "1 B", "2147483647 B")},
        {"not-sent-low-water",
         &Config::notsentLowat,
         "The socket is writable while less than this has not left (TCP_NOTSENT_LOWAT); without it "
         "only the send buffer counts.",
         Within(QuantityKind::Size, "1 B", "2147483647 B")},
        {"truesize",
         SetTrueSize,
         "What a received segment costs in memory, as Linux counts it.",
         TrueSizeParts()},
        {"tick",
         &Config::tick,
         "Granularity of the timers (1/HZ); 0 ms: exact.",
         Within(QuantityKind::Time, "", "1 s")},
        {"rto-initial",
         &Config::rtoInitial,
         "Time-out before the first RTT sample.",
         Within(QuantityKind::Time, "1 ms", "24 h")},
        {"rto-min",
         &Config::rtoMin,
         "Smallest retransmission time-out (in Linux: smallest variance term).",
         Within(QuantityKind::Time, "1 ms", "24 h")},
        {"rto-max",
         &Config::rtoMax,
         "Largest retransmission time-out.",
         Within(QuantityKind::Time, "1 ms", "24 h")},
        {"syn-retries",
         &Config::synRetries,
         "Retransmissions of a SYN that back off exponentially (tcp_syn_retries).",
         Number(0, 127),
         {"tcp_syn_retries", false}},
        {"syn-linear-timeouts",
         &Config::synLinearTimeouts,
         "Retransmissions of a SYN before the back-off begins (tcp_syn_linear_timeouts).",
         Number(0, 127)},
        {"synack-retries",
         &Config::synAckRetries,
         "Retransmissions of a SYN/ACK (tcp_synack_retries).",
         Number(0, 127),
         {"tcp_synack_retries", false}},
        {"retries",
         &Config::retries2,
         "Back-offs after which a connection is given up (tcp_retries2).",
         Number(0, 255),
         {"tcp_retries2", false}},
        {"user-timeout",
         &Config::userTimeout,
         "Give up after this long without an acknowledgement (TCP_USER_TIMEOUT); 0 s: "
         "never.",
         Within(QuantityKind::Time, "", "24 h")},
        {"time-wait",
         &Config::timeWait,
         "How long TIME-WAIT lasts.",
         Within(QuantityKind::Time, "", "24 h")},
        {"fin-wait-2",
         &Config::finWait2,
         "How long FIN-WAIT-2 lasts after a close (tcp_fin_timeout).",
         Within(QuantityKind::Time, "", "24 h")},
        {"invalid-rate-limit",
         &Config::invalidRateLimit,
         "Least time between two answers to segments that are out of the window "
         "(tcp_invalid_ratelimit).",
         Within(QuantityKind::Time, "", "24 h")},
        {"keep-alive", &Config::keepAlive, "Probe an idle connection (SO_KEEPALIVE).", Flag()},
        {"keep-alive-time",
         &Config::keepAliveTime,
         "Idle time before the first probe.",
         Within(QuantityKind::Time, "1 ms", "24 h")},
        {"keep-alive-interval",
         &Config::keepAliveInterval,
         "Time between probes.",
         Within(QuantityKind::Time, "1 ms", "24 h")},
        {"keep-alive-probes",
         &Config::keepAliveProbes,
         "Unanswered probes after which the connection is dead.",
         Number(1, 127)},
    };
    return table;
}

std::optional<std::string>
SysctlText(const TcpSetting& setting, const tcp::Config& config)
{
    if (setting.sysctl.text)
    {
        return setting.sysctl.text(config);
    }
    if (const auto* flag = std::get_if<bool tcp::Config::*>(&setting.field))
    {
        return config.**flag ? "1" : "0";
    }
    return std::to_string(config.*std::get<std::uint32_t tcp::Config::*>(setting.field));
}

nlohmann::ordered_json
TcpSchema()
{
    auto properties = nlohmann::ordered_json::object();
    for (const auto& setting : TcpSettingTable())
    {
        auto& property = properties[setting.name];
        property["description"] = setting.about;
        property.update(setting.values.schema);
    }
    return properties;
}

std::int64_t
TcpNumber(const nlohmann::json& value, QuantityKind kind)
{
    if (value.is_number())
    {
        return value.get<std::int64_t>();
    }
    const auto quantity = ParseQuantity(value.get<std::string>(), kind).value;
    const std::int64_t number = quantity ? quantity->value : 0;
    switch (kind)
    {
    case QuantityKind::Share:
        return number / kPercent;
    case QuantityKind::Rate:
        return number / 8; // bytes per second
    default:
        return number;
    }
}

} // namespace hoststack
