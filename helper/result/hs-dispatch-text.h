// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DISPATCH_TEXT_H
#define HS_DISPATCH_TEXT_H

#include "ns3/hs-results.h"

#include <string>

namespace hoststack
{

/// A table per study of socket layers: systems by sizes. Empty if there is none.
std::string DispatchText(const RunReport& report);

} // namespace hoststack

#endif // HS_DISPATCH_TEXT_H
