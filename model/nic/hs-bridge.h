// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BRIDGE_H
#define HS_BRIDGE_H

#include "ns3/hs-operation.h"
#include "ns3/hs-packet-input.h"

#include <ns3/address.h>
#include <ns3/net-device.h>
#include <ns3/packet.h>
#include <ns3/ptr.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace ns3
{

class HoststackMachine;

/**
 * What a Linux bridge with two ports does (net/bridge of 6.12): a frame that comes in by one leaves
 * by the other, below IP. Its time to live and its bytes stay as they are, nobody is asked for a
 * route, and no ICMP is ever sent.
 *
 * A frame longer than the MTU behind it and a VLAN tag is dropped in silence
 * (is_skb_forwardable()). A unit of GRO goes on as one and is cut on the way out. The kernel does
 * not look at the length of its frames; the next device, whose MTU is the same, would discard those
 * that are too long, and so they are lost and counted here.
 *
 * With two ports a table of addresses decides nothing (should_deliver()), so none is kept: that a
 * third port is refused is what makes this exact.
 *
 * Limits: no spanning tree, VLAN filter, multicast snooping or netfilter; no address of its own.
 * What ns-3's queue discs would do on its ports is not done.
 */
class HoststackBridge final : public HoststackPacketInput::Stage
{
  public:
    struct Counters
    {
        std::uint64_t frames{0};  ///< of the wire, sent on
        std::uint64_t tooLong{0}; ///< lost for their length
    };

    /// \p machine holds it and lives longer.
    explicit HoststackBridge(HoststackMachine& machine);
    ~HoststackBridge();

    /**
     * What \p device receives is the bridge's from now on, and nobody else's on its node.
     * \throws std::invalid_argument it has two ports, or the device is at no channel
     */
    void AddPort(const Ptr<HoststackNetDevice>& device);

    /// Bytes of the longest IP packet that goes on if it comes in by \p port; nothing: none does.
    std::optional<std::uint32_t> RoomBehind(const HoststackNetDevice& port) const;

    const Counters& GetCounters() const
    {
        return m_counters;
    }

    bool Take(hoststack::host::Context& context,
              HoststackNetDevice& device,
              const HoststackFrame& frame) override;
    void OpenUnit() override;
    void CloseUnit(hoststack::host::Context& context) override;

  private:
    /// A packet of ns-3's on its way through.
    struct Held
    {
        Ptr<Packet> packet;
        std::uint16_t protocol;
    };

    /// nullptr: there is no other port
    HoststackNetDevice* Other(const NetDevice& port) const;
    bool Receive(Ptr<NetDevice> device,
                 Ptr<const Packet> packet,
                 std::uint16_t protocol,
                 const Address& from);
    void SendHeld(hoststack::host::Context& context);
    void Charge(hoststack::host::Context& context,
                const HoststackNetDevice& out,
                std::uint64_t frames,
                bool isMerged) const;

    HoststackMachine& m_machine;
    std::array<HoststackNetDevice*, 2> m_ports{}; ///< the node holds them
    std::vector<Held> m_held;                     ///< of the unit that IP is shown
    HoststackNetDevice* m_out{nullptr};           ///< where that goes
    bool m_isInUnit{false};
    Counters m_counters;
};

} // namespace ns3

#endif // HS_BRIDGE_H
