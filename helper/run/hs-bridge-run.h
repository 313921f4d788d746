// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BRIDGE_RUN_H
#define HS_BRIDGE_RUN_H

#include "ns3/hs-bridge-metrics.h"
#include "ns3/hs-bridge.h"
#include "ns3/hs-metric.h"
#include "ns3/hs-scenario-network.h"

#include <cstddef>
#include <string>

namespace ns3
{

/// The bridge that one host of a scenario is, while it runs; another host yields nothing.
class BridgeRun
{
  public:
    BridgeRun(const hoststack::Scenario& scenario,
              std::size_t index,
              const ScenarioNetwork& network);

    /// What comes later does not count.
    void Freeze();
    void Report(hoststack::Metrics& metrics) const;

  private:
    hoststack::BridgeFigures Take() const;

    std::string m_name; ///< "hosts.NAME.bridge"
    const HoststackBridge* m_bridge{nullptr};
    hoststack::BridgeFigures m_end;
    bool m_frozen{false};
};

} // namespace ns3

#endif // HS_BRIDGE_RUN_H
