// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PROFILE_H
#define HS_PROFILE_H

#include "ns3/hs-json-source.h"
#include "ns3/hs-public.h"
#include "ns3/hs-scenario-error.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hoststack
{

/// "hardware", "link", "nic" and "os": the kinds of profiles and the names of their folders.
const std::vector<std::string>& ProfileKinds();

/**
 * A profile file: the numbers of a piece of hardware, a NIC, an operating system or a link, which a
 * scenario selects by name and lays its own keys over. Its `sources` say where each number is
 * from.
 */
struct Profile
{
    JsonSource source;
    std::string folder; ///< of the file
    std::string about;
    nlohmann::json body; ///< what is merged: the file without what describes the file itself
};

/**
 * The profile \p name of \p kind and what it `extends`, the lowest first.
 * \param beside folder of the scenario that asks, or empty
 * \throws ScenarioError; an issue whose file is empty means the name itself is unknown
 */
std::vector<Profile> LoadProfile(const std::string& kind,
                                 const std::string& name,
                                 const std::string& beside);

/// Name and `about` of all profiles of \p kind, by name.
std::vector<std::pair<std::string, std::string>> ListProfiles(const std::string& kind,
                                                              const std::string& beside = {});

/// Mistakes of a profile file by itself: its schema, and numbers that have no source.
HS_PUBLIC std::vector<ScenarioIssue> CheckProfile(const JsonSource& source);

} // namespace hoststack

#endif // HS_PROFILE_H
