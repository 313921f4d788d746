// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DSS_CHECKSUM_H
#define HS_DSS_CHECKSUM_H

#include "ns3/hs-payload.h"
#include "ns3/hs-sequence.h"

#include <cstddef>
#include <cstdint>

namespace hoststack
{

/**
 * The checksum of a DSS mapping (RFC 8684 section 3.3.1): the Internet checksum over the data of
 * the whole mapping and a pseudo header of 64-bit data sequence number, subflow sequence number,
 * length and zeros.
 *
 * The data is added in order, in pieces of any length, as it comes in.
 */
class DssChecksum
{
  public:
    void Add(const std::uint8_t* bytes, std::size_t length);

    /// Virtual bytes are zeros.
    void Add(const Payload& payload);

    /// Bytes added so far.
    std::uint64_t Length() const
    {
        return m_length;
    }

    /**
     * What the option carries for this data.
     * \param length as the option says it: it counts a DATA_FIN, which adds no data
     */
    std::uint16_t Value(Dsn64 sequence, std::uint32_t subflowSequence, std::uint16_t length) const;

    /// True if \p checksum is right for this data; 0 and 0xffff are the same number.
    bool Verify(Dsn64 sequence,
                std::uint32_t subflowSequence,
                std::uint16_t length,
                std::uint16_t checksum) const;

  private:
    std::uint64_t Sum(Dsn64 sequence, std::uint32_t subflowSequence, std::uint16_t length) const;

    std::uint64_t m_sum{0}; ///< of 16-bit words, not folded
    std::uint64_t m_length{0};
};

} // namespace hoststack

#endif // HS_DSS_CHECKSUM_H
