// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HOST_HPTS_RUN_H
#define HS_HOST_HPTS_RUN_H

#include "ns3/hs-hpts-metrics.h"
#include "ns3/hs-machine.h"
#include "ns3/hs-metric.h"
#include "ns3/hs-run-observer.h"
#include "ns3/hs-scenario-network.h"

#include <string>

namespace ns3
{

/// The timing wheels of one host of a scenario while it runs; of a host without `hpts`: nothing.
class HptsRun
{
  public:
    HptsRun(const hoststack::Scenario& scenario, std::size_t index, const ScenarioNetwork& network);

    void Sample(hoststack::TimeNs now, hoststack::RunObserver& observer);
    /// What comes later does not count.
    void Freeze();
    void Report(hoststack::Metrics& metrics) const;

  private:
    hoststack::HptsFigures Take() const;

    std::string m_name; ///< "hosts.NAME.hpts"
    Ptr<HoststackMachine> m_machine;
    hoststack::HptsFigures m_end;
    bool m_frozen{false};
};

} // namespace ns3

#endif // HS_HOST_HPTS_RUN_H
