// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_EVENTS_H
#define HS_SCENARIO_EVENTS_H

#include "ns3/hs-run-records.h"
#include "ns3/hs-scenario.h"

#include <string>
#include <vector>

namespace hoststack
{

/// "event at 1 ms (open-subflow, host client, link b)"
std::string NameOfEvent(const Scenario& scenario, const EventSpec& event);

/// What the event log says when a scenario's event takes place, one entry per thing it changes.
std::vector<RunEvent> DescribeEvent(const Scenario& scenario, const EventSpec& event);

/// The same when the change of an event that lasts a time is taken back.
std::vector<RunEvent> DescribeTakingBack(const Scenario& scenario, const EventSpec& event);

} // namespace hoststack

#endif // HS_SCENARIO_EVENTS_H
