// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_FLOW_H
#define HS_FLOW_H

#include "ns3/hs-ip-address.h"
#include "ns3/hs-pooled.h"
#include "ns3/hs-send-account.h"

#include <ns3/ptr.h>
#include <ns3/simple-ref-count.h>

#include <cstdint>

namespace ns3
{

/// Addresses and ports of one transport flow as one of its ends sees them.
struct HoststackFlowKey
{
    hoststack::IpAddress local;
    hoststack::IpAddress remote;
    std::uint16_t localPort{0};
    std::uint16_t remotePort{0};

    friend bool operator==(const HoststackFlowKey& a, const HoststackFlowKey& b)
    {
        return a.localPort == b.localPort && a.remotePort == b.remotePort && a.remote == b.remote &&
               a.local == b.local;
    }
};

/// Mixes both addresses, both ports and the protocol; the same on every machine.
std::uint32_t HashFlow(const hoststack::IpAddress& source,
                       const hoststack::IpAddress& destination,
                       std::uint16_t sourcePort,
                       std::uint16_t destinationPort,
                       std::uint8_t protocol);

/// Mixes one address, for links that share fairly between hosts.
std::uint32_t HashAddress(const hoststack::IpAddress& address);

/**
 * What all frames of one connection on the direct path share: the IP header's fields but length,
 * identification and ECN, and whom the sender's device tells of what it has sent. Immutable once
 * frames refer to it; a connection whose route or type of service changes makes a new one.
 */
struct HoststackFlow : public hoststack::Pooled, public SimpleRefCount<HoststackFlow>
{
    virtual ~HoststackFlow() = default;

    hoststack::IpAddress source;
    hoststack::IpAddress destination;
    std::uint8_t timeToLive{64};
    std::uint8_t dscp{0};
    std::uint32_t hash{0};             ///< HashFlow, for links and the receiver's table
    std::uint32_t sourceHash{0};       ///< HashAddress, for links
    std::uint32_t destinationHash{0};  ///< the same
    Ptr<HoststackSendAccount> account; ///< of the sender, if its device has a queue
};

} // namespace ns3

#endif // HS_FLOW_H
