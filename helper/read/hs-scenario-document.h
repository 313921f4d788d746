// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_DOCUMENT_H
#define HS_SCENARIO_DOCUMENT_H

#include "ns3/hs-json-source.h"
#include "ns3/hs-profile.h"
#include "ns3/hs-public.h"
#include "ns3/hs-scenario-error.h"
#include "ns3/hs-scenario-schema.h"

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hoststack
{

/**
 * A scenario as JSON, put together from layers: profiles, the files of the `extends` chain, the
 * file itself, and --set. Knows for every value which layer it came from, so that a mistake is
 * reported at the file and line where somebody wrote it.
 */
class HS_PUBLIC ScenarioDocument
{
  public:
    /// \param sets texts of the form path=value, applied in this order
    /// \throws ScenarioError if a file, a profile or a --set is wrong
    static ScenarioDocument Load(const std::string& path, const std::vector<std::string>& sets);

    /// As Load, for a text; \p folder is where relative files are looked for.
    static ScenarioDocument FromText(std::string text,
                                     const std::string& name,
                                     const std::string& folder,
                                     const std::vector<std::string>& sets);

    /// All layers merged, without `extends` and `$schema`: the resolved scenario.
    const nlohmann::json& Merged() const
    {
        return m_merged;
    }

    /// The issue at \p pointer of the merged document, told in terms of the layer that holds it.
    ScenarioIssue Issue(const nlohmann::json::json_pointer& pointer,
                        std::string message,
                        std::string expected = {},
                        std::string nearest = {}) const;

    ScenarioIssue Issue(const SchemaIssue& issue) const
    {
        return Issue(issue.pointer, issue.message, issue.expected, issue.nearest);
    }

    /// Profiles were merged before: the names of profiles in it are only a note.
    bool IsResolved() const
    {
        return m_isResolved;
    }

    /// The folder of the file that says what stands at \p pointer, for file names in it.
    std::string FolderOf(const nlohmann::json::json_pointer& pointer) const;

    /// What stands at \p pointer is said by a profile alone. Never so in a resolved scenario.
    bool IsOfProfile(const nlohmann::json::json_pointer& pointer) const;

    /// Which layer says what stands at \p pointer: a larger number lies over a smaller one.
    std::size_t LayerOf(const nlohmann::json::json_pointer& pointer) const;

  private:
    struct Layer
    {
        JsonSource source;
        nlohmann::json::json_pointer mount; ///< where in the merged document its root lies
        std::string folder;
    };

    struct Found
    {
        const Layer* layer;
        nlohmann::json::json_pointer inner;
    };

    /// By kind, name and the folder of the file that asks.
    using ProfileChains = std::map<std::array<std::string, 3>, std::vector<Profile>>;

    /// A `--set`, taken apart.
    struct Set
    {
        std::string name; ///< for messages
        std::vector<std::string> tokens;
        nlohmann::json value; ///< null: removes what is there
    };

    /// What \p source `extends`, and what that extends.
    void AddBase(const JsonSource& source,
                 const std::string& folder,
                 std::vector<std::string> chain);
    void AddLayer(JsonSource source, const std::string& folder);
    static Set ParseSet(const std::string& text);
    void ApplySet(const Set& set);
    void RefuseTooLong() const;
    void MergeProfiles();
    /// \param key pointer to the name of the profile
    /// \param loaded what has been read already: many hosts have one profile
    void MergeProfile(const nlohmann::json::json_pointer& key,
                      const std::string& kind,
                      ProfileChains& loaded);
    Found Find(nlohmann::json::json_pointer pointer) const;
    std::size_t FirstFile() const;

    nlohmann::json m_merged;
    bool m_isResolved{false};    ///< its profiles are merged already (key `resolved`)
    std::vector<Layer> m_layers; ///< lowest first
};

} // namespace hoststack

#endif // HS_SCENARIO_DOCUMENT_H
