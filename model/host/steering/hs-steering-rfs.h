// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_STEERING_RFS_H
#define HS_STEERING_RFS_H

#include "ns3/hs-steering-rps.h"

#include <limits>

namespace hoststack::host
{

/**
 * Receive flow steering: a flow follows the core on which its program called the socket last, but
 * not before what it has in another core's backlog has been taken from there, so that its packets
 * stay in order. A flow that nobody has called for goes as RPS says, or stays where it was polled
 * if no mask is set.
 *
 * Two flows that share an entry of the table take turns in being a stranger there. The kernel has a
 * table of each kind for sockets and for each receive queue; here both are in one entry.
 */
class RfsSteering final : public RpsSteering
{
  public:
    explicit RfsSteering(const SteeringSettings& settings)
        : RpsSteering(settings),
          m_entries(settings.flowEntries)
    {
    }

    std::optional<CoreId> CoreOf(std::uint32_t hash,
                                 const std::vector<std::uint64_t>& heads) override
    {
        auto& entry = Entry(hash);
        if (entry.caller == kNone || entry.hash != hash)
        {
            return RpsSteering::CoreOf(hash, heads);
        }
        if (entry.core != entry.caller &&
            (entry.core == kNone || heads[entry.core] >= entry.lastTail))
        {
            entry.core = entry.caller;
            entry.lastTail = heads[entry.core];
        }
        return entry.core;
    }

    void OnQueued(std::uint32_t hash, CoreId core, std::uint64_t tail) override
    {
        auto& entry = Entry(hash);
        if (entry.core == core)
        {
            entry.lastTail = tail;
        }
    }

    void OnCall(std::uint32_t hash, CoreId core) override
    {
        auto& entry = Entry(hash);
        entry.hash = hash;
        entry.caller = core;
    }

  private:
    static constexpr CoreId kNone = std::numeric_limits<CoreId>::max();

    struct Flow
    {
        std::uint32_t hash{0};     ///< of the socket that was called last
        CoreId caller{kNone};      ///< where
        CoreId core{kNone};        ///< where its packets go
        std::uint64_t lastTail{0}; ///< of the last one in that core's backlog
    };

    Flow& Entry(std::uint32_t hash)
    {
        return m_entries[hash & (m_entries.size() - 1)];
    }

    std::vector<Flow> m_entries;
};

} // namespace hoststack::host

#endif // HS_STEERING_RFS_H
