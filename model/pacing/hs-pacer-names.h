// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PACER_NAMES_H
#define HS_PACER_NAMES_H

#include <string>

namespace hoststack
{

/// \name What the name of a pacer says of it, before one is made
/// @{

/// It has its place on a timing wheel of the host (HptsPacer).
bool IsOnWheel(const std::string& pacer);

/// It spaces bursts by a rate, so a largest one matters to it.
bool PacesByRate(const std::string& pacer);

/// @}

} // namespace hoststack

#endif // HS_PACER_NAMES_H
