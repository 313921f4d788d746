// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DEVICE_QUEUE_H
#define HS_DEVICE_QUEUE_H

#include "ns3/hs-link-flow-queue.h"
#include "ns3/hs-registry.h"

#include <cstdint>

namespace hoststack
{

/// Settings of a queue discipline; 0 stands for its own default.
struct DeviceQueueSettings
{
    std::uint32_t packets{0}; ///< that may wait; a super-segment counts as one
    std::uint32_t mtu{1500};  ///< of the device, bytes of IP
};

/**
 * The queue disciplines of a host's devices by name: what waits for room in the transmit ring, in
 * which order it leaves, and what is dropped. They stand before the ring, while a LinkDirection is
 * what comes behind the NIC, so the same classes serve both.
 *
 * A packet here is what the stack has handed down: with segmentation offload a super-segment of up
 * to 64 KiB. "none" creates nullptr: there is neither queue nor ring.
 *
 * The one place to add a line for a new one is hs-device-queue.cc.
 */
Registry<LinkFlowQueue, const DeviceQueueSettings&>& DeviceQueues();

} // namespace hoststack

#endif // HS_DEVICE_QUEUE_H
