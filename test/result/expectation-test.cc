// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-expectation.h"
#include "ns3/hs-summary-text.h"
#include "ns3/hs-verdict.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>

using namespace hoststack;
using hoststack::test::ErrorOf;
using hoststack::test::LoadSound;
using nlohmann::json;

namespace
{

ExpectSpec
Expected(json expectation)
{
    expectation["because"] = "a test says so";
    const auto loaded = LoadSound({{"expect", json::array({expectation})}});
    return loaded.scenario.expect.at(0);
}

Verdict
Judged(const json& expectation, double measured)
{
    Metrics metrics;
    metrics.Set("traffic.download.goodput", measured);
    return Judge({Expected(expectation)}, metrics).at(0);
}

const std::string kGoodput = "traffic.download.goodput";

} // namespace

TEST_CASE("at_least and at_most include their limit", "[scenario]")
{
    const json least{{"metric", kGoodput}, {"at_least", "40 Mbit/s"}};
    CHECK(Judged(least, 40e6).met);
    CHECK_FALSE(Judged(least, 39.999e6).met);
    CHECK(Judged(least, 44e6).margin == Approx(0.1));
    const json most{{"metric", kGoodput}, {"at_most", "40 Mbit/s"}};
    CHECK(Judged(most, 40e6).met);
    CHECK_FALSE(Judged(most, 40.001e6).met);
    CHECK(Judged(most, 44e6).margin == Approx(-0.1));
}

TEST_CASE("within takes a share of the target or a quantity", "[scenario]")
{
    const json share{{"metric", kGoodput},
                     {"within", {{"target", "40 Mbit/s"}, {"tolerance", "5 %"}}}};
    CHECK(Judged(share, 38.1e6).met);
    CHECK(Judged(share, 41.9e6).met);
    CHECK_FALSE(Judged(share, 37.9e6).met);
    CHECK_FALSE(Judged(share, 42.1e6).met);
    const json absolute{{"metric", kGoodput},
                        {"within", {{"target", "40 Mbit/s"}, {"tolerance", "1 Mbit/s"}}}};
    CHECK(Judged(absolute, 40.9e6).met);
    CHECK_FALSE(Judged(absolute, 41.1e6).met);
}

TEST_CASE("equals compares exactly, and counts need no unit", "[scenario]")
{
    const auto spec = Expected({{"metric", "traffic.download.retransmits"}, {"equals", 0}});
    Metrics metrics;
    metrics.Set("traffic.download.retransmits", 0);
    CHECK(Judge({spec}, metrics).at(0).met);
    metrics.Set("traffic.download.retransmits", 1);
    CHECK_FALSE(Judge({spec}, metrics).at(0).met);
}

TEST_CASE("a metric that the run did not yield fails its expectation", "[scenario]")
{
    const auto spec = Expected({{"metric", "traffic.download.completion"}, {"at_most", "9 s"}});
    Metrics metrics;
    CHECK_FALSE(Judge({spec}, metrics).at(0).met);
    metrics.SetMissing("traffic.download.completion");
    const auto verdict = Judge({spec}, metrics).at(0);
    CHECK_FALSE(verdict.met);
    CHECK_FALSE(verdict.measured);
}

TEST_CASE("a known miss is no failure, unless the run yields no value at all", "[scenario]")
{
    json least{{"metric", kGoodput}, {"at_least", "40 Mbit/s"}};
    CHECK(Judged(least, 39e6).IsFailure());
    least["known-miss"] = "the processor costs nothing";
    CHECK_FALSE(Judged(least, 39e6).met);
    CHECK_FALSE(Judged(least, 39e6).IsFailure());
    CHECK(VerdictText(Judged(least, 39e6), "").find("known, not counted: the processor") !=
          std::string::npos);
    CHECK(VerdictText(Judged(least, 41e6), "").find("met, though said to be missed") !=
          std::string::npos);
    CHECK(Judge({Expected(least)}, Metrics()).at(0).IsFailure());
}

TEST_CASE("a miss that is said of runs without the direct path is one there only", "[scenario]")
{
    const json patch{{"expect",
                      {{{"metric", "run.duration"},
                        {"at_least", "1 s"},
                        {"because", "it is so"},
                        {"known-miss-without-direct-path", "packets of ns-3's IP"}}}}};
    CHECK(LoadSound(patch).scenario.expect.at(0).knownMiss.empty());
    auto other = patch;
    other["run"]["direct-path"] = false;
    CHECK(LoadSound(other).scenario.expect.at(0).knownMiss == "packets of ns-3's IP");
}

TEST_CASE("a live run is not judged by what nobody knows of a kernel", "[scenario]")
{
    const auto spec = Expected({{"metric", "traffic.download.completion"}, {"at_most", "9 s"}});
    Metrics metrics;
    CHECK(Judge({spec}, metrics, RunMode::Live).at(0).skipped == "not known live");
    CHECK(Judge({spec}, metrics, RunMode::Simulated).at(0).skipped.empty());
    // Known to be missing is something else: the transfer did not complete.
    metrics.SetMissing("traffic.download.completion");
    CHECK(Judge({spec}, metrics, RunMode::Live).at(0).skipped.empty());
    CHECK_FALSE(Judge({spec}, metrics, RunMode::Live).at(0).met);
}

TEST_CASE("an expectation counts in the kind of run that it is for", "[scenario]")
{
    Metrics metrics;
    metrics.Set("traffic.download.completion", 10);
    const auto verdict = [&](const char* only, RunMode mode) {
        return Judge({Expected({{"metric", "traffic.download.completion"},
                                {"at_most", "9 s"},
                                {"only", only}})},
                     metrics,
                     mode)
            .at(0);
    };
    CHECK(verdict("live", RunMode::Live).skipped.empty());
    CHECK(verdict("live", RunMode::Simulated).skipped == "only for live runs");
    CHECK(verdict("simulated", RunMode::Simulated).skipped.empty());
    CHECK(verdict("simulated", RunMode::Live).skipped == "only for simulated runs");
}

TEST_CASE("an expectation that cannot be judged is a mistake in the scenario", "[scenario]")
{
    const auto pointer = [](const json& expectation) {
        return ErrorOf([&] { Expected(expectation); }).pointer;
    };
    CHECK(pointer({{"metric", kGoodput}, {"at_least", 40}}) == "/expect/0/at_least");
    CHECK(pointer({{"metric", kGoodput}, {"at_least", "40 s"}}) == "/expect/0/at_least");
    CHECK(pointer({{"metric", kGoodput}}) == "/expect/0");
    CHECK(pointer({{"metric", kGoodput}, {"at_least", "1 bit/s"}, {"at_most", "2 bit/s"}}) ==
          "/expect/0");
    CHECK(pointer({{"metric", "traffic.upload.goodput"}, {"at_least", "1 bit/s"}}) ==
          "/expect/0/metric");
    CHECK(pointer({{"metric", "traffic"}, {"at_least", "1 bit/s"}}) == "/expect/0/metric");
    CHECK(pointer({{"metric", "links.path.dwn.rate"}, {"at_least", "1 bit/s"}}) ==
          "/expect/0/metric");
}

TEST_CASE("every metric belongs to one family of the catalogue", "[scenario]")
{
    const auto scenario = LoadSound().scenario;
    for (const auto& name : MetricNames(scenario))
    {
        INFO(name);
        CHECK(FindMetric(name) != nullptr);
    }
    CHECK(FindMetric("traffic.a.b.goodput") == nullptr);
    CHECK(FindMetric("traffic..goodput") == nullptr);
    CHECK(FindMetric("traffic.a.goodputs") == nullptr);
}
