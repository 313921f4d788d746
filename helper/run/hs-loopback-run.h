// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LOOPBACK_RUN_H
#define HS_LOOPBACK_RUN_H

#include "ns3/hs-loopback-metrics.h"
#include "ns3/hs-metric.h"
#include "ns3/hs-scenario-network.h"

#include <cstddef>
#include <string>

namespace ns3
{

/// The loopback device of one host of a scenario while it runs; a host without yields nothing.
class LoopbackRun
{
  public:
    LoopbackRun(const hoststack::Scenario& scenario,
                std::size_t index,
                const ScenarioNetwork& network);

    /// What comes later does not count.
    void Freeze();
    void Report(hoststack::Metrics& metrics) const;

  private:
    hoststack::LoopbackFigures Take() const;

    std::string m_name; ///< "hosts.NAME.loopback"
    Ptr<HoststackLoopbackDevice> m_device;
    hoststack::LoopbackFigures m_end;
    bool m_frozen{false};
};

} // namespace ns3

#endif // HS_LOOPBACK_RUN_H
