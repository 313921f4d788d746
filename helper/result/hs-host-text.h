// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HOST_TEXT_H
#define HS_HOST_TEXT_H

#include "ns3/hs-summary-text.h"

#include <string>

namespace hoststack
{

/// What happened inside the hosts: cores, memory, how often programs were woken. Empty: nothing
/// that is known.
std::string HostText(const RunReport& report);

} // namespace hoststack

#endif // HS_HOST_TEXT_H
