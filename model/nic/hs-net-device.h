// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NET_DEVICE_H
#define HS_NET_DEVICE_H

#include "ns3/hs-capture-sink.h"
#include "ns3/hs-channel.h"
#include "ns3/hs-flow.h"
#include "ns3/hs-frame.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-processor.h"
#include "ns3/hs-public.h"
#include "ns3/hs-ring.h"

#include <ns3/data-rate.h>
#include <ns3/mac48-address.h>
#include <ns3/net-device.h>
#include <ns3/nstime.h>
#include <ns3/traced-callback.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace hoststack
{
struct NicSettings;
} // namespace hoststack

namespace ns3
{

class HoststackReceivePath;
class HoststackTransmitPath;

/**
 * A NIC at one end of a HoststackChannel; without offload and queue unless SetNic() says otherwise.
 *
 * To ns-3 it is a point-to-point device: no ARP, no link-layer header, MTU of IP bytes, anything
 * with an EtherType can be sent. Without a queue of its own packets wait in the channel's
 * LinkDirection, which is also where they are dropped, so a queue disc above it never fills. To
 * hoststack's TCP it also offers the direct path (SendBurst).
 *
 * Limits: no SendFrom, hence no ns3::BridgeNetDevice (HoststackBridge takes its place); link-layer
 * addresses are kept but not carried.
 */
class HS_PUBLIC HoststackNetDevice : public NetDevice, private hoststack::host::Work
{
  public:
    static TypeId GetTypeId();
    HoststackNetDevice();
    ~HoststackNetDevice() override;

    /// The device at the other end; nullptr before HoststackChannel::Connect.
    Ptr<HoststackNetDevice> GetPeer() const
    {
        return m_peer;
    }

    /// The channel's side that this device is.
    std::size_t GetSide() const
    {
        return m_side;
    }

    Ptr<HoststackChannel> GetHoststackChannel() const
    {
        return m_channel;
    }

    /**
     * Cuts a burst into wire segments and sends them without ns-3's IP. The caller has checked the
     * MTU (DirectHeaderLength()).
     */
    void SendBurst(hoststack::TimeNs now,
                   const Ptr<const HoststackFlow>& flow,
                   hoststack::TcpSegment&& burst,
                   std::uint32_t headerLength,
                   std::uint16_t identification,
                   hoststack::TimeNs earliest = 0)
    {
        if (m_takesUnits)
        {
            Enqueue(now, flow, std::move(burst), headerLength, identification, earliest);
            return;
        }
        m_channel->SendBurst(m_side, now, flow, std::move(burst), headerLength, identification);
    }

    /// The core that its interrupts go to.
    void SetInterruptCore(hoststack::host::CoreId core)
    {
        m_core = core;
    }

    hoststack::host::CoreId InterruptCore() const
    {
        return m_core;
    }

    /**
     * From now on it receives with ring, interrupt moderation and receive offload, and sends
     * through a queue and a ring if the settings name a queue discipline (its node's machine must
     * not change any more). Before that each frame goes up as it comes, and what is sent is on the
     * link at once.
     * Its MTU is what the queue discipline is told; set it before.
     * \throws hoststack::UnknownName
     * \throws std::invalid_argument a ring or a poll of no frames
     */
    void SetNic(const hoststack::NicSettings& settings);

    /// As of now; nullptr before SetNic().
    const HoststackReceivePath* ReceivePath() const;

    /// nullptr: what is sent is on the link at once.
    const HoststackTransmitPath* TransmitPath() const
    {
        return m_transmit.get();
    }

    /// It has a queue that holds what is sent until its departure.
    bool HoldsDepartures() const;

    /// It has a queue, and the kernel cuts super-segments for it.
    bool CutsInSoftware() const
    {
        return m_cutsInSoftware;
    }

    /// Frames that can wait for the processor; what comes then is lost.
    void SetReceiveRing(std::size_t frames)
    {
        m_ringSize = frames;
    }

    /// Frames lost for want of room there.
    std::uint64_t RingDrops() const
    {
        return m_ringDrops;
    }

    /// Sends a frame of the direct path on that another device of the node has received; \p hops
    /// have taken from its time to live by then.
    void Forward(hoststack::TimeNs now, const HoststackFrame& frame, std::uint8_t hops);

