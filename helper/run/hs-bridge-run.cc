// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-bridge-run.h"

#include "ns3/hs-machine.h"

namespace ns3
{

BridgeRun::BridgeRun(const hoststack::Scenario& scenario,
                     std::size_t index,
                     const ScenarioNetwork& network)
    : m_name("hosts." + scenario.hosts[index].name + ".bridge")
{
    if (scenario.hosts[index].bridges)
    {
        m_bridge = HoststackMachine::Of(network.GetNode(index))->Bridge();
    }
}

hoststack::BridgeFigures
BridgeRun::Take() const
{
    return {m_bridge->GetCounters().frames, m_bridge->GetCounters().tooLong};
}

void
BridgeRun::Freeze()
{
    if (m_bridge != nullptr && !m_frozen)
    {
        m_frozen = true;
        m_end = Take();
    }
}

void
BridgeRun::Report(hoststack::Metrics& metrics) const
{
    if (m_bridge != nullptr)
    {
        hoststack::ReportTable(m_name,
                               hoststack::BridgeMetricTable(),
                               m_frozen ? m_end : Take(),
                               metrics);
    }
}

} // namespace ns3
