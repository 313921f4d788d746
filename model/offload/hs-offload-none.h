// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_OFFLOAD_NONE_H
#define HS_OFFLOAD_NONE_H

#include "ns3/hs-receive-offload.h"

namespace hoststack
{

/// Every packet goes up as it came (ethtool -K DEV gro off).
class NoReceiveOffload : public ReceiveOffload
{
  public:
    using ReceiveOffload::ReceiveOffload;

    void Add(const OffloadPacket& packet, TimeNs /*now*/) override
    {
        Pass(packet, FlushReason::Off);
    }

    bool EndPoll(std::uint32_t /*work*/, TimeNs /*now*/) override
    {
        return true;
    }
};

} // namespace hoststack

#endif // HS_OFFLOAD_NONE_H
