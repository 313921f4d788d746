// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_EVENT_READER_H
#define HS_EVENT_READER_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-scenario.h"

#include <nlohmann/json.hpp>

namespace hoststack
{

/// `events` of a document that the schema has let through; hosts, links and traffic are there
/// already.
void ReadEvents(const nlohmann::json& root, Scenario& scenario, IssueCollector& issues);

} // namespace hoststack

#endif // HS_EVENT_READER_H
