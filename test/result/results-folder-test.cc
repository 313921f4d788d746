// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-results-folder.h"
#include "scenario-test-tools.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>

using namespace hoststack;
using hoststack::test::ErrorOf;
using hoststack::test::TemporaryFolder;

namespace
{

namespace fs = std::filesystem;

const char* const kManifest = R"({"files": ["client.pcapng", "inputs/a", "summary.json"]})";

} // namespace

TEST_CASE("results appear when they are whole, and not before", "[scenario]")
{
    const TemporaryFolder folder;
    const auto target = folder.Path("deep/run");
    ResultsFolder results(target);
    folder.Write("deep/.run.part/summary.json", "{}");
    CHECK_FALSE(fs::exists(target));
    results.Commit();
    CHECK(folder.Read("deep/run/summary.json") == "{}");
    CHECK_FALSE(fs::exists(folder.Path("deep/.run.part")));
}

TEST_CASE("a run that fails leaves the results of an earlier one as they were", "[scenario]")
{
    const TemporaryFolder folder;
    folder.Write("run/summary.json", "old");
    {
        const ResultsFolder results(folder.Path("run"));
        folder.Write(".run.part/summary.json", "new");
    }
    CHECK(folder.Read("run/summary.json") == "old");
    CHECK_FALSE(fs::exists(folder.Path(".run.part")));
}

TEST_CASE("new results replace all of the old ones and nothing else", "[scenario]")
{
    const TemporaryFolder folder;
    folder.Write("run/manifest.json", kManifest);
    folder.Write("run/summary.json", "old");
    folder.Write("run/client.pcapng", "old");
    folder.Write("run/inputs/a", "old");
    folder.Write("run/notes.txt", "mine");
    ResultsFolder results(folder.Path("run"));
    folder.Write(".run.part/summary.json", "new");
    results.Commit();
    CHECK(folder.Read("run/summary.json") == "new");
    CHECK(folder.Read("run/notes.txt") == "mine");
    CHECK_FALSE(fs::exists(folder.Path("run/client.pcapng")));
    CHECK_FALSE(fs::exists(folder.Path("run/inputs")));
    CHECK_FALSE(fs::exists(folder.Path(".run.part")));
}

TEST_CASE("files in a folder that no run has written stay", "[scenario]")
{
    const TemporaryFolder folder;
    folder.Write("run/thesis.txt", "mine");
    folder.Write("run/src/main.cc", "mine");
    folder.Write("run/series.csv", "mine");
    ResultsFolder results(folder.Path("run"));
    folder.Write(".run.part/summary.json", "new");
    folder.Write(".run.part/series.csv", "new");
    folder.Write(".run.part/manifest.json", kManifest);
    results.Commit();
    CHECK(folder.Read("run/thesis.txt") == "mine");
    CHECK(folder.Read("run/src/main.cc") == "mine");
    CHECK(folder.Read("run/series.csv") == "new");
    CHECK(folder.Read("run/manifest.json") == kManifest);
    CHECK_FALSE(fs::exists(folder.Path(".run.part")));
}

TEST_CASE("two runs cannot write to one folder at one time", "[scenario]")
{
    const TemporaryFolder folder;
    auto first = std::make_unique<ResultsFolder>(folder.Path("run"));
    const auto issue = ErrorOf([&] { ResultsFolder second(folder.Path("./run")); });
    CHECK_THAT(issue.message, Catch::Contains("another run is writing there"));
    first.reset();
    CHECK_NOTHROW(ResultsFolder(folder.Path("run")));
}

TEST_CASE("what a killed run left does not get into the next one's results", "[scenario]")
{
    const TemporaryFolder folder;
    folder.Write(".run.part/series.csv", "half");
    folder.Write(".run.part/client.pcapng", "half");
    ResultsFolder results(folder.Path("run"));
    folder.Write(".run.part/summary.json", "new");
    results.Commit();
    CHECK_FALSE(fs::exists(folder.Path("run/series.csv")));
    CHECK_FALSE(fs::exists(folder.Path("run/client.pcapng")));
}

TEST_CASE("what a run left is not removed while another one is at it", "[scenario]")
{
    const TemporaryFolder folder;
    const auto part = folder.Path(".run.part");
    {
        const ResultsFolder results(folder.Path("run"));
        ResultsFolder::Discard(part);
        CHECK(fs::exists(part));
    }
    folder.Write(".run.part/series.csv", "half");
    ResultsFolder::Discard(part);
    CHECK_FALSE(fs::exists(part));
}

TEST_CASE("a results folder behind a symbolic link stays behind it", "[scenario]")
{
    const TemporaryFolder folder;
    fs::create_directories(folder.Path("elsewhere/run"));
    fs::create_symlink(folder.Path("elsewhere/run"), folder.Path("run"));
    ResultsFolder results(folder.Path("run"));
    folder.Write("elsewhere/.run.part/summary.json", "new");
    results.Commit();
    CHECK(fs::is_symlink(folder.Path("run")));
    CHECK(folder.Read("run/summary.json") == "new");
}

TEST_CASE("results do not replace the folder in which somebody stands", "[scenario]")
{
    const TemporaryFolder folder;
    fs::create_directories(folder.Path("run/deep"));
    const auto before = fs::current_path();
    fs::current_path(folder.Path("run/deep"));
    for (const std::string target : {"..", ".", "../../run", "../deep"})
    {
        INFO(target);
        const auto issue = ErrorOf([&] { const ResultsFolder results(target); });
        CHECK(issue.message.find("the current directory is in it") != std::string::npos);
    }
    CHECK_NOTHROW(ResultsFolder("../other"));
    fs::remove_all(folder.Path("run"));
    ErrorOf([] { const ResultsFolder results("other"); }); // there is no current directory
    fs::current_path(before);
}

TEST_CASE("new results leave a folder as open to others as it was", "[scenario]")
{
    const TemporaryFolder folder;
    folder.Write("run/manifest.json", kManifest);
    fs::permissions(folder.Path("run"), fs::perms::owner_all);
    ResultsFolder results(folder.Path("run"));
    results.Commit();
    CHECK(fs::status(folder.Path("run")).permissions() == fs::perms::owner_all);
}
