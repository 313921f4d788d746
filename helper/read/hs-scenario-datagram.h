// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_DATAGRAM_H
#define HS_SCENARIO_DATAGRAM_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-scenario.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hoststack
{

struct DatagramKindName
{
    DatagramKind kind;
    std::string name;
    const char* about;
};

/// The kinds of traffic that are datagrams.
const std::vector<DatagramKindName>& DatagramKinds();

/// Whether a kind of traffic is one of datagrams.
bool IsDatagramKind(const std::string& kind);

/**
 * One such traffic, checked by the schema. The ends, link, port, `start` and `stop` of \p spec have
 * been read as those of any traffic.
 */
DatagramSpec ReadDatagrams(const nlohmann::json& block,
                           const nlohmann::json::json_pointer& pointer,
                           const Scenario& scenario,
                           const TrafficSpec& spec,
                           IssueCollector& issues);

} // namespace hoststack

#endif // HS_SCENARIO_DATAGRAM_H
