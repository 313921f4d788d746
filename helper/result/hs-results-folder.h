// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RESULTS_FOLDER_H
#define HS_RESULTS_FOLDER_H

#include <functional>
#include <string>

namespace hoststack
{

/**
 * The folder of a run's results, which appears whole or not at all. The run writes to a hidden
 * folder beside it (".NAME.part"); Commit() puts that in the place of what an earlier run left, in
 * one step where the file system can. Files that no run wrote stay. Two runs cannot have the same
 * folder at one time: the hidden folder is locked (flock) as long as its run lives.
 */
class ResultsFolder
{
  public:
    /// \param claimed told Path() before the first thing there is changed
    /// \throws ScenarioError if \p target cannot be written, or another run writes there
    explicit ResultsFolder(const std::string& target,
                           const std::function<void(const std::string& path)>& claimed = {});
    /// Removes what was not committed.
    ~ResultsFolder();

    ResultsFolder(const ResultsFolder&) = delete;
    ResultsFolder& operator=(const ResultsFolder&) = delete;

    /// Where the run writes.
    const std::string& Path() const
    {
        return m_part;
    }

    /// Removes what a run that is dead left at \p part; leaves it alone if a run is at it.
    static void Discard(const std::string& part);

    /// The folder whose results \p path is to become; \p path itself if it is none of ours.
    static std::string TargetOf(const std::string& path);

    /// \throws ScenarioError
    void Commit();

  private:
    std::string m_given;  ///< as the user named it
    std::string m_target; ///< without symbolic links
    std::string m_part;
    int m_lock{-1};
};

/// \throws ScenarioError: results cannot be written to \p folder because of \p reason
[[noreturn]] void CannotWrite(const std::string& folder, const std::string& reason);

} // namespace hoststack

#endif // HS_RESULTS_FOLDER_H
