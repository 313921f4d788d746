// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PROXY_KINDS_H
#define HS_PROXY_KINDS_H

#include "ns3/hs-relay-settings.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <string>
#include <vector>

namespace hoststack
{

/// A TCP proxy as it is packaged: the defaults of `hosts.NAME.proxy`.
struct ProxyKind
{
    std::string name;
    std::string about;        ///< with where its numbers are from
    std::uint64_t buffer{0};  ///< bytes that it reads before it writes, per direction
    Sealing sealing;          ///< of the connection that it opens to another proxy
    TimeNs requestWait{0};    ///< for the first bytes of the client
    std::uint32_t threads{1}; ///< 0: one for each core
    bool noDelay{true};       ///< switches Nagle's algorithm off
};

/// In the order in which they are documented.
const std::vector<ProxyKind>& ProxyKinds();

/// nullptr: there is none of that name.
const ProxyKind* FindProxyKind(const std::string& name);

} // namespace hoststack

#endif // HS_PROXY_KINDS_H
