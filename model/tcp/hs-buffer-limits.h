// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BUFFER_LIMITS_H
#define HS_BUFFER_LIMITS_H

#include <algorithm>
#include <cstdint>

namespace hoststack::tcp
{

constexpr std::uint32_t kLeastReceiveBuffer = 2304; ///< SOCK_MIN_RCVBUF of Linux 6.12, sock.h
constexpr std::uint32_t kLeastSendBuffer = 4608;    ///< SOCK_MIN_SNDBUF
constexpr std::uint32_t kLeastSendGrant = 4096;     ///< tcp_wmem[0]: a socket has it in any case

/// A send buffer's limit in bytes, \p limit, once it was refused memory with \p used bytes in it
/// (sk_stream_moderate_sndbuf).
constexpr std::uint32_t
ModeratedSendBuffer(std::uint32_t limit, std::uint64_t used)
{
    const auto cut = std::min<std::uint64_t>(limit, used / 2);
    return std::max(static_cast<std::uint32_t>(cut), kLeastSendBuffer);
}

} // namespace hoststack::tcp

#endif // HS_BUFFER_LIMITS_H
