// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-isolated-jobs.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace hoststack
{

namespace
{

/// Begins a notice; no other output of a job begins with it.
constexpr char kNotice = '\x01';

/// Estimate: a run looks every 10 ms of simulated time whether it is to go on, which take less than
/// a second in the largest scenarios.
constexpr std::chrono::milliseconds kPatience{2000};

/// Inside a job: where its parent listens.
int g_parentPipe = -1;

volatile std::sig_atomic_t g_caught = 0;

void
Catch(int signal)
{
    g_caught = signal;
}

const int kEnding[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

bool
IsEnding(int signal)
{
    return signal == SIGINT || signal == SIGTERM || signal == SIGHUP;
}

/// While it lives, the signals that end a program arrive only within Wait().
class SignalWatch
{
  public:
    SignalWatch()
    {
        g_caught = 0;
        sigset_t set;
        sigemptyset(&set);
        for (std::size_t i = 0; i < kCount; ++i)
        {
            sigaction(kEnding[i], nullptr, &m_before[i]);
            if (m_before[i].sa_handler != SIG_IGN)
            {
                struct sigaction action = {};
                action.sa_handler = Catch;
                sigaction(kEnding[i], &action, nullptr);
                sigaddset(&set, kEnding[i]);
            }
        }
        sigprocmask(SIG_BLOCK, &set, &m_mask);
    }

    ~SignalWatch()
    {
        Restore();
    }

    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

    void Restore() const
    {
        for (std::size_t i = 0; i < kCount; ++i)
        {
            sigaction(kEnding[i], &m_before[i], nullptr);
        }
        sigprocmask(SIG_SETMASK, &m_mask, nullptr);
    }

    /// \return the signal that came, or 0
    int Wait(std::vector<pollfd>& files) const
    {
        if (ppoll(files.data(), files.size(), nullptr, &m_mask) < 0 && errno != EINTR)
        {
            throw std::runtime_error("cannot wait for a process");
        }
        return g_caught;
    }

  private:
    static constexpr std::size_t kCount = sizeof kEnding / sizeof kEnding[0];

    struct sigaction m_before[kCount];
    sigset_t m_mask{};
};

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

void
FlushStreams()
{
    std::cout.flush();
    std::cerr.flush();
    std::fflush(nullptr);
}

Child
Start(const std::function<int(std::string&)>& job, const SignalWatch& watch)
{
    int ends[2];
    if (pipe(ends) != 0)
    {
        throw std::runtime_error("cannot create a pipe");
    }
    FlushStreams();
    Child child;
    const pid_t parent = getpid();
    child.pid = fork();
    if (child.pid < 0)
    {
        throw std::runtime_error("cannot start a process");
    }
    if (child.pid == 0)
    {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
        {
            _exit(1);
        }
        watch.Restore();
        close(ends[0]);
        g_parentPipe = ends[1];
        std::string output;
        const int status = job(output);
        FlushStreams();
        WriteAll(ends[1], output);
        // The parent owns what destructors and buffers of this copy would touch.
        _exit(status);
    }
    close(ends[1]);
    child.pipe = ends[0];
    child.running = true;
    return child;
}

void
SplitNotices(JobOutcome& outcome)
{
    std::size_t at = 0;
    while (at < outcome.output.size() && outcome.output[at] == kNotice)
    {
        const auto end = outcome.output.find('\n', at);
        if (end == std::string::npos)
        {
            break;
        }
        outcome.notices.push_back(outcome.output.substr(at + 1, end - at - 1));
        at = end + 1;
    }
    outcome.output.erase(0, at);
}

void
Bury(Child& child)
{
    close(child.pipe);
    int status = 0;
    while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR)
    {
    }
    child.outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    child.outcome.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    child.running = false;
    child.finished = true;
    SplitNotices(child.outcome);
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
    }
    else if (n == 0 || errno != EINTR)
    {
        Bury(child);
    }
}

/// Lets the children end themselves for a while.
void
Await(std::vector<Child>& children, std::chrono::milliseconds patience)
{
    const auto until = std::chrono::steady_clock::now() + patience;
    while (true)
    {
        std::vector<pollfd> waits;
        std::vector<Child*> owners;
        for (auto& child : children)
        {
            if (child.running)
            {
                waits.push_back({child.pipe, POLLIN, 0});
                owners.push_back(&child);
            }
        }
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            until - std::chrono::steady_clock::now());
        if (waits.empty() || left.count() <= 0 ||
            poll(waits.data(), waits.size(), static_cast<int>(left.count())) < 0)
        {
            return;
        }
        for (std::size_t k = 0; k < waits.size(); ++k)
        {
            if (waits[k].revents != 0)
            {
                Collect(*owners[k]);
            }
        }
    }
}

[[noreturn]] void
GiveUp(std::vector<Child>& children, int signal)
{
    for (const auto& child : children)
    {
        if (child.running)
        {
            kill(child.pid, signal == SIGPIPE ? SIGTERM : signal);
        }
    }
    Await(children, kPatience);
    std::vector<std::string> notices;
    for (auto& child : children)
    {
        if (child.running)
        {
            kill(child.pid, SIGKILL);
            // What it said until now is in the pipe.
            while (child.running)
            {
                Collect(child);
            }
        }
        notices.insert(notices.end(), child.outcome.notices.begin(), child.outcome.notices.end());
    }
    throw Interrupted(signal, std::move(notices));
}

} // namespace

Interrupted::Interrupted(int signal, std::vector<std::string> notices)
    : std::runtime_error("interrupted"),
      m_signal(signal),
      m_notices(std::move(notices))
{
}

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
    const SignalWatch watch;
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
            children[started] = Start(jobs[started], watch);
            ++started;
            continue;
        }
        if (const int signal = watch.Wait(waits))
        {
            GiveUp(children, signal);
        }
        for (std::size_t k = 0; k < waits.size(); ++k)
        {
            auto& child = children[owners[k]];
            if (waits[k].revents != 0)
            {
                Collect(child);
            }
            if (IsEnding(child.outcome.signal))
            {
                // Meant for all of us; ours may come a moment later.
                GiveUp(children, child.outcome.signal);
            }
        }
        for (; reported < jobs.size() && children[reported].finished; ++reported)
        {
            done(reported, children[reported].outcome);
            children[reported].outcome = {};
        }
    }
}

void
TellParent(const std::string& line)
{
    if (g_parentPipe >= 0)
    {
        WriteAll(g_parentPipe, kNotice + line + '\n');
    }
}

std::string
SignalText(int signal)
{
    const char* name = strsignal(signal);
    return "signal " + std::to_string(signal) + (name ? std::string(", ") + name : "");
}

} // namespace hoststack
