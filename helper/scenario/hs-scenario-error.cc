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
Quoted(const std::string& text)
{
    constexpr std::size_t longest = 60;
    std::string shown = "\"";
    for (const char c : text)
    {
        // Not inside a character of several bytes (UTF-8).
        if (shown.size() > longest && (static_cast<unsigned char>(c) & 0xc0) != 0x80)
        {
            return shown + "...\"";
        }
        shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    }
    return shown + '"';
}

std::string
Listed(const std::vector<std::string>& names)
{
    constexpr std::size_t most = 60;
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < most; ++i)
    {
        text += (text.empty() ? "" : ", ") + names[i];
    }
    return text + (names.size() > most ? ", ... (" + std::to_string(names.size()) + ")" : "");
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
