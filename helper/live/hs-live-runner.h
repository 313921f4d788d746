// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LIVE_RUNNER_H
#define HS_LIVE_RUNNER_H

#include "ns3/hs-scenario-runner.h"

#include <string>

namespace ns3
{

/**
 * Runs scenarios in real time with one host played by this machine's kernel (docs/live.md). The
 * same metrics as of a simulated run, as far as the kernel tells; its counters under the same
 * names.
 */
class HoststackLiveRunner : public hoststack::ScenarioRunner
{
  public:
    void Check(const hoststack::LoadedScenario& loaded) const override;
    hoststack::RunResult Run(const hoststack::LoadedScenario& loaded,
                             const std::string& captureFolder,
                             hoststack::RunObserver& observer) override;
    /// With the release of the kernel.
    std::string Simulator() const override;
};

} // namespace ns3

#endif // HS_LIVE_RUNNER_H
