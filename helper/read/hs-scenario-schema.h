// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_SCHEMA_H
#define HS_SCENARIO_SCHEMA_H

#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hoststack
{

/// A mistake found by the schema: as ScenarioIssue, without the file.
struct SchemaIssue
{
    nlohmann::json::json_pointer pointer;
    std::string message;
    std::string expected;
    std::string nearest;
};

/**
 * The JSON schema (draft 7) of scenarios and profiles, from scenarios/schema/scenario.schema.json.
 *
 * valijson decides whether a document is valid and where it is not; what is expected there, and
 * what is nearest, is said from the schema's own words. Beyond draft 7 the schema carries
 * `x-quantity` (a unit in the string), whose check also replaces `pattern` here: a regular
 * expression on text of any length is not safe with the standard library. Every list and every map
 * has a bound, and what is over it is told before all else.
 */
class ScenarioSchema
{
  public:
    /// From the project's scenarios folder; read once. \throws ScenarioError
    static const ScenarioSchema& Get();

    explicit ScenarioSchema(nlohmann::json document);
    ~ScenarioSchema();

    /// Mistakes of a scenario, in the order of their place; empty if there are none.
    std::vector<SchemaIssue> CheckScenario(const nlohmann::json& document) const;

    /// Lists and objects that have more parts than they may, before anybody works through them.
    std::vector<SchemaIssue> CheckSizes(const nlohmann::json& document) const;

    /// Mistakes of one part, for instance the `link` of a profile: \p definition is its name under
    /// `definitions`.
    std::vector<SchemaIssue> CheckPart(const nlohmann::json& document,
                                       const std::string& definition) const;

    /// The keys of the object at \p pointer of a scenario if it can have no others; else none.
    std::vector<std::string> ClosedKeys(const nlohmann::json::json_pointer& pointer) const;

    /// Whether a text stands at \p pointer of a scenario, and nothing but a text: no quantity.
    bool IsPlainText(const nlohmann::json::json_pointer& pointer) const;

    /// The schema document.
    const nlohmann::json& Document() const
    {
        return m_document;
    }

  private:
    struct Compiled;

    std::vector<SchemaIssue> Check(const nlohmann::json& document,
                                   const nlohmann::json& root,
                                   const Compiled& compiled) const;
    /// What is under `definitions`, compiled when first asked for.
    const Compiled& Part(const std::string& definition) const;
    const nlohmann::json& Resolve(const nlohmann::json& node) const;
    const nlohmann::json* NodeAt(const nlohmann::json& root,
                                 const std::vector<std::string>& path) const;
    void Explain(const nlohmann::json& node,
                 const nlohmann::json& value,
                 const nlohmann::json::json_pointer& pointer,
                 std::vector<SchemaIssue>& issues) const;
    void CheckSizes(const nlohmann::json& node,
                    const nlohmann::json& value,
                    const nlohmann::json::json_pointer& pointer,
                    std::vector<SchemaIssue>& issues) const;
    void CheckQuantities(const nlohmann::json& node,
                         const nlohmann::json& value,
                         const nlohmann::json::json_pointer& pointer,
                         std::vector<SchemaIssue>& issues) const;

    nlohmann::json m_document;
    std::unique_ptr<Compiled> m_scenario;
    mutable std::map<std::string, std::unique_ptr<Compiled>> m_parts;
    mutable std::mutex m_partsMutex;
};

} // namespace hoststack

#endif // HS_SCENARIO_SCHEMA_H
