// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HPTS_TEXT_H
#define HS_HPTS_TEXT_H

#include "ns3/hs-results.h"

#include <string>

namespace hoststack
{

/// Tables of the hosts' timing wheels (HPTS): what they paced and how late, and who ran them.
/// Empty: no host has one that is used.
std::string HptsText(const RunReport& report);

} // namespace hoststack

#endif // HS_HPTS_TEXT_H
