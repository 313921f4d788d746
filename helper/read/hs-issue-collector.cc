// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-issue-collector.h"

#include "ns3/hs-nearest.h"

namespace hoststack
{

void
IssueCollector::Add(const Pointer& pointer,
                    std::string message,
                    std::string expected,
                    std::string nearest)
{
    if (!IsFull())
    {
        m_issues.push_back(
            m_document.Issue(pointer, std::move(message), std::move(expected), std::move(nearest)));
    }
}

void
IssueCollector::CheckBegins(const Pointer& pointer, TimeNs time, TimeNs end)
{
    if (end > 0 && time >= end)
    {
        Add(pointer,
            "is not before the end of the run (/run/duration)",
            "an earlier time, or a longer run");
    }
}

void
IssueCollector::AddBetween(const std::vector<Pointer>& keys,
                           const std::string& message,
                           const std::string& expected)
{
    const auto& merged = m_document.Merged();
    const Pointer* last = nullptr;
    for (const auto& key : keys)
    {
        if (merged.contains(key) && (!last || m_document.LayerOf(key) > m_document.LayerOf(*last)))
        {
            last = &key;
        }
    }
    if (!last)
    {
        Add(keys.front().parent_pointer(), message, expected);
        return;
    }
    std::string origins;
    for (const auto& key : keys)
    {
        if (merged.contains(key) && m_document.LayerOf(key) != m_document.LayerOf(*last))
        {
            const auto issue = m_document.Issue(key, "");
            const auto value = merged[key].dump();
            constexpr std::size_t longest = 60;
            origins += (origins.empty() ? " (" : "; ") + Quoted(key.back()) + " is " +
                       (value.size() > longest ? "given" : value) + " in " + issue.file +
                       (issue.line > 0 ? ':' + std::to_string(issue.line) : "");
        }
    }
    Add(*last, message + origins + (origins.empty() ? "" : ")"), expected);
}

bool
IssueCollector::IsFull() const
{
    return m_issues.size() >= kMostIssues;
}

void
IssueCollector::AddUnknownName(const Pointer& pointer,
                               const std::string& kind,
                               const std::string& name,
                               const std::vector<std::string>& known)
{
    if (IsFull())
    {
        return;
    }
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
