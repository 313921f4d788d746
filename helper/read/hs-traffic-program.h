// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TRAFFIC_PROGRAM_H
#define HS_TRAFFIC_PROGRAM_H

#include "ns3/hs-program.h"
#include "ns3/hs-scenario.h"

#include <memory>

namespace hoststack
{

/// What runs on each connection of \p traffic at its end `from`, or `to`; who drives it, a
/// simulated socket or one of the kernel's, makes no difference.
std::unique_ptr<Program> MakeTrafficProgram(const TrafficSpec& traffic, bool atFrom);

} // namespace hoststack

#endif // HS_TRAFFIC_PROGRAM_H
