// SPDX-License-Identifier: GPL-2.0-only
//
// Two keys that contradict each other: told at the one that was written last.

#include "scenario-test-tools.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using hoststack::test::ErrorOf;
using hoststack::test::LoadSound;
using hoststack::test::WriteSound;
using nlohmann::json;

namespace
{

ScenarioIssue
ErrorWith(const std::string& set)
{
    const auto folder = WriteSound();
    return ErrorOf([&] { LoadScenario(folder.Path("sound.json"), {{set}, {}}); });
}

} // namespace

TEST_CASE("a --set that contradicts a profile is named, and the profile only as the other side",
          "[scenario]")
{
    for (const char* set : {"hosts.client.tcp.max-reordering=1 segments",
                            "hosts.client.tcp.rto-max=100 ms",
                            "hosts.client.tcp.delayed-ack-max=1 ms",
                            "hosts.client.tcp.receive-buffer-max=10 kB",
                            "hosts.client.tcp.send-buffer-max=10 kB"})
    {
        const auto issue = ErrorWith(set);
        INFO(issue.ToText());
        CHECK(issue.file == std::string("--set ") + set);
        CHECK_THAT(issue.expected, Catch::Contains("at most"));
    }
    const auto reordering = ErrorWith("hosts.client.tcp.max-reordering=1 segments");
    CHECK_THAT(reordering.message, Catch::Contains("\"reordering\" is \"3 segments\" in "));
    CHECK_THAT(reordering.message, Catch::Contains(".json:"));
}

TEST_CASE("a key of the scenario that contradicts a profile is named where the scenario says it",
          "[scenario]")
{
    const auto tcp = ErrorOf([] {
        LoadSound(
            json::parse(R"({"hosts": {"client": {"tcp": {"max-reordering": "1 segments"}}}})"));
    });
    CHECK(tcp.pointer == "/hosts/client/tcp/max-reordering");
    CHECK_THAT(tcp.file, Catch::Contains("sound.json"));
    const auto traffic = ErrorOf([] {
        LoadSound(json::parse(R"({"traffic": {"download": {"tcp-to": {"rto-max": "1 ms"}}}})"));
    });
    CHECK(traffic.pointer == "/traffic/download/tcp-to/rto-max");
    CHECK_THAT(traffic.message, Catch::Contains("\"rto-min\" is larger than \"rto-max\""));
    // The profile of the kernel says how many frames a poll takes.
    const auto ring = ErrorOf(
        [] { LoadSound(json::parse(R"({"hosts": {"client": {"receive-ring": 1, "nic": {}}}})")); });
    CHECK(ring.pointer == "/hosts/client/receive-ring");
}

TEST_CASE("bounds of a behaviour's numbers are told in the units that a user writes", "[scenario]")
{
    const auto slot = ErrorOf([] {
        LoadSound(json::parse(R"({"links": {"path": {"down": {"behaviours": [
            {"kind": "tdd", "open": "D", "slot": "1 ns"}]}}}})"));
    });
    CHECK(slot.message == "\"1 ns\" is out of range");
    CHECK(slot.expected == "at least 10 us and at most 24 h");
    const auto missing = ErrorOf([] {
        LoadSound(json::parse(R"({"links": {"path": {"down": {"behaviours": [
            {"kind": "slot-gate"}]}}}})"));
    });
    CHECK_THAT(missing.expected, Catch::Contains("a number and a unit of time"));
    const auto share = ErrorOf([] {
        LoadSound(json::parse(R"({"links": {"path": {"down": {"behaviours": [
            {"kind": "bernoulli", "probability": 7}]}}}})"));
    });
    CHECK(share.expected == "at least 0 % and at most 100 %");
}
