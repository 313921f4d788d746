// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TAP_BRIDGE_H
#define HS_TAP_BRIDGE_H

#include "ns3/hs-frame.h"
#include "ns3/hs-live-plan.h"
#include "ns3/hs-net-device.h"
#include "ns3/hs-packet-input.h"
#include "ns3/hs-units.h"

#include <ns3/ptr.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ns3
{

/**
 * Joins a HoststackNetDevice, which stands in for a kernel's, with a TAP device: what arrives over
 * the simulated link goes to the kernel with its checksums filled in, what the kernel sends goes
 * over the link. Ethernet frames (DIX) without ARP; only IPv4 and IPv6 to one receiver pass.
 *
 * With offloads there is a virtio header before each frame: a super-segment of the kernel is cut
 * before the device sends it, and what the device's receive offload has merged reaches the kernel
 * as one frame.
 *
 * What is for an address that the link's network does not know does not reach the kernel.
 */
class TapBridge final : private HoststackPacketInput::Stage
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
    /// \param tap what it is; with offloads its frames have a virtio header (IFF_VNET_HDR)
    TapBridge(int descriptor, const hoststack::LiveDevice& tap, Ptr<HoststackNetDevice> device);
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

    /// Frames that the kernel did not take, or whose header made no sense.
    std::uint64_t Refused() const
    {
        return m_refused;
    }

  private:
    /// The next frame of the kernel, into m_taken. \return false if there is none
    bool TakeFrame();
    void ForwardTaken();
    void Send(const std::uint8_t* frame, std::size_t length);
    bool Receive(Ptr<NetDevice> device,
                 Ptr<const Packet> packet,
                 std::uint16_t protocol,
                 const Address& from);
    // Stage: segments on the direct path, and what the receive path has merged
    bool Take(hoststack::host::Context& context,
              HoststackNetDevice& device,
              const HoststackFrame& frame) override;
    void OpenUnit() override;
    void CloseUnit(hoststack::host::Context& context) override;

    void TakeUp(const HoststackFrame& frame);
    bool Refuses(const HoststackFrame& frame);
    void FillEthernet(const HoststackFrame& frame, std::vector<std::uint8_t>& out);
    void WriteUnit(std::uint16_t segmentSize);
    void Write(const std::vector<std::uint8_t>& bytes, std::uint64_t packets);

    int m_descriptor;
    bool m_offloads;
    bool m_isInUnit{false};
    std::vector<std::vector<std::uint8_t>> m_unit; ///< frames that go up as one
    std::vector<std::vector<std::uint8_t>> m_cut;  ///< what a frame of the kernel becomes
    std::array<std::uint8_t, 6> m_mac{};
    const std::vector<hoststack::StrangeAddress> m_strange;
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
