// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_TCP_H
#define HS_SCENARIO_TCP_H

#include "ns3/hs-scenario.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hoststack
{

/// A `tcp` block, checked by the schema, as settings; a key that is absent keeps the default.
/// \param fault gets the key and a sentence for each value that fits no field
TcpSettings ReadTcpSettings(const nlohmann::json& block,
                            std::vector<std::pair<std::string, std::string>>& fault);

/// Two keys that contradict each other.
struct TcpContradiction
{
    std::string low;  ///< what must not be larger ...
    std::string high; ///< ... than this, and is
};

/// Of a whole block, with all layers in it.
std::vector<TcpContradiction> FindTcpContradictions(const nlohmann::json& block);

} // namespace hoststack

#endif // HS_SCENARIO_TCP_H
