// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_KERNEL_PICTURE_H
#define HS_KERNEL_PICTURE_H

#include "ns3/hs-ip-address.h"
#include "ns3/hs-window-policy.h"

#include <array>
#include <cstdint>
#include <optional>

namespace hoststack
{

/// What the kernel tells of one TCP connection, in the units of Linux' `struct tcp_info`
/// (include/uapi/linux/tcp.h): counts, segments, us.
struct KernelSubflow
{
    IpAddress local;
    IpAddress remote;
    std::uint16_t localPort{0};
    std::uint16_t remotePort{0};
    bool closed{false}; ///< it was there once
    bool finSent{false};
    std::uint32_t cwnd{0};
    std::uint32_t cwndMost{0}; ///< of all looks
    std::uint32_t ssthresh{0};
    std::uint32_t inFlight{0};
    std::uint32_t sendWindow{0};
    std::uint32_t srtt{0};
    std::uint32_t minRtt{0};
    std::uint32_t retransmissions{0};
    std::uint32_t segmentsOut{0};
    std::uint32_t dataSegmentsOut{0};
    std::uint32_t timeouts{0};
    std::uint64_t bytesSent{0}; ///< with retransmissions
    std::uint64_t bytesRetransmitted{0};
};

/// What the kernel tells of a stream socket: TCP_INFO, SO_MEMINFO, SIOCOUTQ; of a multipath one
/// MPTCP_INFO, MPTCP_TCPINFO and MPTCP_SUBFLOW_ADDRS, too. Trivial: it goes from process to process
/// as it lies in memory.
struct KernelPicture
{
    static constexpr std::size_t kMostSubflows = 9; ///< the first, and the eight that Linux adds

    bool isKnown{false};
    bool isMultipath{false};
    bool isFallback{false};
    /// The kernel counts time-outs (tcpi_total_rto, Linux 6.7) ...
    bool countsTimeouts{false};
    /// ... and what it reinjects (mptcpi_bytes_retrans, Linux 6.5).
    bool countsReinjections{false};
    /// ... and tells the window it announced (tcpi_rcv_wnd, Linux 6.2).
    bool tellsWindow{false};
    std::uint8_t subflowCount{0}; ///< ever seen
    std::uint32_t receiveBuffer{0};
    std::uint32_t receiveMemory{0};
    std::uint32_t sendQueue{0};
    std::uint32_t dataTimeouts{0};
    std::uint64_t bytesReinjected{0};
    std::array<KernelSubflow, kMostSubflows> subflows{};

    /// Looks at \p socket, which is one of the kernel's; what a former look saw and is no more
    /// stays as closed.
    void Look(int socket, bool multipath);

  private:
    void LookAtTcp(int socket);
    void LookAtMultipath(int socket);
    KernelSubflow& Find(const KernelSubflow& like);
};

/**
 * The window that \p socket, one of the kernel's, has announced, and whether it could announce
 * more: the kernel announces nothing while less than a sixteenth of the buffer is free
 * (__tcp_select_window). Several subflows share a window: the largest counts. Nothing: the kernel
 * does not tell (before Linux 6.2).
 */
std::optional<tcp::WindowStatus> WindowOf(int socket, bool multipath);

/// Bytes that \p socket, a multipath one, has received in order; nothing: the kernel does not tell
/// (before Linux 6.5), or it is a plain one.
std::optional<std::uint64_t> BytesInOrder(int socket);

} // namespace hoststack

#endif // HS_KERNEL_PICTURE_H
