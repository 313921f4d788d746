// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PATH_MTU_CACHE_H
#define HS_PATH_MTU_CACHE_H

#include "ns3/hs-ip-address.h"
#include "ns3/hs-units.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ns3
{

/**
 * What ICMP has told about the MTU of paths, by destination (RFC 1191, RFC 8201; Linux' route
 * exceptions): shared by all connections of a node, forgotten after ten minutes.
 *
 * As Linux: a smaller one than 552 bytes (IPv4, ip_rt_min_pmtu) counts as 552, one below 1280
 * (IPv6) is not believed, a larger one than is known changes nothing. The oldest of 1,024 entries
 * makes room (a forger of ICMP cannot fill memory).
 */
class HoststackPathMtuCache
{
  public:
    /// \return what a path to \p to that was thought to take \p known takes if ICMP says \p mtu
    static std::uint32_t Believe(const hoststack::IpAddress& to,
                                 std::uint32_t mtu,
                                 std::uint32_t known);
    void Learn(const hoststack::IpAddress& to, std::uint32_t mtu, hoststack::TimeNs now);
    /// \p mtu, or what is known to fit if that is less.
    std::uint32_t Limit(const hoststack::IpAddress& to,
                        std::uint32_t mtu,
                        hoststack::TimeNs now) const;

    bool IsEmpty() const
    {
        return m_entries.empty();
    }

  private:
    struct Entry
    {
        hoststack::IpAddress to;
        std::uint32_t mtu;
        hoststack::TimeNs until;
    };

    std::vector<Entry> m_entries; ///< in order of learning
};

} // namespace ns3

#endif // HS_PATH_MTU_CACHE_H
