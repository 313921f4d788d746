// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-topology.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::test;
using nlohmann::json;

namespace
{

/// a - b1 - b2 - c, with \p patch over it.
LoadedScenario
Load(const json& patch = json::object())
{
    auto document = json::parse(R"({
        "hoststack": 1, "name": "bridged", "run": {"duration": "1 s"},
        "hosts": {"a": {}, "b1": {"forwarding": "bridge"}, "b2": {"forwarding": "bridge"}, "c": {}},
        "links": {
            "x": {"ends": ["b1", "a"], "down": {"rate": "1 Gbit/s"}, "up": {"rate": "1 Gbit/s"}},
            "y": {"ends": ["b1", "b2"], "down": {"rate": "1 Gbit/s"}, "up": {"rate": "1 Gbit/s"}},
            "z": {"ends": ["c", "b2"], "down": {"rate": "1 Gbit/s"}, "up": {"rate": "1 Gbit/s"}}},
        "traffic": {"t": {"kind": "bulk", "from": "a", "to": "c"}}})");
    document.merge_patch(patch);
    return LoadScenarioText(document.dump(), "t.json", ".");
}

std::string
PlaceOfError(const json& patch)
{
    return ErrorOf([&] { Load(patch); }).pointer;
}

json
Host(const std::string& name, const json& block)
{
    return {{"hosts", {{name, block}}}};
}

} // namespace

TEST_CASE("a host is a bridge if it says so, and routes otherwise", "[scenario][bridge]")
{
    const auto scenario = Load().scenario;
    CHECK_FALSE(scenario.hosts[0].bridges);
    CHECK(scenario.hosts[1].bridges);
    CHECK_FALSE(Load(Host("b1", {{"forwarding", "route"}})).scenario.hosts[1].bridges);
    CHECK(PlaceOfError(Host("b1", {{"forwarding", "hub"}})) == "/hosts/b1/forwarding");
}

TEST_CASE("a bridge joins two links of one kind and version", "[scenario][bridge]")
{
    CHECK(PlaceOfError(Host("a", {{"forwarding", "bridge"}})) == "/hosts/a/forwarding");
    const json rates{{"down", {{"rate", "1 Gbit/s"}}}, {"up", {{"rate", "1 Gbit/s"}}}};
    json third = rates;
    third["ends"] = {"b1", "c"};
    CHECK(PlaceOfError({{"links", {{"w", third}}}}) == "/hosts/b1/forwarding");
    CHECK(PlaceOfError({{"links", {{"y", {{"kind", "csma"}}}}}}) == "/links/y/kind");
    CHECK(PlaceOfError({{"links", {{"z", {{"ip", 6}}}}}}) == "/links/z/ip");
}

TEST_CASE("what a bridge has no use for is a mistake, unless a profile brings it",
          "[scenario][bridge]")
{
    CHECK(PlaceOfError(Host("b1", {{"tcp", {{"sack", false}}}})) == "/hosts/b1/tcp");
    CHECK(PlaceOfError(Host("b1", {{"stack", "ns3"}})) == "/hosts/b1/stack");
    CHECK(PlaceOfError(Host("b1", {{"mptcp", json::object()}})) == "/hosts/b1/mptcp");
    CHECK_NOTHROW(Load(Host("b1", {{"os", "openmptcprouter-0.63-6.6"}})));
}

TEST_CASE("no traffic begins, ends or is relayed at a bridge", "[scenario][bridge]")
{
    CHECK(PlaceOfError({{"traffic", {{"t", {{"from", "b1"}}}}}}) == "/traffic/t/from");
    CHECK(PlaceOfError({{"traffic", {{"t", {{"to", "b2"}}}}}}) == "/traffic/t/to");
    CHECK(PlaceOfError({{"traffic", {{"t", {{"through", {"b1"}}}}}}}) == "/traffic/t/through/0");
    CHECK(PlaceOfError({{"live", {{"host", "b1"}}}}) == "/hosts/b1/forwarding");
}

TEST_CASE("only a bridge has the metrics of one", "[scenario][bridge]")
{
    const auto expect = [](const std::string& metric) {
        return json{{"expect", {{{"metric", metric}, {"equals", 0}, {"because", "x"}}}}};
    };
    CHECK_NOTHROW(Load(expect("hosts.b1.bridge.drops")));
    CHECK(PlaceOfError(expect("hosts.a.bridge.drops")) == "/expect/0/metric");
}

TEST_CASE("an end of a link lies beyond the bridges at it", "[scenario][bridge]")
{
    const auto scenario = Load().scenario; // links x, y, z
    const auto end = [&](std::size_t link, std::size_t side) {
        const auto found = Topology::BeyondBridges(scenario, {link, side});
        return std::pair(found.link, found.side);
    };
    CHECK(end(0, 1) == std::pair<std::size_t, std::size_t>(0, 1));
    CHECK(end(0, 0) == std::pair<std::size_t, std::size_t>(2, 0));
    CHECK(end(1, 0) == std::pair<std::size_t, std::size_t>(0, 1));
    CHECK(end(2, 1) == std::pair<std::size_t, std::size_t>(0, 1));
}
