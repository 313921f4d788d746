// SPDX-License-Identifier: GPL-2.0-only

#include "hs-python-variant.h"
#include "ns3/hs-congestion-control.h"
#include "ns3/hs-tcp-types.h"

#include <limits>
#include <memory>

namespace py = pybind11;

namespace hoststack::python
{

namespace
{

using tcp::CaEvent;
using tcp::CaState;
using tcp::CongestionState;
using tcp::RateSample;

const char*
Word(CaEvent event)
{
    switch (event)
    {
    case CaEvent::TxStart:
        return "tx-start";
    case CaEvent::CwndRestart:
        return "cwnd-restart";
    case CaEvent::CompleteCwr:
        return "complete-cwr";
    case CaEvent::Loss:
        return "loss";
    case CaEvent::EcnNoCe:
        return "ecn-no-ce";
    case CaEvent::EcnIsCe:
        return "ecn-is-ce";
    }
    return "";
}

/// A sender as a method sees it: what it is told, and what it may decide about, which counts when
/// the method has come back.
struct Sight
{
    CongestionState* state;
    tcp::CongestionFacts facts;
    std::uint32_t cwnd;
    std::uint32_t ssthresh;
    std::uint32_t cwndCount;
    BytesPerSecond pacingRate;

    explicit Sight(CongestionState& shown)
        : state(&shown)
    {
        Look();
    }

    void Look()
    {
        facts = state->Facts();
        cwnd = state->Cwnd();
        ssthresh = state->Ssthresh();
        cwndCount = state->CwndCount();
        pacingRate = state->PacingRate();
    }

    void Decide() const
    {
        state->SetCwnd(cwnd);
        state->SetSsthresh(ssthresh);
        state->SetCwndCount(cwndCount);
        state->SetPacingRate(pacingRate);
    }

    bool InSlowStart() const
    {
        return cwnd < ssthresh;
    }
};

PyObject*
GetCaState(PyObject* self, void* /* closure */)
{
    auto* target = reinterpret_cast<ViewObject*>(self)->target;
    return target ? PyUnicode_InternFromString(ToString(static_cast<Sight*>(target)->facts.caState))
                  : ViewIsEmpty(self);
}

class PythonCongestion : public tcp::CongestionControl
{
  public:
    explicit PythonCongestion(const std::string& name)
        : m_instance("congestion", name),
          m_init(m_instance.Own("init")),
          m_ssthresh(m_instance.Own("ssthresh")),
          m_increase(m_instance.Own("increase_window")),
          m_onAcked(m_instance.Own("on_acked")),
          m_control(m_instance.Own("control")),
          m_onStateChange(m_instance.Own("on_state_change")),
          m_onEvent(m_instance.Own("on_event")),
          m_undo(m_instance.Own("undo_cwnd")),
          m_phase(m_instance.Own("phase")),
          m_view(CongestionViewType()),
          m_sampleView(RateSampleViewType())
    {
        const auto base = m_instance.BasedOn();
        if (!base.empty())
        {
            m_base = tcp::CongestionControls().Create(base);
            SetNative();
        }
        m_fullControl = m_instance.Flag("has_full_control", m_base && m_base->HasFullControl());
        m_needsPacing = m_instance.Flag("needs_pacing", m_base && m_base->NeedsPacing());
        m_needsEcn = m_instance.Flag("needs_ecn", m_base && m_base->NeedsEcn());
    }

    const char* Name() const override
    {
        return m_instance.Name().c_str();
    }

    void Init(CongestionState& state) override
    {
        if (m_init)
        {
            Do(m_init, state);
        }
        else if (m_base)
        {
            m_base->Init(state);
        }
    }

    std::uint32_t Ssthresh(CongestionState& state) override
    {
        return m_base && !m_ssthresh ? m_base->Ssthresh(state) : Number(m_ssthresh, state);
    }

    void IncreaseWindow(CongestionState& state, std::uint32_t acked) override
    {
        if (m_base && !m_increase)
        {
            m_base->IncreaseWindow(state, acked);
            return;
        }
        const Argument a(acked);
        Do(m_increase, state, a.Get());
    }

    void OnAcked(CongestionState& state, std::uint32_t acked, TimeNs rtt) override
    {
        if (m_onAcked)
        {
            const Argument a(acked);
            const Argument b(rtt);
            Do(m_onAcked, state, a.Get(), b.Get());
        }
        else if (m_base)
        {
            m_base->OnAcked(state, acked, rtt);
        }
    }

    bool Control(CongestionState& state, const RateSample& sample) override
    {
        if (!m_control)
        {
            return m_base && m_base->Control(state, sample);
        }
        if (!Instance::IsAsked())
        {
            return false;
        }
        bool taken = false;
        Sight sight(state);
        {
            const Shown shown(m_view, &sight);
            const Shown shownSample(m_sampleView, const_cast<RateSample*>(&sample));
            taken = m_instance.Truth(m_control, m_control.Call(shown.Get(), shownSample.Get()));
        }
        Take(m_control, sight);
        return taken;
    }

