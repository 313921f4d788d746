// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

namespace hoststack
{

namespace
{

/// The link is gone for a while, again and again: [phase + k * every, phase + k * every + lasts).
struct OutageTimes
{
    OutageTimes(const LinkParameters& parameters, const LinkBehaviourContext& context)
        : every(parameters.Duration("every")),
          lasts(parameters.Duration("lasts"))
    {
        if (lasts >= every)
        {
            throw LinkConfigError(
                "link behaviour \"periodic-outage\": \"lasts\" must be shorter than \"every\"",
                "lasts");
        }
        if (parameters.Has("phase"))
        {
            phase = parameters.Duration("phase") % every;
        }
        else
        {
            auto stream = context.Stream();
            phase = UniformTime(stream, 0, every);
        }
    }

    TimeNs every;
    TimeNs lasts;
    TimeNs phase{0};
};

/// "drop": packets whose last bit leaves in that time are lost, the queue goes on.
class DroppingOutage : public LinkBehaviour
{
  public:
    explicit DroppingOutage(const OutageTimes& times)
        : m_times(times)
    {
    }

    void Travel(TimeNs departs, const LinkPacket&, LinkJourney& journey) override
    {
        if ((departs - m_times.phase + m_times.every) % m_times.every < m_times.lasts)
        {
            journey.dropped = LinkDrop::Outage;
        }
    }

  private:
    OutageTimes m_times;
};

/// "hold": nothing leaves, the queue fills and is served afterwards.
class HoldingOutage : public LinkBehaviour
{
  public:
    explicit HoldingOutage(const OutageTimes& times)
        : m_times(times),
          m_next(times.phase - times.every) // the one that began before time 0 may still last
    {
    }

    LinkCapacity NextCapacity() override
    {
        for (;;)
        {
            m_out = !m_out;
            LinkCapacity stretch;
            stretch.factor = m_out ? 0 : 1;
            stretch.until = m_next + (m_out ? m_times.lasts : m_times.every);
            if (!m_out)
            {
                m_next += m_times.every;
            }
            if (stretch.until > 0)
            {
                return stretch;
            }
        }
    }

  private:
    OutageTimes m_times;
    TimeNs m_next; ///< beginning of the outage that is told next
    bool m_out{false};
};

} // namespace

LinkBehaviourEntry
PeriodicOutageEntry()
{
    constexpr auto kDuration = LinkParameterKind::Duration;
    return {
        "periodic-outage",
        "regular short outages that lose packets or hold them",
        {{"every", kDuration, "", "from one outage to the next", kLinkShortestStep, kLinkNoBound},
         {"lasts", kDuration, "", "length of an outage", 1, kLinkNoBound},
         {"phase", kDuration, kLinkRandom, "beginning of the first outage", 0, kLinkNoBound},
         {"effect",
          LinkParameterKind::Choice,
          "drop",
          "what becomes of packets",
          0,
          0,
          {"drop", "hold"}}},
        [](const LinkParameters& parameters,
           const LinkBehaviourContext& context) -> MadeLinkBehaviour {
            const OutageTimes times(parameters, context);
            if (parameters.Text("effect") == "hold")
            {
                return std::make_unique<HoldingOutage>(times);
            }
            return std::make_unique<DroppingOutage>(times);
        }};
}

} // namespace hoststack
