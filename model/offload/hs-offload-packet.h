// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_OFFLOAD_PACKET_H
#define HS_OFFLOAD_PACKET_H

#include "ns3/hs-burst.h"

#include <cstdint>
#include <vector>

namespace hoststack
{

/// What the rules of a receive offload look at, by protocol.
enum class OffloadKind : std::uint8_t
{
    Other, ///< neither TCP nor UDP, or not to be understood: never merged
    Tcp,
    Udp,
};

/// What the layer below TCP or UDP says of a packet.
enum class OffloadFault : std::uint8_t
{
    None,
    /// The announced length is not that of the frame, or a reserved flag is set: it is not merged,
    /// but stays behind what its flow has before it.
    Ordered,
    /// It goes up at once and overtakes what its flow has before it.
    Passes,
};

/// Why a unit was delivered: the first rule that ended it. Counted by name (NameOf()).
enum class FlushReason : std::uint8_t
{
    // Passed up at once, past what is held.
    Off,        ///< the device does not merge
    Protocol,   ///< neither TCP nor UDP, or no receiver wants it merged
    IpOptions,  ///< IPv4 header of more than 20 bytes
    Fragment,   ///< more fragments, or an offset
    IpChecksum, ///< IPv4 header checksum is wrong
    Checksum,   ///< TCP or UDP checksum is wrong or not there
    Malformed,  ///< a header that is too short or does not fit in the frame
    // Not merged, in order.
    Padded, ///< IP length is not the length of the frame, or a reserved flag is set
    // The next packet of the flow does not fit behind it.
    Flags,           ///< flags other than FIN and PSH, or CWR
    Window,          ///< window field
    Acknowledgement, ///< acknowledgement number
    Options,         ///< length or bytes of the options
    TimeToLive,
    TypeOfService, ///< DSCP, ECN; IPv6: also flow label
    DontFragment,
    Identification,
    Empty,      ///< the next packet has no payload
    Longer,     ///< its payload is longer than the first one's
    Sequence,   ///< it does not begin where this one ends
    Size,       ///< 64 KiB would be passed
    Segments,   ///< the most segments of one unit
    Timestamps, ///< LRO: time stamps go backwards
    Duplicate,  ///< LRO: a duplicate acknowledgement
    Refused,    ///< LRO: another packet could not be taken
    // Complete by itself.
    Push,  ///< PSH, or URG
    End,   ///< FIN, SYN or RST
    Short, ///< its last payload is shorter than the others
    NoPayload,
    // Time and room.
    PollEnd,    ///< the poll ended
    Aged,       ///< held since an earlier tick, or longer than the engine's time
    Idle,       ///< a poll that found nothing
    BucketFull, ///< another flow needed its place
    NewFlow,    ///< LRO: the sort key changed
    Count_
};

constexpr std::size_t kFlushReasons = static_cast<std::size_t>(FlushReason::Count_);

/// As metrics spell it: "ip-options".
const char* NameOf(FlushReason reason);

/**
 * One received packet as receive offloads see it: values, so that packets of a simulation and bytes
 * of a capture go the same way (hs-offload-frame.h makes it of bytes). The packet itself stays with
 * its owner, who knows it by `id`.
 */
struct OffloadPacket
{
    std::uint32_t id{0};
    std::uint32_t hash{0}; ///< the NIC's flow hash; 0: it gives none
    /// Equal for packets with the same link header, VLAN tag, IP version, addresses, IPv6 extension
    /// headers, protocol and ports.
    std::uint64_t flow{0};
    OffloadKind kind{OffloadKind::Tcp};
    OffloadFault fault{OffloadFault::None};
    FlushReason faultReason{FlushReason::Protocol};
    bool isVersion4{true};
    bool dontFragment{true};         ///< IPv4
    bool hasSocket{true};            ///< somebody on this host has this flow's socket
    bool wantsMerged{false};         ///< UDP: that socket asked for merged datagrams (UDP_GRO)
    std::uint8_t timeToLive{64};     ///< IPv6: hop limit
    std::uint16_t identification{0}; ///< IPv4
    std::uint32_t typeOfService{0};  ///< IPv6: traffic class and flow label
    std::uint32_t ipLength{0};       ///< bytes of the packet from the IP header on
    std::uint32_t payload{0};        ///< bytes behind the TCP or UDP header
    // TCP
    std::uint16_t flags{0};
    std::uint16_t window{0};
    Seq32 seq;
    Seq32 ack;
    /// The owner's, good as long as the packet; nullptr only where kind is not Tcp.
    const TcpOptions* options{nullptr};
};

/// Packets that segmentation has cut from one super-segment and that came one behind the other:
/// each continues the one before it, all have the length of the first but the last.
struct OffloadRun
{
    OffloadPacket first;
    const std::uint32_t* ids{nullptr}; ///< of all
    std::uint32_t count{1};
    std::uint32_t lastPayload{0}; ///< of the last one
    std::uint16_t middleFlags{0}; ///< of those between first and last
    std::uint16_t lastFlags{0};

    /// Bytes of the last packet from the IP header on.
    std::uint32_t LastLength() const
    {
        return first.ipLength - first.payload + lastPayload;
    }

    OffloadPacket At(std::uint32_t i) const;
};

/**
 * What goes up: one packet, or several as one. `head` is the first packet's header with what
 * merging has changed in it: flags, ipLength, payload; LRO also acknowledgement, window, time
 * stamps.
 */
struct OffloadUnit
{
    OffloadPacket head;
    std::vector<std::uint32_t> packets; ///< ids of those it is made of, in order
    std::uint16_t segmentSize{0};       ///< gso_size: payload of each but the last; 0: one packet
    bool isFixedId{false};              ///< all have the first one's identification, else it counts
    bool isChain{false};             ///< the packets as they came, one behind the other (fraglist)
    bool isLossy{false};             ///< headers are lost: segments cannot be made again
    std::uint32_t timestampValue{0}; ///< LRO: as merged
    std::uint32_t timestampEcho{0};
    BatchPlace place{BatchPlace::None}; ///< LRO: in what it queued for the connection's stack
    FlushReason why{FlushReason::PollEnd};

    /// Several packets in one, which segmentation offload would cut again.
    bool IsMerged() const
    {
        return packets.size() > 1;
    }
};

} // namespace hoststack

#endif // HS_OFFLOAD_PACKET_H
