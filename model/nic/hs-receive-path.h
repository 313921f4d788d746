// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RECEIVE_PATH_H
#define HS_RECEIVE_PATH_H

#include "ns3/hs-clock.h"
#include "ns3/hs-frame.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-napi-thread.h"
#include "ns3/hs-nic-settings.h"
#include "ns3/hs-processor.h"
#include "ns3/hs-ring.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace ns3
{

class HoststackNetDevice;

/**
 * What a NIC and its driver do with received frames: ring, interrupt moderation, poll (NAPI) and
 * receive offload. A device without it hands up each frame as it comes.
 *
 * A poll takes frames until the ring is empty or its weight is reached; then the offload hands up
 * what it held, and the interrupt is armed again if the ring is empty. With a processor whose work
 * takes time frames are pieces of work, so that a busy core polls longer trains.
 *
 * Where the machine steers packets a unit may go to another core's backlog instead of up, or the
 * poll be the work of a thread (PacketSteering).
 *
 * A driver that does not poll takes each frame in an interrupt of its own, before anything else the
 * core has to do, and leaves it in the core's backlog, where it may be lost still (netif_rx() of
 * Linux before NAPI): more frames than the core has time for leave none for what they are for.
 *
 * A modem's packets come in aggregates, each in a buffer of its driver (ReceiveAggregates): when
 * they interrupt, and whether they come at all, is decided there and not by a moderation.
 *
 * What LRO has merged is one packet to a node that is to send it on, and is dropped where that is
 * longer than the next MTU (Linux drops it at any length, skb_warn_if_lro(); FreeBSD answers with
 * ICMP, which tells a sender nothing new). GRO's units are cut again there.
 *
 * A unit of packets of ns-3's IP goes through IP packet by packet, and is one again for TCP.
 * Captures of the device show frames as they came, before they are merged.
 */
class HoststackReceivePath final : private hoststack::Alarm::Owner,
                                   private hoststack::ReceiveOffload::Sink,
                                   private hoststack::host::Work
{
  public:
    struct Counters
    {
        std::uint64_t interrupts{0};
        std::uint64_t polls{0};
        std::uint64_t fullPolls{0}; ///< that took their whole weight
        std::uint64_t frames{0};    ///< taken from the ring
        std::uint64_t lost{0};      ///< for want of room in it
        std::uint64_t bytes{0};     ///< of IP, in the frames taken
        std::uint64_t tooLarge{0};  ///< frames that were merged into what is too large to go on
    };

    /// \p device and \p machine live longer.
    HoststackReceivePath(HoststackNetDevice& device,
                         HoststackMachine& machine,
                         const hoststack::NicSettings& settings);
    ~HoststackReceivePath();

    /// \p frames keeps the piece until it is released from here. \return false: the ring has no
    /// room
    bool Arrive(hoststack::TimeNs now, HoststackFrameSlab& frames, HoststackPiece piece);

    /// The same of pieces that FramesUnseen() let lie. \return how many there was room for
    std::uint32_t ArriveUnseen(HoststackFrameSlab& frames, HoststackPiece pieces);

    /// Frames after whose arrival the next interrupt comes when it would have come without them: a
    /// poll collects them (HoststackNetDevice::Collect).
    std::uint32_t FramesUnseen() const;

    const Counters& GetCounters() const
    {
        return m_counters;
    }

    const hoststack::ReceiveOffload::Counters& OffloadCounters() const
    {
        return m_offload->GetCounters();
    }

    /// Of a modem that hands over aggregates; nothing: the device is none.
    std::optional<hoststack::ReceiveAggregates::Counters> AggregateCounters() const;

  private:
    class FrameInterrupts;
    class Transfers;
    friend class FrameInterrupts;
    friend class Transfers;

    void OnAlarm(hoststack::TimeNs now) override;
    void Run(hoststack::host::Context& context) override;
    void Deliver(const hoststack::OffloadUnit& unit) override;
    bool TakesBatches(std::uint32_t id) override;
    void Discard(std::uint32_t id) override;

    bool KeepsLock() const;
    const HoststackFrame& FrameOf(std::uint32_t id) const;
    HoststackFrame& FrameOf(std::uint32_t id);
    std::uint32_t Hold(HoststackPiece piece);
    void Release(const hoststack::OffloadUnit& unit);
    std::uint32_t FollowingPieces(const hoststack::OffloadUnit& unit, std::size_t at) const;
    void PutIntoRing(HoststackPiece pieces);
    void Join(const hoststack::OffloadUnit& unit, hoststack::Payload& payload) const;
    void TakeFrames(hoststack::host::Context& context);
    /// \return true: it is over, and the interrupt armed
    bool EndPoll(hoststack::host::Context& context);
    void Arm(hoststack::TimeNs now);
    void Raise(hoststack::TimeNs now);
    bool Merge(const hoststack::OffloadUnit& unit, hoststack::TcpSegment& head) const;
    void DeliverSegment(const hoststack::OffloadUnit& unit, bool isOnePacket);
    void DeliverPackets(const hoststack::OffloadUnit& unit);
    /// \return whether the unit that begins with \p first is another core's work now
    bool Steer(const HoststackFrame& first, std::size_t frames);
    std::uint32_t LengthOf(const hoststack::OffloadUnit& unit) const;

    HoststackNetDevice& m_device;
    HoststackMachine& m_machine;
    HoststackSoftnet* const m_softnet; ///< nullptr: a unit is worked on where it was polled
    const hoststack::NicSettings m_settings;
    std::unique_ptr<hoststack::InterruptModeration> m_moderation;
    std::unique_ptr<hoststack::ReceiveOffload> m_offload;
    hoststack::AlarmPointer m_alarm;
    HoststackFrameSlab* m_frames{nullptr};  ///< the link's; frames stay there until they went up
    hoststack::Ring<HoststackPiece> m_ring; ///< of a driver that does not poll: its backlog
    std::uint32_t m_waiting{0};             ///< frames in it
    std::vector<HoststackPiece> m_held;     ///< by the offload, which knows them by their index
    std::vector<std::uint32_t> m_free;      ///< of m_held
    std::vector<std::uint32_t> m_ids;       ///< of pieces that the offload gets at once
    HoststackFrame m_unit;                  ///< that is handed up
    std::unique_ptr<FrameInterrupts> m_frameInterrupts; ///< of such a driver
    std::unique_ptr<Transfers> m_transfers;             ///< of a modem
    std::unique_ptr<HoststackNapiThread> m_waker;       ///< of a device that a thread polls
    std::uint32_t m_taken{0};                           ///< in this poll
    std::uint64_t m_takenBytes{0};                      ///< the same
    bool m_isPolled{false};   ///< the processor knows that there is something
    bool m_isDeferred{false}; ///< no interrupt: the offload's timer polls
    hoststack::TimeNs m_interruptAt{hoststack::kNever};
    hoststack::host::Context* m_context{nullptr}; ///< of the poll that is under way
    Counters m_counters;
};

} // namespace ns3

#endif // HS_RECEIVE_PATH_H
