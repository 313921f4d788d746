// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PYTHON_VIEW_H
#define HS_PYTHON_VIEW_H

#include <array>
#include <cstdint>
#include <limits>
#include <pybind11/pybind11.h>
#include <string>
#include <type_traits>
#include <vector>

/**
 * \file
 * Values of the model as Python code of a user sees them while it is called: an object that reads
 * and writes the value itself, without a copy. The objects are made once and shown again with each
 * call; between calls they are empty, and say so to who kept one. pybind11's own way costs ten
 * times as much (docs/extending/python.md).
 */
namespace hoststack::python
{

/**
 * The attributes of a type of views by name. CPython asks with the one object that each name of an
 * attribute has in a program (they are interned), so its address is looked up, in a quarter of the
 * time of its own way.
 */
class AttributeTable
{
  public:
    void Add(PyGetSetDef& attribute);

    /// nullptr: it is none of these.
    const PyGetSetDef* Find(PyObject* name) const
    {
        for (auto i = Place(name);; i = (i + 1) % kPlaces)
        {
            if (m_names[i] == name)
            {
                return m_attributes[i];
            }
            if (!m_names[i])
            {
                return nullptr;
            }
        }
    }

  private:
    static constexpr std::size_t kPlaces = 128; ///< no type has half as many

    static std::size_t Place(PyObject* name)
    {
        return reinterpret_cast<std::uintptr_t>(name) / 16 % kPlaces;
    }

    std::array<PyObject*, kPlaces> m_names{};
    std::array<const PyGetSetDef*, kPlaces> m_attributes{};
};

/// What a view is to Python.
struct ViewObject
{
    PyObject_HEAD void* target; ///< nullptr: not being shown
    PyObject* part;             ///< an object that belongs to it (the subflows of a connection)
    const AttributeTable* attributes;
};

/// Sets the error that a view is used after its call. \return nullptr
PyObject* ViewIsEmpty(PyObject* self);

/// Follows a path of members: Reach<&A::b, &B::c>(a) is a.b.c.
template <auto First, auto... Rest, class T>
auto&
Reach(T& value)
{
    if constexpr (sizeof...(Rest) == 0)
    {
        return value.*First;
    }
    else
    {
        return Reach<Rest...>(value.*First);
    }
}

template <class Value>
PyObject*
ToPython(Value value)
{
    if constexpr (std::is_same_v<Value, bool>)
    {
        return PyBool_FromLong(value);
    }
    else if constexpr (std::is_signed_v<Value>)
    {
        return PyLong_FromLongLong(value);
    }
    else
    {
        return PyLong_FromUnsignedLongLong(value);
    }
}

/// A whole number between \p least and \p most into \p out. \return false with an error set, which
/// names \p name
bool WholeNumber(PyObject* value,
                 const char* name,
                 std::int64_t least,
                 std::uint64_t most,
                 std::uint64_t& out);

template <class T, auto... Path>
PyObject*
GetField(PyObject* self, void* /* closure */)
{
    auto* target = reinterpret_cast<ViewObject*>(self)->target;
    return target ? ToPython(Reach<Path...>(*static_cast<T*>(target))) : ViewIsEmpty(self);
}

template <class T, auto... Path>
int
SetField(PyObject* self, PyObject* value, void* closure)
{
    auto* target = reinterpret_cast<ViewObject*>(self)->target;
    if (!target)
    {
        ViewIsEmpty(self);
        return -1;
    }
    auto& field = Reach<Path...>(*static_cast<T*>(target));
    using Value = std::remove_reference_t<decltype(field)>;
    const auto* name = static_cast<const char*>(closure);
    if (!value)
    {
        PyErr_Format(PyExc_AttributeError, "%s cannot be deleted", name);
        return -1;
    }
    if constexpr (std::is_same_v<Value, bool>)
    {
        const int truth = PyObject_IsTrue(value);
        if (truth < 0)
        {
            return -1;
        }
        field = truth != 0;
    }
    else
    {
        std::uint64_t number = 0;
        if (!WholeNumber(value,
                         name,
                         0,
                         static_cast<std::uint64_t>(std::numeric_limits<Value>::max()),
                         number))
        {
            return -1;
        }
        field = static_cast<Value>(number);
    }
    return 0;
}

template <class T, auto Function>
PyObject*
GetComputed(PyObject* self, void* /* closure */)
{
    auto* target = reinterpret_cast<ViewObject*>(self)->target;
    return target ? ToPython((static_cast<T*>(target)->*Function)()) : ViewIsEmpty(self);
}

/// \name Attributes of a view; `about` is their docstring
/// @{
template <class T, auto... Path>
PyGetSetDef
Reads(const char* name, const char* about)
{
    return {name, GetField<T, Path...>, nullptr, about, nullptr};
}

template <class T, auto... Path>
PyGetSetDef
Writes(const char* name, const char* about)
{
    return {name, GetField<T, Path...>, SetField<T, Path...>, about, const_cast<char*>(name)};
}

template <class T, auto Function>
PyGetSetDef
Computes(const char* name, const char* about)
{
    return {name, GetComputed<T, Function>, nullptr, about, nullptr};
}

/// The object that belongs to the view.
PyGetSetDef Part(const char* name, const char* about);

/// @}

/// A Python type of views. Lives as long as the program.
class ViewType
{
  public:
    /// \param name with that of the package: "hoststack.SubflowView"
    ViewType(const char* name, const char* about, std::vector<PyGetSetDef> attributes);

    /// A new reference to an empty view.
    ViewObject* Make() const;

    /// The type, for isinstance and help.
    PyObject* Type() const
    {
        return m_type;
    }

    /// What \p view shows; throws a TypeError if it is none of this type, or empty.
    void* Target(PyObject* view) const;

  private:
    std::vector<PyGetSetDef> m_attributes; ///< the type refers to it
    AttributeTable m_table;
    PyObject* m_type{nullptr};
};

/// One view that is shown again and again.
class View
{
  public:
    explicit View(const ViewType& type)
        : m_type(type)
    {
    }

    ~View();
    View(const View&) = delete;
    View& operator=(const View&) = delete;

    /// A borrowed reference, valid until Hide().
    PyObject* Show(void* target, PyObject* part = nullptr)
    {
        if (!m_object)
        {
            m_object = m_type.Make();
        }
        m_object->target = target;
        m_object->part = part;
        return reinterpret_cast<PyObject*>(m_object);
    }

    /// Empties it; who has kept it keeps an empty one, and the next call shows another.
    void Hide()
    {
        m_object->target = nullptr;
        m_object->part = nullptr;
        if (Py_REFCNT(m_object) > 1)
        {
            Drop();
        }
    }

  private:
    void Drop();

    const ViewType& m_type;
    ViewObject* m_object{nullptr};
};

/// Shows a view for the time of a call, whatever way it ends.
class Shown
{
  public:
    Shown(View& view, void* target, PyObject* part = nullptr)
        : m_view(view),
          m_object(view.Show(target, part))
    {
    }

    ~Shown()
    {
        m_view.Hide();
    }

    Shown(const Shown&) = delete;
    Shown& operator=(const Shown&) = delete;

    PyObject* Get() const
    {
        return m_object;
    }

  private:
    View& m_view;
    PyObject* m_object;
};

} // namespace hoststack::python

#endif // HS_PYTHON_VIEW_H
