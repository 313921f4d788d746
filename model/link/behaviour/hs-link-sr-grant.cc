// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

#include <algorithm>

namespace hoststack
{

namespace
{

/**
 * Uplink of LTE and NR: a device whose buffer was empty asks with a scheduling request at its next
 * occasion and gets its grant a while later. While it has data, buffer status reports keep grants
 * coming and nothing waits; \e keep after the last bit the device is idle again.
 */
class SrGrant : public LinkBehaviour
{
  public:
    SrGrant(const LinkParameters& parameters, const LinkBehaviourContext& context)
        : m_period(parameters.Duration("period")),
          m_shortest(parameters.Duration("shortest")),
          m_longest(parameters.Duration("longest")),
          m_keep(parameters.Duration("keep")),
          m_stream(context.Stream())
    {
        if (m_longest < m_shortest)
        {
            throw LinkConfigError(
                "link behaviour \"sr-grant\": \"longest\" is less than \"shortest\"",
                "longest");
        }
        m_phase = UniformTime(m_stream, 0, m_period);
    }

    TimeNs Gate(TimeNs now,
                TimeNs earliest,
                const LinkPacket&,
                const LinkQueueState& queue) override
    {
        const bool quiet = queue.packets == 0 && queue.freeAt <= now - m_keep;
        if (m_granted < 0 || (quiet && m_granted <= now))
        {
            const TimeNs into = (earliest - m_phase + m_period) % m_period;
            const TimeNs occasion = into == 0 ? earliest : earliest + m_period - into;
            m_granted = occasion + UniformTime(m_stream, m_shortest, m_longest);
        }
        return std::max(earliest, m_granted);
    }

  private:
    TimeNs m_period;
    TimeNs m_shortest;
    TimeNs m_longest;
    TimeNs m_keep;
    TimeNs m_phase{0};
    TimeNs m_granted{-1};
    RandomStream m_stream;
};

} // namespace

LinkBehaviourEntry
SrGrantEntry()
{
    constexpr auto kDuration = LinkParameterKind::Duration;
    // Defaults: request to data takes 2 to 10 ms in all on an idle NR uplink (link table); keep is
    // an estimate.
    return {
        "sr-grant",
        "an idle radio uplink waits for a scheduling request and its grant",
        {{"period", kDuration, "2.5 ms", "between occasions for a request", 1, kLinkNoBound},
         {"shortest", kDuration, "2 ms", "shortest time from request to data", 0, kLinkNoBound},
         {"longest", kDuration, "7.5 ms", "longest time from request to data", 0, kLinkNoBound},
         {"keep", kDuration, "5 ms", "grants go on so long after the last bit", 0, kLinkNoBound}},
        [](const LinkParameters& parameters, const LinkBehaviourContext& context) {
            return std::make_unique<SrGrant>(parameters, context);
        }};
}

} // namespace hoststack
