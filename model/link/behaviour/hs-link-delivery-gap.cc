// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

namespace hoststack
{

namespace
{

/**
 * Now and then a packet is late by a whole pause and everything behind it waits: RLC
 * retransmission, a radio handover, DSL retransmission of a disturbed symbol (G.INP).
 */
class DeliveryGap : public LinkBehaviour
{
  public:
    DeliveryGap(const LinkParameters& parameters, const LinkBehaviourContext& context)
        : m_probability(parameters.Number("probability")),
          m_shortest(parameters.Duration("shortest")),
          m_longest(parameters.Duration("longest")),
          m_stream(context.Stream())
    {
        if (m_longest < m_shortest)
        {
            throw LinkConfigError(
                "link behaviour \"delivery-gap\": \"longest\" is less than \"shortest\"",
                "longest");
        }
    }

    void Travel(TimeNs, const LinkPacket&, LinkJourney& journey) override
    {
        if (m_stream.Bernoulli(m_probability))
        {
            journey.extraDelay += UniformTime(m_stream, m_shortest, m_longest);
        }
    }

  private:
    double m_probability;
    TimeNs m_shortest;
    TimeNs m_longest;
    RandomStream m_stream;
};

} // namespace

LinkBehaviourEntry
DeliveryGapEntry()
{
    constexpr auto kDuration = LinkParameterKind::Duration;
    return {"delivery-gap",
            "rare pauses in delivery followed by a burst, in order",
            {{"probability", LinkParameterKind::Probability, "", "per packet", 0, 1},
             {"shortest", kDuration, "", "shortest pause", 0, kLinkNoBound},
             {"longest", kDuration, "", "longest pause", 0, kLinkNoBound}},
            [](const LinkParameters& parameters, const LinkBehaviourContext& context) {
                return std::make_unique<DeliveryGap>(parameters, context);
            }};
}

} // namespace hoststack
