// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-rack-wheel.h"
#include "rack-seen.h"

namespace hoststack::reference
{

namespace
{

constexpr int kClosing = 7;

RackWheelView
ViewOf(const RackSet& set)
{
    RackWheelView view;
    view.timers = TimerViewOf(set);
    view.isPacing = set.Is("always_pace");
    view.isFixed = set.Is("fixed");
    view.isDynamic = set.Is("dgp");
    view.honoursMinimum = set.Is("hpts_min", true);
    view.mostPercent = set.Word("max_reduction", 10);
    view.isGoodputReady = set.Is("gp_ready");
    view.isDelayedAck = set.Flag("delack");
    view.isKeptAlive = set.Is("keepalive");
    view.isClosed = set.Get("state") > kClosing;
    view.isProbingRtt = set.Is("in_probe");
    view.isUndisturbed = set.Is("dnd");
    view.keepIdleMs = set.Word("keepidle");
    return view;
}

/// One connection through the calls of a record.
class Player
{
  public:
    Player(RackVersion version, const Json& record)
        : m_version(version),
          m_set(record),
          m_wheel(version)
    {
        auto& owed = m_wheel.compensation;
        owed.early = m_set.Word("agg_early");
        owed.delayed = m_set.Word("agg_delayed");
        owed.isEarly = m_set.Is("early");
        owed.isLate = m_set.Is("late");
        m_wheel.acksMaySend = m_set.Is("ack_can_send");
        m_wheel.isOverridden = m_set.Is("timer_override");
        m_wheel.stopped = m_set.Word("tmr_stopped");
        m_wheel.expiresUs = static_cast<std::uint64_t>(m_set.Get("timer_exp"));
    }

    std::optional<Json> Answer(const Json& call)
    {
        const std::string what = call[0];
        if (what == "rsm")
        {
            AppendSent(m_map, call);
        }
        else if (what == "set")
        {
            Set(call[1]);
        }
        else if (what == "clearf")
        {
            m_wheel.compensation = {};
        }
        else if (what == "setp")
        {
            auto view = RateViewOf(m_set);
            m_set.Change({{"max_segs", RackLargestBurst(m_version, view)}});
            return Json{{"max", m_set.Word("max_segs")}, {"min", view.segment}};
        }
        else if (what == "send")
        {
            return Send(call);
        }
        else
        {
            return Move(what, call);
        }
        return std::nullopt;
    }

  private:
    void Set(const Json& fields)
    {
        m_set.Change(fields);
        if (fields.contains("ack_can_send"))
        {
            m_wheel.acksMaySend = fields["ack_can_send"] != 0;
        }
        if (fields.contains("timer_override"))
        {
            m_wheel.isOverridden = fields["timer_override"] != 0;
        }
    }

    Json Move(const std::string& what, const Json& call)
    {
        auto view = ViewOf(m_set);
        if (what == "hpts")
        {
            m_wheel.Start(view, m_map, call[1], call[2]);
        }
        else if (what == "pop")
        {
            m_wheel.Pop();
        }
        else if (what == "cancel")
        {
            m_wheel.Cancel(m_set.Now(), view.timers.outstanding == 0);
        }
        else if (what == "exitp")
        {
            m_wheel.LeavePersist();
            m_set.Change({{"in_persist", 0}});
        }
        Keep(view);
        return State();
    }

    Json Send(const Json& call)
    {
        auto view = ViewOf(m_set);
        const auto now = m_set.Now();
        const auto passage = m_wheel.Enter(view, m_map, now, call[3] != 0);
        std::int64_t gapUs = RackWheel::kNothing;
        if (passage.gate == RackGate::Passed)
        {
            gapUs = 0;
            if (call[1] != 0)
            {
                const auto gap =
                    RackPacingGap(m_version, RateViewOf(m_set), call[1], call[2], false);
                gapUs = static_cast<std::int64_t>(gap.us);
                m_wheel.acksMaySend = m_wheel.acksMaySend || gap.acksMaySend;
            }
            m_wheel.Start(view, m_map, now, static_cast<std::uint32_t>(gapUs));
        }
        Keep(view);
        auto why = static_cast<int>(passage.gate);
        if (passage.gate == RackGate::Paced && m_version == RackVersion::V15)
        {
            ++why; // one more reason before it
        }
        Json answer{{"why", why},
                    {"delayed", passage.lateUs},
                    {"early", passage.earlyUs},
                    {"tm", passage.timer},
                    {"d", gapUs}};
        answer.update(State());
        return answer;
    }

    /// What timers have changed.
    void Keep(const RackWheelView& view)
    {
        m_set.Change({{"last_timer", view.timers.lastTimerUs}});
        if (view.timers.isInRecovery && !m_set.Flag("frec"))
        {
            m_set.AddFlag("frec");
        }
    }

    Json State() const
    {
        const auto& owed = m_wheel.compensation;
        return {{"hf", m_wheel.Flags()},
                {"E", owed.early},
                {"L", owed.delayed},
                {"e", owed.isEarly ? 1 : 0},
                {"l", owed.isLate ? 1 : 0},
                {"to", m_wheel.Target()},
                {"exp", m_wheel.expiresUs},
                {"in", m_wheel.IsOnWheel() ? 1 : 0},
                {"slots", m_wheel.asked},
                {"q", (m_wheel.QueuesInput() ? 2 : 0) | (m_wheel.QueuesSacks() ? 1 : 0)},
                {"ov", m_wheel.isOverridden ? 1 : 0},
                {"ac", m_wheel.acksMaySend ? 1 : 0}};
    }

    RackVersion m_version;
    RackSet m_set;
    RackMap m_map;
    RackWheel m_wheel;
};

} // namespace

std::optional<Json>
WheelAnswers(RackVersion version, const Json& record)
{
    Player player(version, record);
    Json answers = Json::array();
    for (const auto& call : record["calls"])
    {
        if (const auto answer = player.Answer(call))
        {
            answers.push_back(*answer);
        }
    }
    return answers;
}

} // namespace hoststack::reference
