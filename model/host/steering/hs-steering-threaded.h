// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_STEERING_THREADED_H
#define HS_STEERING_THREADED_H

#include "ns3/hs-packet-steering.h"

namespace hoststack::host
{

/// Threaded NAPI: each device is polled by a thread of its own, which goes where threads go.
class ThreadedPolls final : public PacketSteering
{
  public:
    bool PollsInThread() const override
    {
        return true;
    }
};

} // namespace hoststack::host

#endif // HS_STEERING_THREADED_H
