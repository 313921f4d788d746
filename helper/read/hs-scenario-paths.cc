// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-paths.h"

#include "ns3/hs-scenario-error.h"

#include <cstdlib>
#include <dlfcn.h>
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

/// The folder of scenarios in a source tree or an installation, somewhere above \p place; or "".
std::string
FindAbove(fs::path place)
{
    for (place = place.parent_path(); place.has_relative_path(); place = place.parent_path())
    {
        for (const char* below : {"scenarios", "share/hoststack/scenarios"})
        {
            if (HoldsSchema(place / below))
            {
                return (place / below).string();
            }
        }
    }
    return {};
}

std::string
Find()
{
    if (const char* given = std::getenv("HOSTSTACK_SCENARIOS"))
    {
        return given;
    }
    std::error_code code;
    for (const auto& file : {fs::path(ProgramFile()), fs::read_symlink("/proc/self/exe", code)})
    {
        if (auto found = FindAbove(file); !found.empty())
        {
            return found;
        }
    }
#ifdef HOSTSTACK_SOURCE_DIR
    if (HoldsSchema(fs::path(HOSTSTACK_SOURCE_DIR) / "scenarios"))
    {
        return std::string(HOSTSTACK_SOURCE_DIR) + "/scenarios";
    }
#endif
    throw ScenarioError(
        {"",
         0,
         0,
         "",
         "the folder with the scenario schema and the profiles was not found",
         "the project's `scenarios` folder above the program or its library, or its "
         "path in the environment variable HOSTSTACK_SCENARIOS",
         ""});
}

} // namespace

std::string
ProgramFile()
{
    std::error_code code;
    Dl_info info{};
    const bool known = dladdr(reinterpret_cast<const void*>(&ProgramFile), &info) && info.dli_fname;
    // Of the program itself the loader knows what it was called by, of libraries where they are.
    const fs::path name = known && info.dli_fname[0] == '/' ? info.dli_fname : "/proc/self/exe";
    return fs::canonical(name, code).string();
}

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
