// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

namespace hoststack
{

namespace
{

/**
 * ECN-capable packets that find at least \e packets waiting are accepted with CE (RFC 3168
 * section 5); others are accepted or dropped, as chosen.
 */
class EcnThreshold : public LinkBehaviour
{
  public:
    explicit EcnThreshold(const LinkParameters& parameters)
        : m_packets(static_cast<std::uint64_t>(parameters.Integer("packets"))),
          m_dropsOthers(parameters.Text("others") == "drop")
    {
    }

    LinkVerdict Admit(TimeNs, const LinkPacket& packet, const LinkQueueState& queue) override
    {
        if (queue.packets < m_packets)
        {
            return LinkVerdict::Accept;
        }
        if (packet.traits & LinkPacket::kEcnCapable)
        {
            return LinkVerdict::Mark;
        }
        return m_dropsOthers ? LinkVerdict::Drop : LinkVerdict::Accept;
    }

  private:
    std::uint64_t m_packets;
    bool m_dropsOthers;
};

} // namespace

LinkBehaviourEntry
EcnThresholdEntry()
{
    return {"ecn-threshold",
            "CE marks above a queue length",
            {{"packets", LinkParameterKind::Count, "", "waiting packets that begin it", 0, 1e12},
             {"others",
              LinkParameterKind::Choice,
              "accept",
              "packets that are not ECN-capable",
              0,
              0,
              {"accept", "drop"}}},
            [](const LinkParameters& parameters, const LinkBehaviourContext&) {
                return std::make_unique<EcnThreshold>(parameters);
            },
            false,
            true};
}

} // namespace hoststack
