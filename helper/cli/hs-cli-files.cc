// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-cli.h"
#include "ns3/hs-json-source.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace hoststack
{

namespace
{

namespace fs = std::filesystem;

[[noreturn]] void
Fail(const std::string& path, const std::string& message)
{
    throw ScenarioError(
        {path, 0, 0, "", message, "a scenario file, a folder, or - for standard input", ""});
}

/// Whether \p path, which nobody named, can be meant: what is no JSON or says something that a
/// scenario says is, also if it is wrong; the settings of an editor are not.
bool
MayBeMeant(const fs::path& path, bool withProfiles)
{
    if (path.filename() == "scenario.resolved.json")
    {
        return false; // of results
    }
    std::string text;
    try
    {
        text = ReadTextFile(path.string());
    }
    catch (const ScenarioError&)
    {
        return true;
    }
    const auto value = nlohmann::json::parse(text, nullptr, false);
    if (value.is_discarded())
    {
        return true;
    }
    if (value.is_object() && value.contains("hoststack-profile"))
    {
        return withProfiles;
    }
    if (value.is_object() && value.contains("hoststack-manifest"))
    {
        return false; // of results
    }
    static constexpr std::array<const char*, 5> keys{"hoststack",
                                                     "hosts",
                                                     "links",
                                                     "traffic",
                                                     "extends"};
    return value.is_object() && std::any_of(keys.begin(), keys.end(), [&](const char* key) {
               return value.contains(key);
           });
}

bool
IsLeftOut(const std::string& folder, bool withProfiles)
{
    return folder[0] == '.' || folder == "schema" || (folder == "profiles" && !withProfiles);
}

std::vector<std::string>
FilesBelow(const std::string& path, bool withProfiles)
{
    std::error_code code;
    std::vector<std::string> found;
    auto entry = fs::recursive_directory_iterator(path, code);
    while (!code && entry != fs::recursive_directory_iterator())
    {
        std::error_code unknown;
        const auto name = entry->path().filename().string();
        if (entry->is_directory(unknown) && IsLeftOut(name, withProfiles))
        {
            entry.disable_recursion_pending();
        }
        else if (entry->is_regular_file(unknown) && entry->path().extension() == ".json" &&
                 MayBeMeant(entry->path(), withProfiles))
        {
            found.push_back(entry->path().string());
        }
        entry.increment(code);
    }
    if (code)
    {
        Fail(path, "cannot be searched: " + code.message());
    }
    std::sort(found.begin(), found.end());
    return found;
}

} // namespace

std::vector<std::string>
FindScenarioFiles(const std::vector<std::string>& paths, bool withProfiles)
{
    std::vector<std::string> files;
    for (const auto& path : paths)
    {
        std::error_code code;
        if (path == "-")
        {
            files.push_back(path);
        }
        else if (fs::is_directory(path, code))
        {
            const auto found = FilesBelow(path, withProfiles);
            files.insert(files.end(), found.begin(), found.end());
        }
        else if (fs::exists(path, code))
        {
            files.push_back(path);
        }
        else
        {
            Fail(path, "does not exist");
        }
    }
    return files;
}

const std::string&
StandardInput()
{
    static const std::string text = ReadTextFile("/dev/stdin", ReadFrom::Stream);
    return text;
}

} // namespace hoststack
