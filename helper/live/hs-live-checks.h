// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LIVE_CHECKS_H
#define HS_LIVE_CHECKS_H

#include "ns3/hs-scenario-reader.h"

namespace hoststack
{

/**
 * What a live run cannot do with this scenario.
 * \throws ScenarioError
 */
void CheckLive(const LoadedScenario& loaded);

} // namespace hoststack

#endif // HS_LIVE_CHECKS_H
