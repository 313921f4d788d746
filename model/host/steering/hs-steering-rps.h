// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_STEERING_RPS_H
#define HS_STEERING_RPS_H

#include "ns3/hs-packet-steering.h"

namespace hoststack::host
{

/// Receive packet steering: the hash chooses among the cores of a mask, by its share of 2^32
/// (reciprocal_scale()).
class RpsSteering : public PacketSteering
{
  public:
    explicit RpsSteering(const SteeringSettings& settings)
        : m_cores(settings.cores)
    {
    }

    std::optional<CoreId> CoreOf(std::uint32_t hash,
                                 const std::vector<std::uint64_t>& /* heads */) override
    {
        if (m_cores.empty())
        {
            return std::nullopt;
        }
        return m_cores[static_cast<std::size_t>(std::uint64_t{hash} * m_cores.size() >> 32)];
    }

  private:
    const std::vector<CoreId> m_cores;
};

} // namespace hoststack::host

#endif // HS_STEERING_RPS_H
