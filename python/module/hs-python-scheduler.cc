// SPDX-License-Identifier: GPL-2.0-only

#include "hs-python-variant.h"
#include "ns3/hs-packet-scheduler.h"

#include <ctime>
#include <memory>
#include <utility>

namespace py = pybind11;

namespace hoststack::python
{

namespace
{

using mptcp::SchedulerView;
using mptcp::SubflowView;
using tcp::SendStatus;

/// The subflows of a connection as one tuple, which stays the same while nobody keeps it.
class SubflowTuple
{
  public:
    SubflowTuple() = default;

    ~SubflowTuple()
    {
        Py_XDECREF(m_tuple);
    }

    SubflowTuple(const SubflowTuple&) = delete;
    SubflowTuple& operator=(const SubflowTuple&) = delete;

    /// Borrowed.
    PyObject* Show(std::vector<SubflowView>& subflows)
    {
        const auto count = static_cast<Py_ssize_t>(subflows.size());
        if (!m_tuple || PyTuple_GET_SIZE(m_tuple) != count)
        {
            Make(count);
        }
        for (Py_ssize_t i = 0; i < count; ++i)
        {
            At(i)->target = &subflows[static_cast<std::size_t>(i)];
        }
        return m_tuple;
    }

    void Hide()
    {
        bool isKept = Py_REFCNT(m_tuple) > 1;
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(m_tuple); ++i)
        {
            At(i)->target = nullptr;
            isKept = isKept || Py_REFCNT(At(i)) > 1;
        }
        if (isKept)
        {
            Py_CLEAR(m_tuple);
        }
    }

  private:
    ViewObject* At(Py_ssize_t i) const
    {
        return reinterpret_cast<ViewObject*>(PyTuple_GET_ITEM(m_tuple, i));
    }

    void Make(Py_ssize_t count)
    {
        Py_XDECREF(m_tuple);
        m_tuple = PyTuple_New(count);
        for (Py_ssize_t i = 0; i < count; ++i)
        {
            PyTuple_SET_ITEM(m_tuple, i, reinterpret_cast<PyObject*>(SubflowViewType().Make()));
        }
    }

    PyObject* m_tuple{nullptr};
};

class PythonScheduler : public mptcp::PacketScheduler
{
  public:
    explicit PythonScheduler(const std::string& name)
        : m_instance("scheduler", name),
          m_getSend(m_instance.Own("get_send")),
          m_getRetransmit(m_instance.Own("get_retransmit")),
          m_view(SchedulerViewType())
    {
        const auto base = m_instance.BasedOn();
        if (!base.empty())
        {
            m_base = mptcp::PacketSchedulers().Create(base);
            const auto native = m_base;
            py::dict functions;
            functions["get_send"] =
                py::cpp_function([native](py::handle view) { native->GetSend(*Target(view)); });
            functions["get_retransmit"] = py::cpp_function(
                [native](py::handle view) { native->GetRetransmit(*Target(view)); });
            m_instance.SetNative(functions);
        }
        m_follows =
            m_instance.Flag("follows_subflow_timers", m_base && m_base->FollowsSubflowTimers());
        m_checks = m_instance.Flag("checks_staleness", !m_base || m_base->ChecksStaleness());
        m_duplicates = m_instance.Flag("duplicates", m_base && m_base->Duplicates());
    }

    void GetSend(SchedulerView& view) override
    {
        if (m_getSend)
        {
            Ask(m_getSend, view);
        }
        else if (m_base)
        {
            m_base->GetSend(view);
        }
    }

    void GetRetransmit(SchedulerView& view) override
    {
        if (m_getRetransmit)
        {
            Ask(m_getRetransmit, view);
        }
        else if (m_getSend)
        {
            Ask(m_getSend, view);
        }
        else if (m_base)
        {
            m_base->GetRetransmit(view);
        }
    }

    bool FollowsSubflowTimers() const override
    {
        return m_follows;
    }

    bool ChecksStaleness() const override
    {
        return m_checks;
    }

    bool Duplicates() const override
    {
        return m_duplicates;
    }

  private:
    static SchedulerView* Target(py::handle view)
    {
        return static_cast<SchedulerView*>(SchedulerViewType().Target(view.ptr()));
    }

    void Ask(const Method& method, SchedulerView& view)
    {
        if (!Instance::IsAsked())
        {
            return;
        }
        auto* tuple = m_subflows.Show(view.subflows);
        auto* result = method.Call(m_view.Show(&view, tuple));
        m_view.Hide();
        m_subflows.Hide();
        m_instance.Nothing(method, result);
    }

    Instance m_instance;
    Method m_getSend;
    Method m_getRetransmit;
    View m_view;
    SubflowTuple m_subflows;
    std::shared_ptr<mptcp::PacketScheduler> m_base;
    bool m_follows{false};
    bool m_checks{true};
    bool m_duplicates{false};
};

} // namespace

