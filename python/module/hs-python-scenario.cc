// SPDX-License-Identifier: GPL-2.0-only

#include "hs-python-parts.h"
#include "ns3/hs-metric.h"
#include "ns3/hs-nearest.h"
#include "ns3/hs-ns3-runner.h"
#include "ns3/hs-resolved-scenario.h"
#include "ns3/hs-results.h"
#include "ns3/hs-scenario-error.h"
#include "ns3/hs-scenario-paths.h"
#include "ns3/hs-scenario-runner.h"

#include <pybind11/stl.h>

namespace py = pybind11;

namespace hoststack::python
{

/// Written by the build; see .cmake/build-digest.cmake.
extern const char* const kBuildDigest;

namespace
{

/// A message quotes what is in a file, whatever bytes that are.
py::str
Quoted(const std::string& text)
{
    PyObject* decoded =
        PyUnicode_DecodeUTF8(text.data(), static_cast<py::ssize_t>(text.size()), "replace");
    return py::reinterpret_steal<py::str>(decoded);
}

py::list
ToPython(const std::vector<ScenarioIssue>& issues)
{
    py::list list;
    for (const auto& issue : issues)
    {
        py::dict entry;
        entry["file"] = Quoted(issue.file);
        entry["line"] = issue.line;
        entry["column"] = issue.column;
        entry["pointer"] = Quoted(issue.pointer);
        entry["message"] = Quoted(issue.message);
        entry["expected"] = Quoted(issue.expected);
        entry["nearest"] = Quoted(issue.nearest);
        list.append(std::move(entry));
    }
    return list;
}

/// The scenario that stands for itself, as text, and the files that it names.
py::dict
Resolve(const Source& source)
{
    const auto loaded = Load(source);
    ns3::HoststackRunner().Check(loaded);
    const auto resolved = ResolveScenario(loaded.document);
    py::dict result;
    result["text"] = JsonText(resolved.document);
    result["name"] = loaded.scenario.name;
    result["duration_s"] = ToSeconds(loaded.scenario.run.duration);
    result["seed"] = loaded.scenario.run.seed;
    py::dict inputs;
    for (const auto& input : resolved.inputs)
    {
        inputs[py::str(input.name)] = py::bytes(input.content);
    }
    result["inputs"] = inputs;
    return result;
}

py::list
Catalogue()
{
    py::list list;
    for (const auto& info : MetricCatalogue())
    {
        list.append(py::make_tuple(info.pattern,
                                   UnitName(info.unit),
                                   info.about,
                                   info.use.summary,
                                   SeriesWord(info.use.series)));
    }
    return list;
}

} // namespace

LoadedScenario
Load(const Source& source)
{
    if (!source.text)
    {
        return LoadScenario(source.name, {source.sets, std::nullopt});
    }
    return LoadScenarioText(*source.text, source.name, source.folder, {source.sets, std::nullopt});
}

void
AddScenarios(py::module_& module)
{
    // The package gives them their public classes; here they only have to be told apart.
    static py::exception<ScenarioError> wrong(module, "ScenarioError", PyExc_ValueError);
    static py::exception<MachineCannot> cannot(module, "MachineCannot", PyExc_OSError);
    static py::exception<RunCancelled> cancelled(module, "RunCancelled", PyExc_RuntimeError);
    py::register_exception_translator([](std::exception_ptr thrown) {
        try
        {
            if (thrown)
            {
                std::rethrow_exception(thrown);
            }
        }
        catch (const ScenarioError& error)
        {
            PyErr_SetObject(wrong.ptr(),
                            py::make_tuple(Quoted(error.what()), ToPython(error.Issues())).ptr());
        }
        catch (const MachineCannot& error)
        {
            cannot(error.what());
        }
        catch (const RunCancelled& error)
        {
            cancelled(error.what());
        }
    });
    py::class_<Source>(module, "Source", "A scenario's text and where it comes from.")
        .def(py::init<std::optional<std::string>,
                      std::string,
                      std::string,
                      std::vector<std::string>>(),
             py::arg("text"),
             py::arg("name"),
             py::arg("folder"),
             py::arg("sets"));
    module.def("resolve", &Resolve, "The scenario with all layers merged, and its inputs.");
    module.def("catalogue",
               &Catalogue,
               "(pattern, unit, about, in summary, in series) of metrics.");
    module.def("unit_of", [](const std::string& name) -> std::optional<std::string> {
        const auto* info = FindMetric(name);
        return info ? std::optional(UnitName(info->unit)) : std::nullopt;
    });
    module.def("nearest", &NearestName);
    module.def("scenarios_folder", &ScenariosFolder);
    module.def("simulator", [] { return ns3::HoststackRunner().Simulator(); });
    module.attr("version") = ProgramVersion();
    module.attr("build_digest") = std::string(kBuildDigest);
}

} // namespace hoststack::python
