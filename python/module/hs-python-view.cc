// SPDX-License-Identifier: GPL-2.0-only

#include "hs-python-view.h"

#include <cstring>
#include <utility>

namespace py = pybind11;

namespace hoststack::python
{

namespace
{

void
Deallocate(PyObject* self)
{
    // `part` is borrowed from who shows the view.
    auto* type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

PyObject*
GetAttribute(PyObject* self, PyObject* name)
{
    const auto* found = reinterpret_cast<ViewObject*>(self)->attributes->Find(name);
    return found ? found->get(self, found->closure) : PyObject_GenericGetAttr(self, name);
}

int
SetAttribute(PyObject* self, PyObject* name, PyObject* value)
{
    const auto* found = reinterpret_cast<ViewObject*>(self)->attributes->Find(name);
    return found && found->set ? found->set(self, value, found->closure)
                               : PyObject_GenericSetAttr(self, name, value);
}

PyObject*
GetPart(PyObject* self, void* /* closure */)
{
    auto* part = reinterpret_cast<ViewObject*>(self)->part;
    if (!part)
    {
        return ViewIsEmpty(self);
    }
    Py_INCREF(part);
    return part;
}

} // namespace

void
AttributeTable::Add(PyGetSetDef& attribute)
{
    auto* name = PyUnicode_InternFromString(attribute.name);
    auto i = Place(name);
    while (m_names[i])
    {
        i = (i + 1) % kPlaces;
    }
    m_names[i] = name;
    m_attributes[i] = &attribute;
}

PyObject*
ViewIsEmpty(PyObject* self)
{
    PyErr_Format(
        PyExc_ReferenceError,
        "this %s was kept after the call that it was given to, and shows nothing any more; "
        "keep its values instead",
        std::strrchr(Py_TYPE(self)->tp_name, '.') ? std::strrchr(Py_TYPE(self)->tp_name, '.') + 1
                                                  : Py_TYPE(self)->tp_name);
    return nullptr;
}

bool
WholeNumber(PyObject* value,
            const char* name,
            std::int64_t least,
            std::uint64_t most,
            std::uint64_t& out)
{
    if (PyBool_Check(value) || !PyIndex_Check(value))
    {
        PyErr_Format(PyExc_TypeError,
                     "%s is %R, expected a whole number (int(...) makes one)",
                     name,
                     value);
        return false;
    }
    auto* number = PyNumber_Index(value);
    if (!number)
    {
        return false;
    }
    int overflow = 0;
    const auto narrow = PyLong_AsLongLongAndOverflow(number, &overflow);
    bool fits = overflow == 0 && narrow >= least &&
                (narrow < 0 || static_cast<std::uint64_t>(narrow) <= most);
    out = static_cast<std::uint64_t>(narrow);
    if (overflow > 0)
    {
        out = PyLong_AsUnsignedLongLong(number);
        fits = !PyErr_Occurred() && out <= most;
        PyErr_Clear();
    }
    if (!fits)
    {
        PyErr_Format(PyExc_ValueError,
                     "%s is %R, expected %lld to %llu",
                     name,
                     number,
                     static_cast<long long>(least),
                     static_cast<unsigned long long>(most));
    }
    Py_DECREF(number);
    return fits;
}

PyGetSetDef
Part(const char* name, const char* about)
{
    return {name, GetPart, nullptr, about, nullptr};
}

ViewType::ViewType(const char* name, const char* about, std::vector<PyGetSetDef> attributes)
    : m_attributes(std::move(attributes))
{
    m_attributes.push_back({}); // the end, for CPython; no place in the list changes from here on
    for (std::size_t i = 0; i + 1 < m_attributes.size(); ++i)
    {
        m_table.Add(m_attributes[i]);
    }
    PyType_Slot slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(Deallocate)},
                           {Py_tp_getattro, reinterpret_cast<void*>(GetAttribute)},
                           {Py_tp_setattro, reinterpret_cast<void*>(SetAttribute)},
                           {Py_tp_getset, m_attributes.data()},
                           {Py_tp_doc, const_cast<char*>(about)},
                           {0, nullptr}};
    PyType_Spec spec{name,
                     sizeof(ViewObject),
                     0,
                     Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                     slots};
    m_type = PyType_FromSpec(&spec);
    if (!m_type)
    {
        throw py::error_already_set();
    }
}

ViewObject*
ViewType::Make() const
{
    auto* object = PyObject_New(ViewObject, reinterpret_cast<PyTypeObject*>(m_type));
    if (!object)
    {
        throw py::error_already_set();
    }
    object->target = nullptr;
    object->part = nullptr;
    object->attributes = &m_table;
    return object;
}

void*
ViewType::Target(PyObject* view) const
{
    if (!PyObject_TypeCheck(view, reinterpret_cast<PyTypeObject*>(m_type)))
    {
        PyErr_Format(PyExc_TypeError,
                     "%R is no %s",
                     view,
                     reinterpret_cast<PyTypeObject*>(m_type)->tp_name);
        throw py::error_already_set();
    }
    auto* target = reinterpret_cast<ViewObject*>(view)->target;
    if (!target)
    {
        ViewIsEmpty(view);
        throw py::error_already_set();
    }
    return target;
}

View::~View()
{
    if (m_object)
    {
        m_object->target = nullptr;
        m_object->part = nullptr;
        Drop();
    }
}

void
View::Drop()
{
    Py_DECREF(m_object);
    m_object = nullptr;
}

} // namespace hoststack::python
