// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-pacer.h"
#include "two-ends.h"

#include <catch2/catch.hpp>

using namespace hoststack;

namespace
{

/// Counts who asks for what the connections of a host share.
struct Counting : public PacingSource, public PacingHost
{
    PacingHost& Pacing() override
    {
        ++asked;
        return *this;
    }

    int asked{0};
};

int
Asked(const std::string& pacing)
{
    tcp::Config config;
    config.pacing = pacing;
    test::TwoEnds ends(config, config, LinkConfig(), LinkConfig(), 1);
    Counting source;
    ends.hosts[0].connection->UsePacing(source);
    return source.asked;
}

} // namespace

TEST_CASE("only a connection that FreeBSD's wheels pace makes its host have them", "[pacing]")
{
    CHECK(Asked("none") == 0);
    CHECK(Asked("internal") == 0);
    CHECK(Asked("timer-1ms") == 0);
    CHECK(Asked("hpts") == 1);
    CHECK(Asked("rack-15") == 1);
}
