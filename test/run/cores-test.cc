// SPDX-License-Identifier: GPL-2.0-only
//
// Hosts whose work takes time.

#include "metric-test-tools.h"
#include "ns3/hs-run-scenario.h"
#include "scenario-test-tools.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

using namespace hoststack;
using hoststack::test::Of;
using nlohmann::json;

namespace
{

/// A download of 0.5 s over 2.5 Gbit/s by a client on a board with slow cores.
Metrics
Download(const std::string& client)
{
    auto document = json::parse(R"({
        "hoststack": 1,
        "name": "download",
        "run": {"duration": "500 ms", "measure-from": "100 ms"},
        "hosts": {"client": {"hardware": "zbt-z8102ax", "os": "linux-6.6", "receive-ring": 4096,
                             "cost-factor": 1},
                  "server": {"os": "linux-6.6"}},
        "links": {"lan": {"ends": ["client", "server"],
                          "down": {"rate": "2500 Mbit/s", "delay": "100 us"},
                          "up": {"rate": "2500 Mbit/s", "delay": "100 us"}}},
        "traffic": {"t": {"kind": "bulk", "from": "server", "to": "client",
                          "tcp-to": {"so-rcvbuf": "512 KiB"}}}})");
    document["hosts"]["client"].merge_patch(json::parse(client));
    return RunScenario(LoadScenarioText(document.dump(), "download", ""), {}).result.metrics;
}

} // namespace

TEST_CASE("the shares of a core's time are its busy time", "[run][cores]")
{
    const auto metrics = Download("{}");
    for (const std::string core : {"0", "1"})
    {
        const auto share = [&](const char* name) {
            return Of(metrics, "hosts.client.cpu.core" + core + '.' + name);
        };
        CHECK(share("user") + share("kernel") + share("softirq") + share("irq") ==
              Approx(share("busy")));
        CHECK(share("busy") <= 1.0);
        CHECK(share("ksoftirqd") <= share("softirq"));
    }
    CHECK(Of(metrics, "hosts.client.cpu.core0.packets") > 10'000);
    CHECK(Of(metrics, "hosts.client.cpu.core1.packets") == 0);
    CHECK_FALSE(metrics.Has("hosts.server.cpu.core0.busy"));
}

TEST_CASE("a slow core is the limit of a receiver, and twice its costs are half its rate",
          "[run][cores]")
{
    const auto once = Download(R"({"cores": 1})");
    const auto twice = Download(R"({"cores": 1, "cost-factor": 2})");
    const auto tenth = Download(R"({"cores": 1, "cost-factor": 0.1})");
    CHECK(Of(once, "hosts.client.cpu.busiest") > 0.9);
    CHECK(Of(twice, "traffic.t.goodput") / Of(once, "traffic.t.goodput") ==
          Approx(0.5).margin(0.05));
    CHECK(Of(tenth, "traffic.t.goodput") > 2.3e9);
    CHECK(Of(tenth, "hosts.client.cpu.busiest") < 0.6);
}

TEST_CASE("a board that loops in the kernel says so in its results", "[run][cores]")
{
    const auto metrics = Download(R"({"kernel": {"stall-timeout": "1 s"},
                                      "endless": [{"start": "100 ms", "core": 1}]})");
    CHECK(Of(metrics, "hosts.client.cpu.stalls") == 0);
    CHECK(Of(metrics, "hosts.client.cpu.core1.softirq") > 0.99);
    CHECK_FALSE(metrics.Get("hosts.client.cpu.stalls.first"));
}

namespace
{

/// An upload with bpf_red while the second path never answers, and a page of the same host.
Metrics
Spinning(const std::string& client)
{
    auto document = json::parse(R"({
        "hoststack": 1,
        "name": "spinning",
        "run": {"duration": "4 s"},
        "hosts": {"client": {"hardware": "zbt-z8102ax", "os": "linux-6.6", "cores": 1,
                             "cost-factor": 1,
                             "tcp": {"send-buffer": "4 MiB"},
                             "mptcp": {"scheduler": "bpf_red",
                                       "endpoints": [{"link": "dead", "flags": ["subflow"]}]}},
                  "server": {"os": "linux-6.6", "tcp": {"receive-buffer-max": "256 KiB"},
                             "mptcp": {"endpoints": []}}},
        "links": {"good": {"ends": ["client", "server"],
                           "down": {"rate": "20 Mbit/s", "delay": "50 ms"},
                           "up": {"rate": "20 Mbit/s", "delay": "50 ms"}},
                  "dead": {"ends": ["client", "server"],
                           "down": {"rate": "20 Mbit/s", "delay": "20 ms"},
                           "up": {"rate": "20 Mbit/s", "delay": "20 ms"}}},
        "traffic": {"up": {"kind": "bulk", "from": "client", "to": "server", "link": "good"}},
        "events": [{"at": "0 s", "link": "dead", "down": true}]})");
    document["hosts"]["client"].merge_patch(json::parse(client));
    return RunScenario(LoadScenarioText(document.dump(), "spinning", ""), {}).result.metrics;
}

} // namespace

