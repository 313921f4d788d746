// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PYTHON_PARTS_H
#define HS_PYTHON_PARTS_H

#include "ns3/hs-scenario-reader.h"

#include <optional>
#include <pybind11/pybind11.h>
#include <string>
#include <vector>

/**
 * \file
 * The module hoststack._core in parts. It is the library as Python's package uses it, not what
 * users call: texts and columns go in and out, frames are made of them in Python.
 */
namespace hoststack::python
{

/// \name What each part adds to the module
/// @{
void AddScenarios(pybind11::module_& module);
void AddRuns(pybind11::module_& module);
void AddCores(pybind11::module_& module);
void AddOffloads(pybind11::module_& module);
void AddHpts(pybind11::module_& module);
void AddVariants(pybind11::module_& module);
void AddPathManagerViews(pybind11::module_& module);

/// @}

/// Where a scenario comes from, as Python says it.
struct Source
{
    std::optional<std::string> text; ///< of the scenario; nothing: read the file
    std::string name;                ///< path of its file, or what messages call it
    std::string folder;              ///< where relative files are looked for, with a text
    std::vector<std::string> sets;   ///< path=value
};

/// \throws ScenarioError
LoadedScenario Load(const Source& source);

} // namespace hoststack::python

#endif // HS_PYTHON_PARTS_H
