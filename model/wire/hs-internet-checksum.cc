// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-internet-checksum.h"

#include "ns3/hs-byte-order.h"

#include <cstring>

namespace hoststack
{

namespace
{

std::uint16_t
Fold(std::uint64_t sum)
{
    while (sum > 0xffff)
    {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    return static_cast<std::uint16_t>(sum);
}

} // namespace

void
InternetChecksum::Add(const std::uint8_t* bytes, std::size_t length)
{
    // The sum commutes with swapping bytes (RFC 1071 section 2 B): add in the machine's order,
    // in words as wide as they come, and turn the result once.
    std::uint64_t sum = 0;
    std::size_t at = 0;
    for (; at + 4 <= length; at += 4)
    {
        std::uint32_t word;
        std::memcpy(&word, bytes + at, 4);
        sum += word;
    }
    if (at < length)
    {
        std::uint32_t word = 0;
        std::memcpy(&word, bytes + at, length - at);
        sum += word;
    }
    const std::uint16_t folded = Fold(sum);
    std::uint8_t inMemory[2];
    std::memcpy(inMemory, &folded, 2);
    m_sum += LoadBig16(inMemory);
}

std::uint16_t
InternetChecksum::Value() const
{
    return static_cast<std::uint16_t>(~Fold(m_sum));
}

} // namespace hoststack
