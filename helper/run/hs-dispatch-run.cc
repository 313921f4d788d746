// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-dispatch-run.h"

#include "ns3/hs-dispatch-metrics.h"

namespace ns3
{

void
ReportDispatch(const hoststack::Scenario& scenario, hoststack::Metrics& metrics)
{
    for (const auto& spec : scenario.dispatch)
    {
        const auto study = hoststack::host::DispatchStudies().Create(spec.settings.study);
        for (const auto& figures : study->Run(spec.settings, scenario.run.seed))
        {
            hoststack::ReportTable(hoststack::DispatchObject(spec.name, figures),
                                   hoststack::DispatchMetricTable(),
                                   figures,
                                   metrics);
        }
    }
}

} // namespace ns3
