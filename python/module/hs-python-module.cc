// SPDX-License-Identifier: GPL-2.0-only

#include "hs-python-parts.h"

PYBIND11_MODULE(_core, module)
{
    module.doc() = "hoststack's library, as the package uses it. Not for direct use.";
    hoststack::python::AddScenarios(module);
    hoststack::python::AddRuns(module);
    hoststack::python::AddVariants(module);
    hoststack::python::AddCores(module);
    hoststack::python::AddOffloads(module);
    hoststack::python::AddHpts(module);
}
