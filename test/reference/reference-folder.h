// SPDX-License-Identifier: GPL-2.0-only

#ifndef REFERENCE_FOLDER_H
#define REFERENCE_FOLDER_H

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace hoststack::reference
{

using Json = nlohmann::json;

/// The cases of one group: of `<group>.json` and of all `<group>-<number>.json` beside it, in the
/// folder that HOSTSTACK_REFERENCE names, else in test/reference/host.
std::vector<Json> CasesOf(const std::string& group, const char* key = "cases");

/// Calls \p see for each case of all `*.jsonl` and `*.jsonl.gz` (gzip) files, one JSON value a
/// line, in the folder that HOSTSTACK_REFERENCE names (or its \p folder), else in \p folder of
/// test/reference.
void ForEachLine(const std::string& folder, const std::function<void(const Json&)>& see);

/// The same for each `*.json` file, which is one case.
void ForEachFile(const std::string& folder, const std::function<void(const Json&)>& see);

/**
 * What differs from the kernel in one case, as text: at most a few lines. Empty: nothing.
 */
class Differences
{
  public:
    void Check(const std::string& where, const char* what, std::int64_t ours, std::int64_t kernel)
    {
        if (ours != kernel)
        {
            Add(where,
                std::string(what) + " " + std::to_string(ours) + " instead of " +
                    std::to_string(kernel));
        }
    }

    void Add(const std::string& where, const std::string& text)
    {
        if (++m_count <= 4)
        {
            m_text << "\n  " << where << ": " << text;
        }
    }

    int Count() const
    {
        return m_count;
    }

    std::string Text() const
    {
        return m_text.str();
    }

  private:
    std::ostringstream m_text;
    int m_count{0};
};

/**
 * Collects what the cases of a group gave. A case that differs must stand in
 * `known-differences.txt` of the folder (name, colon, reason), and one that stands there must
 * differ.
 */
class Group
{
  public:
    /// \param folder where its list of known differences is, if HOSTSTACK_REFERENCE names none
    explicit Group(std::string name, const std::string& folder = "host");

    void Judge(const std::string& name, const Differences& differences);
    /// Checks what Judge() has seen, and says how many cases agree.
    void Finish(std::size_t least);

  private:
    std::string m_name;
    std::map<std::string, std::string> m_known;
    std::size_t m_agree{0};
    std::size_t m_cases{0};
};

} // namespace hoststack::reference

#endif // REFERENCE_FOLDER_H
