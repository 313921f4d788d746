// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-topology.h"

#include <catch2/catch.hpp>

using namespace hoststack;

namespace
{

/// Hosts 0 .. 4; links 0: 0-1, 1: 1-2, 2: 0-3, 3: 3-2, 4: 0-1 again. Host 4 stands alone.
Scenario
RingOfHosts()
{
    Scenario scenario;
    scenario.hosts.resize(5);
    const std::array<std::size_t, 2> ends[] = {{0, 1}, {1, 2}, {0, 3}, {3, 2}, {1, 0}};
    for (const auto& pair : ends)
    {
        scenario.links.emplace_back();
        scenario.links.back().ends = pair;
    }
    return scenario;
}

} // namespace

TEST_CASE("a topology knows the links of a host, their sides and other ends", "[scenario]")
{
    const auto scenario = RingOfHosts();
    const Topology topology(scenario);
    CHECK(topology.LinksOf(0) == std::vector<std::size_t>{0, 2, 4});
    CHECK(topology.LinksOf(4).empty());
    CHECK(topology.SideOf(4, 0) == 1);
    CHECK(topology.OtherEnd(4, 0) == 1);
    CHECK(topology.IsEnd(3, 2));
    CHECK_FALSE(topology.IsEnd(3, 0));
    CHECK(topology.Joins(4, 0, 1));
    CHECK_FALSE(topology.Joins(1, 0, 1));
    CHECK(topology.AreConnected(0, 2));
    CHECK_FALSE(topology.AreConnected(0, 4));
}

TEST_CASE("a way has the fewest links, among equal ones the first", "[scenario]")
{
    const auto scenario = RingOfHosts();
    const Topology topology(scenario);
    const auto way = topology.FindWay(0, 2);
    CHECK(way.links == std::vector<std::size_t>{0, 1});
    CHECK(way.hosts == std::vector<std::size_t>{0, 1, 2});
    CHECK(topology.FindWay(1, 0).links == std::vector<std::size_t>{0});
    CHECK(topology.FindWay(0, 4).hosts.empty());
    const auto first = topology.FirstLinks(0, std::nullopt);
    CHECK(first[2] == std::size_t{0});
    CHECK(first[3] == std::size_t{2});
    CHECK_FALSE(first[4]);
    CHECK(topology.FirstLinks(0, 1)[2] == std::size_t{2});
}
