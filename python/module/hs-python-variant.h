// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PYTHON_VARIANT_H
#define HS_PYTHON_VARIANT_H

#include "hs-python-view.h"
#include "ns3/hs-units.h"

#include <optional>
#include <pybind11/pybind11.h>
#include <stdexcept>
#include <string>

/**
 * \file
 * Variants (schedulers, policies, ...) that are classes of Python. They stand in the same
 * registries as those of C++, so nothing else in the program knows. The interpreter is held as long
 * as a run lasts in which one may take part; a method is looked up once and called as CPython
 * itself calls it.
 */
namespace hoststack::python
{

/// A text of Python in UTF-8; what that cannot say (half of a character) stands as Python escapes
/// it.
std::string Legible(const pybind11::handle& text);

/// A method of a variant raised, or gave an answer that cannot be.
class VariantFailure : public std::runtime_error
{
  public:
    VariantFailure(const std::string& text, std::string variant, TimeNs at, std::string traceback);

    const std::string& Variant() const
    {
        return m_variant;
    }

    TimeNs At() const
    {
        return m_at;
    }

    const std::string& Traceback() const
    {
        return m_traceback;
    }

  private:
    std::string m_variant;
    TimeNs m_at;
    std::string m_traceback;
};

/**
 * While it lives, variants are asked. What goes wrong in one does not unwind the model, whose
 * objects do work when they go: it is kept, the run ends with the present event, and until then
 * variants are asked no more and everything that waits for their decision waits.
 */
class VariantWork
{
  public:
    /// \param inRun ns-3's simulator is running, and to be stopped
    explicit VariantWork(bool inRun);
    ~VariantWork();
    VariantWork(const VariantWork&) = delete;
    VariantWork& operator=(const VariantWork&) = delete;

    static bool HasFailed();
    /// Throws what went wrong, if something did.
    void Rethrow();
};

/// Whether a class of Python stands in a registry.
bool AnyVariants();

/// A bound method, looked up once.
class Method
{
  public:
    Method() = default;
    Method(const pybind11::object& instance, const char* name);

    explicit operator bool() const
    {
        return static_cast<bool>(m_bound);
    }

    const char* Name() const
    {
        return m_name;
    }

    /// A new reference, or nullptr with an error set. \p arguments are borrowed.
    template <class... Arguments>
    PyObject* Call(Arguments*... arguments) const
    {
        // The first place is for CPython, which puts `self` there.
        PyObject* all[] = {nullptr, arguments...};
        return PyObject_Vectorcall(m_bound.ptr(),
                                   all + 1,
                                   sizeof...(arguments) | PY_VECTORCALL_ARGUMENTS_OFFSET,
                                   nullptr);
    }

  private:
    pybind11::object m_bound;
    const char* m_name{""};
};

/// An instance of a class of the user, behind one of the adapters.
class Instance
{
  public:
    /// \param kind the name of its registry here: "scheduler", ...
    Instance(const char* kind, const std::string& name);

    /// The method, if the class has one of its own.
    Method Own(const char* name) const;

    /// An attribute of the class that is True or False, or None: \p otherwise.
    bool Flag(const char* name, bool otherwise) const;

    /// The name of the built-in variant whose methods it has where it has none of its own; empty:
    /// none
    std::string BasedOn() const;

    /// Gives the instance what its base class calls: the built-in's methods, by name.
    void SetNative(const pybind11::dict& functions);

    const std::string& Name() const
    {
        return m_name;
    }

    const pybind11::object& Object() const
    {
        return m_object;
    }

    /// \name What a call gave back: nothing, a truth, a number; false or \p otherwise if it raised
    /// or gave something else, which is kept as what went wrong. \p result is a new reference,
    /// which they take.
    /// @{
    void Nothing(const Method& method, PyObject* result) const
    {
        if (result == Py_None)
        {
            Py_DECREF(result);
            return;
        }
        NotNothing(method, result);
    }

    bool Truth(const Method& method, PyObject* result) const;
    std::uint64_t Number(const Method& method,
                         PyObject* result,
                         std::int64_t least,
                         std::uint64_t most,
                         std::uint64_t otherwise) const;
    /// @}

    /// Keeps as what went wrong: \p what is wrong with what \p method did.
    void Refuse(const Method& method, const std::string& what) const;
    /// The same of the error that Python has set.
    void Raise(const Method& method) const;

    /// False after a failure.
    static bool IsAsked()
    {
        return !VariantWork::HasFailed();
    }

  private:
    void NotNothing(const Method& method, PyObject* result) const;

    std::string m_kind;
    std::string m_name;
    pybind11::object m_object;
    pybind11::object m_own; ///< names of the class' own methods
};

/// A number as an argument; released when the call is over.
class Argument
{
  public:
    explicit Argument(std::int64_t value)
        : m_object(PyLong_FromLongLong(value))
    {
    }

    ~Argument()
    {
        Py_XDECREF(m_object);
    }

    Argument(const Argument&) = delete;
    Argument& operator=(const Argument&) = delete;

    PyObject* Get() const
    {
        return m_object;
    }

  private:
    PyObject* m_object;
};

/// \name One per kind: puts the class called \p name into its registry
/// @{
void AddSchedulerVariant(const std::string& name, const std::string& about);
void AddPathManagerVariant(const std::string& name, const std::string& about);
void AddWindowVariant(const std::string& name, const std::string& about);
void AddPacerVariant(const std::string& name, const std::string& about);
void AddCongestionVariant(const std::string& name, const std::string& about);
/// @}

/// CPU time of one call of a scheduler's GetSend, ns, with so many subflows; for the tests and the
/// page of measured costs.
double TimeScheduler(const std::string& name, std::size_t subflows, std::uint64_t calls);

/// \name Types of views, made when first asked for
/// @{
const ViewType& SchedulerViewType();
const ViewType& SubflowViewType();
const ViewType& ReceiveViewType();
const ViewType& CongestionViewType();
const ViewType& RateSampleViewType();
/// @}

} // namespace hoststack::python

#endif // HS_PYTHON_VARIANT_H
