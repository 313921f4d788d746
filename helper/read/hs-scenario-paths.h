// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_PATHS_H
#define HS_SCENARIO_PATHS_H

#include <string>
#include <vector>

namespace hoststack
{

/// The file that this code was loaded from: a program, or a library of another program; "" if
/// unknown.
std::string ProgramFile();

/**
 * The project's `scenarios` folder with schema and profiles: $HOSTSTACK_SCENARIOS, else the first
 * one above the running program or the library that this is in (`scenarios` of a source tree,
 * `share/hoststack/scenarios` of an installation), else that of the tree it was built from.
 * \throws ScenarioError if there is none
 */
std::string ScenariosFolder();

/**
 * Folders in which KIND/NAME.json of a profile is looked for, in this order: \p beside (the folder
 * of the scenario file; may be empty) and its `profiles`, each folder of $HOSTSTACK_PROFILES
 * (separated by colons), the project's own.
 */
std::vector<std::string> ProfileFolders(const std::string& beside);

} // namespace hoststack

#endif // HS_SCENARIO_PATHS_H
