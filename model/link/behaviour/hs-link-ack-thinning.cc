// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

#include <unordered_map>

namespace hoststack
{

namespace
{

/**
 * When a pure ACK is queued, an older pure ACK of the same flow that still waits is removed: the
 * newer one says all that it said. ACKs with SACK blocks or multipath signalling are neither
 * removed nor do they remove others.
 */
class AckThinning : public LinkBehaviour
{
  public:
    std::uint64_t Replaces(const LinkPacket& packet, std::uint64_t position) override
    {
        if ((packet.traits & (LinkPacket::kPureAck | LinkPacket::kHasSackOrSignalling)) !=
            LinkPacket::kPureAck)
        {
            return kNoPosition;
        }
        // At most one removable ACK per flow waits at any time: the newest.
        const auto [entry, isNew] = m_newest.try_emplace(packet.flow, position);
        const std::uint64_t older = isNew ? kNoPosition : entry->second;
        entry->second = position;
        return older;
    }

  private:
    std::unordered_map<std::uint32_t, std::uint64_t> m_newest; ///< by flow; never walked
};

} // namespace

LinkBehaviourEntry
AckThinningEntry()
{
    return {"ack-thinning",
            "of several waiting pure ACKs of a flow only the newest is kept",
            {},
            [](const LinkParameters&, const LinkBehaviourContext&) {
                return std::make_unique<AckThinning>();
            }};
}

} // namespace hoststack
