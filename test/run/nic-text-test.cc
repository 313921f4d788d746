// SPDX-License-Identifier: GPL-2.0-only
//
// What the summary tells of NICs and of timing wheels.

#include "metric-test-tools.h"
#include "ns3/hs-run-scenario.h"
#include "ns3/hs-summary-text.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>
#include <sstream>
#include <string>

using namespace hoststack;
using hoststack::test::Of;
using nlohmann::json;

namespace
{

/// 2 MB from a server to two clients at once, with \p changes (RFC 7396).
LoadedScenario
Downloads(const std::string& changes)
{
    auto document = json::parse(R"({
        "hoststack": 1,
        "name": "downloads",
        "run": {"duration": "4 s"},
        "hosts": {"one": {}, "two": {}, "server": {}},
        "links": {"to-one": {"ends": ["one", "server"],
                             "down": {"rate": "1 Gbit/s", "delay": "1 ms"},
                             "up": {"rate": "1 Gbit/s", "delay": "1 ms"}},
                  "to-two": {"ends": ["two", "server"],
                             "down": {"rate": "1 Gbit/s", "delay": "1 ms"},
                             "up": {"rate": "1 Gbit/s", "delay": "1 ms"}}},
        "traffic": {"a": {"kind": "bulk", "from": "server", "to": "one", "bytes": "2 MB"},
                    "b": {"kind": "bulk", "from": "server", "to": "two", "bytes": "2 MB"}}})");
    document.merge_patch(json::parse(changes));
    return LoadScenarioText(document.dump(), "downloads", "");
}

std::string
TextOf(const std::string& changes)
{
    const auto loaded = Downloads(changes);
    return SummaryText(RunScenario(loaded, {}));
}

bool
Tells(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

/// The line of the table with the heading \p heading that begins with \p name; empty: none.
std::string
RowOf(const std::string& text, const std::string& heading, const std::string& name)
{
    const auto table = text.find("\n  " + heading + "  ");
    std::istringstream lines(table == std::string::npos ? "" : text.substr(table + 1));
    for (std::string line; std::getline(lines, line) && !line.empty();)
    {
        if (line.rfind("  " + name + "  ", 0) == 0)
        {
            return line;
        }
    }
    return "";
}

} // namespace

TEST_CASE("the summary lays receivers of different offloads side by side, with what a gigabyte "
          "costs them",
          "[run][nic]")
{
    const auto loaded = Downloads(R"({
        "hosts": {"one": {"hardware": "x86-server", "cores": 2, "nic": {"offload": "none"}},
                  "two": {"hardware": "x86-server", "cores": 2,
                          "nic": {"offload": "gro", "moderation": "fixed",
                                  "interrupt-delay": "100 us"}}}})");
    const auto report = RunScenario(loaded, {});
    const auto text = SummaryText(report);
    const auto one = RowOf(text, "NIC", "one");
    const auto two = RowOf(text, "NIC", "two");
    INFO(text);
    const auto shown = [&](const char* name, MetricUnit unit) {
        return FormatMetric(Of(report.result.metrics, name), unit);
    };
    // Who receives did not do its work for the ACKs that it sent.
    CHECK(Tells(one, shown("hosts.one.nic.cpu-per-gigabyte", MetricUnit::Seconds) + " / -  "));
    CHECK(Tells(two, shown("hosts.two.nic.cpu-per-gigabyte", MetricUnit::Seconds) + " / -  "));
    CHECK(Tells(two, shown("hosts.two.nic.merge-factor", MetricUnit::Count)));
    CHECK(Tells(one, "none"));
    CHECK_FALSE(Tells(one, "%"));
    CHECK(Tells(two, "poll-end"));
    CHECK_FALSE(Tells(text, "NIC's queue"));
    CHECK(RowOf(text, "NIC", "server").empty());
}

TEST_CASE("a host that sends has a cost for what it sends, and one without costs has none",
          "[run][nic]")
{
    const auto loaded = Downloads(R"({
        "hosts": {"server": {"hardware": "x86-server", "cores": 2, "nic": {"queue": "fq-codel"}},
                  "two": {"nic": {"offload": "gro"}}}})");
    const auto report = RunScenario(loaded, {});
    const auto& metrics = report.result.metrics;
    const auto text = SummaryText(report);
    INFO(text);
    const auto cost = Of(metrics, "hosts.server.nic.cpu-per-gigabyte-sent");
    const auto server = RowOf(text, "NIC", "server");
    CHECK(Tells(server, "- / " + FormatMetric(cost, MetricUnit::Seconds) + "  "));
    CHECK(Tells(RowOf(text, "NIC", "two"), "- / -"));
    // The cores' time over what both links were given, headers and all.
    const auto bytes =
        Of(metrics, "links.to-one.down.packets") + Of(metrics, "links.to-two.down.packets");
    const auto busy = cost * 1e-9 * 1500 * bytes;
    CHECK(busy == Approx(Of(metrics, "hosts.server.nic.cpu-per-gigabyte") * 1e-9 * 52 *
                         Of(metrics, "hosts.server.nic.frames"))
                      .epsilon(0.05));
    CHECK(Tells(RowOf(text, "NIC's queue", "server"), "fq-codel"));
}

TEST_CASE("without a NIC that merges, costs or loses, and without a wheel, nothing is told of them",
          "[run][nic]")
{
    for (const auto* changes : {"{}", R"({"hosts": {"one": {"nic": {}}}})"})
    {
        const auto text = TextOf(changes);
        CHECK_FALSE(Tells(text, "NIC"));
        CHECK_FALSE(Tells(text, "HPTS"));
    }
    const auto loses = TextOf(R"({
        "hosts": {"one": {"receive-ring": 64, "hardware": "x86-server", "cores": 2, "cost-factor": 20,
                          "nic": {}}}})");
    CHECK(Tells(loses, "ring drops"));
}

TEST_CASE("the summary tells the gaps of a host's timing wheel and who has run it", "[run][pacing]")
{
    const auto text = TextOf(R"({
        "hosts": {"server": {"hpts": {"version": "14.0"},
                             "tcp": {"pacing": "hpts", "max-pacing-rate": "12 Mbit/s",
                                     "pacing-burst": "1 segment"}}},
        "traffic": {"b": null}})");
    INFO(text);
    CHECK(Tells(RowOf(text, "HPTS", "server"), "1 ms / 1 ms / 1 ms"));
    CHECK_FALSE(RowOf(text, "its wheels", "server").empty());
    CHECK(RowOf(text, "HPTS", "one").empty());
}
