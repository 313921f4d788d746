// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-path-mtu-cache.h"

#include <algorithm>

namespace ns3
{

using hoststack::IpAddress;
using hoststack::TimeNs;

namespace
{

constexpr std::uint32_t kMinPathMtu4 = 552;  // net.ipv4.route.min_pmtu
constexpr std::uint32_t kMinPathMtu6 = 1280; // RFC 8200 section 5
constexpr TimeNs kLifetime = 600 * hoststack::kSecond;
constexpr std::size_t kMostEntries = 1024;

} // namespace

std::uint32_t
HoststackPathMtuCache::Believe(const IpAddress& to, std::uint32_t mtu, std::uint32_t known)
{
    if (to.family == hoststack::IpFamily::V4)
    {
        return std::min(known, std::max(mtu, kMinPathMtu4));
    }
    return mtu < kMinPathMtu6 ? known : std::min(known, mtu);
}

void
HoststackPathMtuCache::Learn(const IpAddress& to, std::uint32_t mtu, TimeNs now)
{
    m_entries.erase(std::remove_if(m_entries.begin(),
                                   m_entries.end(),
                                   [&](const Entry& e) { return e.to == to || e.until <= now; }),
                    m_entries.end());
    if (m_entries.size() >= kMostEntries)
    {
        m_entries.erase(m_entries.begin());
    }
    m_entries.push_back({to, mtu, now + kLifetime});
}

std::uint32_t
HoststackPathMtuCache::Limit(const IpAddress& to, std::uint32_t mtu, TimeNs now) const
{
    for (const auto& entry : m_entries)
    {
        if (entry.to == to && entry.until > now)
        {
            mtu = std::min(mtu, entry.mtu);
        }
    }
    return mtu;
}

} // namespace ns3
