// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

namespace hoststack
{

namespace
{

/// Extra delay, uniform in [0, spread), drawn per packet; packets stay in order.
class UniformJitter : public LinkBehaviour
{
  public:
    UniformJitter(const LinkParameters& parameters, const LinkBehaviourContext& context)
        : m_spread(parameters.Duration("spread")),
          m_stream(context.Stream())
    {
    }

    void Travel(TimeNs, const LinkPacket&, LinkJourney& journey) override
    {
        journey.extraDelay += UniformTime(m_stream, 0, m_spread);
    }

  private:
    TimeNs m_spread;
    RandomStream m_stream;
};

} // namespace

LinkBehaviourEntry
UniformJitterEntry()
{
    return {"uniform-jitter",
            "extra delay uniform in [0, spread), in order",
            {{"spread", LinkParameterKind::Duration, "", "largest extra delay", 0, kLinkNoBound}},
            [](const LinkParameters& parameters, const LinkBehaviourContext& context) {
                return std::make_unique<UniformJitter>(parameters, context);
            }};
}

} // namespace hoststack
