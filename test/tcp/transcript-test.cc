// SPDX-License-Identifier: GPL-2.0-only

#include "transcript.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

using namespace hoststack::test;

namespace
{

std::vector<std::string>
Scripts()
{
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(HOSTSTACK_SOURCE_DIR
                                                                           "/test/transcripts/tcp"))
    {
        if (entry.path().extension() == ".script")
        {
            files.push_back(entry.path().string());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

} // namespace

TEST_CASE("every TCP transcript is met", "[tcp][transcript]")
{
    for (const auto& file : Scripts())
    {
        Transcript script(file);
        DYNAMIC_SECTION(script.Title())
        {
            try
            {
                script.Run();
            }
            catch (const TranscriptFailure& failure)
            {
                FAIL(failure.what());
            }
            SUCCEED();
        }
    }
}

TEST_CASE("every TCP transcript names its source and has a title of its own", "[tcp][transcript]")
{
    std::vector<std::string> titles;
    for (const auto& file : Scripts())
    {
        Transcript script(file);
        INFO(file);
        CHECK(script.NamesItsSource());
        CHECK(std::count(titles.begin(), titles.end(), script.Title()) == 0);
        titles.push_back(script.Title());
    }
    CHECK(titles.size() >= 60);
}

TEST_CASE("a transcript that is not met says where, what was expected and what came",
          "[tcp][transcript]")
{
    const auto file = std::filesystem::temp_directory_path() / "hoststack-transcript-test.script";
    const auto run = [&](const std::string& line) {
        std::ofstream(file) << "title: t\n0 connect\n" << line << "\n";
        try
        {
            Transcript(file.string()).Run();
        }
        catch (const TranscriptFailure& failure)
        {
            return std::string(failure.what());
        }
        return std::string("met");
    };
    CHECK(run("+0 > S 0:0(0)") == "met");
    CHECK_THAT(run("+0 > S 1:1(0)"), Catch::Contains(":3: +0 > S 1:1(0)"));
    CHECK_THAT(run("+0 > S 1:1(0)"), Catch::Contains("came: > S 0:0(0) win"));
    CHECK_THAT(run("+1 > S 0:0(0)"), Catch::Contains("came at 0.000000"));
    CHECK_THAT(run("+0 > S 0:0(0) <mss 999>"), Catch::Contains("came: >"));
    CHECK_THAT(run("+1 nothing"), Catch::Contains("unexpected at 0.000000"));
    CHECK_THAT(run("+0 > S 0:0(0)\n+0 expect state ESTAB"), Catch::Contains("SYN-SENT"));
    CHECK_THAT(run("+0 dance"), Catch::Contains("unexpected at"));
    std::filesystem::remove(file);
}
