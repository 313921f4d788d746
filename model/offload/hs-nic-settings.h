// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NIC_SETTINGS_H
#define HS_NIC_SETTINGS_H

#include "ns3/hs-device-queue.h"
#include "ns3/hs-interrupt-moderation.h"
#include "ns3/hs-packet-steering.h"
#include "ns3/hs-receive-aggregates.h"
#include "ns3/hs-receive-offload.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <string>

namespace hoststack
{

/**
 * Several packets in one transfer to the device, as a modem's driver puts them together (QMAP; the
 * rules of Quectel's qmi_wwan_q, rmnet_usb_tx_agg). A transfer goes when it is full, when the next
 * packet does not fit, with a TCP segment that has PSH, with ICMP, and when its first packet has
 * waited for `wait`; a packet that comes `apart` after the one before goes alone.
 */
struct TransferSettings
{
    std::uint32_t packets{1};        ///< most of them; 1: each goes by itself
    std::uint32_t bytes{8192};       ///< of IP, most of them
    TimeNs wait{kMillisecond};       ///< agg_time_limit
    TimeNs apart{10 * kMillisecond}; ///< agg_bypass_time
};

/// How a NIC and its driver send.
struct TransmitSettings
{
    std::string queue{
        "none"}; ///< a name of DeviceQueues(); with "none" the rest counts for nothing
    DeviceQueueSettings queueSettings;
    std::uint32_t ring{256}; ///< what was handed down and no completion poll has freed
    TransferSettings transfer;
    bool limitsBytes{true};         ///< byte queue limits (ByteQueueLimit)
    bool segments{true};            ///< TSO: it cuts super-segments; else the kernel does
    BitsPerSecond rate{0};          ///< on the wire; 0: that of its link when it first sends
    std::string moderation{"none"}; ///< of completion interrupts: a name of InterruptModerations()
    ModerationSettings moderationSettings;
};

/// How a NIC and its driver receive and send.
struct NicSettings
{
    std::string offload{"none"}; ///< a name of ReceiveOffloads()
    OffloadSettings offloadSettings;
    std::string moderation{"none"}; ///< a name of InterruptModerations()
    ModerationSettings moderationSettings;
    AggregateSettings aggregates; ///< with them no moderation counts
    std::uint32_t ring{1024};     ///< frames that wait for the poll; more are lost
    bool polls{true};             ///< NAPI; else each frame is taken in an interrupt of its own
    bool hasHash{true}; ///< the NIC gives a flow hash; else all flows share one bucket of GRO
    host::SteeringSettings steering; ///< of the whole host
    TransmitSettings transmit;
};

} // namespace hoststack

#endif // HS_NIC_SETTINGS_H
