// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_ERROR_H
#define HS_SCENARIO_ERROR_H

#include "ns3/hs-public.h"
#include "ns3/hs-quoted.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace hoststack
{

/// One mistake in a scenario, a profile or a call: where, what, what was expected, what is nearest.
struct HS_PUBLIC ScenarioIssue
{
    std::string file;     ///< file name, or "--set", or empty
    unsigned line{0};     ///< 1-based; 0: unknown
    unsigned column{0};   ///< 1-based; 0: unknown
    std::string pointer;  ///< RFC 6901 JSON pointer in `file`; empty: the document itself
    std::string message;  ///< what is wrong
    std::string expected; ///< what was expected; may be empty
    std::string nearest;  ///< the name or key that was probably meant; may be empty

    /// Several lines of text for a terminal, without a trailing newline.
    std::string ToText() const;
};

/// The scenario (or a profile, or a --set) is wrong: exit status 2. Never empty.
class HS_PUBLIC ScenarioError : public std::runtime_error
{
  public:
    explicit ScenarioError(ScenarioIssue issue);
    explicit ScenarioError(std::vector<ScenarioIssue> issues);

    const std::vector<ScenarioIssue>& Issues() const
    {
        return m_issues;
    }

  private:
    std::vector<ScenarioIssue> m_issues;
};

/// Who has made so many mistakes looks at the first ones; a broken generator makes more.
constexpr std::size_t kMostIssues = 100;

/// How many issues a message shows at most; the rest is counted.
constexpr std::size_t kMaxShownIssues = 10;

/// All issues (at most kMaxShownIssues, and how many more) as text for a terminal.
HS_PUBLIC std::string FormatIssues(const std::vector<ScenarioIssue>& issues);

} // namespace hoststack

#endif // HS_SCENARIO_ERROR_H
