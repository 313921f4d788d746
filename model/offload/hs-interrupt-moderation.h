// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_INTERRUPT_MODERATION_H
#define HS_INTERRUPT_MODERATION_H

#include "ns3/hs-registry.h"
#include "ns3/hs-units.h"

#include <cstdint>

namespace hoststack
{

/// Settings of a moderation; each reads those it knows.
struct ModerationSettings
{
    TimeNs delay{0};          ///< rx-usecs
    std::uint32_t packets{0}; ///< rx-frames; 0: they do not matter
};

/**
 * When a NIC whose interrupt is armed raises it. Without clock and without ns-3: told of each frame
 * that arrives while the interrupt is armed, and of each poll.
 */
class InterruptModeration
{
  public:
    virtual ~InterruptModeration() = default;

    /**
     * A frame has arrived.
     * \param waiting frames in the ring, this one included
     * \return when the interrupt comes; in the past: at once
     */
    virtual TimeNs OnFrame(TimeNs now, std::uint32_t waiting) = 0;

    static constexpr std::uint32_t kAnyNumber = 0xffffffff;

    /// Frames that may arrive behind the \p waiting ones without moving what OnFrame() said last.
    virtual std::uint32_t FramesUnseen(std::uint32_t /*waiting*/) const
    {
        return 0;
    }

    /// A poll has ended and armed the interrupt again.
    virtual void OnPoll(TimeNs /*now*/, std::uint32_t /*packets*/, std::uint64_t /*bytes*/)
    {
    }
};

/// All of them by name; the one place to add a line for a new one is hs-interrupt-moderation.cc.
Registry<InterruptModeration, const ModerationSettings&>& InterruptModerations();

} // namespace hoststack

#endif // HS_INTERRUPT_MODERATION_H
