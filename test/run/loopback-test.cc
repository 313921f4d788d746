// SPDX-License-Identifier: GPL-2.0-only
//
// Hosts that send to themselves.

#include "metric-test-tools.h"
#include "ns3/hs-run-scenario.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>
#include <string>

using namespace hoststack;
using namespace hoststack::test;
using nlohmann::json;

namespace
{

json
Document(const std::string& host, const json& traffic)
{
    return {{"hoststack", 1},
            {"name", "itself"},
            {"run", {{"duration", "300 ms"}}},
            {"hosts", {{"a", json::parse(host)}}},
            {"links", json::object()},
            {"traffic", {{"t", traffic}}}};
}

json
Bulk()
{
    return {{"kind", "bulk"}, {"from", "a"}, {"to", "a"}, {"bytes", "20 MB"}};
}

Metrics
Run(const json& document)
{
    return RunScenario(LoadScenarioText(document.dump(), "itself", ""), {}).result.metrics;
}

std::string
PlaceOfError(const json& document)
{
    return ErrorOf([&] { LoadScenarioText(document.dump(), "itself", ""); }).pointer;
}

constexpr char kFree[] = R"({"os": "linux-6.12.11"})";
/// With costs a quarter higher the receiver keeps up, and a backlog of two never fills.
constexpr char kCores[] = R"({"hardware": "n100", "cost-factor": 2.4, "os": "linux-6.12.11"})";

} // namespace

TEST_CASE("a stream from a host to itself arrives whole, in segments of its loopback device",
          "[run][loopback]")
{
    for (const std::string host : {kFree, kCores})
    {
        for (const int version : {4, 6})
        {
            for (const bool direct : {true, false})
            {
                INFO(host << ", IPv" << version << (direct ? ", direct" : ", through IP"));
                auto document = Document(host, Bulk());
                document["run"]["ip"] = version;
                document["run"]["direct-path"] = direct;
                document["run"]["content"] = true;
                const auto metrics = Run(document);
                CHECK(Of(metrics, "traffic.t.completed") == 1);
                CHECK(Of(metrics, "traffic.t.bytes") == 20e6);
                CHECK(Of(metrics, "traffic.t.content-errors") == 0);
                CHECK(Of(metrics, "traffic.t.retransmits") == 0);
                CHECK(Of(metrics, "hosts.a.loopback.drops") == 0);
                CHECK(Of(metrics, "hosts.a.loopback.bytes") >= 20e6);
                // Data segments and at most as many ACKs.
                const auto segments = Of(metrics, "traffic.t.data-segments");
                CHECK(segments < 20e6 / 32768);
                CHECK(Of(metrics, "hosts.a.loopback.units") <= 2 * segments + 20);
            }
        }
    }
}

TEST_CASE("a super-segment passes loopback whole, whatever its MTU", "[run][loopback]")
{
    const auto units = [](const std::string& mtu) {
        auto document = Document(kCores, Bulk());
        document["hosts"]["a"]["loopback"] = {{"mtu", mtu}};
        const auto metrics = Run(document);
        CHECK(Of(metrics, "traffic.t.completed") == 1);
        return Of(metrics, "traffic.t.data-segments") / Of(metrics, "hosts.a.loopback.units");
    };
    CHECK(units("65535 B") <= 1);
    CHECK(units("1500 B") > 5);
}

TEST_CASE("a stream to itself costs its host's cores their time, and copies of the system besides",
          "[run][loopback]")
{
    const auto run = [](const std::string& system) {
        auto document = Document(kCores, Bulk());
        document["hosts"]["a"]["kernel"] = {{"sockets", {{"system", system}}}};
        return Run(document);
    };
    const auto linux = run("linux");
    const auto once = run("asterinas-s1");
    const auto twice = run("asterinas-s0");
    CHECK(Of(linux, "hosts.a.loopback.copies") == 0);
    CHECK(Of(once, "hosts.a.loopback.copies") == 1);
    CHECK(Of(twice, "hosts.a.loopback.copies") == 2);
    CHECK(Of(linux, "traffic.t.goodput") > Of(once, "traffic.t.goodput"));
    CHECK(Of(once, "traffic.t.goodput") > Of(twice, "traffic.t.goodput"));
    CHECK(Of(linux, "hosts.a.cpu.core0.softirq") > 0);
    // No device interrupts: what is left are the connection's timers.
    CHECK(Of(linux, "hosts.a.cpu.core0.interrupts") < Of(linux, "hosts.a.loopback.units") / 2);
}

