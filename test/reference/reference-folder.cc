// SPDX-License-Identifier: GPL-2.0-only

#include "reference-folder.h"

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <set>

namespace hoststack::reference
{

namespace
{

std::filesystem::path
Folder(const std::string& name)
{
    const char* other = std::getenv("HOSTSTACK_REFERENCE");
    if (other == nullptr || *other == '\0')
    {
        return std::filesystem::path(HOSTSTACK_SOURCE_DIR "/test/reference") / name;
    }
    const auto below = std::filesystem::path(other) / name;
    return std::filesystem::is_directory(below) ? below : std::filesystem::path(other);
}

/// The lines of a file; of one that ends in ".gz", as gzip unpacks it.
std::vector<std::string>
LinesOf(const std::filesystem::path& path)
{
    std::string text;
    if (path.extension() == ".gz")
    {
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(
            popen(("gzip -dc '" + path.string() + "'").c_str(), "r"),
            pclose);
        REQUIRE(pipe);
        std::array<char, 65536> part{};
        while (const auto got = std::fread(part.data(), 1, part.size(), pipe.get()))
        {
            text.append(part.data(), got);
        }
    }
    else
    {
        std::ifstream file(path);
        text.assign(std::istreambuf_iterator<char>(file), {});
    }
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
    {
        lines.push_back(line);
    }
    return lines;
}

} // namespace

std::vector<Json>
CasesOf(const std::string& group, const char* key)
{
    std::set<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(Folder("host")))
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
    INFO("group " << group << " in " << Folder("host"));
    CHECK_FALSE(cases.empty());
    return cases;
}

void
ForEachLine(const std::string& folder, const std::function<void(const Json&)>& see)
{
    std::set<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(Folder(folder)))
    {
        const auto name = entry.path().filename().string();
        if (name.find(".jsonl") != std::string::npos)
        {
            files.insert(entry.path());
        }
    }
    INFO("cases in " << Folder(folder));
    CHECK_FALSE(files.empty());
    for (const auto& path : files)
    {
        const auto lines = LinesOf(path);
        INFO(path);
        CHECK_FALSE(lines.empty());
        for (const auto& line : lines)
        {
            see(Json::parse(line));
        }
    }
}

void
ForEachFile(const std::string& folder, const std::function<void(const Json&)>& see)
{
    std::set<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(Folder(folder)))
    {
        if (entry.path().extension() == ".json")
        {
            files.insert(entry.path());
        }
    }
    INFO("cases in " << Folder(folder));
    CHECK_FALSE(files.empty());
    for (const auto& path : files)
    {
        std::ifstream file(path);
        see(Json::parse(file));
    }
}

Group::Group(std::string name, const std::string& folder)
    : m_name(std::move(name))
{
    std::ifstream file(Folder(folder) / "known-differences.txt");
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
