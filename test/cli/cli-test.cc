// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-cli.h"
#include "ns3/hs-fingerprint.h"
#include "ns3/hs-isolated-jobs.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <sstream>

using namespace hoststack;
using hoststack::test::TemporaryFolder;
using hoststack::test::WriteSound;
using nlohmann::json;

namespace
{

/// Yields a goodput of 1 Mbit/s times the seed; fails with the seeds 666 and 999.
class FakeRunner : public ScenarioRunner
{
  public:
    void Check(const LoadedScenario& loaded) const override
    {
        if (loaded.scenario.run.seed == 999)
        {
            throw ScenarioError(
                loaded.document.Issue(json::json_pointer("/run/seed"), "no such number"));
        }
    }

    RunResult Run(const LoadedScenario& loaded, const std::string&, RunObserver& observer) override
    {
        if (loaded.scenario.run.seed == 666)
        {
            throw std::logic_error("the fake runner broke");
        }
        RunResult result;
        result.end = loaded.scenario.run.duration;
        const auto seed = static_cast<double>(loaded.scenario.run.seed);
        for (const auto& traffic : loaded.scenario.traffic)
        {
            result.metrics.Set("traffic." + traffic.name + ".goodput", 1e6 * seed);
            observer.OnSample(0, "traffic." + traffic.name, "goodput", 0);
            observer.OnSample(1500000, "traffic." + traffic.name, "goodput", seed / 3);
        }
        return result;
    }

    std::string Simulator() const override
    {
        return "fake-1";
    }
};

/// Stands for a live run on a machine that can do it with the seed 50 only.
class FakeLiveRunner : public FakeRunner
{
  public:
    RunResult Run(const LoadedScenario& loaded,
                  const std::string& folder,
                  RunObserver& observer) override
    {
        if (loaded.scenario.run.seed != 50)
        {
            throw MachineCannot("no kernel here");
        }
        return FakeRunner::Run(loaded, folder, observer);
    }
};

struct Called
{
    int status;
    std::string out;
    std::string err;
};

Called
Call(std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), "hoststack");
    std::vector<const char*> argv;
    for (const auto& argument : arguments)
    {
        argv.push_back(argument.c_str());
    }
    std::ostringstream out;
    std::ostringstream err;
    const RunnerFactory factory = [] { return std::make_unique<FakeRunner>(); };
    const int status = RunCommandLine(
        static_cast<int>(argv.size()),
        argv.data(),
        {out, err, factory, false, [] { return std::make_unique<FakeLiveRunner>(); }});
    return {status, out.str(), err.str()};
}

} // namespace

TEST_CASE("run leaves its files, all of them in the manifest, and says what was met", "[scenario]")
{
    const auto folder = WriteSound();
    const auto called =
        Call({"run", folder.Path("sound.json"), "--out", folder.Path("out"), "--seed", "50"});
    CHECK(called.status == kExitMet);
    CHECK(called.out.find("✓ traffic.download.goodput is 50 Mbit/s") != std::string::npos);
    const auto summary = json::parse(folder.Read("out/sound/summary.json"));
    CHECK(summary["met"] == true);
    CHECK(summary["metrics"]["traffic.download.goodput"] == 50000000);
    CHECK(summary["expectations"][0]["margin"] == 0.25);
    CHECK(folder.Read("out/sound/series.csv") ==
          "time_s,object,metric,value\n"
          "0,traffic.download,goodput,0\n"
          "0.0015,traffic.download,goodput,16.666666666666668\n");
    const auto resolved = folder.Read("out/sound/scenario.resolved.json");
    CHECK(json::parse(resolved)["run"]["seed"] == 50);
    const auto manifest = json::parse(folder.Read("out/sound/manifest.json"));
    CHECK(manifest["simulator"] == "fake-1");
    CHECK(manifest["scenario-sha256"] == FingerprintOf(resolved));
    for (const char* name :
         {"summary.json", "series.csv", "events.csv", "connections.csv", "columns.json"})
    {
        INFO(name);
        CHECK(manifest["files-sha256"][name] ==
              FingerprintOf(folder.Read(std::string("out/sound/") + name)));
    }
    CHECK_FALSE(std::filesystem::exists(folder.Path("out/sound/exchanges.csv")));
}

TEST_CASE("columns.json knows every column and every metric of the tables", "[scenario]")
{
    const auto folder = WriteSound();
    REQUIRE(Call({"run", folder.Path("sound.json"), "--out", folder.Path("out")}).status !=
            kExitWrong);
    const auto columns = json::parse(folder.Read("out/sound/columns.json"));
    for (const char* name : {"series.csv", "events.csv", "connections.csv"})
    {
        std::string header;
        for (const auto& column : columns[name]["columns"])
        {
            header += (header.empty() ? "" : ",") + column["name"].get<std::string>();
            CHECK_FALSE(column["unit"].get<std::string>().empty());
            CHECK_FALSE(column["about"].get<std::string>().empty());
        }
        CHECK(folder.Read(std::string("out/sound/") + name).rfind(header + '\n', 0) == 0);
    }
    const auto listed = json::parse(Call({"list", "series", "--json"}).out)["series"];
    CHECK(listed.size() == columns["series.csv"]["metrics"].size());
}

