// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SOCKET_KEY_H
#define HS_SOCKET_KEY_H

#include "ns3/hs-ip-address.h"
#include "ns3/hs-units.h"

#include <cstddef>
#include <cstdint>

namespace hoststack::host
{

enum class SocketProtocol : std::uint8_t
{
    Tcp,
    Udp,
};

/// What a received packet says of the socket that it is for, seen from here.
struct PacketKey
{
    IpAddress local;
    IpAddress remote;
    std::uint16_t localPort{0};
    std::uint16_t remotePort{0};
    SocketProtocol protocol{SocketProtocol::Tcp};
    bool opens{false}; ///< a SYN without ACK

    bool HasTuple(const PacketKey& other) const
    {
        return localPort == other.localPort && remotePort == other.remotePort &&
               protocol == other.protocol && remote == other.remote && local == other.local;
    }
};

enum class SocketRole : std::uint8_t
{
    Unconnected, ///< a TCP listener, a UDP socket that takes datagrams of everybody
    Connected,
    TimeWait,
};

/// A socket as a table sees it. The owner keeps it and does not move it while it is in a table.
struct SocketEntry
{
    PacketKey key; ///< remote and remotePort do not count for an unconnected one
    SocketRole role{SocketRole::Connected};
    bool onlyV6{false};      ///< IPV6_V6ONLY: an IPv6 wildcard that takes no IPv4
    bool reusePort{false};   ///< SO_REUSEPORT: others with that option may have the same address
    std::uint32_t number{0}; ///< of the owner
    TimeNs pollAt{kNever};   ///< when it wants to send or a timer goes off

    /// \name Of the table
    /// @{
    std::size_t slot{0};
    /// @}
};

/// 0.0.0.0 and ::
bool IsWildcard(const IpAddress& address);

/// An IPv4-mapped IPv6 address (::ffff:a.b.c.d) as the IPv4 address that it stands for.
IpAddress WithoutMapping(const IpAddress& address);

/// Whether a socket bound to \p bound takes packets for \p local; a wildcard of IPv6 takes those of
/// IPv4 unless it is told not to.
bool TakesAddress(const SocketEntry& socket, const IpAddress& local);

/// Whether \p socket may be given that packet; a connection comes before an unconnected socket, and
/// an address before a wildcard, which this does not say.
bool Accepts(const SocketEntry& socket, const PacketKey& packet);

/// Whether both cannot be in one table (bind() fails with EADDRINUSE).
bool Collide(const SocketEntry& a, const SocketEntry& b);

/// Mixes ports and addresses: the same on every machine.
std::uint32_t HashTuple(const PacketKey& key);
std::uint32_t HashBound(const IpAddress& address, std::uint16_t port);

} // namespace hoststack::host

#endif // HS_SOCKET_KEY_H