    bool HasFullControl() const override
    {
        return m_fullControl;
    }

    void OnStateChange(CongestionState& state, CaState next) override
    {
        if (m_onStateChange)
        {
            const py::str word(ToString(next));
            Do(m_onStateChange, state, word.ptr());
        }
        else if (m_base)
        {
            m_base->OnStateChange(state, next);
        }
    }

    void OnEvent(CongestionState& state, CaEvent event) override
    {
        if (m_onEvent)
        {
            const py::str word(Word(event));
            Do(m_onEvent, state, word.ptr());
        }
        else if (m_base)
        {
            m_base->OnEvent(state, event);
        }
    }

    std::uint32_t UndoCwnd(CongestionState& state) override
    {
        return m_undo   ? Number(m_undo, state)
               : m_base ? m_base->UndoCwnd(state)
                        : CongestionControl::UndoCwnd(state);
    }

    bool NeedsPacing() const override
    {
        return m_needsPacing;
    }

    std::uint32_t MinTsoSegments(const CongestionState& state) const override
    {
        return m_base ? m_base->MinTsoSegments(state) : 0;
    }

    std::uint32_t SendBufferFactor() const override
    {
        return m_base ? m_base->SendBufferFactor() : CongestionControl::SendBufferFactor();
    }

    bool NeedsEcn() const override
    {
        return m_needsEcn;
    }

    std::string Phase() const override
    {
        if (!m_phase || !Instance::IsAsked())
        {
            return m_base ? m_base->Phase() : std::string();
        }
        auto* result = m_phase.Call();
        if (!result)
        {
            m_instance.Raise(m_phase);
            return {};
        }
        const auto held = py::reinterpret_steal<py::object>(result);
        if (!py::isinstance<py::str>(held))
        {
            m_instance.Refuse(m_phase, "answered " + Legible(py::repr(held)) + ", expected a word");
            return {};
        }
        return Legible(held);
    }

  private:
    static Sight& Target(py::handle view)
    {
        return *static_cast<Sight*>(CongestionViewType().Target(view.ptr()));
    }

    /// Has \p act done to the sender itself, as far as the method has come.
    template <class Act>
    static auto OnState(py::handle view, Act act)
    {
        auto& sight = Target(view);
        sight.Decide();
        const After look{sight};
        return act(*sight.state);
    }

    struct After
    {
        Sight& sight;

        ~After()
        {
            sight.Look();
        }
    };

    void SetNative()
    {
        using py::cpp_function;
        using Handle = py::handle;
        using State = CongestionState;
        const auto native = m_base;
        py::dict f;
        f["init"] = cpp_function(
            [native](Handle s) { OnState(s, [&](State& state) { native->Init(state); }); });
        f["ssthresh"] = cpp_function([native](Handle s) {
            return OnState(s, [&](State& state) { return native->Ssthresh(state); });
        });
        f["increase_window"] = cpp_function([native](Handle s, std::uint32_t acked) {
            OnState(s, [&](State& state) { native->IncreaseWindow(state, acked); });
        });
        f["on_acked"] = cpp_function([native](Handle s, std::uint32_t acked, TimeNs rtt) {
            OnState(s, [&](State& state) { native->OnAcked(state, acked, rtt); });
        });
        f["control"] = cpp_function([native](Handle s, Handle sample) {
            const auto& rate = *static_cast<RateSample*>(RateSampleViewType().Target(sample.ptr()));
            return OnState(s, [&](State& state) { return native->Control(state, rate); });
        });
        f["undo_cwnd"] = cpp_function([native](Handle s) {
            return OnState(s, [&](State& state) { return native->UndoCwnd(state); });
        });
        m_instance.SetNative(f);
    }

    template <class... Arguments>
    void Do(const Method& method, CongestionState& state, Arguments*... arguments)
    {
        if (!Instance::IsAsked())
        {
            return;
        }
        Sight sight(state);
        {
            const Shown shown(m_view, &sight);
            m_instance.Nothing(method, method.Call(shown.Get(), arguments...));
        }
        Take(method, sight);
    }

    std::uint32_t Number(const Method& method, CongestionState& state)
    {
        if (!Instance::IsAsked())
        {
            return state.Cwnd();
        }
        std::uint64_t number = 0;
        Sight sight(state);
        {
            const Shown shown(m_view, &sight);
            number = m_instance.Number(method,
                                       method.Call(shown.Get()),
                                       1,
                                       std::numeric_limits<std::int32_t>::max(),
                                       2);
        }
        Take(method, sight);
        return static_cast<std::uint32_t>(number);
    }

    /// What the method has decided counts from now on.
    void Take(const Method& method, Sight& sight) const
    {
        const auto clamp = sight.facts.cwndClamp;
        if (sight.cwnd < 1 || sight.cwnd > clamp)
        {
            m_instance.Refuse(method,
                              "cwnd is " + std::to_string(sight.cwnd) + ", expected 1 to " +
                                  std::to_string(clamp) + " (cwnd_clamp)");
            sight.cwnd = 10;
        }
        sight.Decide();
    }

