// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCHEMA_EXPLANATION_H
#define HS_SCHEMA_EXPLANATION_H

#include "ns3/hs-scenario-schema.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hoststack
{

/// \name What a node of the schema says, in words
/// @{
/// \p value as a message shows it, shortened.
std::string ShownValue(const nlohmann::json& value);
bool HasType(const nlohmann::json& value, const std::string& type);
/// The types that \p node allows; empty: all.
std::vector<std::string> TypesOf(const nlohmann::json& node);
/// "a list [ ... ]", or a quantity with its units.
std::string ExpectedType(const nlohmann::json& node);
/// @}

/// \name What is wrong with a value at \p pointer, each by one kind of rule of \p node
/// @{
/// Not among the values of `enum`.
void ExplainChoice(const nlohmann::json& node,
                   const nlohmann::json& value,
                   const nlohmann::json::json_pointer& pointer,
                   std::vector<SchemaIssue>& issues);
/// Keys that nobody knows.
void ExplainKeys(const nlohmann::json& node,
                 const nlohmann::json& value,
                 const nlohmann::json::json_pointer& pointer,
                 std::vector<SchemaIssue>& issues);
/// An entry that stands twice in a list (`uniqueItems`).
void ExplainRepetition(const nlohmann::json& node,
                       const nlohmann::json& value,
                       const nlohmann::json::json_pointer& pointer,
                       std::vector<SchemaIssue>& issues);
/// How many of its parts a text, a list or an object has.
void ExplainSize(const nlohmann::json& node,
                 const nlohmann::json& value,
                 const nlohmann::json::json_pointer& pointer,
                 std::vector<SchemaIssue>& issues);
/// The value of a number, or the size of what has parts.
void ExplainLimits(const nlohmann::json& node,
                   const nlohmann::json& value,
                   const nlohmann::json::json_pointer& pointer,
                   std::vector<SchemaIssue>& issues);
/// `x-minimum` and `x-maximum` of \p bounds for a quantity of the kind that \p node says.
void CheckBounds(const nlohmann::json& bounds,
                 const nlohmann::json& node,
                 const nlohmann::json& value,
                 const nlohmann::json::json_pointer& pointer,
                 std::vector<SchemaIssue>& issues);
/// @}

} // namespace hoststack

#endif // HS_SCHEMA_EXPLANATION_H