TEST_CASE("a push loop that goes round keeps a core busy, and the stream goes on", "[run][cores]")
{
    const auto red = Spinning("{}");
    CHECK(Of(red, "traffic.up.push-spins") > 0);
    CHECK(Of(red, "hosts.client.cpu.core0.user") > 0.5);
    const auto other = Spinning(R"({"mptcp": {"scheduler": "default"}})");
    CHECK(Of(other, "traffic.up.push-spins") == 0);
    CHECK(Of(other, "hosts.client.cpu.core0.user") < 0.3);
    // ACKs open the window from inside the loop.
    CHECK(Of(red, "traffic.up.goodput") > 0.7 * Of(other, "traffic.up.goodput"));
}

TEST_CASE("where no time passes a push loop that goes round ends by itself", "[run][cores]")
{
    const auto metrics = Spinning(R"({"hardware": null, "cores": null, "cost-factor": null})");
    CHECK(Of(metrics, "traffic.up.push-spins") > 0);
    CHECK(Of(metrics, "traffic.up.goodput") > 1e6);
}

TEST_CASE("a push loop whose lock another thread has waits for it", "[run][cores]")
{
    // A write of the proxy on one core meets multipath's worker on the other. When it does hangs
    // on microseconds, so there are several tries.
    double busiest = 0;
    for (const std::string cost : {"3300 ns", "4200 ns", "5000 ns"})
    {
        const auto loaded =
            LoadScenario(HOSTSTACK_SOURCE_DIR "/scenarios/claims/S1-1-bpf-red.json",
                         {{"hosts.router.costs.receive-frame=" + cost, "run.duration=6 s"}, {}});
        const auto metrics = RunScenario(loaded, {}).result.metrics;
        busiest = std::max(busiest, Of(metrics, "hosts.router.cpu.core0.busy"));
        CHECK(Of(metrics, "traffic.upload.goodput") > 0);
    }
    CHECK(busiest > 0.9);
}

TEST_CASE("a proxy with one thread uses one core, one with two uses both", "[run][cores]")
{
    const auto run = [](int threads) {
        auto document = json::parse(R"({
            "hoststack": 1,
            "name": "proxied",
            "run": {"duration": "1 s", "measure-from": "300 ms"},
            "hosts": {"pc": {"os": "linux-6.6"},
                      "router": {"hardware": "zbt-z8102ax", "os": "linux-6.6", "cores": 4,
                                 "cost-factor": 1,
                                 "proxy": {"program": "plain"}},
                      "server": {"os": "linux-6.6"}},
            "links": {"lan": {"ends": ["pc", "router"],
                              "down": {"rate": "2500 Mbit/s", "delay": "100 us"},
                              "up": {"rate": "2500 Mbit/s", "delay": "100 us"}},
                      "wan": {"ends": ["router", "server"],
                              "down": {"rate": "2500 Mbit/s", "delay": "1 ms"},
                              "up": {"rate": "2500 Mbit/s", "delay": "1 ms"}}},
            "traffic": {"t": {"kind": "bulk", "from": "pc", "to": "server",
                              "through": ["router"], "connections": 4}}})");
        document["hosts"]["router"]["proxy"]["threads"] = threads;
        const auto metrics =
            RunScenario(LoadScenarioText(document.dump(), "proxied", ""), {}).result.metrics;
        double user = 0;
        for (const std::string core : {"0", "1", "2", "3"})
        {
            user += Of(metrics, "hosts.router.cpu.core" + core + ".user");
        }
        return user;
    };
    CHECK(run(1) < 1.01);
    CHECK(run(2) > 1.05);
}

TEST_CASE("a listener's host pays once for a SYN, whichever way it takes", "[scenario]")
{
    auto document = json::parse(R"({
        "hoststack": 1, "name": "t", "run": {"duration": "1 s"},
        "hosts": {"a": {}, "b": {"hardware": "rpi4"}},
        "links": {"l": {"ends": ["a", "b"], "down": {"rate": "100 Mbit/s", "delay": "1 ms"},
                        "up": {"rate": "100 Mbit/s", "delay": "1 ms"}}},
        "traffic": {"t": {"kind": "bulk", "from": "a", "to": "b", "bytes": "100 kB"}}})");
    const auto run = [&document] {
        return RunScenario(LoadScenarioText(document.dump(), "t", ""), {}).result.metrics;
    };
    const auto direct = run();
    document["run"]["direct-path"] = false;
    const auto throughIp = run();
    for (const char* metric :
         {"traffic.t.connect", "traffic.t.completion", "hosts.b.cpu.core0.busy"})
    {
        INFO(metric);
        CHECK(Of(direct, metric) == Of(throughIp, metric));
    }
}
