// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

#include <cmath>

namespace hoststack
{

namespace
{

/**
 * Controlled-delay active queue management (RFC 8289): once packets have waited longer than
 * \e target for a whole \e interval, the head of the queue is dropped (or marked, with \e ecn),
 * then again after interval / sqrt(count), until the wait is below the target.
 */
class Codel : public LinkBehaviour
{
  public:
    explicit Codel(const LinkParameters& parameters)
        : m_target(parameters.Duration("target")),
          m_interval(parameters.Duration("interval")),
          m_ecn(parameters.Flag("ecn"))
    {
    }

    unsigned Hooks() const override
    {
        return kHead;
    }

    LinkVerdict AtHead(TimeNs now,
                       TimeNs arrived,
                       const LinkPacket& packet,
                       const LinkQueueState& queue) override
    {
        const bool late = IsLate(now, now - arrived, queue);
        if (!late)
        {
            m_dropping = false;
            return LinkVerdict::Accept;
        }
        if (!m_dropping)
        {
            // RFC 8289 section 5.6: resume near the last rate when the last episode is recent.
            const std::uint32_t before = m_count - m_lastCount;
            m_dropping = true;
            m_count = before > 1 && now - m_next < 16 * m_interval ? before : 1;
            m_lastCount = m_count;
            m_next = now + Spacing();
            return Signal(packet);
        }
        if (now < m_next)
        {
            return LinkVerdict::Accept;
        }
        ++m_count;
        m_next += Spacing();
        return Signal(packet);
    }

  private:
    bool IsLate(TimeNs now, TimeNs wait, const LinkQueueState& queue)
    {
        constexpr std::uint64_t kOnePacket = 1500;
        if (wait < m_target || queue.bytes <= kOnePacket)
        {
            m_firstAbove = kNever;
            return false;
        }
        if (m_firstAbove == kNever)
        {
            m_firstAbove = now + m_interval;
            return false;
        }
        return now >= m_firstAbove;
    }

    TimeNs Spacing() const
    {
        return std::llround(static_cast<double>(m_interval) / std::sqrt(m_count));
    }

    LinkVerdict Signal(const LinkPacket& packet) const
    {
        const bool marks = m_ecn && (packet.traits & LinkPacket::kEcnCapable);
        return marks ? LinkVerdict::Mark : LinkVerdict::Drop;
    }

    TimeNs m_target;
    TimeNs m_interval;
    bool m_ecn;
    bool m_dropping{false};
    std::uint32_t m_count{0};
    std::uint32_t m_lastCount{0};
    TimeNs m_next{0};
    TimeNs m_firstAbove{kNever};
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
            }};
}

} // namespace hoststack
