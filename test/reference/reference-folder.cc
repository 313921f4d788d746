// SPDX-License-Identifier: GPL-2.0-only

#include "reference-folder.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

namespace hoststack::reference
{

namespace
{

std::filesystem::path
Folder()
{
    const char* other = std::getenv("HOSTSTACK_REFERENCE");
    return other && *other ? std::filesystem::path(other)
                           : std::filesystem::path(HOSTSTACK_SOURCE_DIR "/test/reference/host");
}

} // namespace

std::vector<Json>
CasesOf(const std::string& group, const char* key)
{
    std::set<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(Folder()))
    {
        const auto stem = entry.path().stem().string();
        const bool isPart =
            stem.size() > group.size() + 1 && stem.rfind(group + "-", 0) == 0 &&
            stem.find_first_not_of("0123456789", group.size() + 1) == std::string::npos;
        if (entry.path().extension() == ".json" && (stem == group || isPart))
        {
            files.insert(entry.path());
        }
    }
    std::vector<Json> cases;
    for (const auto& path : files)
    {
        std::ifstream file(path);
        const auto json = Json::parse(file);
        cases.insert(cases.end(), json[key].begin(), json[key].end());
    }
    INFO("group " << group << " in " << Folder());
    CHECK_FALSE(cases.empty());
    return cases;
}

Group::Group(std::string name)
    : m_name(std::move(name))
{
    std::ifstream file(Folder() / "known-differences.txt");
    std::string line;
    while (std::getline(file, line))
    {
        const auto colon = line.find(": ");
        if (!line.empty() && line[0] != '#' && colon != std::string::npos)
        {
            m_known[line.substr(0, colon)] = line.substr(colon + 2);
        }
    }
}

void
Group::Judge(const std::string& name, const Differences& differences)
{
    ++m_cases;
    m_agree += differences.Count() == 0 ? 1 : 0;
    const auto known = m_known.find(name);
    INFO(m_name << ": " << name << differences.Text() << "\n  " << differences.Count()
                << " differences");
    if (known == m_known.end())
    {
        CHECK(differences.Count() == 0);
    }
    else
    {
        INFO("it is listed as different: " << known->second);
        CHECK(differences.Count() > 0);
    }
}

void
Group::Finish(std::size_t least)
{
    std::cout << m_name << ": " << m_agree << " of " << m_cases << " cases are identical\n";
    if (!std::getenv("HOSTSTACK_REFERENCE"))
    {
        CHECK(m_cases >= least);
    }
}

} // namespace hoststack::reference
