// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-dss-checksum.h"

#include "ns3/hs-internet-checksum.h"

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
DssChecksum::Add(const std::uint8_t* bytes, std::size_t length)
{
    InternetChecksum piece;
    piece.Add(bytes, length);
    const auto sum = static_cast<std::uint16_t>(~piece.Value());
    // A piece that begins at an odd byte has its bytes in the other half of each word
    // (RFC 1071 section 2 B).
    m_sum += m_length % 2 == 0 ? sum : static_cast<std::uint16_t>(sum << 8 | sum >> 8);
    m_length += length;
}

void
DssChecksum::Add(const Payload& payload)
{
    if (payload.IsVirtual())
    {
        m_length += payload.Length();
    }
    else
    {
        Add(payload.Data(), payload.Length());
    }
}

std::uint64_t
DssChecksum::Sum(Dsn64 sequence, std::uint32_t subflowSequence, std::uint16_t length) const
{
    InternetChecksum header;
    header.Add32(static_cast<std::uint32_t>(sequence.Value() >> 32));
    header.Add32(sequence.Low32());
    header.Add32(subflowSequence);
    header.Add32(length);
    return m_sum + static_cast<std::uint16_t>(~header.Value());
}

std::uint16_t
DssChecksum::Value(Dsn64 sequence, std::uint32_t subflowSequence, std::uint16_t length) const
{
    return static_cast<std::uint16_t>(~Fold(Sum(sequence, subflowSequence, length)));
}

bool
DssChecksum::Verify(Dsn64 sequence,
                    std::uint32_t subflowSequence,
                    std::uint16_t length,
                    std::uint16_t checksum) const
{
    return Fold(Sum(sequence, subflowSequence, length) + checksum) == 0xffff;
}

} // namespace hoststack
