// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-overlay.h"

#include "ns3/hs-quantity.h"
#include "ns3/hs-schema-explanation.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace hoststack
{

namespace
{

using nlohmann::json;
using tcp::Config;

bool
IsSpecial(const TcpSetting& setting)
{
    return std::holds_alternative<TcpSetting::Special>(setting.field);
}

/// What does not fit the field, and what would; empty if it does.
std::pair<std::string, std::string>
FaultOf(const TcpSetting& setting, const json& value)
{
    const auto kind = setting.values.kind;
    if (kind == QuantityKind::Share && value.is_string() &&
        ParseQuantity(value.get<std::string>(), kind).value->value % kPercent != 0)
    {
        return {"is no whole number of percent", "for example \"120 %\""};
    }
    if (std::holds_alternative<std::uint32_t Config::*>(setting.field))
    {
        const auto number = TcpNumber(value, kind);
        constexpr auto most = std::numeric_limits<std::uint32_t>::max();
        if (number < 0 || number > most)
        {
            return {ShownValue(value) + " is out of range",
                    "at most " + std::to_string(most) +
                        (value.is_string() ? ' ' + UnitsOf(kind).front() : "")};
        }
    }
    return {};
}

void
CheckName(const TcpSetting& setting,
          const std::string& name,
          const IssueCollector::Pointer& pointer,
          IssueCollector& issues)
{
    const auto& values = setting.values;
    const bool isForeign = values.foreign && name.rfind(values.foreign, 0) == 0;
    if (!values.known || isForeign)
    {
        return;
    }
    const auto known = values.known();
    if (std::find(known.begin(), known.end(), name) == known.end())
    {
        issues.AddUnknownName(pointer, values.what, name, known);
    }
}

/// Lays a parsed value into its field.
struct Setter
{
    Config& config;
    const TcpSetting& setting;

    void operator()(bool flag) const
    {
        config.*std::get<bool Config::*>(setting.field) = flag;
    }

    void operator()(const std::string& text) const
    {
        config.*std::get<std::string Config::*>(setting.field) = text;
    }

    void operator()(const json& value) const
    {
        std::get<TcpSetting::Special>(setting.field)(value, config);
    }

    void operator()(std::int64_t number) const
    {
        if (const auto* time = std::get_if<TimeNs Config::*>(&setting.field))
        {
            config.** time = number;
        }
        else if (const auto* wide = std::get_if<std::uint64_t Config::*>(&setting.field))
        {
            config.** wide = static_cast<std::uint64_t>(number);
        }
        else
        {
            config.*std::get<std::uint32_t Config::*>(setting.field) =
                static_cast<std::uint32_t>(number);
        }
    }
};

} // namespace

TcpOverlay::TcpOverlay(const nlohmann::json& block,
                       const IssueCollector::Pointer& pointer,
                       IssueCollector& issues)
{
    for (const auto& setting : TcpSettingTable())
    {
        if (!block.contains(setting.name))
        {
            continue;
        }
        const json& value = block[setting.name];
        const auto [fault, expected] = FaultOf(setting, value);
        if (!fault.empty())
        {
            issues.Add(pointer / setting.name, fault, expected);
        }
        else if (IsSpecial(setting))
        {
            m_values[&setting] = value;
        }
        else if (value.is_boolean())
        {
            m_values[&setting] = value.get<bool>();
        }
        else if (std::holds_alternative<std::string Config::*>(setting.field))
        {
            CheckName(setting, value.get<std::string>(), pointer / setting.name, issues);
            m_values[&setting] = value.get<std::string>();
        }
        else
        {
            m_values[&setting] = TcpNumber(value, setting.values.kind);
        }
    }
}

bool
TcpOverlay::Sets(const std::string& key) const
{
    return std::any_of(m_values.begin(), m_values.end(), [&](const auto& item) {
        return item.first->name == key;
    });
}

TcpOverlay
TcpOverlay::Over(TcpOverlay lower) const
{
    for (const auto& [setting, value] : m_values)
    {
        auto& below = lower.m_values[setting];
        if (const auto* parts = std::get_if<json>(&value);
            parts && parts->is_object() && std::holds_alternative<json>(below))
        {
            std::get<json>(below).merge_patch(*parts);
        }
        else
        {
            below = value;
        }
    }
    return lower;
}

TcpSettings
TcpOverlay::Settings() const
{
    TcpSettings settings;
    for (const bool special : {false, true})
    {
        for (const auto& [setting, value] : m_values)
        {
            if (IsSpecial(*setting) == special)
            {
                std::visit(Setter{settings.config, *setting}, value);
            }
        }
    }
    settings.mssGiven = Sets("mss");
    return settings;
}

std::vector<TcpOverlay::Contradiction>
TcpOverlay::FindContradictions() const
{
    const auto config = Settings().config;
    std::vector<Contradiction> found;
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