    /// The same of a packet of ns-3's.
    void SendAt(hoststack::TimeNs now, const Ptr<Packet>& packet, std::uint16_t protocol)
    {
        SendNow(now, packet, protocol);
    }

    /// From now on \p sink sees all packets, as long as the device lives.
    void AddCapture(std::shared_ptr<HoststackCaptureSink> sink);
    void RemoveCapture(const HoststackCaptureSink& sink);

    /// \name Rate and delay of the outgoing direction (attributes DataRate and Delay)
    /// @{
    void SetDataRate(const DataRate& rate);
    DataRate GetDataRate() const;
    void SetDelay(const Time& delay);
    Time GetDelay() const;
    /// @}

    /// \name For the channel
    /// @{
    void Attach(Ptr<HoststackChannel> channel, std::size_t side, Ptr<HoststackNetDevice> peer);
    /// \p frame has arrived: the processor is asked for attention. What it gives at once saves a
    /// copy.
    void Deliver(hoststack::TimeNs now, const HoststackFrame& frame);

    /// It receives with a ring.
    bool HasRing() const
    {
        return m_path != nullptr;
    }

    /// Into the ring; \p frames keeps the piece until it is released from here.
    void Deliver(hoststack::TimeNs now, HoststackFrameSlab& frames, HoststackPiece piece);
    /// The same of pieces that it has let lie.
    void DeliverUnseen(HoststackFrameSlab& frames, HoststackPiece pieces);

    /// Frames that may lie on the link although they have arrived, before anything depends on it.
    std::uint32_t FramesUnseen() const;

    /// Somebody looks at each frame.
    bool IsWatched() const
    {
        return !m_macTx.IsEmpty() || !m_sniffer.IsEmpty() || !m_promiscSniffer.IsEmpty() ||
               !m_captures.empty();
    }

    void NoteOutbound(hoststack::TimeNs now, const HoststackFrame& frame)
    {
        if (IsWatched())
        {
            ShowOutbound(now, frame);
        }
    }

    void NoteRefused(const HoststackFrame& frame);
    void NoteLost(const HoststackFrame& frame);
    /// Of \p frame, or of its \p index-th piece.
    void NotePieceLost(const HoststackFrame& frame, std::uint32_t index);

    /// @}

    /// \name For the transmit path
    /// @{
    /// Of the outgoing direction.
    hoststack::BitsPerSecond LinkRate() const
    {
        return m_channel->Direction(m_side).Rate();
    }

    /// One wire frame of \p unit.
    HoststackChannel::Length PutOnLink(hoststack::TimeNs now,
                                       const HoststackFrame& unit,
                                       std::uint32_t index)
    {
        return m_channel->SendPiece(m_side, now, unit, index);
    }

    /// @}

    /// \name For the receive path
    /// @{
    /// Its poll frees what has been sent, too.
    void CleanTransmit(hoststack::host::Context& context);

    /// What has arrived by \p now is in the ring.
    void Collect(hoststack::TimeNs now)
    {
        m_channel->Collect(m_side, now);
    }

    /// The NIC gives what it receives a flow hash.
    bool HasFlowHash() const
    {
        return m_hasFlowHash;
    }

    /// Its interrupt is armed again.
    void AwaitFrames(hoststack::TimeNs now)
    {
        m_channel->Await(m_side, now);
    }

    /// \p frame, or \p pieces of it, were taken from the ring, and the driver's work is to be
    /// \p charged. \return false: somebody looks at each, or work takes time; nothing was done
    bool NoteTaken(hoststack::host::Context& context,
                   const HoststackFrame& frame,
                   HoststackPiece pieces,
                   bool charged);
    /// \p unit was taken whole, by no driver's work.
    void NoteWhole(hoststack::host::Context& context, const HoststackFrame& unit);
    /// \p frame, or what was merged into it, goes up.
    void HandUp(hoststack::host::Context& context, const HoststackFrame& frame);
    /// @}

    // NetDevice
    void SetIfIndex(const std::uint32_t index) override;

    std::uint32_t GetIfIndex() const final
    {
        return m_ifIndex;
    }

    Ptr<Channel> GetChannel() const override;
    void SetAddress(Address address) override;
    Address GetAddress() const override;
    bool SetMtu(const std::uint16_t mtu) override;

    std::uint16_t GetMtu() const final
    {
        return m_mtu;
    }

