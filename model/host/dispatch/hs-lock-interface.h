// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LOCK_INTERFACE_H
#define HS_LOCK_INTERFACE_H

#include "ns3/hs-lock-scheme.h"

namespace hoststack::host
{

/// One per interface, as Asterinas since 2024-09 (ee1656ba3).
class InterfaceLock final : public LockScheme
{
  public:
    std::uint64_t Of(const LockTarget& target) const override
    {
        return target.interface;
    }
};

} // namespace hoststack::host

#endif // HS_LOCK_INTERFACE_H
