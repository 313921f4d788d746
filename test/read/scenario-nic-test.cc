// SPDX-License-Identifier: GPL-2.0-only

#include "scenario-test-tools.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using namespace hoststack::test;
using nlohmann::json;

namespace
{

json
WithNic(const char* nic)
{
    return {{"hosts", {{"client", {{"nic", json::parse(nic)}}}}}};
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
    CHECK(PlaceOfError(WithNic(R"({"offload": "grow"})")) == "/hosts/client/nic/offload");
    CHECK(PlaceOfError(WithNic(R"({"moderation": "fixd"})")) == "/hosts/client/nic/moderation");
    CHECK(PlaceOfError(WithNic(R"({"moderation": "fixed"})")) == "/hosts/client/nic/moderation");
    CHECK(PlaceOfError(WithNic(R"({"interrupt-delay": "5 us"})")) ==
          "/hosts/client/nic/interrupt-delay");
    CHECK(PlaceOfError(WithNic(R"({"interrupt-packets": 5})")) ==
          "/hosts/client/nic/interrupt-packets");
    CHECK(PlaceOfError(WithNic(R"({"defer-interrupts": 2})")) ==
          "/hosts/client/nic/defer-interrupts");
    const auto unknown = ErrorOf([] { LoadSound(WithNic(R"({"offload": "grow"})")); });
    CHECK(unknown.nearest == "gro");
}

TEST_CASE("an offload on devices that have none is an error", "[scenario]")
{
    auto foreign = WithNic(R"({"offload": "gro"})");
    foreign["hosts"]["client"]["stack"] = "ns3";
    foreign["hosts"]["client"]["os"] = nullptr;
    CHECK(PlaceOfError(foreign) == "/hosts/client/nic/offload");
}
