// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-isolated-jobs.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <poll.h>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace hoststack
{

namespace
{

struct Child
{
    pid_t pid{-1};
    int pipe{-1};
    bool running{false};
    bool finished{false};
    JobOutcome outcome;
};

void
WriteAll(int descriptor, const std::string& text)
{
    for (std::size_t done = 0; done < text.size();)
    {
        const auto n = write(descriptor, text.data() + done, text.size() - done);
        if (n < 0 && errno != EINTR)
        {
            return;
        }
        done += n > 0 ? static_cast<std::size_t>(n) : 0;
    }
}

Child
Start(const std::function<int(std::string&)>& job)
{
    int ends[2];
    if (pipe(ends) != 0)
    {
        throw std::runtime_error("cannot create a pipe");
    }
    Child child;
    child.pid = fork();
    if (child.pid < 0)
    {
        throw std::runtime_error("cannot start a process");
    }
    if (child.pid == 0)
    {
        close(ends[0]);
        std::string output;
        const int status = job(output);
        WriteAll(ends[1], output);
        // The parent owns what destructors and buffers of this copy would touch.
        _exit(status);
    }
    close(ends[1]);
    child.pipe = ends[0];
    child.running = true;
    return child;
}

/// Takes what the child says; at its end, how it ended.
void
Collect(Child& child)
{
    char buffer[65536];
    const auto n = read(child.pipe, buffer, sizeof buffer);
    if (n > 0)
    {
        child.outcome.output.append(buffer, static_cast<std::size_t>(n));
        return;
    }
    if (n < 0 && errno == EINTR)
    {
        return;
    }
    close(child.pipe);
    int status = 0;
    while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR)
    {
    }
    child.outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    child.outcome.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    child.running = false;
    child.finished = true;
}

} // namespace

void
RunIsolated(const std::vector<std::function<int(std::string& output)>>& jobs,
            unsigned parallel,
            const std::function<void(std::size_t index, const JobOutcome& outcome)>& done)
{
    if (parallel == 0)
    {
        parallel = std::max(1U, std::thread::hardware_concurrency());
    }
    std::vector<Child> children(jobs.size());
    std::size_t started = 0;
    std::size_t reported = 0;
    while (reported < jobs.size())
    {
        std::vector<pollfd> waits;
        std::vector<std::size_t> owners;
        for (std::size_t i = reported; i < started; ++i)
        {
            if (children[i].running)
            {
                waits.push_back({children[i].pipe, POLLIN, 0});
                owners.push_back(i);
            }
        }
        if (waits.size() < parallel && started < jobs.size())
        {
            children[started] = Start(jobs[started]);
            ++started;
            continue;
        }
        if (poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR)
        {
            throw std::runtime_error("cannot wait for a process");
        }
        for (std::size_t k = 0; k < waits.size(); ++k)
        {
            if (waits[k].revents != 0)
            {
                Collect(children[owners[k]]);
            }
        }
        for (; reported < jobs.size() && children[reported].finished; ++reported)
        {
            done(reported, children[reported].outcome);
            children[reported].outcome.output.clear();
        }
    }
}

} // namespace hoststack
