// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BYTE_ORDER_H
#define HS_BYTE_ORDER_H

/**
 * \file
 * Integers in network byte order (most significant byte first), at any alignment.
 */

#include <cstdint>

namespace hoststack
{

constexpr std::uint16_t
LoadBig16(const std::uint8_t* p)
{
    return static_cast<std::uint16_t>(p[0] << 8 | p[1]);
}

constexpr std::uint32_t
LoadBig32(const std::uint8_t* p)
{
    return static_cast<std::uint32_t>(p[0]) << 24 | static_cast<std::uint32_t>(p[1]) << 16 |
           static_cast<std::uint32_t>(p[2]) << 8 | p[3];
}

constexpr std::uint64_t
LoadBig64(const std::uint8_t* p)
{
    return static_cast<std::uint64_t>(LoadBig32(p)) << 32 | LoadBig32(p + 4);
}

constexpr void
StoreBig16(std::uint8_t* p, std::uint16_t value)
{
    p[0] = static_cast<std::uint8_t>(value >> 8);
    p[1] = static_cast<std::uint8_t>(value);
}

constexpr void
StoreBig32(std::uint8_t* p, std::uint32_t value)
{
    StoreBig16(p, static_cast<std::uint16_t>(value >> 16));
    StoreBig16(p + 2, static_cast<std::uint16_t>(value));
}

constexpr void
StoreBig64(std::uint8_t* p, std::uint64_t value)
{
    StoreBig32(p, static_cast<std::uint32_t>(value >> 32));
    StoreBig32(p + 4, static_cast<std::uint32_t>(value));
}

} // namespace hoststack

#endif // HS_BYTE_ORDER_H
