// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-profile.h"

#include "ns3/hs-nearest.h"
#include "ns3/hs-scenario-paths.h"
#include "ns3/hs-scenario-schema.h"

#include <algorithm>
#include <filesystem>
#include <map>

namespace hoststack
{

namespace
{

namespace fs = std::filesystem;
using nlohmann::json;

const char* const kMetaKeys[] =
    {"$schema", "hoststack-profile", "kind", "name", "about", "extends", "sources"};

json
BodyOf(const json& document)
{
    json body = document;
    for (const char* key : kMetaKeys)
    {
        body.erase(key);
    }
    return body;
}

ScenarioIssue
IssueAt(const JsonSource& source, const SchemaIssue& issue)
{
    const auto at = source.Locate(issue.pointer);
    return {source.Name(),
            at.line,
            at.column,
            issue.pointer.to_string(),
            issue.message,
            issue.expected,
            issue.nearest};
}

/// Files KIND/NAME.json by name; the first folder wins.
std::map<std::string, std::string>
FilesOf(const std::string& kind, const std::string& beside)
{
    std::map<std::string, std::string> files;
    for (const auto& folder : ProfileFolders(beside))
    {
        std::error_code code;
        for (const auto& entry : fs::directory_iterator(fs::path(folder) / kind, code))
        {
            if (entry.path().extension() == ".json")
            {
                files.emplace(entry.path().stem().string(), entry.path().string());
            }
        }
    }
    return files;
}

std::string
Listed(const std::map<std::string, std::string>& files)
{
    std::string text;
    for (const auto& [name, path] : files)
    {
        text += (text.empty() ? "" : ", ") + name;
    }
    return text;
}

/// Leaves of \p value (dotted path, pointer) that neither they nor what holds them has a source.
void
FindUnsourced(const json& value,
              const std::string& path,
              const json::json_pointer& pointer,
              const json& sources,
              std::vector<SchemaIssue>& issues)
{
    if (!path.empty() && sources.contains(path))
    {
        return;
    }
    if (value.is_structured())
    {
        for (const auto& item : value.items())
        {
            const auto inner = path.empty() ? item.key() : path + '.' + item.key();
            const auto at =
                value.is_array() ? pointer / std::stoul(item.key()) : pointer / item.key();
            FindUnsourced(item.value(), inner, at, sources, issues);
        }
        return;
    }
    issues.push_back({pointer,
                      "\"" + path + "\" has no entry in `sources`",
                      "where the number is from: measured, published, derived or estimate",
                      ""});
}

} // namespace

const std::vector<std::string>&
ProfileKinds()
{
    static const std::vector<std::string> kinds{"hardware", "link", "nic", "os"};
    return kinds;
}

std::vector<Profile>
LoadProfile(const std::string& kind, const std::string& name, const std::string& beside)
{
    std::vector<Profile> chain;
    std::string wanted = name;
    do
    {
        const auto files = FilesOf(kind, beside);
        const auto found = files.find(wanted);
        if (found == files.end())
        {
            std::vector<std::string> names;
            for (const auto& [known, path] : files)
            {
                names.push_back(known);
            }
            ScenarioIssue issue;
            issue.message = "unknown " + kind + " profile " + Quoted(wanted);
            issue.expected = "one of " + Listed(files);
            issue.nearest = NearestName(wanted, names);
            if (!chain.empty())
            {
                const auto& child = chain.front().source;
                const json::json_pointer pointer("/extends");
                issue = IssueAt(child, {pointer, issue.message, issue.expected, issue.nearest});
            }
            throw ScenarioError(issue);
        }
        Profile profile;
        profile.source = JsonSource::Load(found->second);
        profile.folder = fs::path(found->second).parent_path().string();
        const json& document = profile.source.Value();
        auto issues = ScenarioSchema::Get().CheckPart(document, "profile");
        if (issues.empty() && (document["kind"] != kind || document["name"] != wanted))
        {
            issues.push_back({json::json_pointer(),
                              "does not describe what its folder and file name say",
                              "\"kind\": \"" + kind + "\", \"name\": \"" + wanted + "\"",
                              ""});
        }
        for (const auto& earlier : chain)
        {
            if (issues.empty() && earlier.source.Name() == profile.source.Name())
            {
                issues.push_back({json::json_pointer("/extends"),
                                  "the profile extends itself",
                                  "a chain that ends",
                                  ""});
            }
        }
        if (!issues.empty())
        {
            throw ScenarioError(IssueAt(profile.source, issues.front()));
        }
        profile.about = document["about"];
        profile.body = BodyOf(document);
        wanted = document.value("extends", "");
        chain.insert(chain.begin(), std::move(profile));
    } while (!wanted.empty());
    return chain;
}

std::vector<std::pair<std::string, std::string>>
ListProfiles(const std::string& kind, const std::string& beside)
{
    std::vector<std::pair<std::string, std::string>> list;
    for (const auto& [name, path] : FilesOf(kind, beside))
    {
        list.emplace_back(name, LoadProfile(kind, name, beside).back().about);
    }
    return list;
}

std::vector<ScenarioIssue>
CheckProfile(const JsonSource& source)
{
    const json& document = source.Value();
    auto found = ScenarioSchema::Get().CheckPart(document, "profile");
    if (found.empty())
    {
        const bool isLink = document["kind"] == "link";
        const json body = BodyOf(document);
        json whole = body;
        if (isLink)
        {
            whole["ends"] = {"a", "b"};
        }
        found = ScenarioSchema::Get().CheckPart(whole, isLink ? "link" : "host");
        FindUnsourced(body, "", json::json_pointer(), document["sources"], found);
        for (const auto& item : document["sources"].items())
        {
            std::string path = "/" + item.key();
            std::replace(path.begin(), path.end(), '.', '/');
            if (path.find('~') != std::string::npos || !body.contains(json::json_pointer(path)))
            {
                found.push_back({json::json_pointer("/sources") / item.key(),
                                 "\"" + item.key() + "\" names nothing in this profile",
                                 "the dotted path of a value",
                                 ""});
            }
        }
    }
    std::vector<ScenarioIssue> issues;
    for (const auto& issue : found)
    {
        issues.push_back(IssueAt(source, issue));
    }
    return issues;
}

} // namespace hoststack
