// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

namespace hoststack
{

namespace
{

/**
 * The link is gone for a while, again and again: [phase + k * every, phase + k * every + lasts).
 * "drop": packets whose last bit leaves in that time are lost, the queue goes on.
 * "hold": nothing leaves, the queue fills and is served afterwards.
 */
class PeriodicOutage : public LinkBehaviour
{
  public:
    PeriodicOutage(const LinkParameters& parameters, const LinkBehaviourContext& context)
        : m_every(parameters.Duration("every")),
          m_lasts(parameters.Duration("lasts")),
          m_holds(parameters.Text("effect") == "hold")
    {
        if (m_lasts >= m_every)
        {
            throw LinkConfigError(
                "link behaviour \"periodic-outage\": \"lasts\" must be shorter than \"every\"",
                "lasts");
        }
        if (parameters.Has("phase"))
        {
            m_phase = parameters.Duration("phase") % m_every;
        }
        else
        {
            auto stream = context.Stream();
            m_phase = UniformTime(stream, 0, m_every);
        }
        // The outage that began before time 0 may still last.
        m_next = m_phase - m_every;
    }

    unsigned Hooks() const override
    {
        return m_holds ? kCapacity : kTravel;
    }

    void Travel(TimeNs departs, const LinkPacket&, LinkJourney& journey) override
    {
        if ((departs - m_phase + m_every) % m_every < m_lasts)
        {
            journey.dropped = LinkDrop::Outage;
        }
    }

    LinkCapacity NextCapacity() override
    {
        for (;;)
        {
            m_out = !m_out;
            LinkCapacity stretch;
            stretch.factor = m_out ? 0 : 1;
            stretch.until = m_next + (m_out ? m_lasts : m_every);
            if (!m_out)
            {
                m_next += m_every;
            }
            if (stretch.until > 0)
            {
                return stretch;
            }
        }
    }

  private:
    TimeNs m_every;
    TimeNs m_lasts;
    bool m_holds;
    TimeNs m_phase{0};
    TimeNs m_next{0}; ///< beginning of the outage that is told next
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
        [](const LinkParameters& parameters, const LinkBehaviourContext& context) {
            return std::make_unique<PeriodicOutage>(parameters, context);
        }};
}

} // namespace hoststack
