// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_OFFLOAD_FREEBSD_H
#define HS_OFFLOAD_FREEBSD_H

#include "ns3/hs-freebsd-lro.h"
#include "ns3/hs-receive-offload.h"

#include <deque>
#include <vector>

namespace hoststack
{

/**
 * FreeBSD's LRO as iflib's drivers use it: the packets of a poll are sorted by flow and folded at
 * its end, classic merging. Checksums count as verified by the NIC.
 *
 * Limit: no stack takes packets in queues here (FreebsdLro itself can do that).
 */
class FreebsdOffload : public ReceiveOffload, private FreebsdLro::Host
{
  public:
    FreebsdOffload(const LroVersion& version, const OffloadSettings& settings, Sink& sink);

    void Add(const OffloadPacket& packet, TimeNs now) override;
    bool EndPoll(std::uint32_t work, TimeNs now) override;

  private:
    struct Slot
    {
        OffloadPacket packet;
        LroPacket lro; ///< its id is the slot's
    };

    void Free(const LroPacket& packet) override;
    void Input(const LroUnit& unit, int error) override;
    void Wake(LroConnection& connection) override;
    LroConnection* Find(const LroPacket& packet) override;
    bool WakesEarly(LroConnection& connection) override;
    bool AllocateBuffer() override;
    void Tap(const LroPacket& packet) override;
    void RunSoftTimer() override;

    std::uint32_t Take();

    FreebsdLro m_lro;
    std::deque<Slot> m_slots;
    std::vector<std::uint32_t> m_freeSlots;
    OffloadUnit m_unit; ///< its memory serves all
};

} // namespace hoststack

#endif // HS_OFFLOAD_FREEBSD_H
