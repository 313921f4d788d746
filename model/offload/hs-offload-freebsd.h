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
 * its end: classic merging, or, for connections whose stack takes them so, queues of packets as
 * they came and of compressed ACKs, each of which goes up as a batch. Whether that waits for the
 * end of a gap (TF2_MBUF_QUEUE_READY) is its connection's to say. Checksums count as verified by
 * the NIC.
 *
 * Limit: its polls run on one CPU, that of the device's interrupts.
 */
class FreebsdOffload : public ReceiveOffload, private FreebsdLro::Host
{
  public:
    FreebsdOffload(const LroVersion& version, const OffloadSettings& settings, Sink& sink);

    void Add(const OffloadPacket& packet, TimeNs now) override;
    bool EndPoll(std::uint32_t work, TimeNs now) override;

    bool KnowsCpu() const override
    {
        return m_lro.Cpu().isSet;
    }

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
    bool IsInBatch(std::uint32_t slot) const;

    FreebsdLro m_lro;
    std::deque<Slot> m_slots;
    std::vector<std::uint32_t> m_freeSlots;
    std::vector<std::uint32_t> m_batch; ///< slots that are going to a queue
    LroConnection m_connection;         ///< whose queue that is
    OffloadUnit m_unit;                 ///< its memory serves all
};

} // namespace hoststack

#endif // HS_OFFLOAD_FREEBSD_H
