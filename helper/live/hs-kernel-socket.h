// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_KERNEL_SOCKET_H
#define HS_KERNEL_SOCKET_H

#include "ns3/hs-ip-address.h"
#include "ns3/hs-live-plan.h"
#include "ns3/hs-scenario.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace hoststack
{

/// What the kernel's sockets of one traffic are like.
struct KernelSocketSettings
{
    bool multipath{false};
    IpAddress address; ///< to connect to, or any
    std::uint16_t port{0};
    std::string congestion;
    std::uint32_t receiveBuffer{0}; ///< as SO_RCVBUF takes it; 0: as the kernel likes
    std::uint32_t sendBuffer{0};
    std::uint32_t mss{0}; ///< TCP_MAXSEG; 0: from the MTU
    bool noDelay{false};
    std::uint64_t maxPacingRate{0}; ///< bytes/s; 0: none
};

/// What the kernel calls the congestion control \p name: a variant that only says of which kernels
/// ("cubic-before-6.14") is that of the kernel that runs.
std::string KernelCongestionName(const std::string& name);

/// A sentence for each congestion control for which the kernel's own stands in.
std::vector<std::string> CongestionNotes(const Scenario& scenario, const LivePlan& plan);

/// \param leg of LivePlan::legs
KernelSocketSettings SocketSettingsOf(const Scenario& scenario,
                                      const LivePlan& plan,
                                      std::size_t leg);

/// \return the length of what is now in \p out
socklen_t FillAddress(const IpAddress& address, std::uint16_t port, sockaddr_storage& out);

/// Where the connections of \p leg, a traffic of one leg, are opened to.
IpAddress ServerAddress(const Scenario& scenario, const TrafficSpec& leg);

/// \throws MachineCannot if the kernel has no multipath TCP
void RequireMultipath();

/// \name Sockets that do not block
/// \throws MachineCannot if the kernel refuses a setting
/// @{
int ListenAs(const KernelSocketSettings& settings);
/// \return -1 if the connection is refused at once
int ConnectAs(const KernelSocketSettings& settings);
/// What a listener does not hand on.
void PrepareAccepted(int socket, const KernelSocketSettings& settings);
/// @}

} // namespace hoststack

#endif // HS_KERNEL_SOCKET_H
