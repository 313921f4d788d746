// SPDX-License-Identifier: GPL-2.0-only

#include "hs-python-variant.h"
#include "ns3/hs-window-policy.h"

#include <limits>
#include <memory>

namespace py = pybind11;

namespace hoststack::python
{

namespace
{

using tcp::ReceiveState;

class PythonWindow : public tcp::WindowPolicy
{
  public:
    PythonWindow(const std::string& name, const tcp::Config& config)
        : m_instance("window", name),
          m_init(m_instance.Own("init")),
          m_established(m_instance.Own("established")),
          m_select(m_instance.Own("select")),
          m_candidate(m_instance.Own("candidate")),
          m_onData(m_instance.Own("on_data")),
          m_onLarger(m_instance.Own("on_larger_segment")),
          m_onRead(m_instance.Own("on_read")),
          m_updateDue(m_instance.Own("update_due")),
          m_view(ReceiveViewType())
    {
        const auto base = m_instance.BasedOn();
        if (!base.empty())
        {
            m_base = tcp::WindowPolicies().Create(base, config);
            SetNative();
        }
        m_countsOverhead = m_instance.Flag("counts_overhead", !m_base || m_base->CountsOverhead());
    }

    void Init(ReceiveState& state, bool scaling) override
    {
        if (m_base && !m_init)
        {
            m_base->Init(state, scaling);
        }
        else if (Instance::IsAsked())
        {
            Do(m_init, state, scaling ? Py_True : Py_False);
            if (state.windowShift > 14)
            {
                m_instance.Refuse(m_init,
                                  "window_shift is " + std::to_string(state.windowShift) +
                                      ", expected 14 at most (RFC 7323)");
                state.windowShift = 14;
            }
        }
    }

    void Established(ReceiveState& state) override
    {
        Optionally(m_established, state, &WindowPolicy::Established);
    }

    std::uint32_t Select(ReceiveState& state) override
    {
        if (m_base && !m_select)
        {
            return m_base->Select(state);
        }
        if (!Instance::IsAsked())
        {
            return state.Remaining();
        }
        const auto window = Number(m_select, state);
        if (window < state.Remaining() && !state.shrink)
        {
            m_instance.Refuse(m_select,
                              "answered " + std::to_string(window) +
                                  ", which takes back what the peer was allowed: " +
                                  std::to_string(state.Remaining()) + " bytes (remaining)");
        }
        // What the header can say.
        const auto most = std::uint64_t{65535} << state.windowShift;
        return static_cast<std::uint32_t>(std::max<std::uint64_t>(
            std::min<std::uint64_t>(window, most) >> state.windowShift << state.windowShift,
            state.shrink ? 0 : state.Remaining()));
    }

    std::uint32_t Candidate(ReceiveState& state) override
    {
        if (!m_candidate && m_base)
        {
            return m_base->Candidate(state);
        }
        return Instance::IsAsked() ? Number(m_candidate ? m_candidate : m_select, state)
                                   : state.Remaining();
    }

    void OnData(ReceiveState& state, std::uint32_t length, std::uint32_t truesize) override
    {
        Sized(m_onData, state, length, truesize, &WindowPolicy::OnData);
    }

    void OnLargerSegment(ReceiveState& state, std::uint32_t length, std::uint32_t truesize) override
    {
        Sized(m_onLarger, state, length, truesize, &WindowPolicy::OnLargerSegment);
    }

    bool CountsOverhead() const override
    {
        return m_countsOverhead;
    }

    void OnRead(ReceiveState& state) override
    {
        Optionally(m_onRead, state, &WindowPolicy::OnRead);
    }

    bool UpdateDue(ReceiveState& state) override
    {
        if (m_base && !m_updateDue)
        {
            return m_base->UpdateDue(state);
        }
        if (!Instance::IsAsked())
        {
            return false;
        }
        const Shown shown(m_view, &state);
        return m_instance.Truth(m_updateDue, m_updateDue.Call(shown.Get()));
    }

  private:
    static ReceiveState& Target(py::handle view)
    {
        return *static_cast<ReceiveState*>(ReceiveViewType().Target(view.ptr()));
    }

    void SetNative()
    {
        using py::cpp_function;
        using Handle = py::handle;
        const auto native = m_base;
        py::dict f;
        f["init"] =
            cpp_function([native](Handle s, bool scaling) { native->Init(Target(s), scaling); });
        f["established"] = cpp_function([native](Handle s) { native->Established(Target(s)); });
        f["select"] = cpp_function([native](Handle s) { return native->Select(Target(s)); });
        f["candidate"] = cpp_function([native](Handle s) { return native->Candidate(Target(s)); });
        f["on_data"] =
            cpp_function([native](Handle s, std::uint32_t length, std::uint32_t truesize) {
                native->OnData(Target(s), length, truesize);
            });
        f["on_larger_segment"] =
            cpp_function([native](Handle s, std::uint32_t length, std::uint32_t truesize) {
                native->OnLargerSegment(Target(s), length, truesize);
            });
        f["on_read"] = cpp_function([native](Handle s) { native->OnRead(Target(s)); });
        f["update_due"] = cpp_function([native](Handle s) { return native->UpdateDue(Target(s)); });
        m_instance.SetNative(f);
    }

