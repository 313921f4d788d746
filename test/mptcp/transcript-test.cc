// SPDX-License-Identifier: GPL-2.0-only

#include "transcript-player.h"

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
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             HOSTSTACK_SOURCE_DIR "/test/transcripts/mptcp"))
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

TEST_CASE("every MPTCP transcript is met", "[mptcp][transcript]")
{
    for (const auto& file : Scripts())
    {
        MptcpTranscript script(file);
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

TEST_CASE("every MPTCP transcript names its source and has a title of its own",
          "[mptcp][transcript]")
{
    std::vector<std::string> titles;
    for (const auto& file : Scripts())
    {
        MptcpTranscript script(file);
        INFO(file);
        CHECK(script.NamesItsSource());
        CHECK(std::count(titles.begin(), titles.end(), script.Title()) == 0);
        titles.push_back(script.Title());
    }
    CHECK(titles.size() >= 60);
}
