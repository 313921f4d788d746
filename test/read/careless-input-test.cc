// SPDX-License-Identifier: GPL-2.0-only
//
// Input that a hurried user writes: it works, or an error says where and what was expected.

#include "scenario-test-tools.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <sys/stat.h>

using namespace hoststack;
using hoststack::test::ErrorOf;
using hoststack::test::LoadSound;
using hoststack::test::TemporaryFolder;
using hoststack::test::WriteSound;
using nlohmann::json;

namespace
{

struct Senseless
{
    const char* patch; ///< of test/scenario/sound.json (RFC 7396)
    const char* pointer;
};

// sound.json: hosts client and server, link path, traffic download (bulk).
const Senseless kSenseless[] = {
    {R"({"run": {"duration": "0 s"}})", "/run/duration"},
    {R"({"run": {"duration": "2000 h"}})", "/run/duration"},
    {R"({"links": {"path": {"down": {"rate": "0 Mbit/s"}}}})", "/links/path/down/rate"},
    {R"({"links": {"path": {"down": {"rate": null}}}})", "/links/path/down"},
    {R"({"links": {"path": {"up": null}}})", "/links/path"},
    {R"({"links": {"path": {"down": {"delay": "2 h"}}}})", "/links/path/down/delay"},
    {R"({"links": {"path": {"down": {"queue": "0 packets"}}}})", "/links/path/down/queue"},
    {R"({"links": {"path": {"down": {"queue": "0 ms"}}}})", "/links/path/down/queue"},
    {R"({"links": {"path": {"preset": ""}}})", "/links/path/preset"},
    {R"({"hosts": {"server": {"os": ""}}})", "/hosts/server/os"},
    {R"({"hosts": {"server": {"hardware": ""}}})", "/hosts/server/hardware"},
    {R"({"traffic": {"download": {"start": "1000 s"}}})", "/traffic/download/start"},
    {R"({"traffic": {"download": {"bytes": "0 B"}}})", "/traffic/download/bytes"},
    {R"({"traffic": {"download": {"write-size": "0 B"}}})", "/traffic/download/write-size"},
    {R"({"traffic": {"download": {"reader": {"read-size": "0 B"}}}})",
     "/traffic/download/reader/read-size"},
    {R"({"traffic": {"download": {"reader": {"pause-at": "0 B", "pause-for": "1 s"}}}})",
     "/traffic/download/reader/pause-at"},
    {R"({"hosts": {"server": {"tcp": {"initial-cwnd": "0 segments"}}}})",
     "/hosts/server/tcp/initial-cwnd"},
    {R"({"hosts": {"server": {"tcp": {"reordering": "0 segments"}}}})",
     "/hosts/server/tcp/reordering"},
    {R"({"hosts": {"server": {"tcp": {"gso-max-size": "0 B"}}}})",
     "/hosts/server/tcp/gso-max-size"},
    {R"({"hosts": {"server": {"tcp": {"gso-max-segments": "0 segments"}}}})",
     "/hosts/server/tcp/gso-max-segments"},
    {R"({"hosts": {"server": {"tcp": {"pacing-avoidance": "0 %"}}}})",
     "/hosts/server/tcp/pacing-avoidance"},
    {R"({"hosts": {"server": {"tcp": {"pacing-avoidance": "1.5 %"}}}})",
     "/hosts/server/tcp/pacing-avoidance"},
    {R"({"hosts": {"server": {"tcp": {"receive-buffer": "0 B"}}}})",
     "/hosts/server/tcp/receive-buffer"},
    {R"({"hosts": {"server": {"tcp": {"so-sndbuf": "0 B"}}}})", "/hosts/server/tcp/so-sndbuf"},
    {R"({"hosts": {"server": {"tcp": {"rto-min": "0 ms"}}}})", "/hosts/server/tcp/rto-min"},
    {R"({"hosts": {"server": {"tcp": {"rto-min": "300 s"}}}})", "/hosts/server/tcp/rto-min"},
    {R"({"hosts": {"server": {"tcp": {"tick": "2 s"}}}})", "/hosts/server/tcp/tick"},
    {R"({"hosts": {"server": {"tcp": {"keep-alive-interval": "0 s"}}}})",
     "/hosts/server/tcp/keep-alive-interval"},
    {R"({"traffic": {"download": {"tcp-to": {"rto-max": "1 ms"}}}})",
     "/traffic/download/tcp-to/rto-max"},
    {R"({"hosts": {"server": {"mptcp": {"endpoints": [{"link": "path", "flags": []}]}}}})",
     "/hosts/server/mptcp/endpoints/0/flags"},
    {R"({"hosts": {"server": {"mptcp": {"endpoints": [
         {"link": "path", "flags": ["signal", "signal"]}]}}}})",
     "/hosts/server/mptcp/endpoints/0/flags/1"},
    {R"({"hosts": {"server": {"mptcp": {}}}, "links": {"path": {"mtu": "70 B"}}})",
     "/links/path/mtu"},
    {R"({"links": {"path": {"down": {"behaviours": [{"kind": "codel"},
         {"kind": "docsis-pie"}]}}}})",
     "/links/path/down/behaviours/1/kind"},
    {R"({"links": {"path": {"down": {"behaviours": [{"kind": "tdd", "open": "D",
         "slot": "1 ns"}]}}}})",
     "/links/path/down/behaviours/0/slot"},
    {R"({"links": {"path": {"down": {"behaviours": [{"kind": "bernoulli", "probability": 7}]}}}})",
     "/links/path/down/behaviours/0/probability"},
    {R"({"links": {"path": {"down": {"behaviours": [{"kind": "trace", "file": "none"}]}}}})",
     "/links/path/down/behaviours/0/file"},
    {R"({"events": [{"at": "1 s", "link": "path", "rate": "0 bit/s"}]})", "/events/0/rate"},
    {R"({"events": [{"at": "1 s", "link": "path", "loss": "101 %"}]})", "/events/0/loss"},
    {R"({"links": {"path": {"down": {"loss": "101 %"}}}})", "/links/path/down/loss"},
    {R"({"hosts": {"client": {"memory": {"failures": "200 %"}}}})",
     "/hosts/client/memory/failures"},
    {R"({"hosts": {"client": {"memory": {"ram": "0 B"}}}})", "/hosts/client/memory/ram"},
    {R"({"hosts": {"client": {"memory": {"fail-from": "10 s"}}}})",
     "/hosts/client/memory/fail-from"},
    {R"({"hosts": {"client": {"memory": {"fail-until": "5 s"}}}})",
     "/hosts/client/memory/fail-until"},
    {R"({"hosts": {"client": {"hardware": "rpi4", "endless": [{"start": "1 s"},
         {"start": "10 s"}]}}})",
     "/hosts/client/endless/1/start"},
    {R"({"hosts": {"client": {"nic": {"moderation": "fixed", "interrupt-delay": "0 s"}}}})",
     "/hosts/client/nic/interrupt-delay"},
    {R"({"traffic": {"download": {"accept": {"start-delay": "10 s"}}}})",
     "/traffic/download/accept/start-delay"},
    {R"({"traffic": {"download": {"start": "4 s", "reader": {"start-delay": "6 s"}}}})",
     "/traffic/download/reader/start-delay"},
    {R"({"traffic": {"download": null}, "expect": null})", "/traffic"},
    {R"({"events": [{"at": "1 s", "link": "path", "loss": "1 %", "outage": "hold"}]})",
     "/events/0/outage"},
    {R"({"expect": [{"metric": "traffic.download.response.p95", "at_most": "1 s",
         "because": "x"}]})",
     "/expect/0/metric"},
    {R"({"expect": [{"metric": "traffic.download.subflows.path.share", "at_most": "1 %",
         "because": "x"}]})",
     "/expect/0/metric"},
};

} // namespace

