// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-flow.h"

namespace ns3
{

namespace
{

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every input bit reaches every output bit.
std::uint64_t
Mix(std::uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

std::uint64_t
LittleEndian(const std::uint8_t* bytes)
{
    const auto at = [bytes](int i) { return std::uint64_t{bytes[i]} << 8 * i; };
    return at(0) | at(1) | at(2) | at(3) | at(4) | at(5) | at(6) | at(7);
}

} // namespace

std::uint32_t
HashFlow(const hoststack::IpAddress& source,
         const hoststack::IpAddress& destination,
         std::uint16_t sourcePort,
         std::uint16_t destinationPort,
         std::uint8_t protocol)
{
    std::uint64_t h =
        std::uint64_t{sourcePort} << 32 | std::uint64_t{destinationPort} << 16 | protocol;
    h = Mix(h + LittleEndian(source.bytes.data()));
    if (source.family == hoststack::IpFamily::V6)
    {
        h = Mix(h + LittleEndian(source.bytes.data() + 8));
        h = Mix(h + LittleEndian(destination.bytes.data() + 8));
    }
    h = Mix(h + LittleEndian(destination.bytes.data()));
    return static_cast<std::uint32_t>(h >> 32);
}

std::uint32_t
HashAddress(const hoststack::IpAddress& address)
{
    std::uint64_t h = Mix(LittleEndian(address.bytes.data()));
    if (address.family == hoststack::IpFamily::V6)
    {
        h = Mix(h + LittleEndian(address.bytes.data() + 8));
    }
    return static_cast<std::uint32_t>(h >> 32);
}

} // namespace ns3
