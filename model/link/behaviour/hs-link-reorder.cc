// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

namespace hoststack
{

namespace
{

/// Some packets take a longer way and are overtaken by those behind them.
class Reorder : public LinkBehaviour
{
  public:
    Reorder(const LinkParameters& parameters, const LinkBehaviourContext& context)
        : m_probability(parameters.Number("probability")),
          m_extra(parameters.Duration("extra-delay")),
          m_stream(context.Stream())
    {
    }

    void Travel(TimeNs, const LinkPacket&, LinkJourney& journey) override
    {
        if (m_stream.Bernoulli(m_probability))
        {
            journey.extraDelay += m_extra;
            journey.overtakes = true;
        }
    }

  private:
    double m_probability;
    TimeNs m_extra;
    RandomStream m_stream;
};

} // namespace

LinkBehaviourEntry
ReorderEntry()
{
    return {
        "reorder",
        "some packets are late and are overtaken",
        {{"probability", LinkParameterKind::Probability, "", "per packet", 0, 1},
         {"extra-delay", LinkParameterKind::Duration, "", "how late they are", 0, kLinkNoBound}},
        [](const LinkParameters& parameters, const LinkBehaviourContext& context) {
            return std::make_unique<Reorder>(parameters, context);
        }};
}

} // namespace hoststack
