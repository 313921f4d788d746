// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-kernel-picture.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <vector>

namespace hoststack
{

namespace
{

#ifndef SOL_MPTCP
constexpr int SOL_MPTCP = 284;
#endif
// include/uapi/linux/mptcp.h
constexpr int kMptcpInfo = 1;
constexpr int kMptcpTcpInfo = 2;
constexpr int kMptcpSubflowAddresses = 3;
constexpr std::uint32_t kFallback = 1; // MPTCP_INFO_FLAG_FALLBACK
// linux/sock_diag.h: SK_MEMINFO_RMEM_ALLOC, SK_MEMINFO_RCVBUF of SO_MEMINFO
constexpr int kSocketMemory = 55;
constexpr std::size_t kReceiveMemory = 0;
constexpr std::size_t kReceiveBuffer = 1;

// Behind tcpi_snd_wnd (Linux 5.4) come tcpi_rcv_wnd, tcpi_rehash (6.2) and tcpi_total_rto (6.7),
// which the headers that this is built with need not have.
constexpr std::size_t kReceiveWindowAt = offsetof(tcp_info, tcpi_snd_wnd) + sizeof(std::uint32_t);
constexpr std::size_t kTimeoutsAt = kReceiveWindowAt + 2 * sizeof(std::uint32_t);

/// As struct mptcp_info of Linux 6.5 (include/uapi/linux/mptcp.h).
struct LongMptcpInfo
{
    std::uint8_t counts[6];
    std::uint32_t flags;
    std::uint32_t token;
    std::uint64_t writeSeq;
    std::uint64_t sendUna;
    std::uint64_t receiveNext;
    std::uint8_t localAddresses[2];
    std::uint8_t checksum;
    std::uint32_t retransmits;
    std::uint64_t bytesRetransmitted;
    std::uint64_t bytesSent;
    std::uint64_t bytesReceived;
};

struct SubflowDataHeader
{
    std::uint32_t headerSize;
    std::uint32_t count;
    std::uint32_t kernelSize;
    std::uint32_t elementSize;
} __attribute__((aligned(8)));

struct SubflowAddresses
{
    sockaddr_storage local;
    sockaddr_storage remote;
};

/// Room for what a kernel may have added since.
struct RawTcpInfo
{
    alignas(8) std::array<std::uint8_t, 512> bytes{};
    std::size_t size{0};
};

void
Fill(const RawTcpInfo& raw, KernelSubflow& subflow)
{
    tcp_info info{};
    std::memcpy(&info, raw.bytes.data(), std::min(raw.size, sizeof info));
    // include/net/tcp_states.h: FIN_WAIT1, FIN_WAIT2, LAST_ACK, CLOSING
    constexpr std::array<std::uint8_t, 4> hasSentFin{4, 5, 9, 11};
    subflow.finSent =
        std::find(hasSentFin.begin(), hasSentFin.end(), info.tcpi_state) != hasSentFin.end();
    subflow.cwnd = info.tcpi_snd_cwnd;
    subflow.cwndMost = std::max(subflow.cwndMost, info.tcpi_snd_cwnd);
    subflow.ssthresh = info.tcpi_snd_ssthresh;
    // tcp_packets_in_flight()
    subflow.inFlight = info.tcpi_unacked + info.tcpi_retrans -
                       std::min(info.tcpi_unacked, info.tcpi_sacked + info.tcpi_lost);
    subflow.sendWindow = info.tcpi_snd_wnd;
    subflow.srtt = info.tcpi_rtt;
    subflow.minRtt = info.tcpi_min_rtt;
    subflow.retransmissions = info.tcpi_total_retrans;
    subflow.segmentsOut = info.tcpi_segs_out;
    subflow.dataSegmentsOut = info.tcpi_data_segs_out;
    subflow.bytesSent = info.tcpi_bytes_sent;
    subflow.bytesRetransmitted = info.tcpi_bytes_retrans;
    std::uint16_t timeouts = 0;
    if (raw.size >= kTimeoutsAt + sizeof timeouts)
    {
        std::memcpy(&timeouts, raw.bytes.data() + kTimeoutsAt, sizeof timeouts);
    }
    subflow.timeouts = timeouts;
}

std::optional<std::uint32_t>
ReceiveWindowOf(const RawTcpInfo& raw)
{
    std::uint32_t window = 0;
    if (raw.size < kReceiveWindowAt + sizeof window)
    {
        return std::nullopt;
    }
    std::memcpy(&window, raw.bytes.data() + kReceiveWindowAt, sizeof window);
    return window;
}

RawTcpInfo
AskTcp(int socket)
{
    RawTcpInfo raw;
    auto size = static_cast<socklen_t>(raw.bytes.size());
    if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, raw.bytes.data(), &size) == 0)
    {
        raw.size = size;
    }
    return raw;
}