    template <class... Arguments>
    void Do(const Method& method, ReceiveState& state, Arguments*... arguments)
    {
        const Shown shown(m_view, &state);
        m_instance.Nothing(method, method.Call(shown.Get(), arguments...));
    }

    std::uint32_t Number(const Method& method, ReceiveState& state)
    {
        const Shown shown(m_view, &state);
        return static_cast<std::uint32_t>(
            m_instance.Number(method,
                              method.Call(shown.Get()),
                              0,
                              std::numeric_limits<std::uint32_t>::max(),
                              state.Remaining()));
    }

    void Optionally(const Method& method,
                    ReceiveState& state,
                    void (WindowPolicy::*otherwise)(ReceiveState&))
    {
        if (method)
        {
            if (Instance::IsAsked())
            {
                Do(method, state);
            }
        }
        else if (m_base)
        {
            (*m_base.*otherwise)(state);
        }
    }

    void Sized(const Method& method,
               ReceiveState& state,
               std::uint32_t length,
               std::uint32_t truesize,
               void (WindowPolicy::*otherwise)(ReceiveState&, std::uint32_t, std::uint32_t))
    {
        if (method)
        {
            if (Instance::IsAsked())
            {
                const Argument a(length);
                const Argument b(truesize);
                Do(method, state, a.Get(), b.Get());
            }
        }
        else if (m_base)
        {
            (*m_base.*otherwise)(state, length, truesize);
        }
    }

    Instance m_instance;
    Method m_init;
    Method m_established;
    Method m_select;
    Method m_candidate;
    Method m_onData;
    Method m_onLarger;
    Method m_onRead;
    Method m_updateDue;
    View m_view;
    std::shared_ptr<tcp::WindowPolicy> m_base;
    bool m_countsOverhead{true};
};

} // namespace

const ViewType&
ReceiveViewType()
{
    using S = ReceiveState;
    static const auto* type = new ViewType(
        "hoststack.ReceiveView",
        "What a receiver knows, for the time of a call. Sizes are bytes, times ns.",
        {
            Reads<S, &S::now>("now", "int: simulated time"),
            Reads<S, &S::advMss>("adv_mss", "int: MSS announced, less timestamp space"),
            Reads<S, &S::mss>("mss", "int: estimate of the size of incoming segments"),
            Writes<S, &S::buffer>("buffer", "int, to write: the receive buffer"),
            Reads<S, &S::bufferMax>("buffer_max", "int: what auto-tuning may reach"),
            Reads<S, &S::bufferLocked>("buffer_locked", "bool: set by the application"),
            Reads<S, &S::memory>("memory", "int: what waits to be read costs"),
            Reads<S, &S::scalingRatio>("scaling_ratio", "int: payload per 256 bytes of buffer"),
            Reads<S, &S::sharedRatio>("shared_ratio", "int: the same of a shared window; 0: none"),
            Writes<S, &S::windowClamp>("window_clamp", "int, to write: largest window"),
            Writes<S, &S::ssthresh>("ssthresh", "int, to write: window before auto-tuning"),
            Writes<S, &S::window>("window", "int, to write in init: the window announced last"),
            Reads<S, &S::next>("next", "int: offset of the next byte in order"),
            Reads<S, &S::read>("read", "int: offset of the first unread byte"),
            Writes<S, &S::windowShift>("window_shift", "int, to write in init: of announcements"),
            Reads<S, &S::underPressure>("under_pressure", "bool: the host is short of memory"),
            Reads<S, &S::shrink>("shrink", "bool: the window may be taken back"),
            Reads<S, &S::receiverRtt>("receiver_rtt", "int: smoothed; 0: unknown"),
            Computes<S, &S::Space>("space", "int: the free part of the buffer as a window"),
            Computes<S, &S::FullSpace>("full_space", "int: the whole buffer as a window"),
            Computes<S, &S::Remaining>("remaining", "int: what the peer may still send"),
        });
    return *type;
}

void
AddWindowVariant(const std::string& name, const std::string& about)
{
    tcp::WindowPolicies().Add({name, about, [name](const tcp::Config& config) {
                                   return std::make_unique<PythonWindow>(name, config);
                               }});
}

} // namespace hoststack::python