TEST_CASE("values without sense are refused where they stand", "[scenario]")
{
    for (const auto& senseless : kSenseless)
    {
        INFO(senseless.patch);
        const auto issue = ErrorOf([&] { LoadSound(json::parse(senseless.patch)); });
        CHECK(issue.pointer == senseless.pointer);
        CHECK_FALSE(issue.expected.empty());
        CHECK(issue.line > 0);
    }
}

TEST_CASE("a null in a --set removes a key, also one of a profile", "[scenario]")
{
    const auto folder = WriteSound(R"({"hosts": {"server": {"os": "linux-6.6"}}})"_json);
    const auto file = folder.Path("sound.json");
    const auto has = [&](const char* set) {
        return LoadScenario(file, {{set}, {}})
            .document.Merged()
            .contains("/hosts/server/tcp/min-tso-segments"_json_pointer);
    };
    CHECK(has("run.seed=1"));
    CHECK_FALSE(has("hosts.server.tcp.min-tso-segments=null"));
    CHECK_FALSE(has("hosts.server.os=null"));
    CHECK(has("hosts.server.tcp.mss=null"));
    const auto issue = ErrorOf([&] { has("hosts.server.tcp.mms=null"); });
    CHECK(issue.nearest == "mss");
    CHECK(LoadScenario(file, {{"expect=null"}, {}}).scenario.expect.empty());
}

