// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LOOPBACK_DEVICE_H
#define HS_LOOPBACK_DEVICE_H

#include "ns3/hs-loopback-settings.h"
#include "ns3/hs-net-device.h"
#include "ns3/hs-ring.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace ns3
{

/**
 * The loopback device of a node: what is sent comes in again on the same core, as an entry of that
 * core's backlog (loopback_xmit(), netif_rx() and process_backlog() of Linux 6.18). A super-segment
 * stays whole both ways, nothing computes a checksum, nothing merges, and the sender's account is
 * not held (skb_orphan()), so its small queues do not limit it. What finds the backlog full is
 * lost.
 *
 * On a node whose work takes time the soft interrupt is done as soon as the core may, over the call
 * that sends if no lock keeps it off; it costs what IP and TCP cost, no driver, and a copy of each
 * byte for as many as the system makes. Else packets take their time at LoopbackSettings::rate.
 *
 * Captures and traces show a packet once, as it comes in (libpcap does so on `lo`).
 *
 * Limits: the backlog is this device's own; Linux shares one among all that use netif_rx().
 */
class HS_PUBLIC HoststackLoopbackDevice final : public HoststackNetDevice,
                                                private hoststack::Alarm::Owner
{
  public:
    struct Counters
    {
        std::uint64_t units{0};   ///< sent, each a packet or a super-segment
        std::uint64_t bytes{0};   ///< of payload, or of IP where that is not known
        std::uint64_t copied{0};  ///< bytes, between buffers of the kernel
        std::uint64_t lost{0};    ///< units that found the backlog full
        std::uint64_t waiting{0}; ///< most in a backlog at once
    };

    static TypeId GetTypeId();
    HoststackLoopbackDevice();
    ~HoststackLoopbackDevice() override;

    /// Once it has its node, whose machine does not change any more; once only.
    void Open(const hoststack::LoopbackSettings& settings);

    const Counters& GetCounters() const
    {
        return m_counters;
    }

    // NetDevice
    bool IsLinkUp() const override;

  protected:
    void DoDispose() override;

  private:
    class Backlog;
    friend class Backlog;

    void Enqueue(hoststack::TimeNs now,
                 const Ptr<const HoststackFlow>& flow,
                 hoststack::TcpSegment&& burst,
                 std::uint32_t headerLength,
                 std::uint16_t identification,
                 hoststack::TimeNs earliest) override;
    bool SendNow(hoststack::TimeNs now, const Ptr<Packet>& packet, std::uint16_t protocol) override;
    void OnAlarm(hoststack::TimeNs now) override;

    bool Queue(hoststack::TimeNs now, std::uint32_t unit, std::uint32_t ipBytes);
    Backlog& BacklogOf(hoststack::host::CoreId core);
    void Take(hoststack::host::Context& context, std::uint32_t unit);

    hoststack::LoopbackSettings m_settings;
    HoststackMachine* m_host{nullptr}; ///< nullptr: not open
    HoststackFrameSlab m_units;
    std::vector<std::unique_ptr<Backlog>> m_backlogs; ///< by core
    hoststack::AlarmPointer m_alarm;
    hoststack::TimeNs m_lastAt{0}; ///< the last of them has been sent, at the rate
    Counters m_counters;
};

} // namespace ns3

#endif // HS_LOOPBACK_DEVICE_H
