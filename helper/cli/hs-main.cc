// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-cli.h"
#include "ns3/hs-live-runner.h"
#include "ns3/hs-ns3-runner.h"

#include <csignal>
#include <exception>
#include <fcntl.h>
#include <iostream>
#include <memory>
#include <unistd.h>

namespace
{

/// A file that is opened must not get the number of a stream that the caller has closed: what is
/// printed would end up in it.
void
ReserveStreams()
{
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    {
        if (fcntl(stream, F_GETFD) < 0)
        {
            // The lowest free number, thus this one. Written to, it fails as a closed one does.
            open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

/// Ends as the signal would have ended us, so that the caller's own loop ends, too.
int
Leave(int status)
{
    constexpr int shell = 128;
    if (status > shell)
    {
        std::cout.flush();
        std::signal(status - shell, SIG_DFL);
        raise(status - shell);
    }
    return status;
}

} // namespace

int
main(int argc, char* argv[])
{
    using namespace hoststack;
    const RunnerFactory makeRunner = [] { return std::make_unique<ns3::HoststackRunner>(); };
    ReserveStreams();
    try
    {
        return Leave(
            RunCommandLine(argc,
                           argv,
                           {std::cout, std::cerr, makeRunner, isatty(STDERR_FILENO) == 1, [] {
                                return std::make_unique<ns3::HoststackLiveRunner>();
                            }}));
    }
    catch (const std::exception& error)
    {
        std::cerr << "hoststack failed: " << error.what()
                  << "\nThis is our fault, not the scenario's; please report it with the "
                     "scenario.\n";
        return kExitFault;
    }
}
