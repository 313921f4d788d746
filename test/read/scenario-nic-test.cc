// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-metric.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <utility>

using namespace hoststack;
using namespace hoststack::test;
using nlohmann::json;

namespace
{

/// On hardware whose profile names no NIC.
json
WithNic(const char* nic)
{
    return {{"hosts",
             {{"client", {{"hardware", "cortex-a53"}, {"cores", 2}, {"nic", json::parse(nic)}}}}}};
}

std::string
PlaceOfError(const json& patch)
{
    return ErrorOf([&] { LoadSound(patch); }).pointer;
}

} // namespace

TEST_CASE("the NIC of a host is read with its defaults, and is absent without its key",
          "[scenario]")
{
    CHECK_FALSE(LoadSound().scenario.hosts[0].nic);
    auto patch = WithNic(R"({"offload": "gro", "moderation": "packets-or-time",
        "interrupt-delay": "16 us", "interrupt-packets": 32})");
    patch["hosts"]["client"]["kernel"] = {{"hz", 1000}, {"poll-weight", 16}};
    patch["hosts"]["client"]["receive-ring"] = 512;
    const auto loaded = LoadSound(patch);
    const auto& nic = loaded.scenario.hosts[0].nic;
    REQUIRE(nic);
    CHECK(nic->offload == "gro");
    CHECK(nic->ring == 512);
    CHECK(nic->hasHash);
    CHECK(nic->offloadSettings.weight == 16);
    CHECK(nic->offloadSettings.tick == kMillisecond);
    CHECK(nic->moderationSettings.delay == 16 * kMicrosecond);
    CHECK(nic->moderationSettings.packets == 32);
}

TEST_CASE("mistakes in a NIC are errors that say where", "[scenario]")
{
    auto ring = WithNic(R"({"offload": "gro"})");
    ring["hosts"]["client"]["receive-ring"] = 0;
    CHECK(PlaceOfError(ring) == "/hosts/client/receive-ring");
    ring["hosts"]["client"]["receive-ring"] = 32;
    CHECK(PlaceOfError(ring) == "/hosts/client/receive-ring");
    ring["hosts"]["client"]["kernel"] = {{"poll-weight", 40}};
    CHECK(PlaceOfError(ring) == "/hosts/client/kernel/poll-weight");
    auto single = WithNic(R"({"polls": false})"); // nothing polls it
    single["hosts"]["client"]["receive-ring"] = 1;
    CHECK(LoadSound(single).scenario.hosts[0].nic->ring == 1);
    CHECK(PlaceOfError(WithNic(R"({"polls": false, "flush-timeout": "1 ms"})")) ==
          "/hosts/client/nic/polls");
    CHECK(PlaceOfError(WithNic(R"({"offload": "grow"})")) == "/hosts/client/nic/offload");
    CHECK(PlaceOfError(WithNic(R"({"moderation": "fixd"})")) == "/hosts/client/nic/moderation");
    CHECK(PlaceOfError(WithNic(R"({"moderation": "fixed"})")) == "/hosts/client/nic/moderation");
    CHECK(PlaceOfError(WithNic(R"({"interrupt-delay": "5 us"})")) ==
          "/hosts/client/nic/interrupt-delay");
    CHECK(PlaceOfError(WithNic(R"({"interrupt-packets": 5})")) ==
          "/hosts/client/nic/interrupt-packets");
    CHECK(PlaceOfError(WithNic(R"({"defer-interrupts": 2})")) ==
          "/hosts/client/nic/defer-interrupts");
    for (const char* offload : {"none", "lro", "lro-hardware", "lro-freebsd"})
    {
        auto held = WithNic(R"({"flush-timeout": "1 ms"})");
        held["hosts"]["client"]["nic"]["offload"] = offload;
        CHECK(PlaceOfError(held) == "/hosts/client/nic/flush-timeout");
    }
    CHECK_NOTHROW(LoadSound(WithNic(R"({"offload": "gro-list", "flush-timeout": "1 ms"})")));
    CHECK(PlaceOfError(WithNic(R"({"offload": "gro", "entries": 4})")) ==
          "/hosts/client/nic/entries");
    CHECK(PlaceOfError(WithNic(R"({"offload": "lro", "entries": 4, "age": "1 ms"})")) ==
          "/hosts/client/nic/age");
    CHECK(PlaceOfError(WithNic(R"({"aggregation": "1 ms"})")) == "/hosts/client/nic/aggregation");
    CHECK(LoadSound(WithNic(R"({"offload": "lro-hardware", "entries": 4, "age": "1 ms"})"))
              .scenario.hosts[0]
              .nic->offloadSettings.entries == 4);
    const auto unknown = ErrorOf([] { LoadSound(WithNic(R"({"offload": "grow"})")); });
    CHECK(unknown.nearest == "gro");
}

