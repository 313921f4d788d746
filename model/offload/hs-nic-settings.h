// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NIC_SETTINGS_H
#define HS_NIC_SETTINGS_H

#include "ns3/hs-interrupt-moderation.h"
#include "ns3/hs-receive-offload.h"

#include <cstdint>
#include <string>

namespace hoststack
{

/// How a NIC and its driver receive.
struct NicSettings
{
    std::string offload{"none"}; ///< a name of ReceiveOffloads()
    OffloadSettings offloadSettings;
    std::string moderation{"none"}; ///< a name of InterruptModerations()
    ModerationSettings moderationSettings;
    std::uint32_t ring{1024}; ///< frames that wait for the poll; more are lost
    bool hasHash{true};       ///< the NIC gives a flow hash; else all flows share one bucket of GRO
};

} // namespace hoststack

#endif // HS_NIC_SETTINGS_H
