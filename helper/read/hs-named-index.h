// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NAMED_INDEX_H
#define HS_NAMED_INDEX_H

#include "ns3/hs-issue-collector.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace hoststack
{

/// The index of the element of \p specs called \p name, or nothing (reported at \p pointer).
/// \param kind of the elements: "host"
template <class Spec>
std::optional<std::size_t>
IndexOf(const std::vector<Spec>& specs,
        const std::string& kind,
        const nlohmann::json& name,
        const IssueCollector::Pointer& pointer,
        IssueCollector& issues)
{
    for (std::size_t i = 0; i < specs.size(); ++i)
    {
        if (specs[i].name == name)
        {
            return i;
        }
    }
    std::vector<std::string> names;
    for (const auto& spec : specs)
    {
        names.push_back(spec.name);
    }
    issues.AddUnknownName(pointer, kind, name.get<std::string>(), names);
    return std::nullopt;
}

} // namespace hoststack

#endif // HS_NAMED_INDEX_H
