// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NIC_TEXT_H
#define HS_NIC_TEXT_H

#include "ns3/hs-results.h"

#include <string>

namespace hoststack
{

/// Tables of the hosts' NICs: what they received and merged and what that cost, and what waited in
/// their queues. Empty: no host has one that does anything.
std::string NicText(const RunReport& report);

} // namespace hoststack

#endif // HS_NIC_TEXT_H
