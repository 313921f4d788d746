// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_OVERLAY_H
#define HS_TCP_OVERLAY_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-scenario.h"
#include "ns3/hs-tcp-setting-table.h"

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

namespace hoststack
{

/// What a `tcp` block sets, parsed once. It can lie over that of another block; what none of them
/// sets keeps its default.
class TcpOverlay
{
  public:
    /// Two keys that contradict each other.
    struct Contradiction
    {
        std::string low;  ///< what must not be larger ...
        std::string high; ///< ... than this, and is
    };

    TcpOverlay() = default;

    /// \p block has passed the schema. Reports names that nobody has and values that fit no field.
    TcpOverlay(const nlohmann::json& block,
               const IssueCollector::Pointer& pointer,
               IssueCollector& issues);

    bool Sets(const std::string& key) const;

    /// This one over \p lower: its keys count where both have them.
    TcpOverlay Over(TcpOverlay lower) const;

    TcpSettings Settings() const;

    /// Of the settings that come of it.
    std::vector<Contradiction> FindContradictions() const;

  private:
    /// In the field's unit; a json object for keys that are more than one field.
    using Value = std::variant<bool, std::int64_t, std::string, nlohmann::json>;

    std::map<const TcpSetting*, Value> m_values; ///< in the table's order
};

} // namespace hoststack

#endif // HS_TCP_OVERLAY_H
