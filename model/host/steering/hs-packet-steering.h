// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PACKET_STEERING_H
#define HS_PACKET_STEERING_H

#include "ns3/hs-context.h"
#include "ns3/hs-registry.h"
#include "ns3/hs-thread.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace hoststack::host
{

struct SteeringSettings
{
    std::string name{"none"};         ///< of PacketSteerings()
    std::vector<CoreId> cores;        ///< rps_cpus, ascending; empty: none
    std::uint32_t flowEntries{32768}; ///< rps_sock_flow_entries; a power of two
    std::uint32_t backlogLimit{1000}; ///< netdev_max_backlog, units
    std::uint32_t backlogWeight{64};  ///< dev_weight: units of a backlog in its turn
};

/**
 * Where received units are worked on, once a poll has merged them: get_rps_cpu() of Linux
 * (net/core/dev.c, 6.1 to 6.18). Knows flows by their hash only, as the kernel does.
 */
class PacketSteering
{
  public:
    virtual ~PacketSteering() = default;

    /// Polls are the work of a thread instead of soft interrupts.
    virtual bool PollsInThread() const
    {
        return false;
    }

    /**
     * \param heads by core: units that were taken from its backlog so far
     * \return the core to whose backlog a unit of the flow goes; nothing: the poll goes on with it
     */
    virtual std::optional<CoreId> CoreOf(std::uint32_t /* hash */,
                                         const std::vector<std::uint64_t>& /* heads */)
    {
        return std::nullopt;
    }

    /// The unit of CoreOf() is the \p tail-th that was put into that backlog.
    virtual void OnQueued(std::uint32_t /* hash */, CoreId /* core */, std::uint64_t /* tail */)
    {
    }

    /// A program on \p core has called a socket whose packets have that hash.
    virtual void OnCall(std::uint32_t /* hash */, CoreId /* core */)
    {
    }
};

/// All of them by name.
Registry<PacketSteering, const SteeringSettings&>& PacketSteerings();

} // namespace hoststack::host

#endif // HS_PACKET_STEERING_H