const ViewType&
SubflowViewType()
{
    using S = SubflowView;
    static const auto* type = new ViewType(
        "hoststack.SubflowView",
        "One subflow as a scheduler sees it, for the time of a call.",
        {
            Reads<S, &S::id>("id", "int: stays the same for the life of the subflow, from 1"),
            Reads<S, &S::active>("active", "bool: may carry data: fully joined, open, not stale"),
            Reads<S, &S::established>("established", "bool: the TCP handshake is complete"),
            Reads<S, &S::backup>("backup", "bool: the peer asked for it to be a backup"),
            Reads<S, &S::requestBackup>("request_backup", "bool: we asked for that"),
            Computes<S, &S::IsBackup>("is_backup", "bool: one of both"),
            Reads<S, &S::staleCount>("stale_count", "int: timer periods without an answer"),
            Reads<S, &S::memoryFree>("memory_free", "bool: there is room in its send buffer"),
            Reads<S, &S::tcp, &SendStatus::srtt>("srtt", "int: smoothed round trip, ns; 0: none"),
            Reads<S, &S::tcp, &SendStatus::cwnd>("cwnd", "int: congestion window, segments"),
            Reads<S, &S::tcp, &SendStatus::inFlight>("in_flight", "int: segments"),
            Reads<S, &S::tcp, &SendStatus::mss>("mss", "int: payload of a full segment, bytes"),
            Reads<S, &S::tcp, &SendStatus::queued>("queued",
                                                   "int: written and not acknowledged, bytes"),
            Reads<S, &S::tcp, &SendStatus::limit>("limit", "int: its send buffer, bytes"),
            Reads<S, &S::tcp, &SendStatus::pacingRate>("pacing_rate", "int: bytes/s"),
            Reads<S, &S::tcp, &SendStatus::maxWindow>("max_window",
                                                      "int: largest window announced, bytes"),
            Reads<S, &S::tcp, &SendStatus::sndUna>("snd_una",
                                                   "int: first unacknowledged byte of its stream"),
            Reads<S, &S::tcp, &SendStatus::sndNxt>("snd_nxt", "int: next byte of its stream"),
            Reads<S, &S::tcp, &SendStatus::writeEnd>("write_end",
                                                     "int: after the last byte written"),
            Reads<S, &S::tcp, &SendStatus::retransmitDeadline>(
                "retransmit_deadline",
                "int: ns at which its timer fires; hoststack.NEVER: none runs"),
            Reads<S, &S::tcp, &SendStatus::lastReceived>("last_received",
                                                         "int: ns of the last segment that came"),
            Reads<S, &S::tcp, &SendStatus::canSend>("can_send", "bool: in a state that sends data"),
            Writes<S, &S::averagePacingRate>("average_pacing_rate",
                                             "int, to write: bytes/s, kept between calls"),
            Writes<S, &S::scheduled>("scheduled", "bool, to write: send on this one"),
        });
    return *type;
}

const ViewType&
SchedulerViewType()
{
    using S = SchedulerView;
    static const auto* type = new ViewType(
        "hoststack.SchedulerView",
        "A multipath connection as a scheduler sees it, for the time of a call.",
        {
            Part("subflows", "tuple of SubflowView, in the order of their creation"),
            Reads<S, &S::now>("now", "int: simulated time, ns"),
            Reads<S, &S::sndNxt>("snd_nxt", "int: data offset of the next new byte"),
            Reads<S, &S::windowEnd>("window_end", "int: data offset that the peer's window allows"),
            Reads<S, &S::queued>("queued", "int: written and not yet sent, bytes"),
            Writes<S, &S::burst>("burst", "int, to write: bytes to send before asking again"),
            Writes<S, &S::lastUsed>("last_used",
                                    "int, to write: id of the subflow used last; 0: none"),
        });
    return *type;
}

double
TimeScheduler(const std::string& name, std::size_t subflows, std::uint64_t calls)
{
    const auto scheduler = mptcp::PacketSchedulers().Create(name);
    SchedulerView view;
    for (std::size_t i = 0; i < subflows; ++i)
    {
        SubflowView subflow;
        subflow.id = static_cast<std::uint32_t>(i + 1);
        subflow.active = subflow.established = subflow.memoryFree = subflow.tcp.canSend = true;
        subflow.tcp.srtt = static_cast<TimeNs>(30 - i) * kMillisecond;
        subflow.tcp.mss = 1448;
        subflow.tcp.cwnd = 10;
        subflow.tcp.pacingRate = 1'000'000;
        subflow.tcp.maxWindow = subflow.tcp.limit = 1'000'000;
        view.subflows.push_back(subflow);
    }
    view.queued = view.windowEnd = 1'000'000;
    const auto now = [] {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
    };
    VariantWork work(false);
    const auto begin = now();
    for (std::uint64_t i = 0; i < calls; ++i)
    {
        scheduler->GetSend(view);
    }
    const auto taken = (now() - begin) / static_cast<double>(calls);
    work.Rethrow();
    return taken;
}

void
AddSchedulerVariant(const std::string& name, const std::string& about)
{
    mptcp::PacketSchedulers().Add(
        {name, about, [name] { return std::make_unique<PythonScheduler>(name); }});
}

} // namespace hoststack::python