    Instance m_instance;
    Method m_init;
    Method m_ssthresh;
    Method m_increase;
    Method m_onAcked;
    Method m_control;
    Method m_onStateChange;
    Method m_onEvent;
    Method m_undo;
    Method m_phase;
    View m_view;
    View m_sampleView;
    std::shared_ptr<tcp::CongestionControl> m_base;
    bool m_fullControl{false};
    bool m_needsPacing{false};
    bool m_needsEcn{false};
};

} // namespace

const ViewType&
CongestionViewType()
{
    using S = Sight;
    using F = tcp::CongestionFacts;
    static const auto* type = new ViewType(
        "hoststack.CongestionView",
        "A sender as its congestion control sees it, for the time of a call. Counts are segments, "
        "times ns, rates bytes/s.",
        {
            Reads<S, &S::facts, &F::now>("now", "int: simulated time"),
            Writes<S, &S::cwnd>("cwnd", "int, to write: the window"),
            Writes<S, &S::ssthresh>("ssthresh", "int, to write: where slow start ends"),
            Reads<S, &S::facts, &F::cwndClamp>("cwnd_clamp", "int: largest window"),
            Writes<S, &S::cwndCount>("cwnd_count", "int, to write: credit of linear increase"),
            Reads<S, &S::facts, &F::priorCwnd>("prior_cwnd",
                                               "int: window before the last reduction"),
            Reads<S, &S::facts, &F::mss>("mss", "int: bytes of a full segment"),
            Reads<S, &S::facts, &F::srtt>("srtt", "int: smoothed round trip; 0: no sample yet"),
            Reads<S, &S::facts, &F::minRtt>("min_rtt",
                                            "int: least of late; hoststack.NEVER: no sample yet"),
            Reads<S, &S::facts, &F::packetsOut>("packets_out", "int"),
            Reads<S, &S::facts, &F::inFlight>("in_flight", "int"),
            Reads<S, &S::facts, &F::delivered>("delivered", "int: since the connection began"),
            Reads<S, &S::facts, &F::lost>("lost", "int: marked lost since then"),
            Reads<S, &S::facts, &F::reordering>("reordering", "int"),
            Reads<S, &S::facts, &F::sndUna>("snd_una", "int: stream offset, bytes"),
            Reads<S, &S::facts, &F::sndNxt>("snd_nxt", "int: stream offset, bytes"),
            {"ca_state",
             GetCaState,
             nullptr,
             "str: open, disorder, cwr, recovery or loss",
             nullptr},
            Reads<S, &S::facts, &F::isCwndLimited>("is_cwnd_limited",
                                                   "bool: the window was full in the last round"),
            Reads<S, &S::facts, &F::hasUnsentData>("has_unsent_data",
                                                   "bool: the send queue is not empty"),
            Reads<S, &S::facts, &F::lastSendTime>("last_send_time", "int"),
            Reads<S, &S::facts, &F::nextSendTime>("next_send_time", "int: earliest departure"),
            Writes<S, &S::pacingRate>("pacing_rate", "int, to write if needs_pacing: bytes/s"),
            Reads<S, &S::facts, &F::maxPacingRate>("max_pacing_rate", "int"),
            Reads<S, &S::facts, &F::isPaced>("is_paced", "bool"),
            Reads<S, &S::facts, &F::seed>("seed",
                                          "int: the source of chance, the same in every run"),
            Computes<S, &S::InSlowStart>("in_slow_start", "bool: cwnd is below ssthresh"),
        });
    return *type;
}

const ViewType&
RateSampleViewType()
{
    using S = RateSample;
    static const auto* type = new ViewType(
        "hoststack.RateSampleView",
        "The delivery-rate sample of one ACK, for the time of a call.",
        {
            Reads<S, &S::delivered>("delivered", "int: segments over `interval`; -1: no sample"),
            Reads<S, &S::interval>("interval", "int: ns; -1: no sample"),
            Reads<S, &S::rtt>("rtt", "int: ns; -1: none"),
            Reads<S, &S::losses>("losses", "int: marked lost while this ACK was processed"),
            Reads<S, &S::ackedSacked>("acked_sacked", "int: segments newly (S)ACKed"),
            Reads<S, &S::priorInFlight>("prior_in_flight", "int: before this ACK"),
            Reads<S, &S::priorDelivered>("prior_delivered", "int"),
            Reads<S, &S::isAppLimited>("is_app_limited", "bool"),
            Reads<S, &S::isRetransmit>("is_retransmit", "bool"),
            Reads<S, &S::isAckDelayed>("is_ack_delayed", "bool"),
        });
    return *type;
}

void
AddCongestionVariant(const std::string& name, const std::string& about)
{
    tcp::CongestionControls().Add(
        {name, about, [name] { return std::make_unique<PythonCongestion>(name); }});
}

} // namespace hoststack::python
