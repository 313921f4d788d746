// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NS3_RUNNER_H
#define HS_NS3_RUNNER_H

#include "ns3/hs-public.h"
#include "ns3/hs-scenario-runner.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ns3
{

class OutsideHost;

/// Simulates scenarios on ns-3. Uses the process-wide simulator, which is destroyed after each run.
class HS_PUBLIC HoststackRunner : public hoststack::ScenarioRunner
{
  public:
    HoststackRunner() = default;

    /// Hosts are played by something else, so simulated time follows the clock on the wall.
    explicit HoststackRunner(std::vector<OutsideHost*> outside)
        : m_outside(std::move(outside))
    {
    }

    void Check(const hoststack::LoadedScenario& loaded) const override;
    hoststack::RunResult Run(const hoststack::LoadedScenario& loaded,
                             const std::string& captureFolder,
                             hoststack::RunObserver& observer) override;
    std::string Simulator() const override;

  private:
    std::vector<OutsideHost*> m_outside;
};

} // namespace ns3

#endif // HS_NS3_RUNNER_H
