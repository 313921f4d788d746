// SPDX-License-Identifier: GPL-2.0-only
//
// RunScenario leaves the process as it found it: what ran before changes no byte of a result.

#include "ns3/hs-fingerprint.h"
#include "ns3/hs-isolated-jobs.h"
#include "ns3/hs-run-scenario.h"
#include "scenario-test-tools.h"

#include <ns3/config.h>
#include <ns3/global-value.h>
#include <ns3/node-list.h>
#include <ns3/rng-seed-manager.h>
#include <ns3/string.h>
#include <ns3/type-id.h>
#include <ns3/uinteger.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <stdexcept>

using namespace hoststack;
using hoststack::test::ErrorOf;
using hoststack::test::TemporaryFolder;
using nlohmann::json;

namespace
{

/// Two hosts "a" and "b" and one upload of 500 kB over a link with chance in it.
json
Base()
{
    return json::parse(R"({
        "hoststack": 1, "name": "t", "run": {"duration": "5 s"},
        "output": {"pcap": true, "snap-length": "96 B"},
        "hosts": {"a": {"os": "linux-6.18"}, "b": {"os": "linux-6.18"}},
        "links": {"l": {"ends": ["a", "b"],
                        "down": {"rate": "10 Mbit/s", "delay": "10 ms", "queue": "50 packets"},
                        "up": {"rate": "10 Mbit/s", "delay": "10 ms", "queue": "50 packets",
                               "loss": "1 %"}}},
        "traffic": {"t": {"kind": "bulk", "from": "a", "to": "b", "bytes": "500 kB"}}})");
}

/// Scenarios that use different parts of the simulator.
std::map<std::string, LoadedScenario>
Several()
{
    const std::map<std::string, const char*> patches{
        {"plain", "{}"},
        {"another seed", R"({"run": {"seed": 7}})"},
        {"multipath",
         R"({"hosts": {"a": {"mptcp": {}}, "b": {"mptcp": {}}},
             "links": {"k": {"ends": ["a", "b"],
                             "down": {"rate": "5 Mbit/s", "delay": "20 ms"},
                             "up": {"rate": "5 Mbit/s", "delay": "20 ms"}}}})"},
        {"ns-3's stack on a bus",
         R"({"hosts": {"a": {"stack": "ns3", "os": null}},
             "links": {"l": {"kind": "csma", "down": {"delay": "1 ms", "queue": null},
                             "up": {"delay": "1 ms", "queue": null, "loss": null}}}})"},
        {"chance in ns-3's stack",
         R"({"hosts": {"a": {"stack": "ns3", "os": null, "tcp": {"congestion": "ns3:TcpBbr"}}}})"},
        {"random datagrams",
         R"({"traffic": {"t": {"kind": "poisson", "bytes": null, "rate": "1 Mbit/s",
                               "packet-size": "500 B"}}})"},
    };
    std::map<std::string, LoadedScenario> several;
    for (const auto& [name, patch] : patches)
    {
        INFO(name);
        auto document = Base();
        document.merge_patch(json::parse(patch));
        several.emplace(name, LoadScenarioText(document.dump(), "t.json", "."));
    }
    return several;
}

/// Digest of all results but the manifest.
std::string
ResultOf(const LoadedScenario& loaded)
{
    const TemporaryFolder folder;
    const auto results = folder.Path("out");
    RunScenario(loaded, {results});
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(results))
    {
        const auto name = entry.path().filename().string();
        if (name != "manifest.json")
        {
            files[name] = FingerprintOf(ReadTextFile(entry.path().string()));
        }
    }
    CHECK(files.size() >= 6);
    return json(files).dump(1);
}

/// Each in a process of its own.
std::map<std::string, std::string>
ResultsOfSeparateRuns(const std::map<std::string, LoadedScenario>& several)
{
    std::vector<std::string> names;
    std::vector<std::function<int(std::string&)>> jobs;
    for (const auto& [name, loaded] : several)
    {
        names.push_back(name);
        jobs.emplace_back([&loaded = loaded](std::string& output) {
            output = ResultOf(loaded);
            return 0;
        });
    }
    std::map<std::string, std::string> results;
    RunIsolated(jobs, 2, [&](std::size_t index, const JobOutcome& outcome) {
        results[names[index]] = outcome.output;
    });
    return results;
}

/// Ends a run after \p m_left looks, by asking for it or by an exception.
class Ender : public RunObserver
{
  public:
    explicit Ender(bool throws)
        : m_throws(throws)
    {
    }

    void OnSample(TimeNs, const std::string&, const std::string&, double) override
    {
    }

