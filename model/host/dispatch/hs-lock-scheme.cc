// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-lock-scheme.h"

#include "ns3/hs-lock-bucket.h"
#include "ns3/hs-lock-global.h"
#include "ns3/hs-lock-interface.h"
#include "ns3/hs-lock-socket.h"
#include "ns3/hs-lock-table.h"

namespace hoststack::host
{

Registry<LockScheme>&
LockSchemes()
{
    static Registry<LockScheme> schemes(
        "socket lock",
        {
            {"global", "one lock for everything", [] { return std::make_unique<GlobalLock>(); }},
            {"interface",
             "one per interface, for the whole poll",
             [] { return std::make_unique<InterfaceLock>(); }},
            {"table",
             "one for TCP's sockets, one for UDP's",
             [] { return std::make_unique<TableLock>(); }},
            {"bucket",
             "one per group of hash buckets, packet by packet",
             [] { return std::make_unique<BucketLock>(); }},
            {"socket",
             "each socket's own; look-ups take none",
             [] { return std::make_unique<SocketsLock>(); }},
        });
    return schemes;
}

} // namespace hoststack::host
