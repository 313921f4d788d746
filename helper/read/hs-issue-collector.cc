// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-issue-collector.h"

#include "ns3/hs-nearest.h"

namespace hoststack
{

void
IssueCollector::AddUnknownName(const Pointer& pointer,
                               const std::string& kind,
                               const std::string& name,
                               const std::vector<std::string>& known)
{
    constexpr std::size_t longest = 64;
    Add(pointer,
        "unknown " + kind + ' ' + Quoted(name),
        known.empty() ? "none is defined" : (known.size() > 1 ? "one of " : "") + Listed(known),
        name.size() <= longest ? NearestName(name, known) : std::string());
}

void
IssueCollector::ThrowIfAny() const
{
    if (!m_issues.empty())
    {
        throw ScenarioError(m_issues);
    }
}

} // namespace hoststack
