// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

namespace hoststack
{

namespace
{

/**
 * Loss in bursts: a Markov chain with a good and a bad state that takes one step per packet, and a
 * loss probability in each (Gilbert 1960, Elliott 1963). In the long run a share
 * p / (p + r) of the packets meets the bad state, with p = good-to-bad and r = bad-to-good; a bad
 * period lasts 1 / r packets on average.
 */
class GilbertElliott : public LinkBehaviour
{
  public:
    GilbertElliott(const LinkParameters& parameters, const LinkBehaviourContext& context)
        : m_goodToBad(parameters.Number("good-to-bad")),
          m_badToGood(parameters.Number("bad-to-good")),
          m_lossInGood(parameters.Number("loss-in-good")),
          m_lossInBad(parameters.Number("loss-in-bad")),
          m_stream(context.Stream())
    {
    }

    void Travel(TimeNs, const LinkPacket&, LinkJourney& journey) override
    {
        if (m_stream.Bernoulli(m_bad ? m_badToGood : m_goodToBad))
        {
            m_bad = !m_bad;
        }
        if (m_stream.Bernoulli(m_bad ? m_lossInBad : m_lossInGood))
        {
            journey.dropped = LinkDrop::Random;
        }
    }

  private:
    double m_goodToBad;
    double m_badToGood;
    double m_lossInGood;
    double m_lossInBad;
    bool m_bad{false};
    RandomStream m_stream;
};

} // namespace

LinkBehaviourEntry
GilbertElliottEntry()
{
    constexpr auto kProbability = LinkParameterKind::Probability;
    return {"gilbert-elliott",
            "loss in bursts: a good and a bad state, one step per packet",
            {{"good-to-bad", kProbability, "", "chance per packet to enter the bad state", 0, 1},
             {"bad-to-good", kProbability, "", "chance per packet to leave it", 0, 1},
             {"loss-in-good", kProbability, "0", "loss per packet in the good state", 0, 1},
             {"loss-in-bad", kProbability, "1", "loss per packet in the bad state", 0, 1}},
            [](const LinkParameters& parameters, const LinkBehaviourContext& context) {
                return std::make_unique<GilbertElliott>(parameters, context);
            }};
}

} // namespace hoststack
