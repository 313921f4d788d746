// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CHANNEL_H
#define HS_CHANNEL_H

#include "ns3/hs-flow.h"
#include "ns3/hs-link-config.h"
#include "ns3/hs-link-direction.h"
#include "ns3/hs-middlebox.h"
#include "ns3/hs-option-filter.h"
#include "ns3/hs-public.h"
#include "ns3/hs-units.h"

#include <ns3/channel.h>
#include <ns3/packet.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace ns3
{

class HoststackNetDevice;
struct HoststackFrame;

/**
 * Two LinkDirections that join two HoststackNetDevices. Queue, serialiser and delay are computed
 * (model/link); each direction has one event, its next delivery.
 *
 * Side 0 and 1 are the devices in the order of Connect(); "from side 0" is the direction that side
 * 0 sends into.
 */
class HS_PUBLIC HoststackChannel : public Channel
{
  public:
    static TypeId GetTypeId();
    HoststackChannel();
    ~HoststackChannel() override;

    /// One direction when it is made.
    struct DirectionConfig
    {
        hoststack::LinkConfig link;
        std::string name; ///< of its random streams ("links/x55/down"), also in error texts
    };

    /**
     * Joins two devices; once only.
     * \param seed of the random streams
     * \throws hoststack::LinkConfigError
     */
    void Connect(Ptr<HoststackNetDevice> side0,
                 Ptr<HoststackNetDevice> side1,
                 const DirectionConfig& from0,
                 const DirectionConfig& from1,
                 std::uint64_t seed);

    std::size_t GetNDevices() const override;
    Ptr<NetDevice> GetDevice(std::size_t side) const override;

    /// \name Changes while running, for the direction out of \p side, from now on
    /// The semantics and errors are LinkDirection's.
    /// @{
    void SetRate(std::size_t side, hoststack::BitsPerSecond rate);
    void SetDelay(std::size_t side, hoststack::TimeNs delay);
    void SetLoss(std::size_t side, double probability);
    void SetJitter(std::size_t side, hoststack::TimeNs jitter);
    void SetQueueLimit(std::size_t side, const hoststack::LinkQueueLimit& limit);
    /// The devices do not notice: IsLinkUp() stays true and routes stay, as on a dead path.
    void SetDown(std::size_t side,
                 bool down,
                 hoststack::LinkDirection::Outage outage = hoststack::LinkDirection::Outage::Drop);
    /// @}

    /// From now on the direction out of \p side takes TCP options out; they are missing from the
    /// sender's captures, too.
    void SetOptionFilter(std::size_t side, const HoststackOptionFilter& filter);

    /// The middlebox in the direction out of \p side; it stands before the queue.
    HoststackMiddlebox& Middlebox(std::size_t side) const;

    /// What has arrived at \p side without its device being told goes to it.
    void Collect(std::size_t side, hoststack::TimeNs now);

    /// The device of \p side waits for its next frame again.
    void Await(std::size_t side, hoststack::TimeNs now);

    /// State and counters of the direction out of \p side.
    const hoststack::LinkDirection& Direction(std::size_t side) const;

    /// The same, brought up to now, for who measures it.
    hoststack::LinkDirection& Measure(std::size_t side);

    /// \name For the devices
    /// @{
    /// Sends the wire segments of a burst, each in a frame of its own.
    void SendBurst(std::size_t side,
                   hoststack::TimeNs now,
                   const Ptr<const HoststackFlow>& flow,
                   hoststack::TcpSegment&& burst,
                   std::uint32_t headerLength,
                   std::uint16_t identification);
    /// Sends a frame on the direct path on; \p hops have taken from its time to live by then.
    void Forward(std::size_t side,
                 hoststack::TimeNs now,
                 const HoststackFrame& arrived,
                 std::uint8_t hops);

    /// What a frame has on its way.
    struct Length
    {
        std::uint32_t ip{0};
        std::uint64_t wire{0}; ///< after overhead and framing of the link
    };

    /// Sends one wire frame of \p unit, the \p index-th.
    Length SendPiece(std::size_t side,
                     hoststack::TimeNs now,
                     const HoststackFrame& unit,
                     std::uint32_t index);
    /// \return false if the queue had no room
    bool SendPacket(std::size_t side,
                    hoststack::TimeNs now,
                    Ptr<Packet> packet,
                    std::uint16_t protocol);
    /// @}

  protected:
    void DoDispose() override;

  private:
    class Lane;

    Lane& Out(std::size_t side) const;
    static std::uint32_t OfferPiece(Lane& lane,
                                    hoststack::TimeNs now,
                                    const HoststackFrame& unit,
                                    std::uint32_t index,
                                    std::uint8_t hops);
    template <class Change>
    void Apply(std::size_t side, Change change);

    std::array<Ptr<HoststackNetDevice>, 2> m_devices;
    std::array<std::unique_ptr<Lane>, 2> m_lanes;
    bool m_bursts{true};
};

} // namespace ns3

#endif // HS_CHANNEL_H
