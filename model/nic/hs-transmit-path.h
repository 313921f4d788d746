// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TRANSMIT_PATH_H
#define HS_TRANSMIT_PATH_H

#include "ns3/hs-byte-queue-limit.h"
#include "ns3/hs-clock.h"
#include "ns3/hs-frame.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-nic-settings.h"
#include "ns3/hs-processor.h"
#include "ns3/hs-ring.h"
#include "ns3/hs-send-account.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace ns3
{

class HoststackNetDevice;

/**
 * What a NIC and its driver do with what is sent: queue discipline, transmit ring with byte queue
 * limits, segmentation (by the NIC or by the kernel), the wire at the NIC's rate, and completion. A
 * device without it puts everything into its link at once.
 *
 * A frame enters the link when the NIC begins to put it on the wire; the link serialises it itself,
 * so a NIC that is as fast as its link adds no delay and leaves the link's own queue empty. When
 * the wire has had the last frame of what the driver handed over, that is complete; an interrupt
 * comes when the moderation says, and a poll, this one or the receive path's, frees it, lets the
 * byte limit learn, moves on what waits and wakes the connections that wait for it (TCP small
 * queues).
 *
 * A modem's driver puts several packets into one transfer (TransferSettings), which takes one place
 * in the ring and is complete as one.
 *
 * Limits: one queue; what it held until its departure leaves without work for a core; the ring
 * counts what the driver handed over, not its descriptors; the kernel's segmentation is paid by the
 * sender even if the packet has waited; a packet that the discipline drops is lost on the way for
 * TCP, which Linux would notice at once; packets of ns-3's IP count for no connection.
 */
class HoststackTransmitPath final : private hoststack::Alarm::Owner, private hoststack::host::Work
{
  public:
    struct Counters
    {
        std::uint64_t units{0};  ///< handed down: super-segments, segments, packets
        std::uint64_t frames{0}; ///< put on the wire
        std::uint64_t bytes{0};  ///< of IP, in them
        std::uint64_t lost{0};   ///< frames that the queue discipline dropped
        std::uint64_t marked{0}; ///< frames with Congestion Experienced from there
        std::uint64_t interrupts{0};
        std::uint64_t polls{0};      ///< that found something complete
        std::uint64_t transfers{0};  ///< that a driver gathered
        std::uint64_t completed{0};  ///< what the driver handed over, freed
        std::uint64_t stops{0};      ///< the ring or its byte limit had no room for what waited
        std::uint64_t wakeUps{0};    ///< connections that waited for room and were called
        hoststack::TimeNs waited{0}; ///< in the queue, all units that left it
        std::uint64_t left{0};       ///< units that left it
        hoststack::TimeNs longestWait{0}; ///< of one of them
        std::uint32_t mostWaiting{0};     ///< units
    };

    /// \p device and \p machine live longer. \throws hoststack::UnknownName
    HoststackTransmitPath(HoststackNetDevice& device,
                          HoststackMachine& machine,
                          const hoststack::TransmitSettings& settings);
    ~HoststackTransmitPath();

    void SendBurst(hoststack::TimeNs now,
                   const Ptr<const HoststackFlow>& flow,
                   hoststack::TcpSegment&& burst,
                   std::uint32_t headerLength,
                   std::uint16_t identification,
                   hoststack::TimeNs earliest);
    /// \p hops have taken from its time to live when it leaves.
    void Forward(hoststack::TimeNs now, const HoststackFrame& arrived, std::uint8_t hops);
    /// \return false if there is no room for it
    bool SendPacket(hoststack::TimeNs now, const Ptr<Packet>& packet, std::uint16_t protocol);

    /// Part of a poll: what is complete is freed.
    void Clean(hoststack::host::Context& context);

    const Counters& GetCounters() const
    {
        return m_counters;
    }

    const hoststack::ByteQueueLimit& ByteLimit() const
    {
        return m_byteLimit;
    }

    /// Its queue holds what is sent until its departure.
    bool HoldsDepartures() const
    {
        return m_queue->HoldsDepartures();
    }

    /// The kernel cuts super-segments.
    bool CutsInSoftware() const
    {
        return !m_settings.segments;
    }

  private:
    /// What the driver hands over at once: frames [first, first + count) of a unit.
    struct Entry
    {
        std::uint32_t unit; ///< in m_units
        std::uint32_t first;
        std::uint32_t count;
        std::uint32_t bytes; ///< of IP
        bool isLast;         ///< of its unit
        bool endsTransfer;   ///< the device has one more thing to do
    };

    /// What the driver gathers for one transfer.
    struct Transfer
    {
        hoststack::Ring<Entry> entries;
        std::uint32_t bytes{0};
        hoststack::TimeNs goesAt{hoststack::kNever};
        hoststack::TimeNs lastAt{-hoststack::kSecond}; ///< when the last packet came
    };

    /// The connections that look again, one piece of work each.
    class Waker final : public hoststack::host::Work
    {
      public:
        explicit Waker(HoststackTransmitPath& path)
            : m_path(path)
        {
        }

        void Run(hoststack::host::Context& context) override;

      private:
        HoststackTransmitPath& m_path;
    };

    void OnAlarm(hoststack::TimeNs now) override;
    void Run(hoststack::host::Context& context) override;

    bool Enqueue(hoststack::TimeNs now,
                 std::uint32_t unit,
                 hoststack::LinkPacket packet,
                 hoststack::TimeNs earliest = 0);
    void RunQueue(hoststack::TimeNs now);
    bool HasRoom() const;
    void HandOver(const Entry& entry);
    void Gather(hoststack::TimeNs now, const Entry& entry);
    void EndTransfer();
    void Feed(hoststack::TimeNs now);
    void PutOnWire(hoststack::TimeNs now, const Entry& entry);
    void Arm(hoststack::TimeNs now);
    void Free(const Entry& entry);
    void Drop(hoststack::TimeNs now);
    void GiveBack(HoststackFrame& unit, std::uint32_t payload);
    void WakeWaiting(hoststack::TimeNs now);
    std::uint32_t LengthOf(std::uint32_t unit, std::uint32_t first, std::uint32_t count);

    HoststackNetDevice& m_device;
    HoststackMachine& m_machine;
    const hoststack::TransmitSettings m_settings;
    std::unique_ptr<hoststack::LinkFlowQueue> m_queue;
    std::unique_ptr<hoststack::InterruptModeration> m_moderation;
    hoststack::ByteQueueLimit m_byteLimit;
    hoststack::AlarmPointer m_alarm;
    HoststackFrameSlab m_units;            ///< in the queue or in the ring
    hoststack::Ring<Entry> m_ring;         ///< the first is on the wire
    hoststack::Ring<Entry> m_done;         ///< complete, not yet freed
    Transfer m_transfer;                   ///< not handed over yet
    std::uint32_t m_inRing{0};             ///< transfers in m_ring and m_done
    std::uint32_t m_finished{0};           ///< of them, in m_done
    std::uint32_t m_waiting{0};            ///< units in the queue
    Entry m_rest{0, 0, 0, 0, false, true}; ///< of a unit that is being cut; count 0: none
    std::uint32_t m_onWire{0};             ///< frames of the first entry that were put there
    hoststack::TimeNs m_wireFreeAt{0};     ///< the last frame has left the NIC
    std::int64_t m_wireCredit{0};          ///< nanobits by which that was rounded up
    hoststack::BitsPerSecond m_rate{0};    ///< 0: it has not sent yet
    hoststack::TimeNs m_interruptAt{hoststack::kNever};
    hoststack::TimeNs m_heldUntil{hoststack::kNever}; ///< all that waits is to leave later
    bool m_isPolled{false};                           ///< the interrupt is off: a poll is due
    bool m_isStopped{false};                          ///< no room for what waits
    std::vector<hoststack::LinkLost> m_lost;
    Waker m_waker;
    hoststack::Ring<Ptr<HoststackSendAccount>> m_toWake;
    bool m_isWaking{false}; ///< the processor knows of them
    Counters m_counters;
};

} // namespace ns3

#endif // HS_TRANSMIT_PATH_H
