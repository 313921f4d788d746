// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-traffic-legs.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using nlohmann::json;

namespace
{

/// client - router = vps - server, with a download through both boxes.
json
Relayed()
{
    return json::parse(R"({
        "hoststack": 1, "name": "relayed",
        "hosts": {"client": {}, "router": {"mptcp": {}}, "vps": {"mptcp": {}}, "server": {}},
        "links": {
            "a": {"ends": ["client", "router"], "down": {"rate": "1 Gbit/s"}, "up": {"rate": "1 Gbit/s"}},
            "b": {"ends": ["router", "vps"], "down": {"rate": "1 Gbit/s"}, "up": {"rate": "1 Gbit/s"}},
            "c": {"ends": ["router", "vps"], "down": {"rate": "1 Gbit/s"}, "up": {"rate": "1 Gbit/s"}},
            "d": {"ends": ["vps", "server"], "down": {"rate": "1 Gbit/s"}, "up": {"rate": "1 Gbit/s"}}
        },
        "traffic": {"t": {"kind": "bulk", "from": "server", "to": "client", "opened-by": "receiver",
                          "through": ["vps", "router"], "bytes": "1 MB"}}
    })");
}

LoadedScenario
Load(const json& patch = json::object())
{
    auto document = Relayed();
    document.merge_patch(patch);
    return LoadScenarioText(document.dump(2), "relayed.json", "");
}

ScenarioIssue
Mistake(const json& patch)
{
    return test::ErrorOf([&] { Load(patch); });
}

} // namespace

TEST_CASE("a traffic through proxies has a leg from each host to the next", "[read][relay]")
{
    const auto loaded = Load();
    const auto& traffic = loaded.scenario.traffic.front();
    REQUIRE(traffic.legs.size() == 3);
    CHECK(traffic.legs[0].name == "server-vps");
    CHECK(traffic.legs[1].name == "vps-router");
    CHECK(traffic.legs[2].name == "router-client");
    CHECK_FALSE(traffic.legs[0].multipath);
    CHECK(traffic.legs[1].multipath);
    CHECK_FALSE(traffic.legs[2].multipath);
    const auto& hosts = loaded.scenario.hosts;
    CHECK(hosts[traffic.legs[1].client.host].name == "router");
    CHECK(hosts[traffic.legs[1].server.host].name == "vps");
    CHECK(hosts[traffic.End(true).host].name == "server");
    CHECK(hosts[traffic.End(false).host].name == "client");
    const auto leg = LegTraffic(traffic, 1);
    CHECK(leg.name == "t.legs.vps-router");
    CHECK(hosts[leg.from].name == "vps");
    CHECK(hosts[leg.to].name == "router");
}

TEST_CASE("each leg has settings of its own, laid over those of the traffic and the host",
          "[read][relay]")
{
    const auto loaded = Load(json::parse(R"({
        "hosts": {"router": {"tcp": {"congestion": "bbr"}}},
        "traffic": {"t": {"tcp": {"congestion": "reno"}, "tcp-from": {"initial-cwnd": "3 segments"},
                          "legs": [{}, {"protocol": "tcp", "link": "c", "tcp-to": {"congestion": "cubic"}}, {}]}}
    })"));
    const auto& legs = loaded.scenario.traffic.front().legs;
    CHECK(legs[0].server.tcp.config.initialCwnd == 3);
    CHECK(legs[1].server.tcp.config.initialCwnd != 3);
    CHECK(legs[0].server.tcp.config.congestion == "reno");
    CHECK(legs[1].server.tcp.config.congestion == "reno");
    CHECK(legs[1].client.tcp.config.congestion == "cubic");
    CHECK_FALSE(legs[1].multipath);
    REQUIRE(legs[1].link);
    CHECK(loaded.scenario.links[*legs[1].link].name == "c");
}

TEST_CASE(
    "a way through an end of the traffic, or twice through a host, is refused where it stands",
    "[read][relay]")
{
    const auto end = Mistake({{"traffic", {{"t", {{"through", {"vps", "client"}}}}}}});
    CHECK(end.pointer == "/traffic/t/through/1");
    CHECK(end.message.find("would come back to it") != std::string::npos);
    const auto twice = Mistake({{"traffic", {{"t", {{"through", {"vps", "router", "vps"}}}}}}});
    CHECK(twice.pointer == "/traffic/t/through/2");
    const auto unknown = Mistake({{"traffic", {{"t", {{"through", {"vps", "ruoter"}}}}}}});
    CHECK(unknown.pointer == "/traffic/t/through/1");
    CHECK(unknown.nearest == "router");
}

TEST_CASE("what only one connection has is refused beside proxies", "[read][relay]")
{
    const auto link = Mistake({{"traffic", {{"t", {{"protocol", "tcp"}}}}}});
    CHECK(link.pointer == "/traffic/t/protocol");
    CHECK(link.expected.find("legs") != std::string::npos);
    const auto few = Mistake({{"traffic", {{"t", {{"legs", {json::object(), json::object()}}}}}}});
    CHECK(few.pointer == "/traffic/t/legs");
    const auto program = Mistake({{"hosts", {{"vps", {{"proxy", {{"program", "xrya"}}}}}}}});
    CHECK(program.pointer == "/hosts/vps/proxy/program");
    CHECK(program.nearest == "xray");
    const auto stack = Mistake({{"hosts", {{"vps", {{"stack", "ns3"}, {"mptcp", nullptr}}}}}});
    CHECK(stack.pointer == "/traffic/t/through/0");
}

TEST_CASE("what TCP did on the way through proxies is asked of a leg", "[read][relay]")
{
    const auto expect = [](const std::string& metric) {
        return json{{"expect", {{{"metric", metric}, {"at_least", 0}, {"because", "-"}}}}};
    };
    CHECK_NOTHROW(Load(expect("traffic.t.completed")));
    CHECK_NOTHROW(Load(expect("traffic.t.legs.vps-router.retransmits")));
    CHECK_NOTHROW(Load(expect("traffic.t.legs.vps-router.subflows.b.retransmits")));
    CHECK_NOTHROW(Load(expect("traffic.t.through.router.reads")));
    const auto whole = Mistake(expect("traffic.t.retransmits"));
    CHECK(whole.message.find("each of its legs") != std::string::npos);
    const auto plain = Mistake(expect("traffic.t.legs.server-vps.fallbacks"));
    CHECK(plain.message.find("plain TCP") != std::string::npos);
    const auto no = Mistake(expect("traffic.t.legs.vps-rooter.retransmits"));
    CHECK(no.nearest == "traffic.t.legs.vps-router.retransmits");
}

TEST_CASE("an address on a link beyond which nobody has multipath is no endpoint by itself",
          "[read][relay]")
{
    const auto loaded = Load();
    const auto& hosts = loaded.scenario.hosts;
    CHECK(hosts[1].name == "router");
    CHECK(hosts[1].mptcp.endpoints.size() == 2);
    CHECK(hosts[3].name == "vps");
    CHECK(hosts[3].mptcp.endpoints.size() == 2);
}
