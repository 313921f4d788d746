// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_ISSUE_COLLECTOR_H
#define HS_ISSUE_COLLECTOR_H

#include "ns3/hs-scenario-document.h"

#include <string>
#include <utility>
#include <vector>

namespace hoststack
{

/// Gathers mistakes, so that a user sees all of them at once.
class IssueCollector
{
  public:
    using Pointer = nlohmann::json::json_pointer;

    explicit IssueCollector(const ScenarioDocument& document)
        : m_document(document)
    {
    }

    void Add(const Pointer& pointer,
             std::string message,
             std::string expected = {},
             std::string nearest = {})
    {
        m_issues.push_back(
            m_document.Issue(pointer, std::move(message), std::move(expected), std::move(nearest)));
    }

    /// \p name is not among \p known: says so, with the nearest.
    void AddUnknownName(const Pointer& pointer,
                        const std::string& kind,
                        const std::string& name,
                        const std::vector<std::string>& known);

    const ScenarioDocument& Document() const
    {
        return m_document;
    }

    /// \throws ScenarioError if there is an issue
    void ThrowIfAny() const;

  private:
    const ScenarioDocument& m_document;
    std::vector<ScenarioIssue> m_issues;
};

} // namespace hoststack

#endif // HS_ISSUE_COLLECTOR_H
