// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-schema-tables.h"

#include "ns3/hs-application.h"
#include "ns3/hs-scenario-datagram.h"
#include "ns3/hs-scenario-machine.h"
#include "ns3/hs-tcp-setting-table.h"

namespace hoststack
{

nlohmann::ordered_json
SchemaFromTables()
{
    auto kinds = nlohmann::ordered_json::array();
    auto keys = nlohmann::ordered_json::object();
    for (const auto& kind : Applications())
    {
        kinds.push_back(kind.name);
        if (kind.keys)
        {
            keys.update(kind.keys());
        }
    }
    for (const auto& kind : DatagramKinds())
    {
        kinds.push_back(kind.name);
    }
    nlohmann::ordered_json parts;
    parts["tcp"] = TcpSchema();
    parts["kinds"] = std::move(kinds);
    parts["keys"] = std::move(keys);
    parts["costs"] = CostSchema();
    return parts;
}

void
ApplyTables(nlohmann::json& schema)
{
    const nlohmann::json parts = SchemaFromTables();
    auto& definitions = schema["definitions"];
    definitions["tcp"]["properties"] = parts["tcp"];
    definitions["costs"]["properties"] = parts["costs"];
    auto& traffic = definitions["traffic"]["properties"];
    traffic["kind"]["enum"] = parts["kinds"];
    traffic.update(parts["keys"]);
}

} // namespace hoststack
