// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TRAFFIC_PORTS_H
#define HS_TRAFFIC_PORTS_H

#include "ns3/hs-issue-collector.h"
#include "ns3/hs-scenario.h"

namespace hoststack
{

/// Gives every traffic that asks for none a port of its own on the host that listens, TCP and UDP
/// apart; reports those that ask for the same one.
void AssignPorts(Scenario& scenario, IssueCollector& issues);

} // namespace hoststack

#endif // HS_TRAFFIC_PORTS_H