TEST_CASE("a series holds only what was asked for", "[scenario]")
{
    const auto folder = WriteSound(json::parse(R"({"output": {"record": ["links.*"]}})"));
    REQUIRE(Call({"run", folder.Path("sound.json"), "--out", folder.Path("out")}).status !=
            kExitWrong);
    CHECK(folder.Read("out/sound/series.csv") == "time_s,object,metric,value\n");
}

TEST_CASE("a live run says that it is one, and which host the kernel plays", "[scenario]")
{
    const auto folder = WriteSound();
    const auto file = folder.Path("sound.json");
    const auto out = folder.Path("out");
    const auto called = Call({"live", file, "--kernel", "server", "--out", out, "--seed", "50"});
    CHECK(called.status == kExitMet);
    CHECK(json::parse(folder.Read("out/sound/summary.json"))["mode"] == "live");
    const auto resolved = json::parse(folder.Read("out/sound/scenario.resolved.json"));
    CHECK(resolved["live"]["hosts"] == json::parse(R"(["server"])"));
    const auto wrong = Call({"live", file, "--kernel", "sever", "--out", out});
    CHECK(wrong.status == kExitWrong);
    CHECK(wrong.err.find("server") != std::string::npos);
}

TEST_CASE("a machine that cannot run live is told apart from a failure", "[scenario]")
{
    const auto folder = WriteSound();
    const auto file = folder.Path("sound.json");
    const auto one = Call({"live", file, "--out", folder.Path("out"), "--seed", "1"});
    CHECK(one.status == kExitCannot);
    CHECK(one.err == "skipped: no kernel here\n");
    folder.Write(
        "other.json",
        json::parse(folder.Read("sound.json"))
            .patch(json::parse(R"([{"op": "replace", "path": "/name", "value": "other"}])"))
            .dump());
    const auto other = folder.Path("other.json");
    CHECK(Call({"live", file, other, "--out", folder.Path("out"), "--seed", "1"}).status ==
          kExitCannot);
    CHECK(Call({"live", file, other, "--out", folder.Path("out"), "--seed", "999"}).status ==
          kExitWrong);
}

TEST_CASE("two runs leave the same bytes", "[scenario]")
{
    const auto folder = WriteSound();
    for (const std::string out : {"a", "b"})
    {
        REQUIRE(Call({"run", folder.Path("sound.json"), "--out", folder.Path(out), "-q"}).out ==
                "");
    }
    for (const std::string file :
         {"summary.json", "series.csv", "manifest.json", "scenario.resolved.json"})
    {
        CHECK(folder.Read("a/sound/" + file) == folder.Read("b/sound/" + file));
    }
}

TEST_CASE("the exit status says whose fault it is", "[scenario]")
{
    const auto folder = WriteSound();
    const auto file = folder.Path("sound.json");
    CHECK(Call({"check", file, "--seed", "40"}).status == kExitMet);
    CHECK(Call({"check", file, "--seed", "39"}).status == kExitMissed);
    CHECK(Call({"check", file, "--seed", "999"}).status == kExitWrong);
    CHECK(Call({"check", file, "--seed", "666"}).status == kExitFault);
    CHECK(Call({"run", file, "--seed", "39", "--out", folder.Path("out")}).status == kExitMissed);
    for (const char* seed : {"-1", "18446744073709551616", "1e400", "x"})
    {
        const auto called = Call({"check", file, "--seed", seed});
        CHECK(called.status == kExitWrong);
        CHECK_THAT(called.err, Catch::Contains(seed) && Catch::Contains("9007199254740991"));
    }
    CHECK(Call({"run", file, "--seed", "999", "--out", folder.Path("out")}).status == kExitWrong);
    CHECK(Call({"run", file, "--sed", "1"}).status == kExitWrong);
    CHECK(Call({"run", file + "x"}).status == kExitWrong);
    CHECK(Call({"frobnicate"}).status == kExitWrong);
    CHECK(Call({"--help"}).status == kExitMet);
}