    void OnProgress(TimeNs at) override
    {
        reached = at;
        if (m_throws && at > kSecond / 4)
        {
            throw std::domain_error("the observer broke");
        }
    }

    bool IsCancelled() const override
    {
        return !m_throws && reached > kSecond / 4;
    }

    TimeNs reached{0};

  private:
    bool m_throws;
};

/// What of ns-3 a program may have set before it runs a scenario.
struct Settings
{
    std::uint32_t seed{ns3::RngSeedManager::GetSeed()};
    std::uint64_t run{ns3::RngSeedManager::GetRun()};
    std::string implementation{Implementation()};
    std::string captureSize{CaptureSize()};
    std::uint32_t nodes{ns3::NodeList::GetNNodes()};

    static std::string Implementation()
    {
        ns3::StringValue value;
        ns3::GlobalValue::GetValueByName("SimulatorImplementationType", value);
        return value.Get();
    }

    static std::string CaptureSize()
    {
        ns3::TypeId::AttributeInformation information;
        ns3::TypeId::LookupByName("ns3::PcapFileWrapper")
            .LookupAttributeByName("CaptureSize", &information);
        return information.initialValue->SerializeToString(information.checker);
    }

    bool operator==(const Settings& other) const
    {
        return seed == other.seed && run == other.run && implementation == other.implementation &&
               captureSize == other.captureSize && nodes == other.nodes;
    }
};

} // namespace

TEST_CASE("two runs in one process give the bytes of separate runs", "[scenario]")
{
    const auto several = Several();
    const auto separate = ResultsOfSeparateRuns(several);
    for (const int round : {1, 2})
    {
        for (const auto& [name, loaded] : several)
        {
            INFO(name << ", round " << round);
            CHECK(ResultOf(loaded) == separate.at(name));
        }
    }
    CHECK(separate.at("plain") != separate.at("another seed"));
}

TEST_CASE("a run that was cancelled or broke leaves nothing that changes the next", "[scenario]")
{
    const auto several = Several();
    const auto separate = ResultsOfSeparateRuns(several);
    for (const auto& [name, loaded] : several)
    {
        INFO(name);
        const TemporaryFolder folder;
        Ender cancels(false);
        CHECK_THROWS_AS(RunScenario(loaded, {folder.Path("out")}, &cancels), RunCancelled);
        CHECK(cancels.reached < kSecond / 2);
        CHECK(std::filesystem::is_empty(folder.Path(".")));
        Ender breaks(true);
        CHECK_THROWS_AS(RunScenario(loaded, {folder.Path("out")}, &breaks), std::domain_error);
        CHECK(std::filesystem::is_empty(folder.Path(".")));
        auto wrong = Base();
        wrong["hosts"]["a"]["tcp"]["congestion"] = "ns3:TcpNoSuch";
        ErrorOf([&] { RunScenario(LoadScenarioText(wrong.dump(), "t.json", ".")); });
        CHECK(ResultOf(loaded) == separate.at(name));
    }
}

TEST_CASE("a run leaves ns-3's settings as the program made them", "[scenario]")
{
    const Settings found;
    ns3::RngSeedManager::SetSeed(3);
    ns3::RngSeedManager::SetRun(11);
    ns3::Config::SetDefault("ns3::PcapFileWrapper::CaptureSize", ns3::UintegerValue(200));
    const Settings mine;
    const TemporaryFolder folder;
    for (const auto& [name, loaded] : Several())
    {
        INFO(name);
        RunScenario(loaded, {folder.Path("out")});
        CHECK(Settings() == mine);
        Ender breaks(true);
        CHECK_THROWS(RunScenario(loaded, {folder.Path("out")}, &breaks));
        CHECK(Settings() == mine);
    }
    ns3::RngSeedManager::SetSeed(found.seed);
    ns3::RngSeedManager::SetRun(found.run);
    ns3::Config::SetDefault("ns3::PcapFileWrapper::CaptureSize",
                            ns3::StringValue(found.captureSize));
}

TEST_CASE("a run inside a run is refused, and the outer one goes on", "[scenario]")
{
    class Nester : public Ender
    {
      public:
        explicit Nester(const LoadedScenario& loaded)
            : Ender(false),
              m_loaded(loaded)
        {
        }

        void OnProgress(TimeNs at) override
        {
            if (at == 0)
            {
                CHECK_THROWS_AS(RunScenario(m_loaded), std::logic_error);
            }
        }

      private:
        const LoadedScenario& m_loaded;
    };

    const auto loaded = LoadScenarioText(Base().dump(), "t.json", ".");
    Nester nester(loaded);
    const auto report = RunScenario(loaded, {}, &nester);
    CHECK(report.result.metrics.Get("traffic.t.bytes") == 500000);
}
