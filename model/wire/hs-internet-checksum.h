// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_INTERNET_CHECKSUM_H
#define HS_INTERNET_CHECKSUM_H

#include <cstddef>
#include <cstdint>

namespace hoststack
{

/**
 * The Internet checksum (RFC 1071): the complement of the ones' complement sum of 16-bit words in
 * network byte order. Parts may be added in any order; each part that is not the last of its
 * message must have an even number of bytes.
 */
class InternetChecksum
{
  public:
    /// Adds \p length bytes; an odd last byte counts as if a zero followed it.
    void Add(const std::uint8_t* bytes, std::size_t length);

    /// Adds a number as its two 16-bit halves in network byte order.
    void Add32(std::uint32_t value)
    {
        m_sum += (value >> 16) + (value & 0xffff);
    }

    /// The value for a header's checksum field. Over a message that holds its right checksum: 0.
    std::uint16_t Value() const;

  private:
    std::uint64_t m_sum{0};
};

} // namespace hoststack

#endif // HS_INTERNET_CHECKSUM_H
