// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LIVE_SETTINGS_H
#define HS_LIVE_SETTINGS_H

#include "ns3/hs-live-plan.h"
#include "ns3/hs-run-records.h"
#include "ns3/hs-scenario.h"

#include <cstddef>
#include <vector>

namespace hoststack
{

/**
 * What becomes of those settings of \p host that no sysctl takes: what a socket option sets, what
 * a parameter of a kernel built for twins sets, and what the kernel that runs does not do. One that
 * is as kernels are anyway is not mentioned.
 */
std::vector<SettingRecord> KernelSettings(const Scenario& scenario, std::size_t host);

/// Whether the kernel has \p setting as it was written, in the caller's namespace.
SettingRecord ReadBack(const LiveSysctl& setting, const std::string& host);

} // namespace hoststack

#endif // HS_LIVE_SETTINGS_H