bool
CountsTimeouts(const RawTcpInfo& raw)
{
    return raw.size >= kTimeoutsAt + sizeof(std::uint16_t);
}

void
TakeAddress(const sockaddr_storage& from, IpAddress& address, std::uint16_t& port)
{
    if (from.ss_family == AF_INET6)
    {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &from, sizeof v6);
        address.family = IpFamily::V6;
        std::memcpy(address.bytes.data(), &v6.sin6_addr, 16);
        port = ntohs(v6.sin6_port);
        return;
    }
    sockaddr_in v4{};
    std::memcpy(&v4, &from, sizeof v4);
    address.family = IpFamily::V4;
    std::memcpy(address.bytes.data(), &v4.sin_addr, 4);
    port = ntohs(v4.sin_port);
}

/// Elements of \p size bytes each of the socket's subflows; empty if the kernel does not tell.
std::vector<std::uint8_t>
SubflowData(int socket, int option, std::size_t size, SubflowDataHeader& header)
{
    std::vector<std::uint8_t> bytes(sizeof header + KernelPicture::kMostSubflows * size);
    header = {};
    header.headerSize = sizeof header;
    header.elementSize = static_cast<std::uint32_t>(size);
    std::memcpy(bytes.data(), &header, sizeof header);
    auto length = static_cast<socklen_t>(bytes.size());
    if (getsockopt(socket, SOL_MPTCP, option, bytes.data(), &length) != 0)
    {
        return {};
    }
    std::memcpy(&header, bytes.data(), sizeof header);
    bytes.erase(bytes.begin(), bytes.begin() + sizeof header);
    return bytes;
}

/// All of SO_MEMINFO; zeros if the kernel does not tell.
std::array<std::uint32_t, 16>
MemoryOf(int socket)
{
    std::array<std::uint32_t, 16> memory{};
    socklen_t size = sizeof memory;
    getsockopt(socket, SOL_SOCKET, kSocketMemory, memory.data(), &size);
    return memory;
}

/// TCP_INFO of each subflow.
std::vector<RawTcpInfo>
AskSubflows(int socket)
{
    const RawTcpInfo room;
    SubflowDataHeader header;
    const auto told = SubflowData(socket, kMptcpTcpInfo, room.bytes.size(), header);
    std::vector<RawTcpInfo> all;
    for (std::size_t i = 0;
         !told.empty() && i < std::min<std::size_t>(header.count, KernelPicture::kMostSubflows);
         ++i)
    {
        RawTcpInfo raw;
        raw.size = std::min<std::size_t>(header.kernelSize, raw.bytes.size());
        // Elements follow each other as long as the shorter of both sides' structures.
        std::memcpy(raw.bytes.data(), told.data() + i * raw.size, raw.size);
        all.push_back(raw);
    }
    return all;
}

} // namespace

