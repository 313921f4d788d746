// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RECEIVE_PATH_H
#define HS_RECEIVE_PATH_H

#include "ns3/hs-clock.h"
#include "ns3/hs-frame.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-nic-settings.h"
#include "ns3/hs-processor.h"

#include <cstdint>
#include <deque>
#include <memory>

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
 * A unit of packets of ns-3's IP goes through IP packet by packet, and is one again for TCP.
 * Captures of the device show frames as they came, before they are merged.
 */
class HoststackReceivePath : private hoststack::Alarm::Owner,
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
    };

    /// \p device and \p machine live longer.
    HoststackReceivePath(HoststackNetDevice& device,
                         HoststackMachine& machine,
                         const hoststack::NicSettings& settings);
    ~HoststackReceivePath();

    /// \return false: the ring has no room
    bool Arrive(hoststack::TimeNs now, const HoststackFrame& frame);

    const Counters& GetCounters() const
    {
        return m_counters;
    }

    const hoststack::ReceiveOffload::Counters& OffloadCounters() const
    {
        return m_offload->GetCounters();
    }

  private:
    void OnAlarm(hoststack::TimeNs now) override;
    void Run(hoststack::host::Context& context) override;
    void Deliver(const hoststack::OffloadUnit& unit) override;
    void Discard(std::uint32_t id) override;

    void TakeFrame(hoststack::host::Context& context);
    /// \return true: it is over, and the interrupt armed
    bool EndPoll(hoststack::host::Context& context);
    void Arm(hoststack::TimeNs now);
    void Raise(hoststack::TimeNs now);
    bool Merge(const hoststack::OffloadUnit& unit, hoststack::TcpSegment& head) const;
    void DeliverSegment(const hoststack::OffloadUnit& unit);
    void DeliverPackets(const hoststack::OffloadUnit& unit);

    HoststackNetDevice& m_device;
    HoststackMachine& m_machine;
    const hoststack::NicSettings m_settings;
    std::unique_ptr<hoststack::InterruptModeration> m_moderation;
    std::unique_ptr<hoststack::ReceiveOffload> m_offload;
    hoststack::AlarmPointer m_alarm;
    HoststackFrameSlab m_frames;      ///< in the ring, or held by the offload
    std::deque<std::uint32_t> m_ring; ///< oldest first
    std::uint32_t m_taken{0};         ///< in this poll
    std::uint64_t m_takenBytes{0};    ///< the same
    bool m_isPolled{false};           ///< the processor knows that there is something
    bool m_isDeferred{false};         ///< no interrupt: the offload's timer polls
    hoststack::TimeNs m_interruptAt{hoststack::kNever};
    hoststack::host::Context* m_context{nullptr}; ///< of the poll that is under way
    Counters m_counters;
};

} // namespace ns3

#endif // HS_RECEIVE_PATH_H