TEST_CASE("the queue of a NIC is read with its ring, its limits and its interrupts", "[scenario]")
{
    CHECK(LoadSound(WithNic("{}")).scenario.hosts[0].nic->transmit.queue == "none");
    const auto loaded = LoadSound(WithNic(R"({"queue": "fq-codel", "queue-limit": 300,
        "rate": "1 Gbit/s", "transmit-ring": 512, "byte-queue-limits": false, "tso": false,
        "transmit-moderation": "packets-or-time", "transmit-interrupt-delay": "50 us",
        "transmit-interrupt-packets": 16})"));
    const auto& transmit = loaded.scenario.hosts[0].nic->transmit;
    CHECK(transmit.queue == "fq-codel");
    CHECK(transmit.queueSettings.packets == 300);
    CHECK(transmit.rate == 1'000'000'000);
    CHECK(transmit.ring == 512);
    CHECK_FALSE(transmit.limitsBytes);
    CHECK_FALSE(transmit.segments);
    CHECK(transmit.moderationSettings.delay == 50 * kMicrosecond);
    CHECK(transmit.moderationSettings.packets == 16);
}

TEST_CASE("mistakes in the queue of a NIC are errors that say where", "[scenario]")
{
    CHECK(PlaceOfError(WithNic(R"({"queue": "fq_codl"})")) == "/hosts/client/nic/queue");
    CHECK(PlaceOfError(WithNic(R"({"transmit-ring": 64})")) == "/hosts/client/nic/transmit-ring");
    CHECK(PlaceOfError(WithNic(R"({"polls": false, "offload": "gro"})")) ==
          "/hosts/client/nic/polls");
    CHECK(PlaceOfError(WithNic(R"({"queue": "fq", "transmit-ring": 0})")) ==
          "/hosts/client/nic/transmit-ring");
    CHECK(PlaceOfError(WithNic(R"({"queue": "fq", "rate": "0 bit/s"})")) ==
          "/hosts/client/nic/rate");
    CHECK(PlaceOfError(WithNic(R"({"queue": "fq", "transmit-moderation": "fixed"})")) ==
          "/hosts/client/nic/transmit-moderation");
    CHECK(PlaceOfError(WithNic(R"({"queue": "fq", "transmit-interrupt-packets": 3})")) ==
          "/hosts/client/nic/transmit-interrupt-packets");
}

TEST_CASE("the steering of a host's NICs is read with its cores and its backlog", "[scenario]")
{
    const auto patch = WithNic(R"({"steering": "rps", "rps-cpus": [1, 0], "backlog": 200})");
    const auto loaded = LoadSound(patch);
    const auto& steering = loaded.scenario.hosts[0].nic->steering;
    CHECK(steering.name == "rps");
    CHECK(steering.cores == std::vector<host::CoreId>{0, 1});
    CHECK(steering.backlogLimit == 200);
}

TEST_CASE("mistakes in steering are errors that say where", "[scenario]")
{
    const auto place = [](const char* nic) { return PlaceOfError(WithNic(nic)); };
    CHECK(place(R"({"steering": "rsp"})") == "/hosts/client/nic/steering");
    CHECK(place(R"({"steering": "rps"})") == "/hosts/client/nic/steering");
    CHECK(place(R"({"rps-cpus": [0]})") == "/hosts/client/nic/rps-cpus");
    CHECK(place(R"({"steering": "threaded-napi", "backlog": 10})") == "/hosts/client/nic/backlog");
    CHECK(place(R"({"steering": "rps", "rps-cpus": [0, 2]})") == "/hosts/client/nic/rps-cpus/1");
    CHECK(place(R"({"steering": "rps", "rps-cpus": []})") == "/hosts/client/nic/rps-cpus");
    CHECK(place(R"({"steering": "rps", "rps-cpus": [0, 0]})") == "/hosts/client/nic/rps-cpus/1");
    CHECK(place(R"({"steering": "threaded-napi", "polls": false})") ==
          "/hosts/client/nic/steering");
    auto free = WithNic(R"({"steering": "threaded-napi"})");
    free["hosts"]["client"]["hardware"] = nullptr;
    free["hosts"]["client"]["cores"] = nullptr;
    CHECK(PlaceOfError(free) == "/hosts/client/nic/steering");
}

TEST_CASE("the model of a NIC brings its numbers, and the scenario's own lie over them",
          "[scenario]")
{
    auto patch = WithNic(R"({"interrupt-packets": 8})");
    patch["hosts"]["client"]["nic-model"] = "mlx5";
    const auto loaded = LoadSound(patch);
    const auto& nic = *loaded.scenario.hosts[0].nic;
    CHECK(nic.ring == 1024);
    CHECK(nic.moderation == "packets-or-time");
    CHECK(nic.moderationSettings.delay == 16 * kMicrosecond);
    CHECK(nic.moderationSettings.packets == 8);
    CHECK(nic.transmit.queue == "fq-codel");
    patch["hosts"]["client"]["nic-model"] = "mlx4";
    CHECK(PlaceOfError(patch) == "/hosts/client/nic-model");
}

TEST_CASE("the aggregates of a modem are read with its driver's buffers, and mistakes say where",
          "[scenario]")
{
    CHECK(LoadSound(WithNic("{}")).scenario.hosts[0].nic->aggregates.bytes == 0);
    const auto loaded = LoadSound(
        WithNic(R"({"aggregate-bytes": "32 KiB", "aggregate-period": "2.5 ms", "buffers": 8})"));
    const auto& aggregates = loaded.scenario.hosts[0].nic->aggregates;
    CHECK(aggregates.bytes == 32768);
    CHECK(aggregates.bufferBytes == 32768);
    CHECK(aggregates.period == 2500 * kMicrosecond);
    CHECK(aggregates.refillAt == 7);
    CHECK(PlaceOfError(WithNic(R"({"buffers": 8})")) == "/hosts/client/nic/buffers");
    CHECK(PlaceOfError(WithNic(R"({"aggregate-bytes": "32 KiB"})")) ==
          "/hosts/client/nic/aggregate-bytes");
    CHECK(PlaceOfError(WithNic(R"({"aggregate-bytes": "1 KiB", "aggregate-period": "1 ms"})")) ==
          "/hosts/client/nic/aggregate-bytes");
    const auto beside = [](const std::string& more) {
        const auto nic = R"({"aggregate-bytes": "32 KiB", "aggregate-period": "1 ms", )" + more;
        return PlaceOfError(WithNic((nic + "}").c_str()));
    };
    CHECK(beside(R"("buffers": 4, "refill-at": 4)") == "/hosts/client/nic/refill-at");
    CHECK(beside(R"("refill-retry": "0 s")") == "/hosts/client/nic/refill-retry");
    CHECK(beside(R"("moderation": "fixed", "interrupt-delay": "1 ms")") ==
          "/hosts/client/nic/moderation");
}

TEST_CASE("a host with a NIC has that of its hardware, unless it says otherwise", "[scenario]")
{
    auto patch = WithNic(R"({"offload": "none"})");
    patch["hosts"]["client"]["hardware"] = "zbt-z8102ax";
    const auto ofBox = [&patch](const std::vector<std::string>& sets = {}) {
        return LoadScenario(WriteSound(patch).Path("sound.json"), {sets, {}}).scenario.hosts[0].nic;
    };
    CHECK(ofBox()->ring == 2048);
    CHECK(ofBox()->moderation == "adaptive");
    CHECK(ofBox()->offload == "none");
    CHECK(ofBox({"hosts.client.nic-model=bcmgenet"})->ring == 256);
    CHECK(ofBox({"hosts.client.nic-model=null"})->ring == 1024);
    CHECK_FALSE(ofBox({"hosts.client.nic=null"}));
    patch["hosts"]["client"]["nic-model"] = "usb-qmi";
    CHECK(ofBox()->transmit.ring == 300);
}

TEST_CASE("what a model of a NIC brings and the scenario contradicts is told at the scenario's key",
          "[scenario]")
{
    const auto errorOf = [](const char* nic) {
        auto patch = WithNic(nic);
        patch["hosts"]["client"]["nic-model"] = "igc";
        return ErrorOf([&patch] { LoadSound(patch); });
    };
    const auto queue = errorOf(R"({"queue": "none"})");
    CHECK(queue.pointer == "/hosts/client/nic/queue");
    CHECK_THAT(queue.file, Catch::Contains("sound.json"));
    CHECK_THAT(queue.message, Catch::Contains("igc.json:"));
    CHECK_THAT(queue.expected, Catch::Contains("null"));
    const auto moderation = errorOf(R"({"transmit-moderation": "adaptive"})");
    CHECK(moderation.pointer == "/hosts/client/nic/transmit-moderation");
    CHECK_THAT(moderation.expected, Catch::Contains("no \"transmit-interrupt-delay\""));
}

TEST_CASE("a host without a NIC of its own is not given one by its hardware", "[scenario]")
{
    const json patch = {{"hosts", {{"client", {{"hardware", "zbt-z8102ax"}}}}}};
    const auto loaded = LoadSound(patch);
    CHECK_FALSE(loaded.scenario.hosts[0].nic);
    CHECK(loaded.scenario.hosts[0].machine->receiveRing == 1024);
    const auto set =
        LoadScenario(WriteSound(patch).Path("sound.json"), {{"hosts.client.nic.offload=gro"}, {}});
    REQUIRE(set.scenario.hosts[0].nic);
    CHECK(set.scenario.hosts[0].nic->ring == 2048);
}

TEST_CASE("a largest packet of a path is told or not, and mistakes in it say where", "[scenario]")
{
    const auto link = LoadSound().scenario.links[0].name;
    const auto of = [&link](const char* direction) {
        return json{{"links", {{link, {{"up", json::parse(direction)}}}}}};
    };
    const auto told = LoadSound(of(R"({"largest": "1400 B"})")).scenario.links[0].upLargest;
    CHECK(told.bytes == 1400);
    CHECK(told.answers);
    const auto silent = LoadSound(of(R"({"largest": "1400 B", "too-large": "silence"})"));
    CHECK_FALSE(silent.scenario.links[0].upLargest.answers);
    CHECK(PlaceOfError(of(R"({"largest": "60 B"})")) == "/links/" + link + "/up/largest");
    CHECK(PlaceOfError(of(R"({"too-large": "silence"})")) == "/links/" + link + "/up/too-large");
}

TEST_CASE("the model of a NIC that the host does not have is an error, with costs or without",
          "[scenario]")
{
    for (const auto& hardware : {json(nullptr), json("cortex-a53")})
    {
        auto patch = WithNic("{}");
        auto& host = patch["hosts"]["client"];
        host["nic-model"] = "igc";
        host["hardware"] = hardware;
        if (hardware.is_null())
        {
            host.erase("cores");
        }
        const auto file = WriteSound(patch);
        CHECK(LoadScenario(file.Path("sound.json")).scenario.hosts[0].nic);
        const auto issue = ErrorOf([&] {
            LoadScenario(file.Path("sound.json"), {{"hosts.client.nic=null"}, {}});
        });
        CHECK(issue.pointer == "/hosts/client/nic-model");
        CHECK_THAT(issue.message, Catch::Contains("has no NIC"));
        CHECK_THAT(issue.expected, Catch::Contains("\"nic\": {}"));
    }
}

TEST_CASE("an expectation of what a NIC never counts is an error that says what it lacks",
          "[scenario]")
{
    const auto errorOf = [](const std::string& metric, json patch) {
        patch["expect"] = {
            {{"metric", "hosts.client.nic." + metric}, {"at_least", 0}, {"because", "it is so"}}};
        return ErrorOf([&] { LoadSound(patch); });
    };
    auto free = WithNic("{}");
    free["hosts"]["client"]["hardware"] = nullptr;
    free["hosts"]["client"].erase("cores");
    const std::pair<const char*, const char*> absent[] = {
        {"aggregates", "aggregate-bytes"},
        {"buffers.starved", "aggregate-bytes"},
        {"transmit.units", "`queue`"},
        {"transmit.frames-per-unit", "`queue`"},
        {"transmit.queue.delay.max", "`queue`"},
        {"cpu-per-gigabyte", "costs"},
        {"cpu-per-gigabyte-sent", "costs"},
    };
    for (const auto& [metric, expected] : absent)
    {
        INFO(metric);
        const auto issue = errorOf(metric, free);
        CHECK(issue.pointer == "/expect/0/metric");
        CHECK_THAT(issue.expected, Catch::Contains(expected));
    }
    const auto single = WithNic(R"({"queue": "fq-codel"})");
    CHECK_THAT(errorOf("transmit.frames-per-transfer", single).expected,
               Catch::Contains("transfer-packets"));
    // What has it may be expected, and so may what all have.
    auto all = WithNic(R"({"queue": "fq-codel", "tso": false, "transfer-packets": 4,
        "aggregate-bytes": "32 KiB", "aggregate-period": "1 ms"})");
    for (const auto& info : MetricCatalogue())
    {
        constexpr std::string_view owner = "hosts.*.nic.";
        if (info.pattern.rfind(owner, 0) == 0)
        {
            all["expect"].push_back(
                {{"metric", "hosts.client.nic." + info.pattern.substr(owner.size())},
                 {"at_least",
                  info.unit == MetricUnit::Seconds ? json("0 s")
                  : info.unit == MetricUnit::Bytes ? json("0 B")
                                                   : json(0)},
                 {"because", "it is so"}});
        }
    }
    REQUIRE(all["expect"].size() > 20);
    CHECK_NOTHROW(LoadSound(all));
}

TEST_CASE("an offload on devices that have none is an error", "[scenario]")
{
    auto foreign = WithNic(R"({"offload": "gro"})");
    foreign["hosts"]["client"]["stack"] = "ns3";
    foreign["hosts"]["client"]["os"] = nullptr;
    CHECK(PlaceOfError(foreign) == "/hosts/client/nic/offload");
}
