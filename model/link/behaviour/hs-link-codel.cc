// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"
#include "ns3/hs-link-codel-state.h"

namespace hoststack
{

namespace
{

/// CoDel (RFC 8289) at the head of the one queue; with \e ecn, ECN-capable packets are marked.
class Codel : public LinkBehaviour
{
  public:
    explicit Codel(const LinkParameters& parameters)
        : m_limits{parameters.Duration("target"), parameters.Duration("interval")},
          m_ecn(parameters.Flag("ecn"))
    {
    }

    LinkVerdict AtHead(TimeNs now,
                       TimeNs arrived,
                       const LinkPacket& packet,
                       const LinkQueueState& queue) override
    {
        if (!m_state.ShouldSignal(now, now - arrived, queue.bytes, m_limits))
        {
            return LinkVerdict::Accept;
        }
        const bool marks = m_ecn && (packet.traits & LinkPacket::kEcnCapable);
        return marks ? LinkVerdict::Mark : LinkVerdict::Drop;
    }

  private:
    CodelState::Limits m_limits;
    bool m_ecn;
    CodelState m_state;
};

} // namespace

LinkBehaviourEntry
CodelEntry()
{
    constexpr auto kDuration = LinkParameterKind::Duration;
    // Defaults: RFC 8289 section 4.2 and 4.3.
    return {"codel",
            "controlled-delay active queue management (RFC 8289)",
            {{"target", kDuration, "5 ms", "wait that is accepted for good", 0, kLinkNoBound},
             {"interval", kDuration, "100 ms", "a round trip in the worst case", 1, kLinkNoBound},
             {"ecn", LinkParameterKind::Flag, "true", "mark ECN-capable packets", 0, 1}},
            [](const LinkParameters& parameters, const LinkBehaviourContext&) {
                return std::make_unique<Codel>(parameters);
            },
            false,
            true};
}

} // namespace hoststack