    bool IsLinkUp() const override;
    void AddLinkChangeCallback(Callback<void> callback) override;
    bool IsBroadcast() const override;
    Address GetBroadcast() const override;
    bool IsMulticast() const override;
    Address GetMulticast(Ipv4Address multicastGroup) const override;
    Address GetMulticast(Ipv6Address address) const override;
    bool IsBridge() const override;
    bool IsPointToPoint() const override;
    bool Send(Ptr<Packet> packet, const Address& dest, std::uint16_t protocol) override;
    bool SendFrom(Ptr<Packet> packet,
                  const Address& source,
                  const Address& dest,
                  std::uint16_t protocol) override;
    Ptr<Node> GetNode() const override;
    void SetNode(Ptr<Node> node) override;
    bool NeedsArp() const override;
    void SetReceiveCallback(ReceiveCallback callback) override;
    void SetPromiscReceiveCallback(PromiscReceiveCallback callback) override;
    bool SupportsSendFrom() const override;

  protected:
    void DoDispose() override;

    /// Whole units are given to Enqueue() from now on, not their wire segments to the channel.
    void TakeUnits()
    {
        m_takesUnits = true;
    }

  private:
    // Work: what has arrived goes up
    void Run(hoststack::host::Context& context) override;
    void Keep(const HoststackFrame& frame);
    bool KeepsLock() const;
    void Note(hoststack::host::Context& context, const HoststackFrame& frame);
    bool IsWatchedInbound() const;
    void Receive(hoststack::host::Context& context, const HoststackFrame& frame);
    void GoUp(hoststack::host::Context& context, const HoststackFrame& frame);
    void ReceivePacket(const HoststackFrame& frame);
    void ShowOutbound(hoststack::TimeNs now, const HoststackFrame& frame);
    void ShowInbound(hoststack::TimeNs now, const HoststackFrame& frame);
    virtual void Enqueue(hoststack::TimeNs now,
                         const Ptr<const HoststackFlow>& flow,
                         hoststack::TcpSegment&& burst,
                         std::uint32_t headerLength,
                         std::uint16_t identification,
                         hoststack::TimeNs earliest);
    virtual bool SendNow(hoststack::TimeNs now, const Ptr<Packet>& packet, std::uint16_t protocol);
    void ShowCaptures(hoststack::TimeNs now,
                      const HoststackFrame& frame,
                      hoststack::CaptureDirection direction);

    Ptr<HoststackChannel> m_channel;
    Ptr<HoststackNetDevice> m_peer;
    std::size_t m_side{0};
    Ptr<Node> m_node;
    HoststackMachine* m_machine{nullptr};     ///< of m_node; once it is attached
    const HoststackFrame* m_arrived{nullptr}; ///< still the channel's
    HoststackFrameSlab m_kept;                ///< what waits for the processor
    hoststack::Ring<std::uint32_t> m_ring;    ///< the same by number, oldest first
    std::size_t m_ringSize{std::numeric_limits<std::size_t>::max()};
    std::uint64_t m_ringDrops{0};
    hoststack::host::CoreId m_core{0};
    std::unique_ptr<HoststackReceivePath> m_path;
    std::unique_ptr<HoststackTransmitPath> m_transmit;
    bool m_hasFlowHash{false};
    bool m_takesUnits{false};     ///< whoever is below takes super-segments whole
    bool m_cutsInSoftware{false}; ///< what m_transmit says
    bool m_isPolled{false}; ///< its interrupt is off: the processor knows that there is something
    std::uint32_t m_ifIndex{0};
    std::uint16_t m_mtu{1500};
    Mac48Address m_address;
    ReceiveCallback m_receive;
    PromiscReceiveCallback m_promiscReceive;
    std::vector<std::shared_ptr<HoststackCaptureSink>> m_captures;
    std::vector<std::uint8_t> m_captureBytes;

    TracedCallback<> m_linkChange;
    TracedCallback<Ptr<const Packet>> m_macTx;
    TracedCallback<Ptr<const Packet>> m_macTxDrop;
    TracedCallback<Ptr<const Packet>> m_macPromiscRx;
    TracedCallback<Ptr<const Packet>> m_macRx;
    TracedCallback<Ptr<const Packet>> m_phyRxDrop;
    TracedCallback<Ptr<const Packet>> m_sniffer;
    TracedCallback<Ptr<const Packet>> m_promiscSniffer;
};

} // namespace ns3

#endif // HS_NET_DEVICE_H
