// SPDX-License-Identifier: GPL-2.0-only

#include "hs-python-parts.h"
#include "hs-python-variant.h"
#include "ns3/hs-path-manager.h"

#include <memory>
#include <pybind11/stl.h>

namespace py = pybind11;

namespace hoststack::python
{

namespace
{

using mptcp::Endpoint;
using mptcp::LocalEndpoint;
using mptcp::PathEvent;
using mptcp::PathManagerView;
using mptcp::PathView;
using mptcp::RemoteAddress;

/// Few calls per connection, so that copies do not matter here: what is read is a copy of its own.
class PathManagerProxy
{
  public:
    explicit PathManagerProxy(PathManagerView* view)
        : m_view(view)
    {
    }

    void Empty()
    {
        m_view = nullptr;
    }

    PathManagerView& View() const
    {
        if (!m_view)
        {
            PyErr_SetString(
                PyExc_ReferenceError,
                "this PathManagerView was kept after the call that it was given to, and "
                "shows nothing any more; keep its values instead");
            throw py::error_already_set();
        }
        return *m_view;
    }

  private:
    PathManagerView* m_view;
};

const char*
Word(PathEvent event)
{
    switch (event)
    {
    case PathEvent::Established:
        return "established";
    case PathEvent::SubflowJoined:
        return "subflow-joined";
    case PathEvent::SubflowGone:
        return "subflow-gone";
    case PathEvent::AnnouncementOver:
        return "announcement-over";
    case PathEvent::AddressAnnounced:
        return "address-announced";
    case PathEvent::AddressRemoved:
        return "address-removed";
    case PathEvent::EndpointAdded:
        return "endpoint-added";
    }
    return "";
}

class PythonPathManager : public mptcp::PathManager
{
  public:
    explicit PythonPathManager(const std::string& name)
        : m_instance("path-manager", name),
          m_decide(m_instance.Own("decide")),
          m_remove(m_instance.Own("remove_endpoint")),
          m_ignores(m_instance.Own("ignores_announcement"))
    {
        const auto base = m_instance.BasedOn();
        if (!base.empty())
        {
            m_base = mptcp::PathManagers().Create(base);
            const auto native = m_base;
            py::dict functions;
            functions["decide"] = py::cpp_function(
                [native](const PathManagerProxy& proxy) { native->Decide(proxy.View()); });
            functions["remove_endpoint"] =
                py::cpp_function([native](const PathManagerProxy& proxy, const LocalEndpoint& e) {
                    native->RemoveEndpoint(proxy.View(), e);
                });
            m_instance.SetNative(functions);
        }
    }

    void Decide(PathManagerView& view) override
    {
        if (m_base && !m_decide)
        {
            m_base->Decide(view);
            return;
        }
        Ask(m_decide, view, [&](PyObject* proxy) {
            m_instance.Nothing(m_decide, m_decide.Call(proxy));
        });
    }

    void RemoveEndpoint(PathManagerView& view, const LocalEndpoint& endpoint) override
    {
        if (!m_remove)
        {
            m_base ? m_base->RemoveEndpoint(view, endpoint)
                   : PathManager::RemoveEndpoint(view, endpoint);
            return;
        }
        Ask(m_remove, view, [&](PyObject* proxy) {
            const py::object given = py::cast(endpoint);
            m_instance.Nothing(m_remove, m_remove.Call(proxy, given.ptr()));
        });
    }

    bool IgnoresAnnouncement(const PathManagerView& view) const override
    {
        if (!m_ignores)
        {
            return m_base && m_base->IgnoresAnnouncement(view);
        }
        bool ignores = false;
        Ask(m_ignores, const_cast<PathManagerView&>(view), [&](PyObject* proxy) {
            ignores = m_instance.Truth(m_ignores, m_ignores.Call(proxy));
        });
        return ignores;
    }

  private:
    template <class Call>
    void Ask(const Method& /* method */, PathManagerView& view, Call call) const
    {
        if (!Instance::IsAsked())
        {
            return;
        }
        const auto proxy = std::make_shared<PathManagerProxy>(&view);
        const py::object shown = py::cast(proxy);

        struct Emptied
        {
            PathManagerProxy& proxy;

            ~Emptied()
            {
                proxy.Empty();
            }
        } emptied{*proxy};

        call(shown.ptr());
    }

