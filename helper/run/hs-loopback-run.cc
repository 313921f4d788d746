// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-loopback-run.h"

namespace ns3
{

LoopbackRun::LoopbackRun(const hoststack::Scenario& scenario,
                         std::size_t index,
                         const ScenarioNetwork& network)
    : m_name("hosts." + scenario.hosts[index].name + ".loopback"),
      m_device(network.GetLoopback(index))
{
}

hoststack::LoopbackFigures
LoopbackRun::Take() const
{
    const auto& counters = m_device->GetCounters();
    return {counters.units, counters.bytes, counters.copied, counters.lost, counters.waiting};
}

void
LoopbackRun::Freeze()
{
    if (m_device && !m_frozen)
    {
        m_frozen = true;
        m_end = Take();
    }
}

void
LoopbackRun::Report(hoststack::Metrics& metrics) const
{
    if (m_device)
    {
        hoststack::ReportTable(m_name,
                               hoststack::LoopbackMetricTable(),
                               m_frozen ? m_end : Take(),
                               metrics);
    }
}

} // namespace ns3
