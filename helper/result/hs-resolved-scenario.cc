// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-resolved-scenario.h"

#include "ns3/hs-fingerprint.h"
#include "ns3/hs-json-source.h"
#include "ns3/hs-link-behaviour.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

namespace hoststack
{

namespace
{

namespace fs = std::filesystem;
using nlohmann::json;
using Pointer = json::json_pointer;

/// Where \p document names files: parameters of link behaviours.
std::vector<Pointer>
FilePlaces(const json& document)
{
    std::vector<Pointer> places;
    const json links = document.value("links", json::object());
    for (const auto& link : links.items())
    {
        for (const char* direction : {"down", "up"})
        {
            const json block = link.value().value(direction, json::object());
            const json behaviours = block.value("behaviours", json::array());
            for (std::size_t i = 0; i < behaviours.size(); ++i)
            {
                const auto kind = behaviours[i].value("kind", "");
                for (const auto& info : LinkBehaviours().Get(kind).parameters)
                {
                    if (info.kind == LinkParameterKind::File && behaviours[i].contains(info.name))
                    {
                        places.push_back(Pointer("/links") / link.key() / direction / "behaviours" /
                                         i / info.name);
                    }
                }
            }
        }
    }
    return places;
}

/// "inputs/DIGEST-NAME"; a name that begins with its digest already is kept.
std::string
InputName(const std::string& path, const std::string& content)
{
    constexpr std::size_t digits = 16;
    constexpr std::size_t longest = 64;
    const auto digest = FingerprintOf(content).substr(0, digits) + '-';
    auto name = fs::path(path).filename().string();
    name = name.rfind(digest, 0) == 0 ? name.substr(digest.size()) : name;
    std::replace_if(
        name.begin(),
        name.end(),
        [](unsigned char c) { return !std::isalnum(c) && c != '.' && c != '-' && c != '_'; },
        '_');
    return "inputs/" + digest + name.substr(0, longest);
}

} // namespace

ResolvedScenario
ResolveScenario(const ScenarioDocument& document)
{
    ResolvedScenario resolved{document.Merged(), {}};
    resolved.document["resolved"] = true;
    for (const auto& place : FilePlaces(document.Merged()))
    {
        const auto path =
            (fs::path(document.FolderOf(place)) / document.Merged()[place].get<std::string>())
                .string();
        auto content = ReadTextFile(path);
        const auto name = InputName(path, content);
        resolved.document[place] = name;
        if (std::none_of(resolved.inputs.begin(), resolved.inputs.end(), [&](const auto& input) {
                return input.name == name;
            }))
        {
            resolved.inputs.push_back({name, std::move(content)});
        }
    }
    return resolved;
}

} // namespace hoststack
