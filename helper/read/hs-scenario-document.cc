// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-document.h"

#include "ns3/hs-json-overlay.h"
#include "ns3/hs-nearest.h"
#include "ns3/hs-profile.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <utility>

namespace hoststack
{

namespace
{

namespace fs = std::filesystem;
using nlohmann::json;
using Pointer = json::json_pointer;

/// Where a profile can be named, and which keys name it.
struct ProfilePlace
{
    const char* group;
    const char* kind; ///< of the profile
    const char* key;
};

// The operating system lies over the hardware: it knows what the hardware only suggests. The driver
// of a NIC lies over both; which one the hardware has counts where a host has a NIC at all.
const ProfilePlace kProfilePlaces[] = {
    {"hosts", "hardware", "hardware"},
    {"hosts", "os", "os"},
    {"hosts", "nic", "nic-model"},
    {"links", "link", "preset"},
};

/// Nothing in a scenario lies deeper (JsonSource refuses it).
constexpr std::size_t kMostTokens = 64;
/// Of a chain of `extends`.
constexpr std::size_t kMostFiles = 64;

/// "a.b.c" or "/a/b/c" as tokens. \throws json::exception for what is no pointer
std::vector<std::string>
PathTokens(const std::string& path)
{
    std::vector<std::string> tokens;
    if (path.empty() || path[0] == '/')
    {
        for (Pointer p(path); !p.empty(); p.pop_back())
        {
            tokens.push_back(p.back());
        }
        std::reverse(tokens.begin(), tokens.end());
        return tokens;
    }
    std::size_t begin = 0;
    for (std::size_t dot = 0; dot != std::string::npos; begin = dot + 1)
    {
        dot = path.find('.', begin);
        tokens.push_back(path.substr(begin, dot - begin));
    }
    return tokens;
}

bool
IsSelector(const std::vector<std::string>& tokens)
{
    return tokens.size() == 3 &&
           std::any_of(std::begin(kProfilePlaces), std::end(kProfilePlaces), [&](const auto& p) {
               return tokens[0] == p.group && tokens[2] == p.key;
           });
}

/// Whether what is set there decides if a host has a NIC.
bool
IsOfNic(const std::vector<std::string>& tokens, const json& value)
{
    return tokens.size() >= 3 && tokens[0] == "hosts" && tokens[2] == "nic" &&
           (tokens.size() == 3 || !value.is_null());
}

std::vector<std::string>
KeysOf(const json& object)
{
    std::vector<std::string> keys;
    for (const auto& item : object.items())
    {
        keys.push_back(item.key());
    }
    return keys;
}

/// Whether \p text is UTF-8 without quotes and control characters.
bool
IsText(const std::string& text)
{
    return json::accept('"' + text + '"') && text.find('\\') == std::string::npos;
}

bool
WantsText(const std::vector<std::string>& tokens)
{
    Pointer pointer;
    for (const auto& token : tokens)
    {
        pointer /= token;
    }
    return ScenarioSchema::Get().IsPlainText(pointer);
}

/// `--set` and its text, shortened for a message.
std::string
SetName(const std::string& text)
{
    constexpr std::size_t longest = 300;
    return "--set " + (text.size() > longest ? text.substr(0, longest) + "..." : text);
}

bool
IsNamedGroup(const std::string& token)
{
    return token == "hosts" || token == "links" || token == "traffic";
}

} // namespace

ScenarioDocument
ScenarioDocument::Load(const std::string& path, const std::vector<std::string>& sets)
{
    const auto folder = fs::path(path).parent_path().string();
    return FromText(ReadTextFile(path), path, folder.empty() ? "." : folder, sets);
}

ScenarioDocument
ScenarioDocument::FromText(std::string text,
                           const std::string& name,
                           const std::string& folder,
                           const std::vector<std::string>& sets)
{
    ScenarioDocument document;
    std::error_code code;
    auto canonical = fs::weakly_canonical(name, code).string();
    auto source = JsonSource::Parse(std::move(text), name);
    std::vector<Set> parsed;
    for (const auto& set : sets)
    {
        parsed.push_back(ParseSet(set));
    }
    std::vector<std::string> chain{std::move(canonical)};
    const Set* base = nullptr;
    for (const auto& set : parsed)
    {
        base = set.tokens == std::vector<std::string>{"extends"} ? &set : base;
    }
    if (!base)
    {
        document.AddBase(source, folder, chain);
    }
    else if (!base->value.is_null())
    {
        // Relative to where the program was called.
        document.AddBase(JsonSource::FromValue({{"extends", base->value}}, base->name), ".", chain);
    }
    document.AddLayer(std::move(source), folder);
    document.m_merged.erase("extends");
    document.m_merged.erase("$schema");
    document.m_isResolved = document.m_merged.value("resolved", json(false)) == true;
    // What selects a profile is set before the profiles are merged, all else over them.
    for (const bool selectors : {true, false})
    {
        for (const auto& set : parsed)
        {
            const bool isBefore = IsSelector(set.tokens) || IsOfNic(set.tokens, set.value);
            const bool isAgain = !selectors && IsOfNic(set.tokens, set.value);
            if (&set != base && (isBefore == selectors || isAgain) &&
                set.tokens != std::vector<std::string>{"extends"})
            {
                document.ApplySet(set);
            }
        }
        if (selectors && !document.m_isResolved)
        {
            document.RefuseTooLong();
            document.MergeProfiles();
        }
        RemoveMarked(document.m_merged);
    }
    return document;
}

void
ScenarioDocument::AddBase(const JsonSource& source,
                          const std::string& folder,
                          std::vector<std::string> chain)
{
    const Pointer extends("/extends");
    // --set and standard input have no folder of their own.
    const auto expected = std::string("the path of a scenario file, relative to ") +
                          (folder == "." ? "where the program was called" : "this one");
    if (source.Value().contains("extends"))
    {
        const auto fail = [&](const std::string& message, const std::string& expected) {
            const auto at = source.Locate(extends);
            throw ScenarioError(
                {source.Name(), at.line, at.column, "/extends", message, expected, ""});
        };
        if (!source.Value()["extends"].is_string())
        {
            fail("is not a text in quotes", expected);
        }
        const auto given = source.Value()["extends"].get<std::string>();
        if (given.find('\0') != std::string::npos)
        {
            fail("is no file name", expected);
        }
        const fs::path path = folder == "." ? fs::path(given) : fs::path(folder) / given;
        std::error_code code;
        const auto canonical = fs::weakly_canonical(path, code).string();
        if (std::find(chain.begin(), chain.end(), canonical) != chain.end())
        {
            fail("the file extends itself by way of " + Quoted(given),
                 "a chain of files that ends");
        }
        if (!fs::is_regular_file(path, code))
        {
            std::vector<std::string> neighbours;
            for (const auto& entry : fs::directory_iterator(
                     path.parent_path().empty() ? fs::path(".") : path.parent_path(),
                     code))
            {
                if (entry.path().extension() == ".json")
                {
                    neighbours.push_back(entry.path().filename().string());
                }
            }
            std::sort(neighbours.begin(), neighbours.end());
            const auto at = source.Locate(extends);
            throw ScenarioError({source.Name(),
                                 at.line,
                                 at.column,
                                 "/extends",
                                 "there is no file \"" + path.string() + "\"",
                                 expected,
                                 given.size() > 200
                                     ? std::string()
                                     : NearestName(path.filename().string(), neighbours)});
        }
        if (chain.size() == kMostFiles)
        {
            fail("the chain of files is too long", "at most " + std::to_string(kMostFiles));
        }
        chain.push_back(canonical);
        auto base = JsonSource::Load(path.string());
        const auto parent = path.parent_path().string();
        AddBase(base, parent.empty() ? "." : parent, std::move(chain));
        AddLayer(std::move(base), parent.empty() ? "." : parent);
    }
}

void
ScenarioDocument::AddLayer(JsonSource source, const std::string& folder)
{
    if (m_layers.empty())
    {
        m_merged = source.Value();
    }
    else
    {
        Overlay(m_merged, source.Value());
    }
    m_layers.push_back({std::move(source), Pointer(), folder});
}

ScenarioDocument::Set
ScenarioDocument::ParseSet(const std::string& text)
{
    Set set;
    set.name = SetName(text);
    const auto fail = [&](const std::string& message, const std::string& expected) {
        throw ScenarioError({set.name, 0, 0, "", message, expected, ""});
    };
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
    {
        fail("is not of the form path=value", "for example links.x55.down.rate=\"100 Mbit/s\"");
    }
    const auto path = text.substr(0, equals);
    const auto parts =
        std::count_if(path.begin(), path.end(), [](char c) { return c == '.' || c == '/'; });
    if (static_cast<std::size_t>(parts) >= kMostTokens)
    {
        fail("the path has too many parts", "at most " + std::to_string(kMostTokens));
    }
    try
    {
        set.tokens = PathTokens(path);
    }
    catch (const json::exception&)
    {
        fail("the path is no JSON pointer", "a dotted path (run.seed) or a pointer (/run/seed)");
    }
    if (!IsText(path))
    {
        fail("the path is no text in UTF-8", "a dotted path (run.seed) or a pointer (/run/seed)");
    }
    const std::string value = text.substr(equals + 1);
    if (json::accept(value))
    {
        // A list or an object goes through the same checks as a file.
        set.value = JsonSource::Parse("{\"value\":" + value + '}', set.name).Value()["value"];
        // A version or a name may look like a number.
        if ((set.value.is_number() || set.value.is_boolean()) && WantsText(set.tokens))
        {
            set.value = value;
        }
    }
    else if (json::accept('"' + value + '"'))
    {
        set.value = value;
    }
    else
    {
        fail("the value is neither JSON nor a plain text", "JSON, or a text without quotes in it");
    }
    return set;
}

void
ScenarioDocument::ApplySet(const Set& set)
{
    const auto fail = [&](const std::string& message,
                          const std::string& expected,
                          const std::string& nearest = {}) {
        throw ScenarioError({set.name, 0, 0, "", message, expected, nearest});
    };
    if (m_isResolved && IsSelector(set.tokens))
    {
        fail("chooses a profile, but the profiles of a resolved scenario are merged already",
             "single values, or the scenario it was made from");
    }
    const bool removes = set.value.is_null();
    json* here = &m_merged;
    json* owner = nullptr;
    Pointer pointer;
    for (std::size_t i = 0; i < set.tokens.size(); ++i)
    {
        const auto& token = set.tokens[i];
        const auto where =
            i == 0 ? std::string("the scenario") : Quoted(pointer.to_string().substr(1));
        owner = here;
        if (here->is_array())
        {
            const bool isIndex = !token.empty() && token.size() < 9 &&
                                 token.find_first_not_of("0123456789") == std::string::npos;
            if (!isIndex || std::stoul(token) >= here->size())
            {
                fail(where + " has no element " + (isIndex ? token : Quoted(token)),
                     here->empty() ? "no element: the list is empty"
                                   : "a number below " + std::to_string(here->size()));
            }
            pointer /= static_cast<std::size_t>(std::stoul(token));
            here = &(*here)[std::stoul(token)];
            continue;
        }
        if (here->is_null())
        {
            *here = json::object();
        }
        if (!here->is_object())
        {
            fail(where + " is a value and has no part " + Quoted(token),
                 "a path that ends at a value");
        }
        if (!here->contains(token))
        {
            const bool isName = i == 1 && IsNamedGroup(set.tokens[0]);
            const auto known = isName ? KeysOf(*here) : ScenarioSchema::Get().ClosedKeys(pointer);
            if (isName || (removes && !known.empty() &&
                           std::find(known.begin(), known.end(), token) == known.end()))
            {
                fail(where + " has no " + Quoted(token),
                     known.empty() ? "a name that the scenario defines" : "one of " + Listed(known),
                     NearestName(token, known));
            }
            if (removes && !IsSelector(set.tokens))
            {
                return;
            }
        }
        pointer /= token;
        here = &(*here)[token];
    }
    if (!removes)
    {
        Overlay(*here, set.value);
        m_layers.push_back({JsonSource::FromValue(set.value, set.name), pointer, "."});
    }
    else if (IsSelector(set.tokens))
    {
        Overlay(*here, nullptr); // what a profile selects, too
    }
    else if (owner->is_array())
    {
        owner->erase(std::stoul(set.tokens.back()));
    }
    else
    {
        owner->erase(set.tokens.back());
    }
}

void
ScenarioDocument::RefuseTooLong() const
{
    std::vector<ScenarioIssue> issues;
    for (const auto& issue : ScenarioSchema::Get().CheckSizes(m_merged))
    {
        issues.push_back(Issue(issue));
    }
    if (!issues.empty())
    {
        throw ScenarioError(issues);
    }
}

void
ScenarioDocument::MergeProfiles()
{
    // A profile's `mptcp` only says how that kernel behaves; the scenario's own asks for it. Both
    // are written down, so that the resolved scenario says the same.
    const auto decideMptcp = [this](bool enabled) {
        if (!m_merged.contains("hosts") || !m_merged["hosts"].is_object())
        {
            return;
        }
        for (auto& host : m_merged["hosts"])
        {
            if (host.is_object() && host.contains("mptcp") && host["mptcp"].is_object() &&
                !host["mptcp"].contains("enabled"))
            {
                host["mptcp"]["enabled"] = enabled;
            }
        }
    };
    decideMptcp(true);
    ProfileChains loaded;
    for (const auto& place : kProfilePlaces)
    {
        if (!m_merged.contains(place.group) || !m_merged[place.group].is_object())
        {
            continue;
        }
        for (const auto& name : KeysOf(m_merged[place.group]))
        {
            const Pointer owner = Pointer() / place.group / name;
            json& object = m_merged[owner];
            if (object.is_object() && object.contains(place.key) && object[place.key].is_string())
            {
                if (place.kind == std::string_view("nic") && !object.contains("nic") &&
                    IsOfProfile(owner / place.key))
                {
                    object.erase(place.key);
                    continue;
                }
                MergeProfile(owner / place.key, place.kind, loaded);
            }
        }
    }
    decideMptcp(false);
}

void
ScenarioDocument::MergeProfile(const nlohmann::json::json_pointer& key,
                               const std::string& kind,
                               ProfileChains& loaded)
{
    const auto name = m_merged[key].get<std::string>();
    const Pointer owner = key.parent_pointer();
    const auto folder = FolderOf(key);
    auto& chain = loaded[{kind, name, folder}];
    try
    {
        if (chain.empty())
        {
            chain = LoadProfile(kind, name, folder);
        }
    }
    catch (const ScenarioError& error)
    {
        const auto& issue = error.Issues().front();
        if (!issue.file.empty())
        {
            throw;
        }
        throw ScenarioError(Issue(key, issue.message, issue.expected, issue.nearest));
    }
    json merged = json::object();
    std::vector<Layer> layers;
    for (const auto& profile : chain)
    {
        Overlay(merged, profile.body);
        layers.push_back({profile.source, owner, profile.folder});
    }
    Overlay(merged, m_merged[owner]);
    m_merged[owner] = std::move(merged);
    m_layers.insert(m_layers.begin() + static_cast<std::ptrdiff_t>(FirstFile()),
                    std::make_move_iterator(layers.begin()),
                    std::make_move_iterator(layers.end()));
}

ScenarioDocument::Found
ScenarioDocument::Find(nlohmann::json::json_pointer pointer) const
{
    for (;; pointer.pop_back())
    {
        for (auto layer = m_layers.rbegin(); layer != m_layers.rend(); ++layer)
        {
            const auto whole = pointer.to_string();
            const auto mount = layer->mount.to_string();
            const bool isBelow = whole.compare(0, mount.size(), mount) == 0 &&
                                 (whole.size() == mount.size() || whole[mount.size()] == '/');
            if (!isBelow)
            {
                continue;
            }
            const Pointer inner(whole.substr(mount.size()));
            const bool holds = inner.empty() ? !layer->mount.empty() || pointer.empty()
                                             : layer->source.Value().contains(inner);
            if (holds)
            {
                return {&*layer, inner};
            }
        }
        if (pointer.empty())
        {
            return {&m_layers.back(), Pointer()};
        }
    }
}

ScenarioIssue
ScenarioDocument::Issue(const nlohmann::json::json_pointer& pointer,
                        std::string message,
                        std::string expected,
                        std::string nearest) const
{
    const auto found = Find(pointer);
    const auto at = found.layer->source.Locate(found.inner);
    // The pointer counts from the root of the file it is shown with.
    auto shown = pointer.to_string();
    const auto mount = found.layer->mount.to_string();
    if (!mount.empty() && at.line > 0)
    {
        shown = shown.substr(mount.size());
    }
    return {found.layer->source.Name(),
            at.line,
            at.column,
            shown,
            std::move(message),
            std::move(expected),
            std::move(nearest)};
}

/// A later profile (os) lies over an earlier one (hardware), but both under the files.
std::size_t
ScenarioDocument::FirstFile() const
{
    const auto first = std::find_if(m_layers.begin(), m_layers.end(), [](const Layer& layer) {
        return layer.mount.empty();
    });
    return static_cast<std::size_t>(first - m_layers.begin());
}

bool
ScenarioDocument::IsOfProfile(const nlohmann::json::json_pointer& pointer) const
{
    return LayerOf(pointer) < FirstFile();
}

std::size_t
ScenarioDocument::LayerOf(const nlohmann::json::json_pointer& pointer) const
{
    return static_cast<std::size_t>(Find(pointer).layer - m_layers.data());
}

std::string
ScenarioDocument::FolderOf(const nlohmann::json::json_pointer& pointer) const
{
    return Find(pointer).layer->folder;
}

} // namespace hoststack
