// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MEMORY_RUN_H
#define HS_MEMORY_RUN_H

#include "ns3/hs-memory-metrics.h"
#include "ns3/hs-metric.h"
#include "ns3/hs-run-observer.h"
#include "ns3/hs-scenario-network.h"

#include <string>

namespace ns3
{

/// The memory of one host of a scenario while it runs. One whose memory never ends yields nothing.
class MemoryRun
{
  public:
    MemoryRun(const hoststack::Scenario& scenario,
              std::size_t index,
              const ScenarioNetwork& network);

    void Sample(hoststack::TimeNs now, hoststack::RunObserver& observer);
    /// What comes later does not count.
    void Freeze();
    void Report(hoststack::Metrics& metrics) const;

  private:
    hoststack::MemoryFigures Take() const;

    std::string m_name; ///< "hosts.NAME.memory"
    hoststack::host::HostMemory* m_memory{nullptr};
    hoststack::MemoryFigures m_end;
    bool m_frozen{false};
};

} // namespace ns3

#endif // HS_MEMORY_RUN_H