std::optional<tcp::WindowStatus>
WindowOf(int socket, bool multipath)
{
    tcp::WindowStatus status;
    bool any = false;
    for (const auto& raw : multipath ? AskSubflows(socket) : std::vector{AskTcp(socket)})
    {
        if (const auto window = ReceiveWindowOf(raw))
        {
            tcp_info info{};
            std::memcpy(&info, raw.bytes.data(), std::min(raw.size, sizeof info));
            status.announced = std::max(status.announced, *window);
            status.mss = std::max(status.mss, info.tcpi_rcv_mss);
            any = true;
        }
    }
    if (!any)
    {
        return std::nullopt;
    }
    const auto memory = MemoryOf(socket);
    const auto free =
        memory[kReceiveBuffer] - std::min(memory[kReceiveBuffer], memory[kReceiveMemory]);
    status.unused = status.announced;
    status.possible = free >= memory[kReceiveBuffer] / 16 ? free : 0;
    return status;
}

std::optional<std::uint64_t>
BytesInOrder(int socket)
{
    LongMptcpInfo info{};
    socklen_t size = sizeof info;
    const bool isTold =
        getsockopt(socket, SOL_MPTCP, kMptcpInfo, &info, &size) == 0 && size >= sizeof info;
    return isTold ? std::optional(info.bytesReceived) : std::nullopt;
}

void
KernelPicture::Look(int socket, bool multipath)
{
    const auto memory = MemoryOf(socket);
    receiveMemory = memory[kReceiveMemory];
    receiveBuffer = memory[kReceiveBuffer];
    int queue = 0;
    if (ioctl(socket, SIOCOUTQ, &queue) == 0)
    {
        sendQueue = static_cast<std::uint32_t>(queue);
    }
    isMultipath = multipath;
    if (multipath)
    {
        LookAtMultipath(socket);
    }
    else
    {
        LookAtTcp(socket);
    }
}

void
KernelPicture::LookAtTcp(int socket)
{
    const auto raw = AskTcp(socket);
    if (raw.size == 0)
    {
        return;
    }
    isKnown = true;
    tellsWindow = ReceiveWindowOf(raw).has_value();
    countsTimeouts = CountsTimeouts(raw);
    subflowCount = 1;
    Fill(raw, subflows[0]);
}

KernelSubflow&
KernelPicture::Find(const KernelSubflow& like)
{
    for (std::size_t i = 0; i < subflowCount; ++i)
    {
        auto& known = subflows[i];
        if (known.local == like.local && known.remote == like.remote &&
            known.localPort == like.localPort && known.remotePort == like.remotePort)
        {
            return known;
        }
    }
    if (subflowCount < kMostSubflows)
    {
        ++subflowCount;
    }
    auto& fresh = subflows[subflowCount - 1];
    fresh = like;
    return fresh;
}

void
KernelPicture::LookAtMultipath(int socket)
{
    LongMptcpInfo info{};
    socklen_t size = sizeof info;
    if (getsockopt(socket, SOL_MPTCP, kMptcpInfo, &info, &size) == 0)
    {
        isFallback = (info.flags & kFallback) != 0;
        countsReinjections = size >= offsetof(LongMptcpInfo, bytesSent);
        bytesReinjected = countsReinjections ? info.bytesRetransmitted : 0;
        dataTimeouts = countsReinjections ? info.retransmits : 0;
    }
    SubflowDataHeader places;
    const auto told = AskSubflows(socket);
    const auto where =
        SubflowData(socket, kMptcpSubflowAddresses, sizeof(SubflowAddresses), places);
    if (told.empty() || where.empty() ||
        told.size() != std::min<std::size_t>(places.count, kMostSubflows))
    {
        return; // a subflow came or went between the two: the next look tells
    }
    isKnown = true;
    for (auto& known : subflows)
    {
        known.closed = true;
    }
    for (std::size_t i = 0; i < told.size(); ++i)
    {
        const auto& raw = told[i];
        SubflowAddresses ends;
        std::memcpy(&ends, where.data() + i * sizeof ends, sizeof ends);
        KernelSubflow like;
        TakeAddress(ends.local, like.local, like.localPort);
        TakeAddress(ends.remote, like.remote, like.remotePort);
        auto& subflow = Find(like);
        subflow.closed = false;
        countsTimeouts = CountsTimeouts(raw);
        tellsWindow = ReceiveWindowOf(raw).has_value();
        Fill(raw, subflow);
    }
}

} // namespace hoststack
