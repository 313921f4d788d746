// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NIC_RUN_H
#define HS_NIC_RUN_H

#include "ns3/hs-metric.h"
#include "ns3/hs-nic-metrics.h"
#include "ns3/hs-scenario-network.h"

#include <string>

namespace ns3
{

/// The NICs of one host of a scenario while it runs. A host without the key `nic` yields nothing.
class NicRun
{
  public:
    NicRun(const hoststack::Scenario& scenario, std::size_t index, const ScenarioNetwork& network);

    /// What comes later does not count.
    void Freeze();
    void Report(hoststack::Metrics& metrics) const;

  private:
    hoststack::NicFigures Take() const;

    std::string m_name; ///< "hosts.NAME.nic"
    Ptr<Node> m_node;   ///< nullptr: it has none
    hoststack::host::CoreId m_cores{0};
    hoststack::NicFigures m_end;
    bool m_frozen{false};
};

} // namespace ns3

#endif // HS_NIC_RUN_H
