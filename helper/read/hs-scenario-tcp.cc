// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-tcp.h"

#include "ns3/hs-quantity.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

namespace hoststack
{

namespace
{

using nlohmann::json;
using tcp::Config;

/// How a key's value becomes a field.
using Field = std::variant<bool Config::*,
                           std::uint32_t Config::*,
                           std::uint64_t Config::*,
                           TimeNs Config::*,
                           std::string Config::*>;

struct Key
{
    const char* name;
    Field field;
    QuantityKind kind{QuantityKind::Size}; ///< of values that are texts for a number
};

constexpr auto kSegments = QuantityKind::Segments;
constexpr auto kSize = QuantityKind::Size;
constexpr auto kShare = QuantityKind::Share;
constexpr auto kTime = QuantityKind::Time;

const Key kKeys[] = {
    {"congestion", &Config::congestion},
    {"recovery", &Config::recovery},
    {"window", &Config::window},
    {"rto", &Config::rto},
    {"pacing", &Config::pacing},
    {"mss", &Config::mss, kSize},
    {"window-scaling", &Config::windowScaling},
    {"timestamps", &Config::timestamps},
    {"sack", &Config::sack},
    {"dsack", &Config::dsack},
    {"nagle", &Config::nagle},
    {"initial-cwnd", &Config::initialCwnd, kSegments},
    {"initial-ssthresh", &Config::initialSsthresh, kSegments},
    {"reordering", &Config::reordering, kSegments},
    {"max-reordering", &Config::maxReordering, kSegments},
    {"limited-transmit", &Config::limitedTransmit},
    {"prr", &Config::prr},
    {"undo", &Config::undo},
    {"frto", &Config::frto},
    {"slow-start-after-idle", &Config::slowStartAfterIdle},
    {"gso-max-size", &Config::gsoMaxBytes, kSize},
    {"gso-max-segments", &Config::gsoMaxSegments, kSegments},
    {"min-tso-segments", &Config::minTsoSegments, kSegments},
    {"tso-defer", &Config::tsoDefer},
    {"pacing-slow-start", &Config::pacingSlowStartPercent, kShare},
    {"pacing-avoidance", &Config::pacingAvoidancePercent, kShare},
    {"pacing-shift", &Config::pacingShift},
    {"max-pacing-rate", &Config::maxPacingRate, QuantityKind::Rate},
    {"quick-ack", &Config::quickAck},
    {"delayed-ack-min", &Config::delayedAckMin, kTime},
    {"delayed-ack-max", &Config::delayedAckMax, kTime},
    {"compressed-ack-delay", &Config::compressedAckDelay, kTime},
    {"compressed-ack-slack", &Config::compressedAckSlack, kTime},
    {"compressed-ack-count", &Config::compressedAckCount},
    {"shrink-window", &Config::shrinkWindow},
    {"receive-buffer", &Config::receiveBuffer, kSize},
    {"receive-buffer-max", &Config::receiveBufferMax, kSize},
    {"send-buffer", &Config::sendBuffer, kSize},
    {"send-buffer-max", &Config::sendBufferMax, kSize},
    {"receive-low-water", &Config::receiveLowat, kSize},
    {"tick", &Config::tick, kTime},
    {"rto-initial", &Config::rtoInitial, kTime},
    {"rto-min", &Config::rtoMin, kTime},
    {"rto-max", &Config::rtoMax, kTime},
    {"syn-retries", &Config::synRetries},
    {"syn-linear-timeouts", &Config::synLinearTimeouts},
    {"synack-retries", &Config::synAckRetries},
    {"retries", &Config::retries2},
    {"user-timeout", &Config::userTimeout, kTime},
    {"time-wait", &Config::timeWait, kTime},
    {"fin-wait-2", &Config::finWait2, kTime},
    {"invalid-rate-limit", &Config::invalidRateLimit, kTime},
    {"keep-alive", &Config::keepAlive},
    {"keep-alive-time", &Config::keepAliveTime, kTime},
    {"keep-alive-interval", &Config::keepAliveInterval, kTime},
    {"keep-alive-probes", &Config::keepAliveProbes},
};

/// In the base unit of a share.
constexpr std::int64_t kPercent = 10000000;

/// Keys that are no single field.
const char* const kSpecialKeys[] = {"ecn", "so-rcvbuf", "so-sndbuf", "truesize"};

/// The number of a value that the schema has let through, in the field's unit.
std::int64_t
NumberOf(const json& value, QuantityKind kind)
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

bool
Fits32(std::int64_t number)
{
    return number >= 0 && number <= std::numeric_limits<std::uint32_t>::max();
}

class Reader
{
  public:
    Reader(const json& block, std::vector<std::pair<std::string, std::string>>& fault)
        : m_block(block),
          m_fault(fault)
    {
    }

