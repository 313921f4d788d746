// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_ISOLATED_JOBS_H
#define HS_ISOLATED_JOBS_H

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace hoststack
{

/// How one job ended.
struct JobOutcome
{
    int status{0};                    ///< what the job returned; meaningless if it crashed
    int signal{0};                    ///< that killed it; 0: none
    std::string output;               ///< what it said
    std::vector<std::string> notices; ///< what it told on its way, also if it crashed
};

/// Somebody ended the program (SIGINT, SIGTERM, SIGHUP, or nobody reads what it says any more). All
/// jobs were told so, and those that did not end within two seconds have been killed.
class Interrupted : public std::runtime_error
{
  public:
    Interrupted(int signal, std::vector<std::string> notices);

    int Signal() const
    {
        return m_signal;
    }

    /// Of the jobs that were ended.
    const std::vector<std::string>& Notices() const
    {
        return m_notices;
    }

  private:
    int m_signal;
    std::vector<std::string> m_notices;
};

/**
 * Runs each job in a process of its own, up to \p parallel at once. A simulator has process-wide
 * state (automatic random streams, address counters); so each run starts from the same state
 * whatever ran before it, and one that crashes takes nobody along. The processes end with this one,
 * however it ends.
 *
 * \param jobs each fills its output and returns a status
 * \param parallel 0: one per core
 * \param done called in the order of the jobs, as soon as that order allows
 * \throws Interrupted
 */
void RunIsolated(const std::vector<std::function<int(std::string& output)>>& jobs,
                 unsigned parallel,
                 const std::function<void(std::size_t index, const JobOutcome& outcome)>& done);

/// From inside a job: a line that its parent gets whatever becomes of the job. Without effect
/// elsewhere.
void TellParent(const std::string& line);

/// "signal 11, Segmentation fault"
std::string SignalText(int signal);

} // namespace hoststack

#endif // HS_ISOLATED_JOBS_H
