// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-congestion-control.h"
#include "ns3/hs-coupled-congestion.h"
#include "ns3/hs-packet-scheduler.h"
#include "ns3/hs-path-manager.h"
#include "ns3/hs-results.h"
#include "ns3/hs-run-scenario.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>

// Every registered scheduler with every path manager and every congestion control.

using namespace hoststack;
using hoststack::test::ErrorOf;
using hoststack::test::TemporaryFolder;
using nlohmann::json;

namespace
{

/// Collects all samples as text, which the fingerprint of a run is made of.
class Recorder : public RunObserver
{
  public:
    void OnSample(TimeNs at,
                  const std::string& object,
                  const std::string& metric,
                  double value) override
    {
        text +=
            std::to_string(at) + ' ' + object + ' ' + metric + ' ' + std::to_string(value) + '\n';
    }

    void OnProgress(TimeNs) override
    {
    }

    std::string text;
};

/// A client with three links, and a server; the client uploads and has every kind of endpoint.
json
ThreePaths(const std::string& manager)
{
    auto document = json::parse(R"({
        "hoststack": 1, "name": "t", "run": {"duration": "20 s"},
        "output": {"series": true, "sample": "10 ms"},
        "hosts": {"client": {"os": "linux-6.18", "mptcp": {"extra-subflows": 3}},
                  "server": {"os": "linux-6.18", "mptcp": {"extra-subflows": 3}}},
        "links": {"dsl": {"ends": ["client", "server"],
                          "down": {"rate": "10 Mbit/s", "delay": "8 ms", "queue": "50 packets"},
                          "up": {"rate": "8 Mbit/s", "delay": "8 ms", "queue": "50 packets"}},
                  "lte": {"ends": ["client", "server"],
                          "down": {"rate": "20 Mbit/s", "delay": "20 ms", "queue": "80 packets"},
                          "up": {"rate": "6 Mbit/s", "delay": "20 ms", "queue": "80 packets"}},
                  "wlan": {"ends": ["client", "server"],
                           "down": {"rate": "15 Mbit/s", "delay": "4 ms", "queue": "50 packets"},
                           "up": {"rate": "15 Mbit/s", "delay": "4 ms", "queue": "50 packets",
                                  "loss": "0.5 %"}}},
        "traffic": {"t": {"kind": "bulk", "from": "client", "to": "server", "bytes": "200 kB"}}})");
    if (manager == "scripted")
    {
        for (const auto* link : {"lte", "wlan"})
        {
            document["events"].push_back(
                {{"at", "40 ms"}, {"host", "client"}, {"link", link}, {"action", "open-subflow"}});
        }
    }
    return document;
}

struct Outcome
{
    Metrics metrics;
    std::string series;
};

Outcome
Run(const json& document)
{
    TemporaryFolder folder;
    folder.Write("t.json", document.dump());
    const auto loaded = LoadScenario(folder.Path("t.json"));
    Recorder recorder;
    auto metrics = RunScenario(loaded, {}, &recorder).result.metrics;
    return {std::move(metrics), std::move(recorder.text)};
}

double
Value(const Metrics& metrics, const std::string& name)
{
    INFO(name);
    REQUIRE(metrics.Get(name).has_value());
    return *metrics.Get(name);
}

std::vector<std::string>
AllCongestionControls()
{
    auto names = tcp::CongestionControls().Names();
    const auto coupled = mptcp::CoupledCongestionControls().Names();
    names.insert(names.end(), coupled.begin(), coupled.end());
    return names;
}

json
Combination(const std::string& scheduler, const std::string& manager, const std::string& congestion)
{
    auto document = ThreePaths(manager);
    for (const auto* host : {"client", "server"})
    {
        auto& block = document["hosts"][host];
        block["mptcp"]["scheduler"] = scheduler;
        block["mptcp"]["path-manager"] = manager;
        block["tcp"]["congestion"] = congestion;
    }
    return document;
}

} // namespace

