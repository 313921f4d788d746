// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PACKET_SCHEDULER_H
#define HS_PACKET_SCHEDULER_H

#include "ns3/hs-registry.h"
#include "ns3/hs-tcp-connection.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <vector>

namespace hoststack::mptcp
{

/// One subflow as a scheduler sees it; the list order is the order of creation.
struct SubflowView
{
    std::uint32_t id{0}; ///< stays the same for the life of the subflow
    tcp::Connection::SendStatus tcp;
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

/**
 * Chooses the subflows that carry the next data (Linux: struct mptcp_sched_ops). Asked once per
 * burst, never per packet. A scheduler marks any number of subflows; with none marked, nothing is
 * sent until something changes.
 */
class PacketScheduler
{
  public:
    virtual ~PacketScheduler() = default;

    /// For new data.
    virtual void GetSend(SchedulerView& view) = 0;

    /// For data sent before that must go again; the same choice unless overridden.
    virtual void GetRetransmit(SchedulerView& view)
    {
        GetSend(view);
    }

    /// True if the data-level retransmission timer waits for the subflows' own timers; otherwise it
    /// stays at 200 ms (facts sheet linux.md 3.6.4).
    virtual bool FollowsSubflowTimers() const
    {
        return false;
    }

    /// True if the data-level timer looks for subflows that no longer answer (facts 3.5), which in
    /// Linux is part of the built-in scheduler's choice.
    virtual bool ChecksStaleness() const
    {
        return true;
    }

    /// True if each marked subflow is to carry a copy of the same new data.
    virtual bool Duplicates() const
    {
        return false;
    }
};

/// The schedulers by name; the one place to add a line for a new one.
Registry<PacketScheduler>& PacketSchedulers();

} // namespace hoststack::mptcp

#endif // HS_PACKET_SCHEDULER_H
