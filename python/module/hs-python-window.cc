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

/// A receiver as a method sees it: what it is told, and what it may decide about, which counts when
/// the method has come back.
struct Sight
{
    ReceiveState* state;
    tcp::ReceiveFacts facts;
    std::uint32_t buffer;
    std::uint32_t windowClamp;
    std::uint32_t ssthresh;
    std::uint32_t window;
    std::uint32_t scalingRatio;
    std::uint8_t windowShift;

    explicit Sight(ReceiveState& shown)
        : state(&shown)
    {
        Look();
    }

    void Look()
    {
        facts = state->Facts();
        buffer = state->Buffer();
        windowClamp = state->WindowClamp();
        ssthresh = state->Ssthresh();
        window = state->Window();
        scalingRatio = state->ScalingRatio();
        windowShift = state->WindowShift();
    }

    /// \p first: the first window is chosen, too.
    void Decide(bool first) const
    {
        state->GrowBuffer(buffer);
        state->SetWindowShift(windowShift);
        state->SetWindowClamp(windowClamp);
        state->SetSsthresh(ssthresh);
        if (first)
        {
            state->SetFirstWindow(window);
        }
    }

    std::uint32_t Space() const
    {
        return state->FromSpace(static_cast<std::int64_t>(buffer) - facts.memory);
    }

    std::uint32_t FullSpace() const
    {
        return state->FromSpace(buffer);
    }

    std::uint32_t Remaining() const
    {
        return state->Remaining();
    }
};

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
            Sight sight(state);
            {
                const Shown shown(m_view, &sight);
                m_instance.Nothing(m_init, m_init.Call(shown.Get(), scaling ? Py_True : Py_False));
            }
            if (sight.windowShift > ReceiveState::kLargestShift)
            {
                m_instance.Refuse(m_init,
                                  "window_shift is " + std::to_string(sight.windowShift) +
                                      ", expected 14 at most (RFC 7323)");
            }
            sight.Decide(true);
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
        if (window < state.Remaining() && !state.Facts().shrink)
        {
            m_instance.Refuse(m_select,
                              "answered " + std::to_string(window) +
                                  ", which takes back what the peer was allowed: " +
                                  std::to_string(state.Remaining()) + " bytes (remaining)");
        }
        // What the header can say.
        const auto most = std::uint64_t{65535} << state.WindowShift();
        return static_cast<std::uint32_t>(std::max<std::uint64_t>(
            std::min<std::uint64_t>(window, most) >> state.WindowShift() << state.WindowShift(),
            state.Facts().shrink ? 0 : state.Remaining()));
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
        Sight sight(state);
        const Shown shown(m_view, &sight);
        return m_instance.Truth(m_updateDue, m_updateDue.Call(shown.Get()));
    }

  private:
    static Sight& Target(py::handle view)
    {
        return *static_cast<Sight*>(ReceiveViewType().Target(view.ptr()));
    }

    struct After
    {
        Sight& sight;

        ~After()
        {
            sight.Look();
        }
    };

    /// Has \p act done to the receiver itself, as far as the method has come.
    template <class Act>
    static auto OnState(py::handle view, Act act)
    {
        auto& sight = Target(view);
        sight.Decide(false);
        const After look{sight};
        return act(*sight.state);
    }

    void SetNative()
    {
        using py::cpp_function;
        using Handle = py::handle;
        using State = ReceiveState;
        const auto native = m_base;
        py::dict f;
        f["init"] = cpp_function([native](Handle s, bool scaling) {
            OnState(s, [&](State& state) { native->Init(state, scaling); });
        });
        f["established"] = cpp_function(
            [native](Handle s) { OnState(s, [&](State& state) { native->Established(state); }); });
        f["select"] = cpp_function([native](Handle s) {
            return OnState(s, [&](State& state) { return native->Select(state); });
        });
        f["candidate"] = cpp_function([native](Handle s) {
            return OnState(s, [&](State& state) { return native->Candidate(state); });
        });
        f["on_data"] =
            cpp_function([native](Handle s, std::uint32_t length, std::uint32_t truesize) {
                OnState(s, [&](State& state) { native->OnData(state, length, truesize); });
            });
        f["on_larger_segment"] =
            cpp_function([native](Handle s, std::uint32_t length, std::uint32_t truesize) {
                OnState(s, [&](State& state) { native->OnLargerSegment(state, length, truesize); });
            });
        f["on_read"] = cpp_function(
            [native](Handle s) { OnState(s, [&](State& state) { native->OnRead(state); }); });
        f["update_due"] = cpp_function([native](Handle s) {
            return OnState(s, [&](State& state) { return native->UpdateDue(state); });
        });
        m_instance.SetNative(f);
    }

    template <class... Arguments>
    void Do(const Method& method, ReceiveState& state, Arguments*... arguments)
    {
        Sight sight(state);
        {
            const Shown shown(m_view, &sight);
            m_instance.Nothing(method, method.Call(shown.Get(), arguments...));
        }
        sight.Decide(false);
    }

    std::uint32_t Number(const Method& method, ReceiveState& state)
    {
        Sight sight(state);
        std::uint64_t number = 0;
        {
            const Shown shown(m_view, &sight);
            number = m_instance.Number(method,
                                       method.Call(shown.Get()),
                                       0,
                                       std::numeric_limits<std::uint32_t>::max(),
                                       state.Remaining());
        }
        sight.Decide(false);
        return static_cast<std::uint32_t>(number);
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
    using S = Sight;
    using F = tcp::ReceiveFacts;
    static const auto* type = new ViewType(
        "hoststack.ReceiveView",
        "What a receiver knows, for the time of a call. Sizes are bytes, times ns.",
        {
            Reads<S, &S::facts, &F::now>("now", "int: simulated time"),
            Reads<S, &S::facts, &F::advMss>("adv_mss", "int: MSS announced, less timestamp space"),
            Reads<S, &S::facts, &F::mss>("mss", "int: estimate of the size of incoming segments"),
            Writes<S, &S::buffer>(
                "buffer",
                "int, to write: the receive buffer, which only grows, up to buffer_max"),
            Reads<S, &S::facts, &F::bufferMax>("buffer_max", "int: what auto-tuning may reach"),
            Reads<S, &S::facts, &F::bufferLocked>("buffer_locked", "bool: set by the application"),
            Reads<S, &S::facts, &F::memory>("memory", "int: what waits to be read costs"),
            Reads<S, &S::scalingRatio>("scaling_ratio", "int: payload per 256 bytes of buffer"),
            Reads<S, &S::facts, &F::sharedRatio>("shared_ratio",
                                                 "int: the same of a shared window; 0: none"),
            Writes<S, &S::windowClamp>("window_clamp", "int, to write: largest window"),
            Writes<S, &S::ssthresh>("ssthresh", "int, to write: window before auto-tuning"),
            Writes<S, &S::window>("window", "int, to write in init: the window announced last"),
            Reads<S, &S::facts, &F::next>("next", "int: offset of the next byte in order"),
            Reads<S, &S::facts, &F::read>("read", "int: offset of the first unread byte"),
            Writes<S, &S::windowShift>("window_shift", "int, to write in init: of announcements"),
            Reads<S, &S::facts, &F::underPressure>("under_pressure",
                                                   "bool: the host is short of memory"),
            Reads<S, &S::facts, &F::shrink>("shrink", "bool: the window may be taken back"),
            Reads<S, &S::facts, &F::receiverRtt>("receiver_rtt", "int: smoothed; 0: unknown"),
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
