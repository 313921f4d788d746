// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

#include <algorithm>

namespace hoststack
{

namespace
{

/**
 * Active queue management of cable modems: DOCSIS-PIE (RFC 8034, appendix A), an upstream queue
 * held near a target delay by early random drops. Modelled: the controller with its scaling and
 * limits, drop decisions de-randomised and scaled by packet size, the burst allowance. Not
 * modelled: the peak-rate token bucket in the delay estimate (the link has one rate) and the
 * quiescent state below a third of the buffer.
 */
// RFC 8034 appendix A.
constexpr double kA = 0.25;
constexpr double kB = 2.5;
constexpr TimeNs kInterval = 16 * kMillisecond;
constexpr TimeNs kMaxBurst = 142 * kMillisecond;
constexpr TimeNs kBurstResetTimeout = kSecond;
constexpr double kMeanPacket = 1024;
constexpr double kProbabilityLow = 0.85;
constexpr double kProbabilityHigh = 8.5;
constexpr TimeNs kLatencyLow = 5 * kMillisecond;
constexpr TimeNs kLatencyHigh = 200 * kMillisecond;

class DocsisPie : public LinkBehaviour
{
  public:
    DocsisPie(const LinkParameters& parameters, const LinkBehaviourContext& context)
        : m_target(parameters.Duration("target")),
          m_stream(context.Stream())
    {
    }

    LinkVerdict Admit(TimeNs, const LinkPacket& packet, const LinkQueueState& queue) override
    {
        if (m_burstAllowance > 0)
        {
            return LinkVerdict::Accept;
        }
        const double scaled = std::min(m_probability * packet.bytes / kMeanPacket, kProbabilityLow);
        m_accumulated += scaled;
        if ((m_oldDelay < m_target / 2 && m_probability < 0.2) || queue.bytes <= 2 * kMeanPacket ||
            m_accumulated < kProbabilityLow)
        {
            return LinkVerdict::Accept;
        }
        if (m_accumulated < kProbabilityHigh && !m_stream.Bernoulli(scaled))
        {
            return LinkVerdict::Accept;
        }
        m_accumulated = 0;
        return LinkVerdict::Drop;
    }

    TimeNs Tick(TimeNs now, const LinkQueueState& queue) override
    {
        const TimeNs delay = std::min(queue.delay, 10 * kSecond);
        if (m_burstAllowance > 0)
        {
            m_probability = 0;
            m_burstAllowance = std::max<TimeNs>(0, m_burstAllowance - kInterval);
        }
        else
        {
            Control(delay);
        }
        if (delay < m_target / 2 && m_oldDelay < m_target / 2 && m_probability == 0)
        {
            m_quiet += kInterval;
            if (m_quiet > kBurstResetTimeout)
            {
                m_quiet = 0;
                m_burstAllowance = kMaxBurst;
            }
        }
        else
        {
            m_quiet = 0;
        }
        m_oldDelay = delay;
        return now + kInterval;
    }

  private:
    void Control(TimeNs delay)
    {
        double change = kA * ToSeconds(delay - m_target) + kB * ToSeconds(delay - m_oldDelay);
        change *= Caution();
        if (m_probability >= 0.1 && change > 0.02)
        {
            change = 0.02;
        }
        m_probability += change;
        if (delay < kLatencyLow && m_oldDelay < kLatencyLow)
        {
            m_probability *= 0.98;
        }
        else if (delay > kLatencyHigh)
        {
            m_probability += 0.02;
        }
        m_probability = std::clamp(m_probability, 0.0, 1.0);
        if (m_probability == 0)
        {
            m_accumulated = 0;
        }
    }

    /// Smaller probabilities change in smaller steps.
    double Caution() const
    {
        struct Step
        {
            double below;
            double divisor;
        };

        static constexpr Step kSteps[] =
            {{0.000001, 2048}, {0.00001, 512}, {0.0001, 128}, {0.001, 32}, {0.01, 8}, {0.1, 2}};
        for (const auto& step : kSteps)
        {
            if (m_probability < step.below)
            {
                return 1 / step.divisor;
            }
        }
        return 1;
    }

    TimeNs m_target;
    double m_probability{0};
    double m_accumulated{0};
    TimeNs m_oldDelay{0};
    TimeNs m_burstAllowance{0};
    TimeNs m_quiet{0};
    RandomStream m_stream;
};

} // namespace

LinkBehaviourEntry
DocsisPieEntry()
{
    return {"docsis-pie",
            "active queue management of DOCSIS 3.1 modems (RFC 8034)",
            {{"target",
              LinkParameterKind::Duration,
              "10 ms",
              "queueing delay to aim at",
              1,
              kLinkNoBound}},
            [](const LinkParameters& parameters, const LinkBehaviourContext& context) {
                return std::make_unique<DocsisPie>(parameters, context);
            },
            false,
            true};
}

} // namespace hoststack
