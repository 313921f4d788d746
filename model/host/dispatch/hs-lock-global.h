// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LOCK_GLOBAL_H
#define HS_LOCK_GLOBAL_H

#include "ns3/hs-lock-scheme.h"

namespace hoststack::host
{

/// One for everything: smoltcp's owner, Asterinas before 2024-09 (two locks, always taken
/// together).
class GlobalLock final : public LockScheme
{
  public:
    std::uint64_t Of(const LockTarget& /*target*/) const override
    {
        return 0;
    }
};

} // namespace hoststack::host

#endif // HS_LOCK_GLOBAL_H
