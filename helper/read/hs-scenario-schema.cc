// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-scenario-schema.h"

#include "ns3/hs-json-source.h"
#include "ns3/hs-nearest.h"
#include "ns3/hs-quantity.h"
#include "ns3/hs-scenario-error.h"
#include "ns3/hs-scenario-paths.h"
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

/// Who has made so many mistakes looks at the first ones; a broken generator makes more.
constexpr std::size_t kMostIssues = 100;

void
RemovePatterns(json& node)
{
    if (node.is_object())
    {
        if (node.contains("pattern") && node["pattern"].is_string())
        {
            node.erase("pattern");
        }
        for (auto& child : node)
        {
            RemovePatterns(child);
        }
    }
    else if (node.is_array())
    {
        for (auto& child : node)
        {
            RemovePatterns(child);
        }
    }
}

std::string
Shorten(const std::string& text)
{
    constexpr std::size_t longest = 60;
    return text.size() > longest ? text.substr(0, longest) + "..." : text;
}

std::string
Shown(const json& value)
{
    return value.is_string() ? Quoted(value.get<std::string>())
                             : Shorten(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::string
TypeName(const std::string& type)
{
    if (type == "string")
    {
        return "a text in quotes";
    }
    if (type == "integer")
    {
        return "a whole number";
    }
    if (type == "boolean")
    {
        return "true or false";
    }
    if (type == "object" || type == "array")
    {
        return type == "object" ? "an object { ... }" : "a list [ ... ]";
    }
    return "a " + type;
}

bool
HasType(const json& value, const std::string& type)
{
    if (type == "integer")
    {
        return value.is_number_integer();
    }
    if (type == "number")
    {
        return value.is_number();
    }
    return type == value.type_name();
}

std::vector<std::string>
TypesOf(const json& node)
{
    if (!node.contains("type"))
    {
        return {};
    }
    if (node["type"].is_string())
    {
        return {node["type"].get<std::string>()};
    }
    return node["type"].get<std::vector<std::string>>();
}

std::string
ExpectedType(const json& node)
{
    if (node.contains("x-quantity"))
    {
        return DescribeQuantity(*QuantityKindOf(node["x-quantity"]));
    }
    std::string text;
    for (const auto& type : TypesOf(node))
    {
        text += (text.empty() ? "" : " or ") + TypeName(type);
    }
    return text;
}

/// `x-minimum` and `x-maximum` of \p bounds for a quantity of the kind that \p node says.
void
CheckBounds(const json& bounds,
            const json& node,
            const json& value,
            const json::json_pointer& pointer,
            std::vector<SchemaIssue>& issues)
{
    if (!value.is_string())
    {
        return;
    }
    const auto kind = *QuantityKindOf(node["x-quantity"]);
    const auto number = ParseQuantity(value.get<std::string>(), kind).value->value;
    const auto bound = [&](const char* key, std::int64_t absent) {
        return bounds.contains(key)
                   ? ParseQuantity(bounds[key].get<std::string>(), kind).value->value
                   : absent;
    };
    if (number >= bound("x-minimum", number) && number <= bound("x-maximum", number))
    {
        return;
    }
    std::string expected;
    if (bounds.contains("x-minimum"))
    {
        // One of whatever unit a queue is counted in is the least that is not nothing.
        expected = kind == QuantityKind::Queue
                       ? std::string("more than nothing, ")
                       : "at least " + bounds["x-minimum"].get<std::string>();
    }
    if (bounds.contains("x-maximum"))
    {
        expected += (expected.empty() ? "at most " : " and at most ") +
                    bounds["x-maximum"].get<std::string>();
    }
    if (kind == QuantityKind::Queue)
    {
        expected += "for example \"167 packets\"; without the key it has no limit";
    }
    issues.push_back(
        {pointer, Shown(value) + (number == 0 ? " is nothing" : " is out of range"), expected, ""});
}

/// The nearest allowed key; also one that differs only in '_' for '-'.
std::string
NearestKey(const std::string& key, const std::vector<std::string>& known)
{
    if (key.size() > 64)
    {
        return {};
    }
    std::string dashed = key;
    std::replace(dashed.begin(), dashed.end(), '_', '-');
    if (std::find(known.begin(), known.end(), dashed) != known.end())
    {
        return dashed;
    }
    return NearestName(key, known);
}

/// \name What is wrong with a value, each by one kind of rule
/// @{
void
ExplainChoice(const json& node,
              const json& value,
              const json::json_pointer& pointer,
              std::vector<SchemaIssue>& issues)
{
    if (node.contains("enum"))
    {
        const json& choices = node["enum"];
        if (std::find(choices.begin(), choices.end(), value) == choices.end())
        {
            std::vector<std::string> names;
            for (const auto& choice : choices)
            {
                names.push_back(choice.is_string() ? choice.get<std::string>() : choice.dump());
            }
            issues.push_back(
                {pointer,
                 Shown(value) + " is not a known value",
                 (names.size() > 1 ? "one of " : "") + Listed(names),
                 value.is_string() ? NearestKey(value.get<std::string>(), names) : std::string()});
        }
    }
}

void
ExplainKeys(const json& node,
            const json& value,
            const json::json_pointer& pointer,
            std::vector<SchemaIssue>& issues)
{
    if (value.is_object() && node.contains("properties"))
    {
        std::vector<std::string> known;
        for (const auto& item : node["properties"].items())
        {
            known.push_back(item.key());
        }
        const bool closed =
            node.contains("additionalProperties") && node["additionalProperties"] == false;
        for (const auto& item : value.items())
        {
            if (closed && !node["properties"].contains(item.key()) && issues.size() < kMostIssues)
            {
                issues.push_back({pointer / item.key(),
                                  "unknown key " + Shown(item.key()),
                                  "one of " + Listed(known),
                                  NearestKey(item.key(), known)});
            }
        }
    }
}

void
ExplainRepetition(const json& node,
                  const json& value,
                  const json::json_pointer& pointer,
                  std::vector<SchemaIssue>& issues)
{
    if (value.is_array() && node.value("uniqueItems", false))
    {
        for (std::size_t i = 1; i < value.size(); ++i)
        {
            if (std::find(value.begin(),
                          value.begin() + static_cast<std::ptrdiff_t>(i),
                          value[i]) != value.begin() + static_cast<std::ptrdiff_t>(i))
            {
                issues.push_back({pointer / i, Shown(value[i]) + " stands twice", "each once", ""});
                break;
            }
        }
    }
}

void
ExplainLimits(const json& node,
              const json& value,
              const json::json_pointer& pointer,
              std::vector<SchemaIssue>& issues)
{
    const auto limit = [&](const char* key, bool broken, const std::string& expected) {
        if (node.contains(key) && broken)
        {
            issues.push_back({pointer, Shown(value) + " is out of range", expected, ""});
        }
    };
    if (value.is_number())
    {
        const double number = value.get<double>();
        limit("minimum",
              number < node.value("minimum", number),
              "at least " + node.value("minimum", json(0)).dump());
        limit("maximum",
              number > node.value("maximum", number),
              "at most " + node.value("maximum", json(0)).dump());
    }
    const std::size_t size =
        value.is_string() ? value.get_ref<const std::string&>().size() : value.size();
    for (const char* key : {"minItems", "minLength", "minProperties"})
    {
        limit(key, size < node.value(key, size), "at least " + node.value(key, json(0)).dump());
    }
    for (const char* key : {"maxItems", "maxLength", "maxProperties"})
    {
        limit(key, size > node.value(key, size), "at most " + node.value(key, json(0)).dump());
    }
}

/// @}

} // namespace

struct ScenarioSchema::Compiled
{
    explicit Compiled(json root)
        : document(std::move(root))
    {
        RemovePatterns(document);
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
ScenarioSchema::CheckPart(const nlohmann::json& document, const std::string& definition) const
{
    const json root = {{"$schema", m_document["$schema"]},
                       {"allOf", json::array({{{"$ref", "#/definitions/" + definition}}})},
                       {"definitions", m_document["definitions"]}};
    const Compiled compiled(root);
    return Check(document, m_document["definitions"][definition], compiled);
}

std::vector<std::string>
ScenarioSchema::ClosedKeys(const nlohmann::json::json_pointer& pointer) const
{
    std::vector<std::string> path;
    for (auto p = pointer; !p.empty(); p.pop_back())
    {
        path.insert(path.begin(), p.back());
    }
    std::vector<std::string> keys;
    const json* node = NodeAt(m_document, path);
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
        std::string message = Shown(value) + " is not " + ExpectedType(node);
        if (node.contains("x-quantity"))
        {
            message = Shown(value) + " is not a " + node["x-quantity"].get<std::string>() +
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
    ExplainRepetition(node, value, pointer, issues);
    ExplainLimits(node, value, pointer, issues);
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
    std::vector<SchemaIssue> issues;
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
