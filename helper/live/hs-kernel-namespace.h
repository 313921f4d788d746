// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_KERNEL_NAMESPACE_H
#define HS_KERNEL_NAMESPACE_H

#include "ns3/hs-live-plan.h"

#include <string>
#include <vector>

namespace hoststack
{

/**
 * Moves the calling process, which must have one thread only, into a network namespace of its own:
 * as root directly, else with a user namespace in which it is root. The namespace has no name; it
 * goes with its last process and descriptor, and all its devices with it.
 * \throws MachineCannot
 */
void EnterNetworkNamespace();

/**
 * A TAP device in the namespace of the caller: Ethernet frames, gone when the descriptor is closed.
 * Without offloads the kernel segments and fills in checksums itself; with them there is a virtio
 * header before each frame (hs-virtio-frame.h).
 * \return its descriptor, not blocking
 * \throws MachineCannot
 */
int MakeTapDevice(const LiveDevice& device);

/// \throws MachineCannot if the kernel lacks a setting that is needed, or refuses it
void WriteSysctls(const std::vector<LiveSysctl>& settings);

/// Runs `ip` with these arguments. \throws MachineCannot if there is no such program, or it does
/// not take what a scenario says of multipath; std::runtime_error with what it says if else it
/// fails
void RunIp(const IpCommand& command);

} // namespace hoststack

#endif // HS_KERNEL_NAMESPACE_H
