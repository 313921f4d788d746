// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

namespace hoststack
{

namespace
{

/**
 * A packet that arrives at t may leave from the first slot boundary at or after t on; the packets
 * of a slot then leave back to back. Boundaries are phase + k * slot.
 */
class SlotGate : public LinkBehaviour
{
  public:
    SlotGate(const LinkParameters& parameters, const LinkBehaviourContext& context)
        : m_slot(parameters.Duration("slot"))
    {
        if (parameters.Has("phase"))
        {
            m_phase = parameters.Duration("phase") % m_slot;
        }
        else
        {
            auto stream = context.Stream();
            m_phase = UniformTime(stream, 0, m_slot);
        }
    }

    TimeNs Gate(TimeNs, TimeNs earliest, const LinkPacket&, const LinkQueueState&) override
    {
        const TimeNs into = (earliest - m_phase + m_slot) % m_slot;
        return into == 0 ? earliest : earliest + m_slot - into;
    }

  private:
    TimeNs m_slot;
    TimeNs m_phase{0};
};

} // namespace

LinkBehaviourEntry
SlotGateEntry()
{
    constexpr auto kDuration = LinkParameterKind::Duration;
    return {"slot-gate",
            "packets wait for the next slot boundary",
            {{"slot", kDuration, "", "from one boundary to the next", 1, kLinkNoBound},
             {"phase", kDuration, kLinkRandom, "first boundary", 0, kLinkNoBound}},
            [](const LinkParameters& parameters, const LinkBehaviourContext& context) {
                return std::make_unique<SlotGate>(parameters, context);
            }};
}

} // namespace hoststack
