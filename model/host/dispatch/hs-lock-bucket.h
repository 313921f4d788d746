// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LOCK_BUCKET_H
#define HS_LOCK_BUCKET_H

#include "ns3/hs-lock-scheme.h"

namespace hoststack::host
{

/**
 * One per group of hash buckets, taken by each packet for itself. As many as Linux gives its
 * established hash on 8 cores: two cache lines of locks per possible core
 * (inet_ehash_locks_alloc of 6.18).
 */
class BucketLock final : public LockScheme
{
  public:
    static constexpr std::uint32_t kLocks = 256;

    std::uint64_t Of(const LockTarget& target) const override
    {
        return target.hash % kLocks;
    }

    bool CoversPoll() const override
    {
        return false;
    }
};

} // namespace hoststack::host

#endif // HS_LOCK_BUCKET_H
