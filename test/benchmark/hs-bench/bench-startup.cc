// SPDX-License-Identifier: GPL-2.0-only

#include "bench-startup.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hoststack::bench
{

namespace
{

double
Seconds(const timeval& time)
{
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

double
StartOnce(const std::string& mode)
{
    const auto child = fork();
    if (child == 0)
    {
        const int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDOUT_FILENO);
        execl("/proc/self/exe",
              "hs-bench",
              "--mode",
              mode.c_str(),
              "--warm-up",
              "0",
              "--seconds",
              "0",
              static_cast<char*>(nullptr));
        _exit(1);
    }
    int status = 0;
    rusage usage{};
    while (wait4(child, &status, 0, &usage) < 0 && errno == EINTR)
    {
    }
    if (child < 0 || status != 0)
    {
        throw std::runtime_error("the start of " + mode + " failed");
    }
    return Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
}

} // namespace

double
StartupSeconds(Carrier carrier, std::uint32_t times)
{
    std::vector<double> seconds;
    for (std::uint32_t i = 0; i < times; ++i)
    {
        seconds.push_back(StartOnce(NameOf(carrier)));
    }
    const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
    std::nth_element(seconds.begin(), middle, seconds.end());
    return *middle;
}

} // namespace hoststack::bench
