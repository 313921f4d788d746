// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LRO_PACKET_H
#define HS_LRO_PACKET_H

#include "ns3/hs-offload-packet.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <vector>

namespace hoststack
{

/// What FreeBSD's LRO tells apart in TCP's options.
enum class LroOptions : std::uint8_t
{
    None,
    Timestamps, ///< exactly NOP, NOP, time stamps: 12 bytes
    Other,
};

/// What a NIC says of the checksums, as FreeBSD numbers it (csum_flags >> 24).
enum LroChecksumFlag : std::uint8_t
{
    kLroIpChecked = 1,
    kLroIpValid = 2,
    kLroPseudoHeader = 4,
    kLroDataValid = 8,
};

/**
 * A received packet as FreeBSD's LRO sees it: values, the bytes stay with the owner. The last
 * members are LRO's own.
 */
struct LroPacket
{
    std::uint32_t id{0};
    std::uint64_t flow{0};    ///< equal for equal addresses, ports, family and decryption
    std::uint64_t keySum{0};  ///< the key's 64-bit words added up
    std::uint32_t flowId{0};  ///< the NIC's flow hash
    std::uint8_t hashType{0}; ///< bit 7: flowId is one
    std::uint16_t vlan{0};    ///< tag, in the frame or taken out by the NIC
    TimeNs nicTime{kNever};   ///< kNever: the NIC gives none
    std::uint8_t checksumFlags{kLroIpChecked | kLroIpValid | kLroPseudoHeader | kLroDataValid};
    std::uint16_t checksumData{0xffff};
    bool isIpChecksumRight{true};
    bool isChecksumRight{true};
    // Frame and IP
    std::uint32_t linkHeader{14}; ///< bytes
    std::uint32_t firstBuffer{0}; ///< bytes of the frame in its first buffer
    std::uint32_t frameBytes{0};  ///< from the IP header on, padding included
    bool isIp{true};
    bool isVersion4{true};
    bool isFragment{false};
    bool isTcp{true};
    bool hasZeroAddress{false};
    bool hasZeroSource{false};
    std::uint8_t codepoint{0};  ///< TOS or traffic class
    std::uint32_t ipHeader{20}; ///< bytes
    std::uint32_t ipLength{0};  ///< as announced
    // TCP
    std::uint32_t tcpHeader{20}; ///< bytes, as announced
    Seq32 seq;
    Seq32 ack;
    std::uint16_t window{0};
    std::uint16_t flags{0};
    LroOptions options{LroOptions::None};
    std::uint32_t timestampValue{0};
    std::uint32_t timestampEcho{0};
    // Set by LRO
    TimeNs arrival{kNever}; ///< kNever: not stamped
    std::uint32_t payload{0};
    std::uint32_t segments{0}; ///< lro_nsegs: 1 once it was admitted
};

/// What goes to the interface's input: one packet, or several folded into the first.
struct LroUnit
{
    LroPacket head;                        ///< as delivered
    std::vector<const LroPacket*> packets; ///< with payload, and the first
    bool isChanged{false};                 ///< the head was written
    FlushReason why{FlushReason::PollEnd};
};

/// One compressed ACK (struct tcp_ackent).
struct LroAck
{
    TimeNs arrival{0};
    bool isNicTime{false};
    Seq32 seq;
    Seq32 ack;
    std::uint32_t timestampValue{0};
    std::uint32_t timestampEcho{0};
    std::uint16_t window{0};
    std::uint16_t flags{0};
    bool hasTimestamps{false};
    std::uint8_t codepoint{0};
};

/// An item of a connection's input queue: a packet, or a buffer of compressed ACKs.
struct LroQueued
{
    const LroPacket* packet{nullptr};
    std::vector<LroAck> acks;
    bool isCluster{false};

    /// 160 bytes of a header mbuf or a 2 KB cluster, 32 bytes each.
    std::size_t Capacity() const
    {
        return isCluster ? 64 : 5;
    }
};

/// Flags of a connection that LRO looks at, in the numbering of the measurements.
enum LroConnectionFlag : std::uint8_t
{
    kLroQueues = 1,     ///< TF2_SUPPORTS_MBUFQ
    kLroCompresses = 2, ///< TF2_MBUF_ACKCMP
    kLroQueueReady = 4, ///< TF2_MBUF_QUEUE_READY: do not wake
    kLroSackSleeps = 8, ///< TF2_DONT_SACK_QUEUE
    kLroClusters = 16,  ///< TF2_MBUF_L_ACKS
};

/// What LRO knows of a connection whose stack takes packets in queues.
struct LroConnection
{
    std::uint8_t flags{0};
    int cpu{-1}; ///< where LRO saw it; -1: not learned
    bool isTimeWait{false};
    bool hasEarlyWake{false}; ///< the stack is asked whether to wake
    std::vector<LroQueued> queue;
};

} // namespace hoststack

#endif // HS_LRO_PACKET_H
