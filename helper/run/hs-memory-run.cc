// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-memory-run.h"

#include "ns3/hs-machine.h"
#include "ns3/hs-metric-samples.h"

namespace ns3
{

MemoryRun::MemoryRun(const hoststack::Scenario& scenario,
                     std::size_t index,
                     const ScenarioNetwork& network)
    : m_name("hosts." + scenario.hosts[index].name + ".memory")
{
    if (scenario.hosts[index].memory && !network.IsOutside(index))
    {
        m_memory = HoststackMachine::Of(network.GetNode(index))->Memory();
    }
}

hoststack::MemoryFigures
MemoryRun::Take() const
{
    hoststack::MemoryFigures figures;
    figures.pages = m_memory->Pages();
    figures.isPressed = m_memory->UnderPressure();
    figures.sockets = m_memory->Sockets();
    figures.limits = m_memory->Limits();
    figures.orphans = m_memory->Orphans();
    figures.orphansMost = m_memory->OrphansMost();
    figures.timeWaits = m_memory->TimeWaits();
    figures.timeWaitMost = m_memory->TimeWaitMost();
    figures.counts = m_memory->GetCounts();
    return figures;
}

void
MemoryRun::Sample(hoststack::TimeNs now, hoststack::RunObserver& observer)
{
    if (m_memory && !m_frozen)
    {
        const auto figures = Take();
        hoststack::SampleTable(now,
                               m_name,
                               hoststack::MemoryMetricTable(),
                               figures,
                               figures,
                               observer);
    }
}

void
MemoryRun::Freeze()
{
    if (m_memory && !m_frozen)
    {
        m_frozen = true;
        m_end = Take();
    }
}

void
MemoryRun::Report(hoststack::Metrics& metrics) const
{
    if (m_memory)
    {
        hoststack::ReportTable(m_name,
                               hoststack::MemoryMetricTable(),
                               m_frozen ? m_end : Take(),
                               metrics);
    }
}

} // namespace ns3
