// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TAP_BRIDGE_H
#define HS_TAP_BRIDGE_H

#include "ns3/hs-frame.h"
#include "ns3/hs-net-device.h"
#include "ns3/hs-units.h"

#include <ns3/ptr.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ns3
{

/**
 * Joins a HoststackNetDevice, which stands in for a kernel's, with a TAP device: what arrives over
 * the simulated link goes to the kernel with its checksums filled in, what the kernel sends goes
 * over the link. Ethernet frames (DIX) without ARP; only IPv4 and IPv6 to one receiver pass.
 */
class TapBridge
{
  public:
    /// How late packets left for the kernel, against simulated time.
    struct Lateness
    {
        std::uint64_t packets{0};
        hoststack::TimeNs total{0};
        hoststack::TimeNs longest{0};

        void Add(const Lateness& other)
        {
            packets += other.packets;
            total += other.total;
            longest = other.longest > longest ? other.longest : longest;
        }
    };

    /// \param descriptor of the TAP device, not blocking; this object's from now on
    /// \param mac of the TAP device, six bytes in text
    TapBridge(int descriptor, const std::string& mac, Ptr<HoststackNetDevice> device);
    ~TapBridge();

    TapBridge(const TapBridge&) = delete;
    TapBridge& operator=(const TapBridge&) = delete;

    int Descriptor() const
    {
        return m_descriptor;
    }

    /// Throws away what the kernel has sent so far. \param origin CLOCK_MONOTONIC at time 0
    void Begin(hoststack::TimeNs origin);

    /// Sends what the kernel has sent since over the link, now; at most \p most frames.
    void Forward(std::size_t most);

    const Lateness& GetLateness() const
    {
        return m_lateness;
    }

    /// Frames that the kernel did not take.
    std::uint64_t Refused() const
    {
        return m_refused;
    }

  private:
    /// The next frame of the kernel, into m_taken. \return false if there is none
    bool TakeFrame();
    void ForwardTaken();
    bool Receive(Ptr<NetDevice> device,
                 Ptr<const Packet> packet,
                 std::uint16_t protocol,
                 const Address& from);

    int m_descriptor;
    std::array<std::uint8_t, 6> m_mac{};
    Ptr<HoststackNetDevice> m_device;
    hoststack::TimeNs m_origin{0};
    HoststackFrame m_frame;
    std::vector<std::uint8_t> m_packet;
    std::vector<std::uint8_t> m_bytes;
    std::vector<std::uint8_t> m_room; ///< for a frame of the kernel
    std::size_t m_taken{0};           ///< bytes of it
    Lateness m_lateness;
    std::uint64_t m_refused{0};
};

} // namespace ns3

#endif // HS_TAP_BRIDGE_H
