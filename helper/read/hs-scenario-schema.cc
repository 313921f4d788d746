// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-schema.h"

#include "ns3/hs-json-source.h"
#include "ns3/hs-quantity.h"
#include "ns3/hs-scenario-error.h"
#include "ns3/hs-scenario-paths.h"
#include "ns3/hs-schema-explanation.h"
#include "ns3/hs-schema-tables.h"

#include <algorithm>
#include <set>
#include <utility>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace hoststack
{

namespace
{

using nlohmann::json;
using Adapter = valijson::adapters::NlohmannJsonAdapter;

/// Takes out what is checked here instead: patterns, and that no entry stands twice, for which
/// valijson compares each with each and tells of every pair.
void
RemoveOwnRules(json& node)
{
    if (node.is_object())
    {
        if (node.contains("pattern") && node["pattern"].is_string())
        {
            node.erase("pattern");
        }
        if (node.contains("uniqueItems") && node["uniqueItems"].is_boolean())
        {
            node.erase("uniqueItems");
        }
        for (auto& child : node)
        {
            RemoveOwnRules(child);
        }
    }
    else if (node.is_array())
    {
        for (auto& child : node)
        {
            RemoveOwnRules(child);
        }
    }
}

std::vector<std::string>
TokensOf(const json::json_pointer& pointer)
{
    std::vector<std::string> tokens;
    for (auto p = pointer; !p.empty(); p.pop_back())
    {
        tokens.insert(tokens.begin(), p.back());
    }
    return tokens;
}

} // namespace

struct ScenarioSchema::Compiled
{
    explicit Compiled(json root)
        : document(std::move(root))
    {
        RemoveOwnRules(document);
        valijson::SchemaParser parser;
        parser.populateSchema(Adapter(document), schema);
    }

    json document;
    valijson::Schema schema;
};

const ScenarioSchema&
ScenarioSchema::Get()
{
    static const ScenarioSchema schema([] {
        auto document =
            JsonSource::Load(ScenariosFolder() + "/schema/scenario.schema.json").Value();
        ApplyTables(document);
        return document;
    }());
    return schema;
}

ScenarioSchema::ScenarioSchema(nlohmann::json document)
    : m_document(std::move(document)),
      m_scenario(std::make_unique<Compiled>(m_document))
{
}

ScenarioSchema::~ScenarioSchema() = default;

std::vector<SchemaIssue>
ScenarioSchema::CheckScenario(const nlohmann::json& document) const
{
    return Check(document, m_document, *m_scenario);
}

std::vector<SchemaIssue>
ScenarioSchema::CheckSizes(const nlohmann::json& document) const
{
    std::vector<SchemaIssue> issues;
    CheckSizes(m_document, document, json::json_pointer(), issues);
    return issues;
}

std::vector<SchemaIssue>
ScenarioSchema::CheckPart(const nlohmann::json& document, const std::string& definition) const
{
    return Check(document, m_document["definitions"][definition], Part(definition));
}

const ScenarioSchema::Compiled&
ScenarioSchema::Part(const std::string& definition) const
{
    // To compile it takes longer than to read a scenario.
    const std::lock_guard<std::mutex> lock(m_partsMutex);
    auto& part = m_parts[definition];
    if (!part)
    {
        part = std::make_unique<Compiled>(
            json{{"$schema", m_document["$schema"]},
                 {"allOf", json::array({{{"$ref", "#/definitions/" + definition}}})},
                 {"definitions", m_document["definitions"]}});
    }
    return *part;
}

bool
ScenarioSchema::IsPlainText(const nlohmann::json::json_pointer& pointer) const
{
    const json* node = NodeAt(m_document, TokensOf(pointer));
    return node && TypesOf(*node) == std::vector<std::string>{"string"} &&
           !node->contains("x-quantity");
}

std::vector<std::string>
ScenarioSchema::ClosedKeys(const nlohmann::json::json_pointer& pointer) const
{
    std::vector<std::string> keys;
    const json* node = NodeAt(m_document, TokensOf(pointer));
    if (node && node->contains("properties") &&
        node->value("additionalProperties", json(true)) == false)
    {
        for (const auto& item : (*node)["properties"].items())
        {
            keys.push_back(item.key());
        }
    }
    return keys;
}

const nlohmann::json&
ScenarioSchema::Resolve(const nlohmann::json& node) const
{
    if (!node.contains("$ref"))
    {
        return node;
    }
    const auto reference = node["$ref"].get<std::string>();
    return m_document.at(json::json_pointer(reference.substr(1)));
}

const nlohmann::json*
ScenarioSchema::NodeAt(const nlohmann::json& root, const std::vector<std::string>& path) const
{
    const json* node = &Resolve(root);
    for (const auto& token : path)
    {
        if (node->contains("properties") && (*node)["properties"].contains(token))
        {
            node = &Resolve((*node)["properties"][token]);
        }
        else if (node->contains("additionalProperties") &&
                 (*node)["additionalProperties"].is_object())
        {
            node = &Resolve((*node)["additionalProperties"]);
        }
        else if (node->contains("items"))
        {
            node = &Resolve((*node)["items"]);
        }
        else
        {
            return nullptr;
        }
    }
    return node;
}

void
ScenarioSchema::Explain(const nlohmann::json& node,
                        const nlohmann::json& value,
                        const nlohmann::json::json_pointer& pointer,
                        std::vector<SchemaIssue>& issues) const
{
    const auto types = TypesOf(node);
    if (!types.empty() && std::none_of(types.begin(), types.end(), [&](const auto& type) {
            return HasType(value, type);
        }))
    {
        std::string message = ShownValue(value) + " is not " + ExpectedType(node);
        if (node.contains("x-quantity"))
        {
            message = ShownValue(value) + " is not a " + node["x-quantity"].get<std::string>() +
                      " with its unit in quotes";
        }
        issues.push_back({pointer, message, ExpectedType(node), ""});
        return;
    }
    ExplainChoice(node, value, pointer, issues);
    ExplainKeys(node, value, pointer, issues);
    if (value.is_object() && node.contains("required"))
    {
        for (const auto& key : node["required"])
        {
            const auto name = key.get<std::string>();
            if (!value.contains(name))
            {
                std::string expected;
                if (node.contains("properties") && node["properties"].contains(name))
                {
                    const json& child = node["properties"][name];
                    expected = child.value("description", ExpectedType(Resolve(child)));
                }
                issues.push_back({pointer, "the key \"" + name + "\" is missing", expected, ""});
            }
        }
    }
    ExplainLimits(node, value, pointer, issues);
}

void
ScenarioSchema::CheckSizes(const nlohmann::json& node,
                           const nlohmann::json& value,
                           const nlohmann::json::json_pointer& pointer,
                           std::vector<SchemaIssue>& issues) const
{
    if (!value.is_structured() || issues.size() >= kMostIssues)
    {
        return;
    }
    const char* bound = value.is_array() ? "maxItems" : "maxProperties";
    if (value.size() > node.value(bound, value.size()))
    {
        ExplainSize(node, value, pointer, issues);
        return;
    }
    for (const auto& item : value.items())
    {
        const json* child = item.value().is_structured() ? NodeAt(node, {item.key()}) : nullptr;
        if (child)
        {
            CheckSizes(*child, item.value(), pointer / item.key(), issues);
        }
    }
}

void
ScenarioSchema::CheckQuantities(const nlohmann::json& node,
                                const nlohmann::json& value,
                                const nlohmann::json::json_pointer& pointer,
                                std::vector<SchemaIssue>& issues) const
{
    if (issues.size() >= kMostIssues)
    {
        return;
    }
    if (node.contains("x-quantity") && value.is_string())
    {
        const auto result =
            ParseQuantity(value.get<std::string>(), *QuantityKindOf(node["x-quantity"]));
        if (!result.value)
        {
            issues.push_back(
                {pointer, result.error.message, result.error.expected, result.error.nearest});
        }
    }
    else if (value.is_object())
    {
        for (const auto& item : value.items())
        {
            if (const json* child = NodeAt(node, {item.key()}))
            {
                const auto before = issues.size();
                CheckQuantities(*child, item.value(), pointer / item.key(), issues);
                // Bounds stand beside the reference to what they bound.
                const json* raw =
                    node.contains("properties") && node["properties"].contains(item.key())
                        ? &node["properties"][item.key()]
                        : nullptr;
                if (raw && issues.size() == before && child->contains("x-quantity"))
                {
                    CheckBounds(*raw, *child, item.value(), pointer / item.key(), issues);
                }
            }
        }
    }
    else if (value.is_array() && node.contains("items"))
    {
        ExplainRepetition(node, value, pointer, issues);
        for (std::size_t i = 0; i < value.size(); ++i)
        {
            CheckQuantities(Resolve(node["items"]), value[i], pointer / i, issues);
        }
    }
}

std::vector<SchemaIssue>
ScenarioSchema::Check(const nlohmann::json& document,
                      const nlohmann::json& root,
                      const Compiled& compiled) const
{
    // What is too long is not looked at any further.
    std::vector<SchemaIssue> issues;
    CheckSizes(root, document, json::json_pointer(), issues);
    if (!issues.empty())
    {
        return issues;
    }
    valijson::Validator validator;
    valijson::ValidationResults results;
    if (!validator.validate(compiled.schema, Adapter(document), &results))
    {
        std::set<std::string> seen;
        for (const auto& error : results)
        {
            std::vector<std::string> path;
            json::json_pointer pointer;
            // The first part of the context is "<root>"; the others stand in brackets.
            for (std::size_t i = 1; i < error.context.size(); ++i)
            {
                const auto& part = error.context[i];
                path.push_back(part.substr(1, part.size() - 2));
                pointer /= path.back();
            }
            if (issues.size() >= kMostIssues)
            {
                break;
            }
            const json* node = NodeAt(root, path);
            if (!seen.insert(pointer.to_string()).second || !node)
            {
                continue;
            }
            const json* value = &document;
            for (const auto& token : path)
            {
                value = value->is_array() ? &(*value)[std::stoul(token)] : &(*value)[token];
            }
            Explain(*node, *value, pointer, issues);
        }
        if (issues.empty() && results.numErrors() > 0)
        {
            issues.push_back({json::json_pointer(), results.begin()->description, "", ""});
        }
    }
    CheckQuantities(root, document, json::json_pointer(), issues);
    std::stable_sort(issues.begin(), issues.end(), [](const auto& a, const auto& b) {
        return a.pointer.to_string() < b.pointer.to_string();
    });
    return issues;
}

} // namespace hoststack