    void Read(const Key& key, Config& config)
    {
        if (!m_block.contains(key.name))
        {
            return;
        }
        const json& value = m_block[key.name];
        if (key.kind == kShare && value.is_string() &&
            ParseQuantity(value.get<std::string>(), kShare).value->value % kPercent != 0)
        {
            m_fault.emplace_back(key.name, "is no whole number of percent");
        }
        if (const auto* text = std::get_if<std::string Config::*>(&key.field))
        {
            config.** text = value.get<std::string>();
        }
        else if (const auto* flag = std::get_if<bool Config::*>(&key.field))
        {
            config.** flag = value.get<bool>();
        }
        else if (const auto* time = std::get_if<TimeNs Config::*>(&key.field))
        {
            config.** time = NumberOf(value, key.kind);
        }
        else if (const auto* wide = std::get_if<std::uint64_t Config::*>(&key.field))
        {
            config.** wide = static_cast<std::uint64_t>(NumberOf(value, key.kind));
        }
        else
        {
            config.*std::get<std::uint32_t Config::*>(key.field) =
                Narrow(key.name, NumberOf(value, key.kind));
        }
    }

    /// What SO_RCVBUF or SO_SNDBUF does: doubles the value and switches auto-tuning off.
    void ReadSocketOption(const char* key, std::int64_t least, std::uint32_t& buffer, bool& locked)
    {
        if (m_block.contains(key))
        {
            const auto asked = NumberOf(m_block[key], kSize);
            buffer = Narrow(key, asked > (1LL << 31) ? -1 : std::max(2 * asked, least));
            locked = true;
        }
    }

    std::uint32_t Narrow(const std::string& key, std::int64_t number)
    {
        if (!Fits32(number))
        {
            m_fault.emplace_back(key, "is out of range (at most 4294967295 in its base unit)");
            return 0;
        }
        return static_cast<std::uint32_t>(number);
    }

  private:
    const json& m_block;
    std::vector<std::pair<std::string, std::string>>& m_fault;
};

} // namespace

TcpSettings
ReadTcpSettings(const nlohmann::json& block,
                std::vector<std::pair<std::string, std::string>>& fault)
{
    TcpSettings settings;
    Config& config = settings.config;
    Reader reader(block, fault);
    for (const auto& key : kKeys)
    {
        reader.Read(key, config);
    }
    settings.mssGiven = block.contains("mss");
    if (settings.mssGiven && (config.mss < 64 || config.mss > 65495))
    {
        fault.emplace_back("mss", "must lie between 64 B and 65495 B");
    }
    const auto ecn = block.value("ecn", "passive");
    config.ecn = ecn == "on"    ? tcp::EcnMode::On
                 : ecn == "off" ? tcp::EcnMode::Off
                                : tcp::EcnMode::Passive;
    // SOCK_MIN_RCVBUF and SOCK_MIN_SNDBUF of Linux 6.12, include/net/sock.h.
    reader.ReadSocketOption("so-rcvbuf", 2304, config.receiveBuffer, config.receiveBufferLocked);
    reader.ReadSocketOption("so-sndbuf", 4608, config.sendBuffer, config.sendBufferLocked);
    if (block.contains("truesize"))
    {
        const json& sizes = block["truesize"];
        const auto read = [&](const char* key, std::uint32_t& field) {
            if (sizes.contains(key))
            {
                field = reader.Narrow("truesize", NumberOf(sizes[key], kSize));
            }
        };
        read("head", config.truesize.head);
        read("overhead", config.truesize.overhead);
        read("fixed-block", config.truesize.fixedBlock);
    }
    return settings;
}

std::vector<TcpContradiction>
FindTcpContradictions(const nlohmann::json& block)
{
    std::vector<std::pair<std::string, std::string>> reported;
    const auto config = ReadTcpSettings(block, reported).config;
    std::vector<TcpContradiction> found;
    const auto compare =
        [&](const char* low, std::uint64_t lower, const char* high, std::uint64_t higher) {
            if (lower > higher)
            {
                found.push_back({low, high});
            }
        };
    const auto compareTimes = [&](const char* low, TimeNs lower, const char* high, TimeNs higher) {
        compare(low, static_cast<std::uint64_t>(lower), high, static_cast<std::uint64_t>(higher));
    };
    compareTimes("rto-min", config.rtoMin, "rto-max", config.rtoMax);
    compareTimes("rto-initial", config.rtoInitial, "rto-max", config.rtoMax);
    compareTimes("delayed-ack-min", config.delayedAckMin, "delayed-ack-max", config.delayedAckMax);
    compare("reordering", config.reordering, "max-reordering", config.maxReordering);
    if (!config.receiveBufferLocked)
    {
        compare("receive-buffer",
                config.receiveBuffer,
                "receive-buffer-max",
                config.receiveBufferMax);
        compare("receive-low-water",
                config.receiveLowat,
                "receive-buffer-max",
                config.receiveBufferMax);
    }
    if (!config.sendBufferLocked)
    {
        compare("send-buffer", config.sendBuffer, "send-buffer-max", config.sendBufferMax);
    }
    return found;
}

std::vector<std::string>
TcpKeys()
{
    std::vector<std::string> keys(std::begin(kSpecialKeys), std::end(kSpecialKeys));
    for (const auto& key : kKeys)
    {
        keys.emplace_back(key.name);
    }
    return keys;
}

} // namespace hoststack
