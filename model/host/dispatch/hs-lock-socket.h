// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LOCK_SOCKET_H
#define HS_LOCK_SOCKET_H

#include "ns3/hs-lock-scheme.h"

namespace hoststack::host
{

/// Each socket's own, as in Linux (lock_sock) and FreeBSD (INP_WLOCK); look-ups take none.
class SocketsLock final : public LockScheme
{
  public:
    std::uint64_t Of(const LockTarget& target) const override
    {
        return target.socket;
    }

    bool CoversPoll() const override
    {
        return false;
    }

    bool IsSockets() const override
    {
        return true;
    }
};

} // namespace hoststack::host

#endif // HS_LOCK_SOCKET_H
