// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LOCK_TABLE_H
#define HS_LOCK_TABLE_H

#include "ns3/hs-lock-scheme.h"

namespace hoststack::host
{

/// One per table of sockets, whatever the interface: TCP's and UDP's.
class TableLock final : public LockScheme
{
  public:
    std::uint64_t Of(const LockTarget& target) const override
    {
        return target.isDatagram ? 1 : 0;
    }
};

} // namespace hoststack::host

#endif // HS_LOCK_TABLE_H
