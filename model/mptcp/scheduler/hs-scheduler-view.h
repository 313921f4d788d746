// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCHEDULER_VIEW_H
#define HS_SCHEDULER_VIEW_H

#include "ns3/hs-send-status.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <vector>

// All that a packet scheduler may read and decide.

namespace hoststack::mptcp
{

/// One subflow as a scheduler sees it; the list order is the order of creation.
struct SubflowView
{
    std::uint32_t id{0}; ///< stays the same for the life of the subflow
    tcp::SendStatus tcp;
    bool backup{false};        ///< the peer asked (MP_PRIO or the B flag)
    bool requestBackup{false}; ///< we asked
    bool active{false};        ///< may carry data: fully joined, open, not stale
    bool established{false};   ///< the TCP handshake is complete
    std::uint8_t staleCount{0};
    bool memoryFree{false};             ///< room in the subflow's send buffer
    std::uint64_t averagePacingRate{0}; ///< bytes/s, kept by the default scheduler
    bool scheduled{false};              ///< output: send on this one

    bool IsBackup() const
    {
        return backup || requestBackup;
    }
};

/// The connection as a scheduler sees and changes it.
struct SchedulerView
{
    TimeNs now{0};
    std::vector<SubflowView> subflows;
    std::uint64_t sndNxt{0};    ///< data offset of the next new byte
    std::uint64_t windowEnd{0}; ///< data offset the peer's window allows
    std::uint64_t queued{0};    ///< bytes written and not yet sent
    std::int64_t burst{0};      ///< output: bytes to send before asking again (snd_burst)
    std::uint32_t lastUsed{0};  ///< id of the subflow used last; 0: none
};

} // namespace hoststack::mptcp

#endif // HS_SCHEDULER_VIEW_H
