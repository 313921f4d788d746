// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NIC_SETTINGS_H
#define HS_NIC_SETTINGS_H

#include "ns3/hs-device-queue.h"
#include "ns3/hs-interrupt-moderation.h"
#include "ns3/hs-receive-offload.h"

#include <cstdint>
#include <string>

namespace hoststack
{

/// How a NIC and its driver send.
struct TransmitSettings
{
    std::string queue{
        "none"}; ///< a name of DeviceQueues(); with "none" the rest counts for nothing
    DeviceQueueSettings queueSettings;
    std::uint32_t ring{256};        ///< what was handed down and no completion poll has freed
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
    std::uint32_t ring{1024}; ///< frames that wait for the poll; more are lost
    bool polls{true};         ///< NAPI; else each frame is taken in an interrupt of its own
    bool hasHash{true};       ///< the NIC gives a flow hash; else all flows share one bucket of GRO
    TransmitSettings transmit;
};

} // namespace hoststack

#endif // HS_NIC_SETTINGS_H
