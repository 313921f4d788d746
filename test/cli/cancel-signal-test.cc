// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-cancel-signal.h"
#include "ns3/hs-isolated-jobs.h"

#include <catch2/catch.hpp>
#include <csignal>
#include <stdexcept>
#include <string>
#include <vector>

using namespace hoststack;

TEST_CASE("a run that a signal cancels goes to its own end before the signal ends the process",
          "[scenario]")
{
    const auto job = [](std::string&) {
        std::signal(SIGTERM, SIG_DFL); // not the test program's
        const CancelSignal cancel;
        TellParent(cancel.Came() ? "came too early" : "begun");
        raise(SIGTERM);
        TellParent(cancel.Came() ? "came" : "did not come");
        return cancel.Guard([]() -> int {
            TellParent("ended in good order");
            throw std::runtime_error("cancelled");
        });
    };
    try
    {
        RunIsolated({job}, 1, [](std::size_t, const JobOutcome&) {});
        FAIL("the job was not interrupted");
    }
    catch (const Interrupted& interrupted)
    {
        CHECK(interrupted.Signal() == SIGTERM);
        CHECK(interrupted.Notices() ==
              std::vector<std::string>{"begun", "came", "ended in good order"});
    }
}

TEST_CASE("what a run throws is passed on if no signal came", "[scenario]")
{
    const CancelSignal cancel;
    CHECK(cancel.Guard([] { return 7; }) == 7);
    CHECK_THROWS_AS(cancel.Guard([]() -> int { throw std::domain_error("broken"); }),
                    std::domain_error);
    CHECK_FALSE(cancel.Came());
}
