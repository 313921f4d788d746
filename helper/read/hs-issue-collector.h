// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_ISSUE_COLLECTOR_H
#define HS_ISSUE_COLLECTOR_H

#include "ns3/hs-scenario-document.h"
#include "ns3/hs-units.h"

#include <string>
#include <utility>
#include <vector>

namespace hoststack
{

/// Gathers mistakes, so that a user sees all of them at once; of very many, the first ones.
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
             std::string nearest = {});

    /// No more are kept: who reads a long list need not go on.
    bool IsFull() const;

    /// What begins at \p time has to begin before the run ends at \p end (0: not known).
    void CheckBegins(const Pointer& pointer, TimeNs time, TimeNs end);

    /// The values at \p keys contradict each other: told at the one that was written last, so that
    /// a profile is not blamed for what lies over it, with where the others are from.
    void AddBetween(const std::vector<Pointer>& keys,
                    const std::string& message,
                    const std::string& expected);

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
