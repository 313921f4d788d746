// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_JSON_OVERLAY_H
#define HS_JSON_OVERLAY_H

#include <nlohmann/json.hpp>

namespace hoststack
{

/// Lays \p patch over \p target as RFC 7396 says, but what a null removes stays marked.
void Overlay(nlohmann::json& target, const nlohmann::json& patch);

/// Carries out what Overlay() marked. A null that had nothing below it is left: a mistake.
void RemoveMarked(nlohmann::json& value);

} // namespace hoststack

#endif // HS_JSON_OVERLAY_H
