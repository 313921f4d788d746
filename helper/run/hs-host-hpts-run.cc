// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-host-hpts-run.h"

#include "ns3/hs-metric-samples.h"

namespace ns3
{

HptsRun::HptsRun(const hoststack::Scenario& scenario,
                 std::size_t index,
                 const ScenarioNetwork& network)
    : m_name("hosts." + scenario.hosts[index].name + ".hpts")
{
    if (scenario.hosts[index].hpts && !network.IsOutside(index))
    {
        m_machine = HoststackMachine::Of(network.GetNode(index));
    }
}

hoststack::HptsFigures
HptsRun::Take() const
{
    hoststack::HptsFigures figures;
    if (auto* host = m_machine->HptsIfUsed())
    {
        auto& timers = host->Timers();
        figures.host = host->GetFigures();
        figures.counters = timers.Counters();
        for (std::uint16_t i = 0; i < timers.Wheels(); ++i)
        {
            figures.queued += timers.Wheel(i).Count();
        }
        figures.mySleepUs = timers.Wheel(0).GetState().mySleepUs;
    }
    return figures;
}

void
HptsRun::Sample(hoststack::TimeNs now, hoststack::RunObserver& observer)
{
    if (m_machine && !m_frozen)
    {
        const auto figures = Take();
        hoststack::SampleTable(now,
                               m_name,
                               hoststack::HptsMetricTable(),
                               figures,
                               figures,
                               observer);
    }
}

void
HptsRun::Freeze()
{
    if (m_machine && !m_frozen)
    {
        m_frozen = true;
        m_end = Take();
    }
}

void
HptsRun::Report(hoststack::Metrics& metrics) const
{
    if (m_machine)
    {
        hoststack::ReportTable(m_name,
                               hoststack::HptsMetricTable(),
                               m_frozen ? m_end : Take(),
                               metrics);
    }
}

} // namespace ns3