TEST_CASE("a results folder that cannot be written is a wrong call, with the reason", "[scenario]")
{
    const auto folder = WriteSound();
    const auto file = folder.Path("sound.json");
    folder.Write("taken", "a file where the folder should be");
    const auto out = folder.Path("taken");
    const auto called = Call({"run", file, "--out", out, "--seed", "50"});
    CHECK(called.status == kExitWrong);
    CHECK(called.err == "cannot write results to " + out +
                            "/sound: Not a directory; use --out\n"
                            "    expected: a folder that can be written\n");
    CHECK(Call({"check", file, "--out", out, "--seed", "50"}).status == kExitWrong);
    for (const std::string name : {"series.csv", "summary.json"})
    {
        folder.Write(name + "/sound/" + name + "/x", "in the way of a file");
        const auto blocked = Call({"run", file, "--out", folder.Path(name), "--seed", "50", "-q"});
        CHECK(blocked.status == kExitWrong);
        CHECK_THAT(blocked.err, Catch::Contains("cannot write results to " + folder.Path(name)));
        CHECK_THAT(blocked.err, Catch::Contains("irectory"));
    }
}

TEST_CASE("check runs all scenarios below a folder but no profiles and no schema", "[scenario]")
{
    TemporaryFolder folder;
    for (const std::string name : {"one", "two"})
    {
        auto document = test::Sound();
        document["name"] = name;
        document["run"]["seed"] = name == "one" ? 50 : 30;
        folder.Write("deep/" + name + ".json", document.dump());
    }
    folder.Write("profiles/os/x.json", "no json");
    folder.Write("schema/x.json", "no json");
    const auto called = Call({"check", folder.Path("")});
    CHECK(called.status == kExitMissed);
    CHECK(called.out.find("2 scenarios: 1 met, 1 missed, 0 wrong, 0 failed") != std::string::npos);
    const auto machine = json::parse(Call({"check", folder.Path(""), "--json"}).out);
    REQUIRE(machine.size() == 2);
    CHECK(machine[0]["status"] == 0);
    CHECK(machine[1]["expectations"][0]["met"] == false);
}

TEST_CASE("several files of one run need names that differ", "[scenario]")
{
    const auto folder = WriteSound();
    const auto file = folder.Path("sound.json");
    const auto called = Call({"run", file, file});
    CHECK(called.status == kExitWrong);
    CHECK(called.err.find("same name") != std::string::npos);
}

TEST_CASE("the option --set can be repeated and stands before or after the file", "[scenario]")
{
    const auto folder = WriteSound();
    const auto file = folder.Path("sound.json");
    const auto called = Call({"run",
                              "--set",
                              "run.seed=3",
                              file,
                              "--set",
                              "expect.0.at_least=3 Mbit/s",
                              "--out",
                              folder.Path("out")});
    INFO(called.err);
    CHECK(called.status == kExitMet);
    const auto manifest = json::parse(folder.Read("out/sound/manifest.json"));
    CHECK(manifest["command"] ==
          "run " + file + " --set 'run.seed=3' --set 'expect.0.at_least=3 Mbit/s'");
}

TEST_CASE("run --json prints the summary and nothing else", "[scenario]")
{
    const auto folder = WriteSound();
    const auto called =
        Call({"run", folder.Path("sound.json"), "--out", folder.Path("out"), "--json"});
    CHECK(json::parse(called.out)["name"] == "sound");
    CHECK(called.err.empty());
}

TEST_CASE("list shows the names of the registries and of the profiles", "[scenario]")
{
    CHECK(Call({"list", "congestion"}).out.find("cubic") != std::string::npos);
    CHECK(Call({"list", "os"}).out.find("linux-6.18") != std::string::npos);
    const auto all = json::parse(Call({"list", "--json"}).out);
    CHECK(all.size() >= 10);
    for (const auto& subject : all.items())
    {
        for (const auto& line : subject.value())
        {
            INFO(subject.key() << ' ' << line["name"]);
            CHECK_FALSE(line["about"].get<std::string>().empty());
        }
    }
}

TEST_CASE("a job that crashes is reported and does not disturb the others", "[scenario]")
{
    std::vector<std::function<int(std::string&)>> jobs{[](std::string& output) {
                                                           output = std::string(200000, 'a');
                                                           return 0;
                                                       },
                                                       [](std::string&) {
                                                           std::signal(SIGABRT, SIG_DFL);
                                                           std::abort();
                                                           return 0;
                                                       },
                                                       [](std::string& output) {
                                                           output = "c";
                                                           return 1;
                                                       }};
    std::vector<JobOutcome> outcomes;
    RunIsolated(jobs, 3, [&](std::size_t index, const JobOutcome& outcome) {
        CHECK(index == outcomes.size());
        outcomes.push_back(outcome);
    });
    REQUIRE(outcomes.size() == 3);
    CHECK(outcomes[0].output.size() == 200000);
    CHECK(outcomes[1].signal == SIGABRT);
    CHECK(outcomes[2].status == 1);
    CHECK(outcomes[2].output == "c");
}
