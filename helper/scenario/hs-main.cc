// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-cli.h"
#include "ns3/hs-live-runner.h"
#include "ns3/hs-ns3-runner.h"

#include <exception>
#include <iostream>
#include <memory>
#include <unistd.h>

int
main(int argc, char* argv[])
{
    using namespace hoststack;
    const RunnerFactory makeRunner = [] { return std::make_unique<ns3::HoststackRunner>(); };
    try
    {
        return RunCommandLine(argc,
                              argv,
                              {std::cout, std::cerr, makeRunner, isatty(STDERR_FILENO) == 1, [] {
                                   return std::make_unique<ns3::HoststackLiveRunner>();
                               }});
    }
    catch (const std::exception& error)
    {
        std::cerr << "hoststack failed: " << error.what()
                  << "\nThis is our fault, not the scenario's; please report it with the "
                     "scenario.\n";
        return kExitFault;
    }
}
