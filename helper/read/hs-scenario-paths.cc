// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-paths.h"

#include "ns3/hs-scenario-error.h"

#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace hoststack
{

namespace
{

namespace fs = std::filesystem;

bool
HoldsSchema(const fs::path& folder)
{
    std::error_code code;
    return fs::exists(folder / "schema" / "scenario.schema.json", code);
}

std::string
Find()
{
    if (const char* given = std::getenv("HOSTSTACK_SCENARIOS"))
    {
        return given;
    }
    std::error_code code;
    for (auto folder = fs::read_symlink("/proc/self/exe", code).parent_path();
         !code && folder.has_relative_path();
         folder = folder.parent_path())
    {
        if (HoldsSchema(folder / "scenarios"))
        {
            return (folder / "scenarios").string();
        }
    }
#ifdef HOSTSTACK_SOURCE_DIR
    if (HoldsSchema(fs::path(HOSTSTACK_SOURCE_DIR) / "scenarios"))
    {
        return std::string(HOSTSTACK_SOURCE_DIR) + "/scenarios";
    }
#endif
    throw ScenarioError({"",
                         0,
                         0,
                         "",
                         "the folder with the scenario schema and the profiles was not found",
                         "the project's `scenarios` folder above the program, or its path in the "
                         "environment variable HOSTSTACK_SCENARIOS",
                         ""});
}

} // namespace

std::string
ScenariosFolder()
{
    static const std::string folder = Find();
    return folder;
}

std::vector<std::string>
ProfileFolders(const std::string& beside)
{
    std::vector<std::string> folders;
    if (!beside.empty())
    {
        folders.push_back(beside);
        folders.push_back((fs::path(beside) / "profiles").string());
    }
    if (const char* given = std::getenv("HOSTSTACK_PROFILES"))
    {
        std::istringstream list(given);
        for (std::string folder; std::getline(list, folder, ':');)
        {
            if (!folder.empty())
            {
                folders.push_back(folder);
            }
        }
    }
    folders.push_back(ScenariosFolder() + "/profiles");
    return folders;
}

} // namespace hoststack
