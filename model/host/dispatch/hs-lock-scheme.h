// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LOCK_SCHEME_H
#define HS_LOCK_SCHEME_H

#include "ns3/hs-registry.h"

#include <cstdint>

namespace hoststack::host
{

/// What is to be locked: a packet of a poll, or a program's call.
struct LockTarget
{
    std::uint32_t interface {
        0
    };                       ///< by which it came or goes
    std::uint32_t hash{0};   ///< of its addresses and ports
    std::uint32_t socket{0}; ///< number of its socket; 0: nobody's
    bool isDatagram{false};  ///< of UDP's table, else of TCP's
};

/// Which locks a system's sockets have: what shares one waits for each other.
class LockScheme
{
  public:
    virtual ~LockScheme() = default;

    /// The number of the lock of \p target.
    virtual std::uint64_t Of(const LockTarget& target) const = 0;

    /// A poll takes it once and has it to its end; else each packet takes that of its own target.
    virtual bool CoversPoll() const
    {
        return true;
    }

    /// It is each socket's own, which programs have while they are in a call.
    virtual bool IsSockets() const
    {
        return false;
    }
};

/// By name: global, interface, table, bucket, socket.
Registry<LockScheme>& LockSchemes();

} // namespace hoststack::host

#endif // HS_LOCK_SCHEME_H
