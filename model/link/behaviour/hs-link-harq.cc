// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

namespace hoststack
{

namespace
{

/**
 * Retransmissions of a radio link (HARQ). All packets whose last bit leaves in the same block
 * (slot, TTI) share one transport block; it fails with \e probability, each retransmission fails
 * with \e repeat-probability and costs one \e round-trip. Later packets wait for it, because RLC
 * and PDCP deliver in order: the receiver sees a pause and then a burst. After the last
 * retransmission the block arrives; what RLC cannot mend is a loss model's business.
 */
class Harq : public LinkBehaviour
{
  public:
    Harq(const LinkParameters& parameters, const LinkBehaviourContext& context)
        : m_probability(parameters.Number("probability")),
          m_repeatProbability(parameters.Number("repeat-probability")),
          m_roundTrip(parameters.Duration("round-trip")),
          m_block(parameters.Duration("block")),
          m_retransmissions(parameters.Integer("retransmissions")),
          m_stream(context.Stream())
    {
    }

    void Travel(TimeNs departs, const LinkPacket&, LinkJourney& journey) override
    {
        const TimeNs block = departs / m_block;
        if (block != m_current)
        {
            m_current = block;
            m_extra = 0;
            double failure = m_probability;
            for (std::int64_t i = 0; i < m_retransmissions && m_stream.Bernoulli(failure); ++i)
            {
                m_extra += m_roundTrip;
                failure = m_repeatProbability;
            }
        }
        journey.extraDelay += m_extra;
    }

  private:
    double m_probability;
    double m_repeatProbability;
    TimeNs m_roundTrip;
    TimeNs m_block;
    std::int64_t m_retransmissions;
    TimeNs m_current{-1};
    TimeNs m_extra{0};
    RandomStream m_stream;
};

} // namespace

LinkBehaviourEntry
HarqEntry()
{
    constexpr auto kProbability = LinkParameterKind::Probability;
    constexpr auto kDuration = LinkParameterKind::Duration;
    // Defaults: estimates of the link table (first transmissions fail in 10 % of all cases, 8 ms
    // per LTE retransmission, at most 3); block: slot at 30 kHz subcarrier spacing.
    return {
        "harq",
        "radio retransmissions per transport block, released in order",
        {{"probability", kProbability, "0.1", "a first transmission fails", 0, 1},
         {"repeat-probability", kProbability, "0.1", "a retransmission fails", 0, 1},
         {"round-trip", kDuration, "8 ms", "delay per retransmission", 0, kLinkNoBound},
         {"retransmissions", LinkParameterKind::Count, "3", "most retransmissions", 0, 1000},
         {"block", kDuration, "0.5 ms", "packets in one block share their fate", 1, kLinkNoBound}},
        [](const LinkParameters& parameters, const LinkBehaviourContext& context) {
            return std::make_unique<Harq>(parameters, context);
        }};
}

} // namespace hoststack
