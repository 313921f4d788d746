// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SIMULATED_CHECK_H
#define HS_SIMULATED_CHECK_H

#include "ns3/hs-scenario-reader.h"

namespace ns3
{

/// What only the simulator can check of a scenario: names of its own classes, and what would end a
/// run in its middle. \throws hoststack::ScenarioError
void CheckSimulated(const hoststack::LoadedScenario& loaded);

} // namespace ns3

#endif // HS_SIMULATED_CHECK_H
