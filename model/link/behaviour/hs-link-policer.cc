// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

#include <algorithm>

namespace hoststack
{

namespace
{

/**
 * A token bucket that drops or marks what is beyond it, and delays nothing (RFC 2697's committed
 * rate with one bucket; Linux' `tc police`). The bucket is full at the beginning and counts IP
 * bytes, exactly: in nanobits, of which a rate of R bit/s gives R each nanosecond.
 */
class Policer : public LinkBehaviour
{
  public:
    explicit Policer(const LinkParameters& parameters)
        : m_rate(parameters.Rate("rate")),
          m_depth(static_cast<std::uint64_t>(parameters.Integer("burst")) * kNanobitsPerByte),
          m_tokens(m_depth),
          m_marks(parameters.Text("excess") == "mark")
    {
    }

    LinkVerdict Admit(TimeNs now, const LinkPacket& packet, const LinkQueueState&) override
    {
        // More time than an empty bucket needs to fill adds nothing and would overflow.
        const auto idle = static_cast<std::uint64_t>(now - m_at);
        m_at = now;
        const std::uint64_t room = m_depth - m_tokens;
        m_tokens = idle > room / m_rate ? m_depth : m_tokens + idle * m_rate;
        const std::uint64_t need = packet.bytes * kNanobitsPerByte;
        if (need <= m_tokens)
        {
            m_tokens -= need;
            return LinkVerdict::Accept;
        }
        const bool marks = m_marks && (packet.traits & LinkPacket::kEcnCapable);
        return marks ? LinkVerdict::Mark : LinkVerdict::Police;
    }

  private:
    static constexpr std::uint64_t kNanobitsPerByte = 8'000'000'000ULL;

    BitsPerSecond m_rate;
    std::uint64_t m_depth;
    std::uint64_t m_tokens;
    TimeNs m_at{0};
    bool m_marks;
};

} // namespace

LinkBehaviourEntry
PolicerEntry()
{
    return {"policer",
            "a token bucket that drops what is beyond a rate, and delays nothing",
            {{"rate", LinkParameterKind::Rate, "", "rate of IP bytes that may pass", 1, 1e12},
             {"burst",
              LinkParameterKind::Bytes,
              "",
              "how much may pass at once after a pause; at least the largest packet",
              1,
              1e9,
              {},
              true},
             {"excess",
              LinkParameterKind::Choice,
              "drop",
              "what is beyond: dropped, or let through with CE if it is ECN-capable",
              0,
              0,
              {"drop", "mark"}}},
            [](const LinkParameters& parameters, const LinkBehaviourContext&) {
                return std::make_unique<Policer>(parameters);
            }};
}

} // namespace hoststack
