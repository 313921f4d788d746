// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SEND_BACKLOG_H
#define HS_SEND_BACKLOG_H

#include <cstdint>

namespace hoststack::tcp
{

/// Head of a buffer that is sent, beside its payload: measured on Linux 6.18.44.
constexpr std::uint32_t kSendHead = 832;

/// Memory of one super-segment (its truesize) of \p payload bytes.
constexpr std::uint32_t
TruesizeOfSend(std::uint32_t payload)
{
    return payload + kSendHead;
}

} // namespace hoststack::tcp

#endif // HS_SEND_BACKLOG_H
