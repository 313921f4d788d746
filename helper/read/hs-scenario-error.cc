// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-error.h"

#include <utility>

namespace hoststack
{

std::string
ScenarioIssue::ToText() const
{
    std::string text = file;
    if (line > 0)
    {
        text += ':' + std::to_string(line) + ':' + std::to_string(column);
    }
    if (!pointer.empty())
    {
        text += (text.empty() ? "" : ": ") + pointer;
    }
    text += (text.empty() ? "" : ": ") + message;
    if (!expected.empty())
    {
        text += "\n    expected: " + expected;
    }
    if (!nearest.empty())
    {
        text += "\n    did you mean \"" + nearest + "\"?";
    }
    return text;
}

std::string
FormatIssues(const std::vector<ScenarioIssue>& issues)
{
    std::string text;
    for (std::size_t i = 0; i < issues.size() && i < kMaxShownIssues; ++i)
    {
        text += (i > 0 ? "\n" : "") + issues[i].ToText();
    }
    if (issues.size() > kMaxShownIssues)
    {
        text += "\n... and " + std::to_string(issues.size() - kMaxShownIssues) + " more";
    }
    return text;
}

ScenarioError::ScenarioError(ScenarioIssue issue)
    : ScenarioError(std::vector<ScenarioIssue>{std::move(issue)})
{
}

ScenarioError::ScenarioError(std::vector<ScenarioIssue> issues)
    : std::runtime_error(FormatIssues(issues)),
      m_issues(std::move(issues))
{
}

} // namespace hoststack
