// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

namespace hoststack
{

namespace
{

/**
 * Upstream of a cable modem (DOCSIS): a request goes out, and one request-grant cycle later the
 * grant comes for everything that was queued at the time of the request; what arrived meanwhile
 * rides on the next request, which is sent with the granted data. So at most one burst leaves per
 * cycle. The length of each cycle is uniform in [shortest, longest).
 */
class RequestGrant : public LinkBehaviour
{
  public:
    RequestGrant(const LinkParameters& parameters, const LinkBehaviourContext& context)
        : m_shortest(parameters.Duration("shortest")),
          m_longest(parameters.Duration("longest")),
          m_stream(context.Stream())
    {
        if (m_longest < m_shortest)
        {
            throw LinkConfigError(
                "link behaviour \"request-grant\": \"longest\" is less than \"shortest\"",
                "longest");
        }
    }

    TimeNs Gate(TimeNs, TimeNs earliest, const LinkPacket&, const LinkQueueState&) override
    {
        if (earliest > m_next)
        {
            // No request is on its way: this packet makes one.
            m_next = earliest + Cycle();
            m_requested = earliest;
        }
        else if (earliest > m_requested)
        {
            // Too late for the request that is out; the next leaves when its grant comes.
            m_requested = m_next;
            m_next += Cycle();
        }
        return m_next;
    }

  private:
    TimeNs Cycle()
    {
        return UniformTime(m_stream, m_shortest, m_longest);
    }

    TimeNs m_shortest;
    TimeNs m_longest;
    TimeNs m_requested{-1}; ///< packets up to here are in the request whose grant comes at m_next
    TimeNs m_next{-1};
    RandomStream m_stream;
};

} // namespace

LinkBehaviourEntry
RequestGrantEntry()
{
    constexpr auto kDuration = LinkParameterKind::Duration;
    // Defaults: typical request-grant cycle of 3 to 5 ms (CED magazine, December 2006).
    return {"request-grant",
            "one burst per request-grant cycle (DOCSIS upstream)",
            {{"shortest", kDuration, "3 ms", "shortest cycle", kLinkShortestStep, kLinkNoBound},
             {"longest", kDuration, "5 ms", "longest cycle", kLinkShortestStep, kLinkNoBound}},
            [](const LinkParameters& parameters, const LinkBehaviourContext& context) {
                return std::make_unique<RequestGrant>(parameters, context);
            }};
}

} // namespace hoststack
