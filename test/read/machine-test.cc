// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-core-metrics.h"
#include "ns3/hs-expectation.h"
#include "ns3/hs-operation.h"
#include "ns3/hs-profile.h"
#include "scenario-test-tools.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

using namespace hoststack;
using hoststack::test::ErrorOf;
using hoststack::test::LoadSound;
using nlohmann::json;

namespace
{

/// sound.json with \p patch of its client, on a board whose costs are known.
LoadedScenario
LoadClient(const std::string& patch)
{
    json client = json::parse(R"({"hardware": "zbt-z8102ax", "cost-factor": 1})");
    client.update(json::parse(patch)); // a null stays and takes the profile away
    return LoadSound(json{{"hosts", {{"client", client}}}});
}

ScenarioIssue
IssueOf(const std::string& patch)
{
    return ErrorOf([&] { LoadClient(patch); });
}

} // namespace

TEST_CASE("a hardware profile with costs makes a machine, one setting of it is changed by itself",
          "[scenario]")
{
    const auto scenario =
        LoadClient(R"({"cores": 1, "interrupt-core": 0, "costs": {"copy-out": "500 ns"},
                       "kernel": {"hz": 100, "preemption": "full", "threads": "cfs",
                                  "soft-interrupts": "linux-before-6.4",
                                  "stall-timeout": "60 s"}})")
            .scenario;
    REQUIRE(scenario.hosts[0].machine);
    auto config = scenario.hosts[0].machine->config;
    CHECK(config.cores == 1);
    CHECK(config.hz == 100);
    CHECK(config.preemption == host::Preemption::Full);
    CHECK(config.threadScheduler == "cfs");
    CHECK(config.softIrqRules == "linux-before-6.4");
    CHECK(config.stallTimeout == 60 * kSecond);
    CHECK(config.prices[host::Operation::CopyOut] == 500);
    CHECK(config.prices[host::Operation::ReceiveFrame] == 1800);
    CHECK_FALSE(scenario.hosts[1].machine);
}

TEST_CASE("a cost factor multiplies every cost", "[scenario]")
{
    auto scenario = LoadClient(R"({"cost-factor": 0.5})").scenario;
    auto& prices = scenario.hosts[0].machine->config.prices;
    CHECK(prices[host::Operation::ReceiveFrame] == 900);
    CHECK(prices[host::Operation::CopyOut] == 375);
}

TEST_CASE("costs that are missing, negative or nobody's are errors in their place", "[scenario]")
{
    auto issue = IssueOf(R"({"hardware": null, "cores": 2, "costs": {"tick": "1 us"}})");
    CHECK(issue.pointer == "/hosts/client/costs");
    CHECK(issue.message.find("has no cost for interrupt, receive-frame") != std::string::npos);
    issue = IssueOf(R"({"costs": {"tick": "-1 us"}})");
    CHECK(issue.pointer == "/hosts/client/costs/tick");
    CHECK(issue.message == "\"-1 us\" is negative");
    issue = IssueOf(R"({"costs": {"copy-uot": "1 us"}})");
    CHECK(issue.pointer == "/hosts/client/costs/copy-uot");
    CHECK(issue.nearest == "copy-out");
    issue = IssueOf(R"({"hardware": "cortex-a53"})");
    CHECK(issue.pointer == "/hosts/client");
    CHECK(issue.message.find("no cores") != std::string::npos);
}

TEST_CASE("a machine that cannot be is an error in its place", "[scenario]")
{
    CHECK(IssueOf(R"({"ram": "16 MiB"})").pointer == "/hosts/client/ram");
    CHECK(IssueOf(R"({"cores": 0})").pointer == "/hosts/client/cores");
    CHECK(IssueOf(R"({"interrupt-core": 2})").pointer == "/hosts/client/interrupt-core");
    CHECK(IssueOf(R"({"kernel": {"threads": "eevfd"}})").nearest == "eevdf");
    CHECK(IssueOf(R"({"kernel": {"soft-interrupts": "linux-6.5"}})").pointer ==
          "/hosts/client/kernel/soft-interrupts");
    CHECK(IssueOf(R"({"endless": [{"start": "2 s", "stop": "1 s"}]})").pointer ==
          "/hosts/client/endless/0/stop");
    CHECK(IssueOf(R"({"endless": [{"start": "2 s", "core": 5}]})").pointer ==
          "/hosts/client/endless/0/core");
    CHECK(IssueOf(R"({"hardware": null, "cost-factor": null, "endless": [{"start": "2 s"}]})")
              .pointer == "/hosts/client/endless");
    const auto factor = IssueOf(R"({"hardware": null, "cost-factor": 2})");
    CHECK(factor.pointer == "/hosts/client/cost-factor");
    CHECK(factor.message.find("has no costs") != std::string::npos);
    CHECK(IssueOf(R"({"hardware": null, "cost-factor": null, "interrupt-core": 0})").pointer ==
          "/hosts/client/interrupt-core");
    CHECK(IssueOf(R"({"hardware": null, "cost-factor": null, "cores": 4})").pointer ==
          "/hosts/client/cores");
    CHECK(IssueOf(R"({"hardware": null, "cost-factor": null, "receive-ring": 64})").pointer ==
          "/hosts/client/receive-ring");
    CHECK(IssueOf(R"({"hardware": null, "cost-factor": null, "kernel": {"hz": 100}})").pointer ==
          "/hosts/client/kernel/hz");
}

TEST_CASE("what a profile says of its kernel may stand on a host without costs", "[scenario]")
{
    CHECK_NOTHROW(LoadClient(R"({"hardware": null, "cost-factor": null, "os": "linux-6.6"})"));
    CHECK_NOTHROW(LoadClient(R"({"hardware": null, "cost-factor": null, "nic": {"offload": "gro"},
                                 "kernel": {"hz": 100}})"));
}

TEST_CASE("a host with costs has the metrics of its cores, another one says why it has none",
          "[scenario]")
{
    const auto names = MetricNames(LoadClient("{}").scenario);
    const auto has = [&](const char* name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    CHECK(has("hosts.client.cpu.core0.softirq"));
    CHECK(has("hosts.client.cpu.core1.wait.max"));
    CHECK(has("hosts.client.cpu.stalls.first"));
    CHECK_FALSE(has("hosts.client.cpu.core2.busy"));
    CHECK_FALSE(has("hosts.server.cpu.core0.busy"));
    const auto issue = ErrorOf([] {
        LoadSound(json::parse(R"({"expect": [{"metric": "hosts.server.cpu.core0.busy",
                                              "at_least": "1 %", "because": "it would"}]})"));
    });
    CHECK(issue.message.find("has no costs") != std::string::npos);
}