TEST_CASE("every scheduler, path manager and congestion control runs a short scenario",
          "[scenario][mptcp]")
{
    std::size_t runs = 0;
    for (const auto& scheduler : mptcp::PacketSchedulers().Names())
    {
        for (const auto& manager : mptcp::PathManagers().Names())
        {
            for (const auto& congestion : AllCongestionControls())
            {
                CAPTURE(scheduler, manager, congestion);
                const auto outcome = Run(Combination(scheduler, manager, congestion));
                const auto& metrics = outcome.metrics;
                CHECK(Value(metrics, "traffic.t.bytes") == 200000);
                CHECK(Value(metrics, "traffic.t.completed") == 1);
                CHECK(Value(metrics, "traffic.t.fallbacks") == 0);
                // Three more than the first are allowed; there are two more addresses, and for
                // fullmesh those that the server announces.
                const double joins = manager == "ndiffports" || manager == "fullmesh" ? 3 : 2;
                CHECK(Value(metrics, "hosts.client.counters.MPTcpExtMPJoinSynTx") == joins);
                CHECK(Value(metrics, "hosts.client.counters.MPTcpExtMPJoinSynAckRx") == joins);
                CHECK(Value(metrics, "hosts.server.counters.MPTcpExtMPJoinAckRx") == joins);
                CHECK(Value(metrics, "hosts.server.counters.MPTcpExtNoDSSInWindow") == 0);
                CHECK(Value(metrics, "hosts.server.counters.MPTcpExtDSSNotMatching") == 0);
                if (++runs % 37 == 0)
                {
                    CHECK(Run(Combination(scheduler, manager, congestion)).series ==
                          outcome.series);
                }
            }
        }
    }
    CHECK(runs >= 11 * 4 * 8);
}

TEST_CASE("a congestion control that couples subflows is refused for plain TCP",
          "[scenario][mptcp]")
{
    const auto refused = [](const json& patch) {
        auto document = Combination("default", "kernel", "lia");
        document.merge_patch(patch);
        return ErrorOf([&] { Run(document); });
    };
    CHECK(refused({{"hosts", {{"server", {{"mptcp", nullptr}}}}}}).pointer ==
          "/hosts/client/tcp/congestion");
    const auto plain = refused({{"traffic", {{"t", {{"protocol", "tcp"}}}}}});
    CHECK(plain.pointer == "/hosts/client/tcp/congestion");
    CHECK(plain.message.find("multipath") != std::string::npos);
    const auto own =
        refused({{"hosts", {{"server", {{"tcp", {{"congestion", "cubic"}}}}}}},
                 {"traffic", {{"t", {{"protocol", "tcp"}, {"tcp", {{"congestion", "olia"}}}}}}}});
    CHECK(own.pointer == "/traffic/t/tcp/congestion");
    CHECK(refused({{"hosts", {{"client", {{"tcp", {{"congestion", "ollia"}}}}}}}}).nearest ==
          "olia");
}

TEST_CASE("events open and reset subflows of the scripted path manager", "[scenario][mptcp]")
{
    auto document = Combination("default", "scripted", "cubic");
    document["traffic"]["t"]["bytes"] = "4 MB";
    // The reset is not to be lost.
    document["links"]["lte"]["up"]["loss"] = "0 %";
    document["links"]["lte"]["up"]["queue"] = "1000 packets";
    document["events"] = json::array();
    CHECK(Value(Run(document).metrics, "traffic.t.subflow-count") == 1);
    const auto event = [](const char* at, const char* action) {
        return json{{"at", at}, {"host", "client"}, {"link", "lte"}, {"action", action}};
    };
    document["events"] = {event("200 ms", "open-subflow"), event("1 s", "close-subflow")};
    const auto metrics = Run(document).metrics;
    CHECK(Value(metrics, "traffic.t.subflow-count") == 2);
    CHECK(Value(metrics, "traffic.t.bytes") == 4e6);
    CHECK(Value(metrics, "traffic.t.subflows.lte.share") > 0.05);
    CHECK(Value(metrics, "traffic.t.subflows.lte.share") < 0.6);
    CHECK(Value(metrics, "hosts.client.counters.MPTcpExtMPRstTx") == 1);
    CHECK(Value(metrics, "hosts.server.counters.MPTcpExtMPRstRx") == 1);
}

TEST_CASE("an expectation on a counter is checked by name", "[scenario][mptcp]")
{
    const auto refused = [](const std::string& metric) {
        auto document = Combination("default", "kernel", "cubic");
        document["expect"] = {{{"metric", metric}, {"equals", 1}, {"because", "a test says so"}}};
        return ErrorOf([&] { Run(document); });
    };
    CHECK(refused("hosts.client.counters.MPTcpExtMPJoinSynTX").nearest ==
          "hosts.client.counters.MPTcpExtMPJoinSynTx");
    CHECK(refused("hosts.clint.counters.MPTcpExtMPJoinSynTx").nearest == "client");
}
