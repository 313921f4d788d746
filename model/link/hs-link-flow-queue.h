// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LINK_FLOW_QUEUE_H
#define HS_LINK_FLOW_QUEUE_H

#include "ns3/hs-link-behaviour.h"

#include <cstdint>
#include <vector>

namespace hoststack
{

/// A packet that waits in a LinkFlowQueue.
struct LinkQueued
{
    LinkPacket packet;
    TimeNs arrived{0};
    bool marked{false};
    TimeNs earliest{0}; ///< it is not to leave before (skb->tstamp); 0: whenever
};

/// A packet that a LinkFlowQueue gave up.
struct LinkLost
{
    LinkPacket packet;
    LinkDrop reason{LinkDrop::Queue};
};

/**
 * A behaviour that keeps the waiting packets itself, in any order it likes, in place of the
 * direction's first-in-first-out queue: fair queueing. There are two ways to stand in a direction:
 *
 * - It does not shape (ReleaseAt() is 0): the serialiser takes a packet from it whenever it is
 * free. The direction's own queue stays empty, and its limit counts for nothing.
 * - It shapes: packets go over into the direction's own queue when ReleaseAt() says so, and wait
 *   there again, with its limit and gates, if that rate is more than the link has.
 *
 * Packets of one flow must keep their order.
 */
class LinkFlowQueue : public LinkBehaviour
{
  public:
    /// Takes \p packet in. Packets that this drops, itself perhaps, are appended to \p lost.
    virtual void Enqueue(TimeNs now, const LinkQueued& packet, std::vector<LinkLost>& lost) = 0;

    /**
     * The next packet at \p now, not before ReleaseAt(). Those dropped in front of it are appended
     * to \p lost. \return false if none was left
     */
    virtual bool Dequeue(TimeNs now, LinkQueued& out, std::vector<LinkLost>& lost) = 0;

    /// It looks at LinkQueued::earliest.
    virtual bool HoldsDepartures() const
    {
        return false;
    }

    /// From when on the next packet may go.
    virtual TimeNs ReleaseAt() const
    {
        return 0;
    }

    /// Rate at which it lets packets go; 0: it does not shape.
    virtual BitsPerSecond ShapedRate() const
    {
        return 0;
    }

    /// When the packet came that waits longest, or kNever.
    virtual TimeNs OldestArrival() const = 0;

    /// Empties it; all packets are appended to \p lost.
    virtual void Clear(std::vector<LinkLost>& lost) = 0;
};

} // namespace hoststack

#endif // HS_LINK_FLOW_QUEUE_H
