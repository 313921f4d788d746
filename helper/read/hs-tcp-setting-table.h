// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_SETTING_TABLE_H
#define HS_TCP_SETTING_TABLE_H

#include "ns3/hs-quantity.h"
#include "ns3/hs-tcp-config.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hoststack
{

/**
 * One key of a `tcp` block, said once: its name, the field of tcp::Config that it sets, what it
 * means, which values it takes, and what a kernel calls it. Reader, schema, reference page and live
 * runs all come from here.
 */
struct TcpSetting
{
    /// A key that is more than one field. It is read after the others.
    using Special = void (*)(const nlohmann::json& value, tcp::Config& config);
    using Field = std::variant<bool tcp::Config::*,
                               std::uint32_t tcp::Config::*,
                               std::uint64_t tcp::Config::*,
                               TimeNs tcp::Config::*,
                               std::string tcp::Config::*,
                               Special>;

    struct Values
    {
        nlohmann::ordered_json schema;                ///< what the schema says of the value
        QuantityKind kind{QuantityKind::Size};        ///< of texts that stand for a number
        const char* what{nullptr};                    ///< of names of variants: "window policy"
        std::vector<std::string> (*known)(){nullptr}; ///< ... which there are
        const char* foreign{nullptr};                 ///< ... what those of others begin with
    };

    /// What an administrator of a Linux host writes.
    struct Sysctl
    {
        const char* name{nullptr}; ///< below net.ipv4; nullptr: none
        /// A kernel without it cannot play a host that differs from the default.
        bool isNeeded{false};
        /// What is written there if it is not the field as it is; nothing: leave it alone.
        std::optional<std::string> (*text)(const tcp::Config&){nullptr};
    };

    const char* name;
    Field field;
    const char* about;
    Values values;
    Sysctl sysctl{};
};

/// In the order in which they are documented.
const std::vector<TcpSetting>& TcpSettingTable();

/// What is written to the setting's sysctl, which it has; nothing: leave it alone.
std::optional<std::string> SysctlText(const TcpSetting& setting, const tcp::Config& config);

/// The `properties` of the definition `tcp` of the schema.
nlohmann::ordered_json TcpSchema();

/// The number that stands in a `tcp` block for a field, in the field's unit.
std::int64_t TcpNumber(const nlohmann::json& value, QuantityKind kind);

} // namespace hoststack

#endif // HS_TCP_SETTING_TABLE_H
