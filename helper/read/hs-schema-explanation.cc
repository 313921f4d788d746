// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-schema-explanation.h"

#include "ns3/hs-nearest.h"
#include "ns3/hs-quantity.h"
#include "ns3/hs-scenario-error.h"

#include <algorithm>
#include <cstdint>
#include <set>

namespace hoststack
{

using nlohmann::json;

namespace
{

std::string
Shorten(const std::string& text)
{
    constexpr std::size_t longest = 60;
    return text.size() > longest ? text.substr(0, longest) + "..." : text;
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

} // namespace

std::string
ShownValue(const json& value)
{
    return value.is_string() ? Quoted(value.get<std::string>())
                             : Shorten(value.dump(-1, ' ', false, json::error_handler_t::replace));
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
    issues.push_back({pointer,
                      ShownValue(value) + (number == 0 ? " is nothing" : " is out of range"),
                      expected,
                      ""});
}

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
                 ShownValue(value) + " is not a known value",
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
                                  "unknown key " + ShownValue(item.key()),
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
        std::set<json> seen;
        for (std::size_t i = 0; i < value.size(); ++i)
        {
            if (!seen.insert(value[i]).second)
            {
                issues.push_back(
                    {pointer / i, ShownValue(value[i]) + " stands twice", "each once", ""});
                break;
            }
        }
    }
}

void
ExplainSize(const json& node,
            const json& value,
            const json::json_pointer& pointer,
            std::vector<SchemaIssue>& issues)
{
    struct Rule
    {
        bool isOf;
        const char* least;
        const char* most;
        const char* one;
        const char* many;
    };

    const Rule rules[] = {
        {value.is_array(), "minItems", "maxItems", " entry", " entries"},
        {value.is_object(), "minProperties", "maxProperties", " key", " keys"},
        {value.is_string(), "minLength", "maxLength", " character", " characters"}};
    for (const auto& rule : rules)
    {
        const std::size_t size = !rule.isOf          ? 0
                                 : value.is_string() ? value.get_ref<const std::string&>().size()
                                                     : value.size();
        const auto counted = [&rule](std::size_t count) {
            return std::to_string(count) + (count == 1 ? rule.one : rule.many);
        };
        const auto add = [&](const std::string& bound, std::size_t count) {
            issues.push_back({pointer,
                              size == 0 ? "is empty" : "has " + counted(size),
                              bound + counted(count),
                              ""});
        };
        if (rule.isOf && size < node.value(rule.least, std::size_t{0}))
        {
            add("at least ", node[rule.least]);
        }
        if (rule.isOf && size > node.value(rule.most, size))
        {
            add("at most ", node[rule.most]);
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
            issues.push_back({pointer, ShownValue(value) + " is out of range", expected, ""});
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
    if (value.is_string() || value.is_structured())
    {
        ExplainSize(node, value, pointer, issues);
    }
}

} // namespace hoststack
