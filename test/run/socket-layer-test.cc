// SPDX-License-Identifier: GPL-2.0-only
//
// Hosts whose packets are charged what the socket layer of a system costs.

#include "metric-test-tools.h"
#include "ns3/hs-run-scenario.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>
#include <string>

using namespace hoststack;
using nlohmann::json;

namespace
{

json
Document(const std::string& server, int connections)
{
    auto document = json::parse(R"({
        "hoststack": 1,
        "name": "requests",
        "run": {"duration": "300 ms", "measure-from": "150 ms"},
        "hosts": {"client": {"os": "linux-6.12.11"}, "server": {"hardware": "n100"}},
        "links": {"lan": {"ends": ["client", "server"],
                          "down": {"rate": "1 Gbit/s", "delay": "100 us"},
                          "up": {"rate": "1 Gbit/s", "delay": "100 us"}}},
        "traffic": {"t": {"kind": "request-response", "from": "client", "to": "server",
                          "response-size": "1 KiB", "think-time": "10 ms"}}})");
    document["traffic"]["t"]["connections"] = connections;
    document["hosts"]["server"].merge_patch(json::parse(server));
    return document;
}

Metrics
Run(const json& document)
{
    return RunScenario(LoadScenarioText(document.dump(), "requests", ""), {}).result.metrics;
}

double
Of(const Metrics& metrics, const std::string& name)
{
    return test::Of(metrics, "hosts.server." + name);
}

std::string
System(const std::string& name)
{
    return R"({"kernel": {"sockets": {"system": ")" + name + R"("}}})";
}

} // namespace

TEST_CASE("what a host's packets cost grows with its connections if its system walks",
          "[run][dispatch]")
{
    const auto growth = [](const std::string& system) {
        const auto few = Run(Document(System(system), 10));
        const auto many = Run(Document(System(system), 60));
        return Of(many, "sockets.visits") / Of(few, "sockets.visits");
    };
    CHECK(growth("smoltcp") > 4);
    CHECK(growth("asterinas-s1") > 4);
    CHECK(growth("asterinas-s4") < 1.5);
    CHECK(growth("linux") < 1.1);
}

TEST_CASE("a host pays for the table it names with the time of its cores", "[run][dispatch]")
{
    const auto cheap = Run(Document(System("linux"), 40));
    const auto dear = Run(Document(System("asterinas-s2"), 40));
    CHECK(Of(dear, "cpu.core0.softirq") > 1.2 * Of(cheap, "cpu.core0.softirq"));
    CHECK(Of(cheap, "sockets.lock.takes") == 0);
    CHECK(Of(dear, "sockets.lock.takes") > 0);
    const auto factor = Run(
        Document(R"({"kernel": {"sockets": {"system": "asterinas-s2", "cost-factor": 10}}})", 40));
    CHECK(Of(factor, "sockets.lookup") > 5 * Of(dear, "sockets.lookup"));
}

TEST_CASE("each unit that a NIC hands up is looked up once, on the direct path and through IP",
          "[run][dispatch]")
{
    for (const std::string offload : {"none", "gro"})
    {
        for (const bool direct : {true, false})
        {
            INFO(offload << (direct ? " direct" : " through IP"));
            auto document = Document(System("linux"), 1);
            document["run"] = {{"duration", "100 ms"}, {"direct-path", direct}};
            document["hosts"]["server"]["nic-model"] = nullptr;
            document["hosts"]["server"]["nic"] = {{"offload", offload},
                                                  {"moderation", "fixed"},
                                                  {"interrupt-delay", "80 us"}};
            document["traffic"] = {{"t", {{"kind", "bulk"}, {"from", "client"}, {"to", "server"}}}};
            const auto metrics = Run(document);
            const auto units = Of(metrics, "nic.units");
            CHECK(units > 500);
            CHECK((Of(metrics, "nic.merge-factor") > 2) == (offload == "gro"));
            // What waits for its core at the end of the run has not been looked up.
            CHECK(Of(metrics, "sockets.packets") <= units);
            CHECK(Of(metrics, "sockets.packets") > units - 64);
        }
    }
}

TEST_CASE("a table, a notification and locks can be named beside the system", "[run][dispatch]")
{
    const auto metrics = Run(Document(R"({"kernel": {"sockets": {
        "system": "linux", "table": "array", "notification": "egress-walks", "lock": "global"}}})",
                                      20));
    CHECK(Of(metrics, "sockets.visits") > 20);
    CHECK(Of(metrics, "sockets.lock.takes") > 0);
    CHECK(Of(metrics, "sockets.lock.held") > 0);
}

TEST_CASE("datagrams are looked up in the same tables, and found along a vector at HEAD",
          "[run][dispatch]")
{
    for (const auto& [system, most] : {std::pair("asterinas-head", 100.0), {"linux", 1.5}})
    {
        auto document = Document(System(system), 1);
        document["traffic"] = json::object();
        for (int i = 0; i < 20; ++i)
        {
            document["traffic"]["d" + std::to_string(i)] = {{"kind", "constant-rate"},
                                                            {"from", "client"},
                                                            {"to", "server"},
                                                            {"rate", "1 Mbit/s"},
                                                            {"packet-size", "500 B"}};
        }
        const auto metrics = Run(document);
        CHECK(Of(metrics, "sockets.packets") > 500);
        CHECK(Of(metrics, "sockets.misses") == 0);
        CHECK(Of(metrics, "sockets.most") == 20);
        CHECK(Of(metrics, "sockets.visits") < most);
        CHECK((Of(metrics, "sockets.visits") > 10) == (std::string(system) != "linux"));
    }
}

TEST_CASE("a host that names no socket layer has none, nor has one without costs",
          "[run][dispatch]")
{
    CHECK_FALSE(Run(Document("{}", 2)).Has("hosts.server.sockets.packets"));
    auto ofProfile = Document(R"({"os": "asterinas-smoltcp"})", 2);
    CHECK(Run(ofProfile).Has("hosts.server.sockets.packets"));
    ofProfile["hosts"]["server"].erase("hardware");
    CHECK_FALSE(Run(ofProfile).Has("hosts.server.sockets.packets"));
    auto ofScenario = Document(System("smoltcp"), 2);
    ofScenario["hosts"]["server"].erase("hardware");
    CHECK_THROWS_AS(Run(ofScenario), ScenarioError);
}

TEST_CASE("Asterinas' profiles acknowledge after 10 ms and stay in TIME-WAIT as their stage does",
          "[run][dispatch]")
{
    const auto of = [](const std::string& os) {
        auto document = Document(R"({"os": ")" + os + R"("})", 1);
        const auto loaded = LoadScenarioText(document.dump(), "requests", "");
        return loaded.scenario.hosts[1];
    };
    for (const std::string os : {"asterinas-smoltcp",
                                 "asterinas-2024-12",
                                 "asterinas-2025-01",
                                 "asterinas-2025-03",
                                 "asterinas-head"})
    {
        INFO(os);
        const auto host = of(os);
        CHECK(host.tcp.config.delayedAckMax == 10 * kMillisecond);
        CHECK(host.tcp.config.rtoMin == kSecond);
        CHECK(host.tcp.config.timeWait == (os == "asterinas-2025-01" ? 0 : 10 * kSecond));
        CHECK(host.tcp.config.receiveBuffer == (os == "asterinas-smoltcp" ? 65536U : 131072U));
        REQUIRE(host.machine);
        REQUIRE(host.machine->sockets);
    }
    CHECK(of("asterinas-2025-03").machine->sockets->system == "asterinas-s4");
}
