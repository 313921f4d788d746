// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_TEST_TOOLS_H
#define HS_SCENARIO_TEST_TOOLS_H

#include "ns3/hs-json-source.h"
#include "ns3/hs-scenario-error.h"
#include "ns3/hs-scenario-reader.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace hoststack::test
{

/// A folder of its own that goes away with the object.
class TemporaryFolder
{
  public:
    TemporaryFolder()
    {
        auto pattern = (std::filesystem::temp_directory_path() / "hs-test-XXXXXX").string();
        if (!mkdtemp(pattern.data()))
        {
            throw std::runtime_error("no temporary folder");
        }
        m_path = pattern;
    }

    ~TemporaryFolder()
    {
        std::error_code code;
        if (!m_path.empty())
        {
            std::filesystem::remove_all(m_path, code);
        }
    }

    TemporaryFolder(TemporaryFolder&& other) noexcept
    {
        m_path.swap(other.m_path);
    }

    std::string Path(const std::string& file) const
    {
        return m_path + '/' + file;
    }

    void Write(const std::string& file, const std::string& text) const
    {
        std::filesystem::create_directories(std::filesystem::path(Path(file)).parent_path());
        std::ofstream(Path(file)) << text;
    }

    std::string Read(const std::string& file) const
    {
        return ReadTextFile(Path(file));
    }

  private:
    std::string m_path;
};

/// A small scenario without a mistake: test/scenario/sound.json.
inline nlohmann::json
Sound()
{
    return nlohmann::json::parse(
        ReadTextFile(std::string(HOSTSTACK_SOURCE_DIR) + "/test/scenario/sound.json"));
}

/// sound.json with \p patch (RFC 7396) in a folder of its own.
inline TemporaryFolder
WriteSound(const nlohmann::json& patch = nlohmann::json::object())
{
    auto document = Sound();
    document.merge_patch(patch);
    TemporaryFolder folder;
    folder.Write("sound.json", document.dump(2));
    return folder;
}

inline LoadedScenario
LoadSound(const nlohmann::json& patch = nlohmann::json::object())
{
    const auto folder = WriteSound(patch);
    return LoadScenario(folder.Path("sound.json"));
}

/// The first issue of the ScenarioError that \p call must throw.
template <class Call>
ScenarioIssue
ErrorOf(const Call& call)
{
    try
    {
        call();
    }
    catch (const ScenarioError& error)
    {
        INFO(error.what());
        REQUIRE_FALSE(error.Issues().empty());
        return error.Issues().front();
    }
    FAIL("no ScenarioError");
    return {};
}

} // namespace hoststack::test

#endif // HS_SCENARIO_TEST_TOOLS_H