    Instance m_instance;
    Method m_decide;
    Method m_remove;
    Method m_ignores;
    std::shared_ptr<mptcp::PathManager> m_base;
};

template <class Class>
std::string
Address(const Class& value)
{
    return value.address.ToString();
}

/// What a path manager reads and hands over, by value.
void
AddPathValues(py::module_& module)
{
    py::class_<Endpoint>(module, "Endpoint", "Address and port of one end of a subflow.")
        .def_property_readonly("address", &Address<Endpoint>, "str")
        .def_readonly("port", &Endpoint::port, "int")
        .def("__eq__", [](const Endpoint& a, const Endpoint& b) { return a == b; })
        .def("__repr__", [](const Endpoint& e) {
            return "<Endpoint " + Address(e) + " port " + std::to_string(e.port) + '>';
        });
    py::class_<LocalEndpoint>(module,
                              "LocalEndpoint",
                              "An address of this host that a path manager may use.")
        .def_property_readonly("address", &Address<LocalEndpoint>, "str")
        .def_readonly("id", &LocalEndpoint::id, "int: 1 to 255; 0 is the first subflow's address")
        .def_readonly("port", &LocalEndpoint::port, "int: announced with it; 0: the connection's")
        .def_readonly("signal", &LocalEndpoint::signal, "bool: to be announced")
        .def_readonly("subflow", &LocalEndpoint::subflow, "bool: to open subflows from")
        .def_readonly("backup", &LocalEndpoint::backup, "bool: with the backup flag")
        .def_readonly("fullmesh", &LocalEndpoint::fullmesh, "bool: to every address of the peer")
        .def_readonly("laminar", &LocalEndpoint::laminar, "bool: to answer announcements from")
        .def("__repr__", [](const LocalEndpoint& e) {
            return "<LocalEndpoint " + std::to_string(e.id) + ' ' + Address(e) + '>';
        });
    py::class_<RemoteAddress>(module, "RemoteAddress", "An address that the peer has announced.")
        .def_property_readonly("address", &Address<RemoteAddress>, "str")
        .def_readonly("id", &RemoteAddress::id, "int")
        .def_readonly("port", &RemoteAddress::port, "int: 0: the connection's")
        .def("__repr__", [](const RemoteAddress& e) {
            return "<RemoteAddress " + std::to_string(e.id) + ' ' + Address(e) + '>';
        });
    py::class_<PathView>(module, "PathView", "A subflow as a path manager sees it.")
        .def_readonly("id", &PathView::id, "int")
        .def_readonly("local", &PathView::local, "Endpoint")
        .def_readonly("remote", &PathView::remote, "Endpoint")
        .def_readonly("local_id", &PathView::localId, "int")
        .def_readonly("remote_id", &PathView::remoteId, "int")
        .def_readonly("initial", &PathView::initial, "bool: the first subflow")
        .def_readonly("active", &PathView::active, "bool: this end opened it")
        .def_readonly("established", &PathView::established, "bool")
        .def_readonly("closed", &PathView::closed, "bool")
        .def_readonly("useful", &PathView::useful, "bool: it has carried data");
}

} // namespace

void
AddPathManagerViews(py::module_& module)
{
    AddPathValues(module);
    using P = PathManagerProxy;
    py::class_<P, std::shared_ptr<P>>(module,
                                      "PathManagerView",
                                      "A connection as a path manager sees it, for the time of a "
                                      "call, and what it may want done.")
        .def_property_readonly(
            "event",
            [](const P& p) { return Word(p.View().event); },
            "str")
        .def_property_readonly(
            "is_server",
            [](const P& p) { return p.View().isServer; },
            "bool: the connection was accepted, not opened")
        .def_property_readonly(
            "join_initial_allowed",
            [](const P& p) { return p.View().joinInitialAllowed; },
            "bool")
        .def_property_readonly(
            "announcing",
            [](const P& p) { return p.View().announcing; },
            "bool: an announcement waits for a segment with room")
        .def_property_readonly(
            "subflows",
            [](const P& p) { return p.View().subflows; },
            "list of PathView")
        .def_property_readonly(
            "endpoints",
            [](const P& p) { return p.View().endpoints; },
            "list of LocalEndpoint, this host's")
        .def_property_readonly(
            "remotes",
            [](const P& p) { return p.View().remotes; },
            "list of RemoteAddress, without the initial one")
        .def_property_readonly(
            "announced",
            [](const P& p) { return p.View().announced; },
            "RemoteAddress of the event address-announced")
        .def_property_readonly(
            "removed",
            [](const P& p) { return p.View().removed; },
            "int: id of the event address-removed")
        .def_property_readonly(
            "endpoint",
            [](const P& p) { return p.View().endpoint; },
            "LocalEndpoint of the event endpoint-added")
        .def_property_readonly(
            "extra_subflows",
            [](const P& p) { return p.View().config.extraSubflows; },
            "int: how many beside the first are allowed")
        .def(
            "open",
            [](const P& p, const LocalEndpoint& local, const Endpoint& remote, std::uint8_t id) {
                p.View().open.push_back({local, remote, id});
            },
            py::arg("local"),
            py::arg("remote"),
            py::arg("remote_id") = 0,
            "Asks for a subflow.")
        .def(
            "open",
            [](const P& p, const LocalEndpoint& local, const RemoteAddress& remote) {
                const auto& view = p.View();
                const auto port = remote.port != 0        ? remote.port
                                  : view.subflows.empty() ? std::uint16_t{0}
                                                          : view.subflows.front().remote.port;
                p.View().open.push_back({local, {remote.address, port}, remote.id});
            },
            py::arg("local"),
            py::arg("remote"),
            "Asks for a subflow to an address that the peer has announced.")
        .def(
            "announce",
            [](const P& p, const LocalEndpoint& e) { p.View().announce.push_back(e); },
            py::arg("endpoint"),
            "Asks for an address to be announced, once.");
}

void
AddPathManagerVariant(const std::string& name, const std::string& about)
{
    mptcp::PathManagers().Add(
        {name, about, [name] { return std::make_unique<PythonPathManager>(name); }});
}

} // namespace hoststack::python
