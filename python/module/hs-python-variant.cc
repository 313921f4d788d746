// SPDX-License-Identifier: GPL-2.0-only

#include "hs-python-variant.h"

#include "hs-python-parts.h"
#include "ns3/hs-congestion-control.h"
#include "ns3/hs-coupled-congestion.h"
#include "ns3/hs-pacer.h"
#include "ns3/hs-packet-scheduler.h"
#include "ns3/hs-path-manager.h"
#include "ns3/hs-window-policy.h"

#include <ns3/simulator.h>

#include <exception>
#include <functional>
#include <map>
#include <pybind11/stl.h>
#include <set>
#include <utility>

namespace py = pybind11;

namespace hoststack::python
{

namespace
{

std::exception_ptr g_failure;
bool g_inRun = false;

void
Fail(std::exception_ptr failure)
{
    if (!g_failure)
    {
        g_failure = std::move(failure);
    }
    if (g_inRun)
    {
        ns3::Simulator::Stop();
    }
}

TimeNs
RunTime()
{
    return g_inRun ? ns3::Simulator::Now().GetNanoSeconds() : 0;
}

/// "kind/name" -> (class, names of its own methods). Python's, so that it goes before it does.
py::dict
Classes()
{
    return py::module_::import("hoststack._core").attr("_classes").cast<py::dict>();
}

std::string
Key(const std::string& kind, const std::string& name)
{
    return kind + '/' + name;
}

std::string
FormatTraceback(const py::error_already_set& error)
{
    try
    {
        const auto lines = py::module_::import("traceback")
                               .attr("format_exception")(error.type(),
                                                         error.value(),
                                                         error.trace() ? py::object(error.trace())
                                                                       : py::object(py::none()));
        return Legible(py::str("").attr("join")(lines).attr("rstrip")());
    }
    catch (const py::error_already_set&)
    {
        return {};
    }
}

std::string
Told(const std::string& kind, const std::string& name, const char* method)
{
    return kind + " \"" + name + '"' + (*method ? std::string(", ") + method + "()" : "");
}

std::string
AtText(TimeNs at)
{
    return " at " + std::to_string(static_cast<double>(at) / 1e9) + " s";
}

struct Kind
{
    std::function<bool(const std::string&)> has;
    std::function<void(const std::string&, const std::string&)> add;
};

const std::map<std::string, Kind>&
Kinds()
{
    static const std::map<std::string, Kind> kinds{
        {"scheduler",
         {[](const auto& n) { return mptcp::PacketSchedulers().Has(n); }, AddSchedulerVariant}},
        {"path-manager",
         {[](const auto& n) { return mptcp::PathManagers().Has(n); }, AddPathManagerVariant}},
        {"window", {[](const auto& n) { return tcp::WindowPolicies().Has(n); }, AddWindowVariant}},
        {"pacer", {[](const auto& n) { return Pacers().Has(n); }, AddPacerVariant}},
        {"congestion",
         {[](const auto& n) {
              return tcp::CongestionControls().Has(n) || mptcp::CoupledCongestionControls().Has(n);
          },
          AddCongestionVariant}},
    };
    return kinds;
}

std::set<std::string>&
Added()
{
    static std::set<std::string> keys;
    return keys;
}

void
Register(const std::string& kind,
         const std::string& name,
         const std::string& about,
         const py::object& type,
         const py::object& own)
{
    const auto& entry = Kinds().at(kind);
    const auto key = Key(kind, name);
    if (Added().count(key) == 0 && entry.has(name))
    {
        throw py::value_error("a built-in " + kind + " is called \"" + name +
                              "\"; give the class another name (its attribute `name`)");
    }
    const py::object base = type.attr("based_on");
    if (!base.is_none() && !entry.has(base.cast<std::string>()))
    {
        throw py::value_error("there is no " + kind + " \"" + base.cast<std::string>() +
                              "\" to base the class on");
    }
    Classes()[py::str(key)] = py::make_tuple(type, own);
    if (Added().insert(key).second)
    {
        entry.add(name, about);
    }
}

} // namespace

std::string
Legible(const py::handle& text)
{
    const auto bytes = py::reinterpret_steal<py::object>(
        PyUnicode_AsEncodedString(text.ptr(), "utf-8", "backslashreplace"));
    if (!bytes)
    {
        throw py::error_already_set();
    }
    return std::string(py::bytes(bytes));
}

VariantFailure::VariantFailure(const std::string& text,
                               std::string variant,
                               TimeNs at,
                               std::string traceback)
    : std::runtime_error(text),
      m_variant(std::move(variant)),
      m_at(at),
      m_traceback(std::move(traceback))
{
}

VariantWork::VariantWork(bool inRun)
{
    g_failure = nullptr;
    g_inRun = inRun;
}

VariantWork::~VariantWork()
{
    g_failure = nullptr;
    g_inRun = false;
}

bool
VariantWork::HasFailed()
{
    return static_cast<bool>(g_failure);
}

void
VariantWork::Rethrow()
{
    if (g_failure)
    {
        std::rethrow_exception(std::exchange(g_failure, nullptr));
    }
}

bool
AnyVariants()
{
    return !Added().empty();
}

Method::Method(const py::object& instance, const char* name)
    : m_bound(instance.attr(name)),
      m_name(name)
{
}

Instance::Instance(const char* kind, const std::string& name)
    : m_kind(kind),
      m_name(name)
{
    const auto classes = Classes();
    const auto entry = classes[py::str(Key(kind, name))].cast<py::tuple>();
    m_own = entry[1];
    try
    {
        m_object = entry[0]();
    }
    catch (py::error_already_set& error)
    {
        error.restore();
        Raise(Method());
    }
}

Method
Instance::Own(const char* name) const
{
    return m_object && m_own.contains(py::str(name)) ? Method(m_object, name) : Method();
}

bool
Instance::Flag(const char* name, bool otherwise) const
{
    if (!m_object)
    {
        return otherwise;
    }
    const py::object value = m_object.attr(name);
    if (value.is_none())
    {
        return otherwise;
    }
    if (!py::isinstance<py::bool_>(value))
    {
        Refuse(Method(),
               std::string(name) + " is " + Legible(py::repr(value)) + ", expected True or False");
    }
    return value.cast<bool>();
}

std::string
Instance::BasedOn() const
{
    const py::object value = m_object ? py::object(m_object.attr("based_on")) : py::none();
    return value.is_none() ? std::string() : value.cast<std::string>();
}

void
Instance::SetNative(const py::dict& functions)
{
    m_object.attr("_native") = functions;
}

bool
Instance::Truth(const Method& method, PyObject* result) const
{
    if (result == Py_True || result == Py_False)
    {
        Py_DECREF(result);
        return result == Py_True;
    }
    if (!result)
    {
        Raise(method);
        return false;
    }
    const auto held = py::reinterpret_steal<py::object>(result);
    const int truth = result == Py_None ? -1 : PyObject_IsTrue(result);
    if (truth < 0)
    {
        PyErr_Clear();
        Refuse(method, "answered " + Legible(py::repr(held)) + ", expected True or False");
        return false;
    }
    return truth != 0;
}

std::uint64_t
Instance::Number(const Method& method,
                 PyObject* result,
                 std::int64_t least,
                 std::uint64_t most,
                 std::uint64_t otherwise) const
{
    if (!result)
    {
        Raise(method);
        return otherwise;
    }
    const auto held = py::reinterpret_steal<py::object>(result);
    std::uint64_t number = 0;
    if (!WholeNumber(result, "the answer", least, most, number))
    {
        const py::error_already_set error;
        Refuse(method, Legible(py::str(error.value())));
        return otherwise;
    }
    return number;
}

void
Instance::NotNothing(const Method& method, PyObject* result) const
{
    if (!result)
    {
        Raise(method);
        return;
    }
    const auto held = py::reinterpret_steal<py::object>(result);
    Refuse(method,
           "answered " + Legible(py::repr(held)) +
               ", expected nothing: what is decided is written into the view");
}

void
Instance::Refuse(const Method& method, const std::string& what) const
{
    const auto at = RunTime();
    Fail(std::make_exception_ptr(
        VariantFailure(Told(m_kind, m_name, method.Name()) + AtText(at) + ": " + what,
                       m_name,
                       at,
                       {})));
}

void
Instance::Raise(const Method& method) const
{
    const py::error_already_set error;
    if (error.matches(PyExc_KeyboardInterrupt) || error.matches(PyExc_SystemExit))
    {
        Fail(std::make_exception_ptr(error));
        return;
    }
    const auto at = RunTime();
    const auto type = Legible(error.type().attr("__name__"));
    std::string text;
    try
    {
        text = Legible(py::str(error.value()));
    }
    catch (const py::error_already_set&)
    {
        text = "(the error cannot be printed)";
    }
    Fail(std::make_exception_ptr(VariantFailure(Told(m_kind, m_name, method.Name()) + " raised" +
                                                    AtText(at) + ": " + type + ": " + text,
                                                m_name,
                                                at,
                                                FormatTraceback(error))));
}

void
AddVariants(py::module_& module)
{
    module.attr("_classes") = py::dict();
    static py::exception<VariantFailure> failure(module, "VariantFailure", PyExc_RuntimeError);
    py::register_exception_translator([](std::exception_ptr thrown) {
        try
        {
            if (thrown)
            {
                std::rethrow_exception(thrown);
            }
        }
        catch (const VariantFailure& error)
        {
            PyErr_SetObject(failure.ptr(),
                            py::make_tuple(std::string(error.what()),
                                           error.Variant(),
                                           static_cast<double>(error.At()) / 1e9,
                                           error.Traceback())
                                .ptr());
        }
    });
    module.def("register",
               &Register,
               py::arg("kind"),
               py::arg("name"),
               py::arg("about"),
               py::arg("type"),
               py::arg("own"));
    module.def("time_scheduler",
               &TimeScheduler,
               py::arg("name"),
               py::arg("subflows"),
               py::arg("calls"));
    module.attr("SchedulerView") = py::handle(SchedulerViewType().Type());
    module.attr("SubflowView") = py::handle(SubflowViewType().Type());
    module.attr("ReceiveView") = py::handle(ReceiveViewType().Type());
    module.attr("CongestionView") = py::handle(CongestionViewType().Type());
    module.attr("RateSampleView") = py::handle(RateSampleViewType().Type());
    AddPathManagerViews(module);
}

} // namespace hoststack::python
