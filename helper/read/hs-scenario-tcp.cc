// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-tcp.h"

#include "ns3/hs-quantity.h"
#include "ns3/hs-tcp-setting-table.h"

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

/// In the base unit of a share.
constexpr std::int64_t kPercent = 10000000;

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

    void Read(const TcpSetting& key, Config& config)
    {
        const json& value = m_block[key.name];
        const auto kind = key.values.kind;
        if (kind == QuantityKind::Share && value.is_string() &&
            ParseQuantity(value.get<std::string>(), kind).value->value % kPercent != 0)
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
            config.** time = TcpNumber(value, kind);
        }
        else if (const auto* wide = std::get_if<std::uint64_t Config::*>(&key.field))
        {
            config.** wide = static_cast<std::uint64_t>(TcpNumber(value, kind));
        }
        else if (const auto* narrow = std::get_if<std::uint32_t Config::*>(&key.field))
        {
            config.** narrow = Narrow(key.name, TcpNumber(value, kind));
        }
        else
        {
            std::get<TcpSetting::Special>(key.field)(value, config);
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
    for (const bool special : {false, true})
    {
        for (const auto& key : TcpSettingTable())
        {
            if (std::holds_alternative<TcpSetting::Special>(key.field) == special &&
                block.contains(key.name))
            {
                reader.Read(key, config);
            }
        }
    }
    settings.mssGiven = block.contains("mss");
    if (settings.mssGiven && (config.mss < 64 || config.mss > 65495))
    {
        fault.emplace_back("mss", "must lie between 64 B and 65495 B");
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

} // namespace hoststack
