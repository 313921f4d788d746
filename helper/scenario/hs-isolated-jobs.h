// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_ISOLATED_JOBS_H
#define HS_ISOLATED_JOBS_H

#include <functional>
#include <string>
#include <vector>

namespace hoststack
{

/// How one job ended.
struct JobOutcome
{
    int status{0};      ///< what the job returned; meaningless if it crashed
    int signal{0};      ///< that killed it; 0: none
    std::string output; ///< what it said
};

/**
 * Runs each job in a process of its own, up to \p parallel at once. A simulator has process-wide
 * state (automatic random streams, address counters); so each run starts from the same state
 * whatever ran before it, and one that crashes takes nobody along.
 *
 * \param jobs each fills its output and returns a status
 * \param done called in the order of the jobs, as soon as that order allows
 */
void RunIsolated(const std::vector<std::function<int(std::string& output)>>& jobs,
                 unsigned parallel,
                 const std::function<void(std::size_t index, const JobOutcome& outcome)>& done);

} // namespace hoststack

#endif // HS_ISOLATED_JOBS_H
