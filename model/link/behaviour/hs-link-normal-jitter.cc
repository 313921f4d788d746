// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

#include <cmath>

namespace hoststack
{

namespace
{

/// Extra delay |N(0, deviation)|, drawn per packet (mean 0.8 deviations); packets stay in order.
class NormalJitter : public LinkBehaviour
{
  public:
    NormalJitter(const LinkParameters& parameters, const LinkBehaviourContext& context)
        : m_deviation(static_cast<double>(parameters.Duration("deviation"))),
          m_stream(context.Stream())
    {
    }

    void Travel(TimeNs, const LinkPacket&, LinkJourney& journey) override
    {
        journey.extraDelay += std::llround(std::fabs(m_stream.Normal(0, m_deviation)));
    }

  private:
    double m_deviation;
    RandomStream m_stream;
};

} // namespace

LinkBehaviourEntry
NormalJitterEntry()
{
    return {"normal-jitter",
            "extra delay of a half-normal distribution, in order",
            {{"deviation",
              LinkParameterKind::Duration,
              "",
              "standard deviation of the normal distribution whose absolute value is taken",
              0,
              kLinkNoBound}},
            [](const LinkParameters& parameters, const LinkBehaviourContext& context) {
                return std::make_unique<NormalJitter>(parameters, context);
            }};
}

} // namespace hoststack
