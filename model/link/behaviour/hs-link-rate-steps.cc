// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

#include <algorithm>
#include <cmath>

namespace hoststack
{

namespace
{

/**
 * Capacity that wanders: every \e step the rate is multiplied by a new factor exp(x - s^2 / 2),
 * x normal with deviation s and correlated from step to step (a first-order autoregressive, hence
 * Markov, process). The factor has mean 1 and a log-normal distribution; it is then limited to
 * [lowest, highest].
 */
class RateSteps : public LinkBehaviour
{
  public:
    RateSteps(const LinkParameters& parameters, const LinkBehaviourContext& context)
        : m_step(parameters.Duration("step")),
          m_deviation(parameters.Number("deviation")),
          m_correlation(parameters.Number("correlation")),
          m_lowest(parameters.Number("lowest")),
          m_highest(parameters.Number("highest")),
          m_stream(context.Stream())
    {
        if (m_highest < m_lowest)
        {
            throw LinkConfigError(
                "link behaviour \"rate-steps\": \"highest\" is less than \"lowest\"",
                "highest");
        }
        m_x = m_stream.Normal(0, m_deviation);
    }

    LinkCapacity NextCapacity() override
    {
        m_until += m_step;
        LinkCapacity stretch;
        stretch.until = m_until;
        stretch.factor =
            std::clamp(std::exp(m_x - m_deviation * m_deviation / 2), m_lowest, m_highest);
        m_x = m_correlation * m_x +
              std::sqrt(1 - m_correlation * m_correlation) * m_stream.Normal(0, m_deviation);
        return stretch;
    }

  private:
    TimeNs m_step;
    double m_deviation;
    double m_correlation;
    double m_lowest;
    double m_highest;
    double m_x{0};
    TimeNs m_until{0};
    RandomStream m_stream;
};

} // namespace

LinkBehaviourEntry
RateStepsEntry()
{
    constexpr auto kNumber = LinkParameterKind::Number;
    // Defaults: estimates of the link table (step 100 to 500 ms, deviation 0.3 to 0.5).
    return {"rate-steps",
            "capacity changes in log-normal steps",
            {{"step",
              LinkParameterKind::Duration,
              "200 ms",
              "length of a step",
              kLinkShortestStep,
              kLinkNoBound},
             {"deviation", kNumber, "0.4", "deviation of the logarithm of the factor", 0, 3},
             {"correlation", kNumber, "0.8", "of one step's logarithm with the next", 0, 1},
             {"lowest", kNumber, "0.05", "smallest factor", 0, kLinkNoBound},
             {"highest", kNumber, "3", "largest factor", 0, kLinkNoBound}},
            [](const LinkParameters& parameters, const LinkBehaviourContext& context) {
                return std::make_unique<RateSteps>(parameters, context);
            }};
}

} // namespace hoststack
