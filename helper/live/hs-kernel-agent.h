// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_KERNEL_AGENT_H
#define HS_KERNEL_AGENT_H

#include "ns3/hs-live-plan.h"
#include "ns3/hs-scenario.h"

namespace hoststack
{

/**
 * The process on the kernel's side: makes the namespace that \p plan describes, says so, and then
 * plays the kernel's ends of all traffic with real sockets, as ordered over \p socket, until that
 * is closed.
 *
 * For a forked child; never throws, never returns more than once.
 * \return exit status of the process
 */
int RunKernelAgent(const Scenario& scenario, const LivePlan& plan, int socket);

} // namespace hoststack

#endif // HS_KERNEL_AGENT_H