TEST_CASE("an object in a --set is laid over what is there", "[scenario]")
{
    const auto folder = WriteSound();
    const auto loaded =
        LoadScenario(folder.Path("sound.json"), {{R"(run={"seed": 7})"}, {}}).scenario;
    CHECK(loaded.run.seed == 7);
    CHECK(loaded.run.duration == LoadSound().scenario.run.duration);
}

TEST_CASE("a null in a file removes what a profile or an extended file says", "[scenario]")
{
    const auto folder = WriteSound(R"({"hosts": {"server": {"os": "linux-6.6"}}})"_json);
    folder.Write("child.json",
                 R"({"extends": "sound.json", "name": "child",
                     "hosts": {"server": {"tcp": {"min-tso-segments": null}}}, "about": null})");
    const auto merged = LoadScenario(folder.Path("child.json")).document.Merged();
    CHECK_FALSE(merged["hosts"]["server"]["tcp"].contains("min-tso-segments"));
    CHECK_FALSE(merged.contains("about"));
}

TEST_CASE("the option --set extends=FILE lays another file under this one", "[scenario]")
{
    const auto folder = WriteSound();
    folder.Write("part.json", R"({"name": "part", "run": {"seed": 9}})");
    const auto base = "extends=" + folder.Path("sound.json");
    const auto loaded = LoadScenario(folder.Path("part.json"), {{base}, {}});
    CHECK(loaded.scenario.run.seed == 9);
    CHECK(loaded.scenario.hosts.size() == 2);
    const auto wrong = folder.Path("suond.json");
    const auto issue = ErrorOf([&] {
        LoadScenario(folder.Path("part.json"), {{"extends=" + wrong}, {}});
    });
    CHECK(issue.file == "--set extends=" + wrong);
    CHECK(issue.nearest == "sound.json");
}

TEST_CASE("profiles lie beside a file that is named without its folder", "[scenario]")
{
    const auto folder = WriteSound(R"({"hosts": {"server": {"os": "mine"}}})"_json);
    folder.Write("profiles/os/mine.json",
                 R"({"hoststack-profile": 1, "kind": "os", "name": "mine", "about": "x",
                     "extends": "rfc", "tcp": {"mss": "700 B"},
                     "sources": {"tcp.mss": "estimate"}})");
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder.Path(""));
    std::uint32_t mss = 0;
    try
    {
        mss = LoadScenario("sound.json").scenario.hosts[1].tcp.config.mss;
    }
    catch (const ScenarioError& error)
    {
        UNSCOPED_INFO(error.what());
    }
    std::filesystem::current_path(before);
    CHECK(mss == 700);
}

TEST_CASE("what cannot be a scenario is told so at once", "[scenario]")
{
    const TemporaryFolder folder;
    CHECK_THAT(ErrorOf([] { LoadScenario("/dev/zero"); }).message, Catch::Contains("device"));
    REQUIRE(mkfifo(folder.Path("pipe").c_str(), 0600) == 0);
    CHECK_FALSE(ErrorOf([&] { LoadScenario(folder.Path("pipe")); }).message.empty());
    folder.Write("large.json", "{\"about\": 1e400}");
    const auto issue = ErrorOf([&] { LoadScenario(folder.Path("large.json")); });
    CHECK(issue.column == 11);
    CHECK_THAT(issue.message, Catch::Contains("1e400"));
}

TEST_CASE("very many mistakes take no longer than a moment", "[scenario]")
{
    auto document = test::Sound();
    for (int i = 0; i < 200000; ++i)
    {
        document["k" + std::to_string(i)] = i;
    }
    const TemporaryFolder folder;
    folder.Write("many.json", document.dump());
    std::string path = "a";
    for (int i = 0; i < 20000; ++i)
    {
        path += ".a";
    }
    // Quadratic time would take minutes; the number of reported mistakes is what bounds it.
    try
    {
        LoadScenario(folder.Path("many.json"));
        FAIL("no ScenarioError");
    }
    catch (const ScenarioError& error)
    {
        CHECK(error.Issues().size() <= 100);
    }
    const auto issue = ErrorOf([&] {
        LoadScenario(WriteSound().Path("sound.json"), {{path + "=1"}, {}});
    });
    CHECK_THAT(issue.message, Catch::Contains("too many parts"));
    CHECK(issue.file.size() < 400);
}