TEST_CASE("what finds loopback's backlog full is lost, and a stream sends it again",
          "[run][loopback]")
{
    for (const std::string host : {kFree, kCores})
    {
        INFO(host);
        auto document = Document(host, Bulk());
        document["run"]["duration"] = "20 s";
        document["hosts"]["a"]["loopback"] = {{"mtu", "1500 B"}, {"backlog", 2}};
        document["hosts"]["a"]["tcp"] = {{"gso-max-segments", "1 segment"}, {"pacing", "none"}};
        const auto metrics = Run(document);
        CHECK(Of(metrics, "traffic.t.completed") == 1);
        CHECK(Of(metrics, "traffic.t.bytes") == 20e6);
        CHECK(Of(metrics, "hosts.a.loopback.backlog.max") == 2);
        CHECK(Of(metrics, "hosts.a.loopback.drops") > 0);
        CHECK(Of(metrics, "traffic.t.retransmits") > 0);
    }
}

TEST_CASE("datagrams and pings of a host to itself pass through its loopback device",
          "[run][loopback]")
{
    for (const std::string host : {kFree, kCores})
    {
        INFO(host);
        const auto datagrams = Run(Document(host,
                                            {{"kind", "constant-rate"},
                                             {"from", "a"},
                                             {"to", "a"},
                                             {"rate", "80 Mbit/s"},
                                             {"bytes", "1 MB"},
                                             {"packet-size", "10 kB"}}));
        CHECK(Of(datagrams, "traffic.t.received") == 100);
        CHECK(Of(datagrams, "hosts.a.loopback.units") == 100);
        const auto ping = Run(Document(
            host,
            {{"kind", "ping"}, {"from", "a"}, {"to", "a"}, {"every", "10 ms"}, {"count", 5}}));
        CHECK(Of(ping, "hosts.a.loopback.units") == 10);
        CHECK(Of(ping, "traffic.t.received") == 5);
    }
}

TEST_CASE("a stream to itself without end neither stands still nor stops the clock",
          "[run][loopback]")
{
    for (const std::string host : {kFree, kCores})
    {
        INFO(host);
        auto traffic = Bulk();
        traffic.erase("bytes");
        auto document = Document(host, traffic);
        document["run"]["duration"] = "20 ms";
        const auto metrics = Run(document);
        CHECK(Of(metrics, "traffic.t.goodput") > 1e9);
        CHECK(Of(metrics, "traffic.t.goodput") <= 100e9);
    }
}

TEST_CASE("traffic of a host to itself that cannot be is an error that says where",
          "[run][loopback]")
{
    const auto with = [](const std::string& key, const json& value) {
        auto document = Document(kFree, Bulk());
        document["hosts"]["b"] = json::object();
        document["links"]["lan"] = {{"ends", {"a", "b"}}, {"preset", "ethernet-1g"}};
        document["traffic"]["t"][key] = value;
        return document;
    };
    CHECK(PlaceOfError(with("link", "lan")) == "/traffic/t/link");
    CHECK(PlaceOfError(with("through", {"b"})) == "/traffic/t/through");
    CHECK(PlaceOfError(with("protocol", "mptcp")) == "/traffic/t/protocol");
    const auto host = [](const std::string& patch) {
        auto document = Document(kFree, Bulk());
        document["hosts"]["a"].merge_patch(json::parse(patch));
        return document;
    };
    CHECK(PlaceOfError(host(R"({"stack": "ns3", "os": null})")) == "/traffic/t/to");
    CHECK(PlaceOfError(host(R"({"loopback": {"mtu": "60 B"}})")) == "/hosts/a/loopback/mtu");
    CHECK(PlaceOfError(host(R"({"loopback": {"mtu": "64 KiB"}})")) == "/hosts/a/loopback/mtu");
    CHECK(PlaceOfError(host(R"({"loopback": {"rate": "0 bit/s"}})")) == "/hosts/a/loopback/rate");
    CHECK(PlaceOfError(host(R"({"loopback": {"backlog": 0}})")) == "/hosts/a/loopback/backlog");
    CHECK(PlaceOfError(host(R"({"hardware": "n100", "loopback": {"rate": "1 Gbit/s"}})")) ==
          "/hosts/a/loopback/rate");
    auto unused = with("to", "b");
    unused["hosts"]["a"]["loopback"] = {{"backlog", 5}};
    CHECK(PlaceOfError(unused) == "/hosts/a/loopback");
}
