// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-socket-key.h"

#include <algorithm>

namespace hoststack::host
{

namespace
{

/// The finaliser of MurmurHash3 (public domain).
std::uint32_t
Mix(std::uint32_t h)
{
    h ^= h >> 16;
    h *= 0x85ebca6bU;
    h ^= h >> 13;
    h *= 0xc2b2ae35U;
    return h ^ h >> 16;
}

std::uint32_t
HashAddress(std::uint32_t h, const IpAddress& address)
{
    for (std::size_t i = 0; i < address.Size(); i += 4)
    {
        h = Mix(h ^
                (std::uint32_t{address.bytes[i]} << 24 | std::uint32_t{address.bytes[i + 1]} << 16 |
                 std::uint32_t{address.bytes[i + 2]} << 8 | address.bytes[i + 3]));
    }
    return h;
}

} // namespace

bool
IsWildcard(const IpAddress& address)
{
    return std::all_of(address.bytes.begin(), address.bytes.end(), [](auto b) { return b == 0; });
}

IpAddress
WithoutMapping(const IpAddress& address)
{
    const auto& b = address.bytes;
    if (address.family != IpFamily::V6 || b[10] != 0xff || b[11] != 0xff ||
        std::any_of(b.begin(), b.begin() + 10, [](auto byte) { return byte != 0; }))
    {
        return address;
    }
    return IpAddress::V4(std::uint32_t{b[12]} << 24 | std::uint32_t{b[13]} << 16 |
                         std::uint32_t{b[14]} << 8 | b[15]);
}

bool
TakesAddress(const SocketEntry& socket, const IpAddress& local)
{
    const auto& bound = socket.key.local;
    if (!IsWildcard(bound))
    {
        return bound == local;
    }
    return bound.family == local.family || (bound.family == IpFamily::V6 && !socket.onlyV6);
}

bool
Accepts(const SocketEntry& socket, const PacketKey& packet)
{
    if (socket.role != SocketRole::Unconnected)
    {
        return socket.key.HasTuple(packet);
    }
    return socket.key.protocol == packet.protocol && socket.key.localPort == packet.localPort &&
           (packet.opens || packet.protocol == SocketProtocol::Udp) &&
           TakesAddress(socket, packet.local);
}

bool
Collide(const SocketEntry& a, const SocketEntry& b)
{
    if (a.key.protocol != b.key.protocol || a.key.localPort != b.key.localPort)
    {
        return false;
    }
    const bool bothUnconnected =
        a.role == SocketRole::Unconnected && b.role == SocketRole::Unconnected;
    if (!bothUnconnected)
    {
        return a.role != SocketRole::Unconnected && b.role != SocketRole::Unconnected &&
               a.key.HasTuple(b.key);
    }
    return !(a.reusePort && b.reusePort) &&
           (a.key.local == b.key.local || TakesAddress(a, b.key.local) ||
            TakesAddress(b, a.key.local));
}

std::uint32_t
HashTuple(const PacketKey& key)
{
    const auto ports = std::uint32_t{key.localPort} << 16 | key.remotePort;
    return HashAddress(
        HashAddress(Mix(ports + static_cast<std::uint32_t>(key.protocol)), key.local),
        key.remote);
}

std::uint32_t
HashBound(const IpAddress& address, std::uint16_t port)
{
    return HashAddress(Mix(port), address);
}

} // namespace hoststack::host
