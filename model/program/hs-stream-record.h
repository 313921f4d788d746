// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_STREAM_RECORD_H
#define HS_STREAM_RECORD_H

#include "ns3/hs-units.h"

#include <cstdint>

namespace hoststack
{

/// What happened on a stream when, and how much; times in ns of the driver's clock, -1: not yet.
struct StreamRecord
{
    TimeNs opened{-1};    ///< connect call; at the listening end the acceptance
    TimeNs connected{-1}; ///< the handshake is over
    TimeNs firstRead{-1};
    TimeNs lastRead{-1};
    TimeNs finished{-1};           ///< all that was to be done is done
    std::uint64_t bytesWritten{0}; ///< taken by the socket
    std::uint64_t bytesRead{0};
    std::uint64_t reads{0};       ///< that gave data
    TimeNs longestGap{0};         ///< between two of them
    bool failed{false};           ///< refused, reset, timed out, or ended too early by the peer
    std::int64_t wrongAt{-1};     ///< offset of the first byte read that was not the pattern's
    std::uint64_t wakeUps{0};     ///< times that its thread's wait returned; see HoststackSession
    std::uint64_t idleWakeUps{0}; ///< of them, those with nothing to do (spurious)
    TimeNs idleTime{0};           ///< of a core, that those took

    bool IsOver() const
    {
        return finished >= 0 || failed;
    }

    /// A read gave data.
    void NoteRead(TimeNs now)
    {
        if (firstRead < 0)
        {
            firstRead = now;
        }
        else if (now - lastRead > longestGap)
        {
            longestGap = now - lastRead;
        }
        lastRead = now;
        ++reads;
    }
};

} // namespace hoststack

#endif // HS_STREAM_RECORD_H
