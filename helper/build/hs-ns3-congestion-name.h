// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NS3_CONGESTION_NAME_H
#define HS_NS3_CONGESTION_NAME_H

#include <optional>
#include <string>
#include <vector>

namespace hoststack
{

/// The TypeId name of the ns-3 congestion control that a host of ns-3's own TCP uses for \p name:
/// one of ours that ns-3 has too, or "ns3:" and a type. Nothing if there is none.
std::optional<std::string> Ns3CongestionName(const std::string& name);

/// The types that "ns3:" can name, without the prefix of their namespace.
std::vector<std::string> Ns3CongestionTypes();

} // namespace hoststack

#endif // HS_NS3_CONGESTION_NAME_H
