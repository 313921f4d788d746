// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

namespace hoststack
{

namespace
{

/// Each packet is lost on its own with the same probability.
class Bernoulli : public LinkBehaviour
{
  public:
    Bernoulli(const LinkParameters& parameters, const LinkBehaviourContext& context)
        : m_probability(parameters.Number("probability")),
          m_stream(context.Stream())
    {
    }

    void Travel(TimeNs, const LinkPacket&, LinkJourney& journey) override
    {
        if (m_stream.Bernoulli(m_probability))
        {
            journey.dropped = LinkDrop::Random;
        }
    }

  private:
    double m_probability;
    RandomStream m_stream;
};

} // namespace

LinkBehaviourEntry
BernoulliEntry()
{
    return {"bernoulli",
            "independent loss of single packets",
            {{"probability", LinkParameterKind::Probability, "", "loss per packet", 0, 1}},
            [](const LinkParameters& parameters, const LinkBehaviourContext& context) {
                return std::make_unique<Bernoulli>(parameters, context);
            }};
}

} // namespace hoststack
