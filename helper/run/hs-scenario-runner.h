// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_RUNNER_H
#define HS_SCENARIO_RUNNER_H

#include "ns3/hs-public.h"
#include "ns3/hs-run-observer.h"
#include "ns3/hs-run-records.h"
#include "ns3/hs-scenario-reader.h"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

namespace hoststack
{

/// This machine lacks what a run needs (a right, a device, a program); no fault of the scenario.
class HS_PUBLIC MachineCannot : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

/// The observer has cancelled the run.
class HS_PUBLIC RunCancelled : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

/// Simulates scenarios. The command line knows no more of the simulator than this.
class HS_PUBLIC ScenarioRunner
{
  public:
    virtual ~ScenarioRunner() = default;

    /// What only the simulator can check (names of its own classes). \throws ScenarioError
    virtual void Check(const LoadedScenario& loaded) const = 0;

    /// \param captureFolder where packet captures go, if the scenario wants them
    /// \throws ScenarioError as Check
    /// \throws MachineCannot
    /// \throws RunCancelled
    virtual RunResult Run(const LoadedScenario& loaded,
                          const std::string& captureFolder,
                          RunObserver& observer) = 0;

    /// Name and version of the simulator, for the manifest ("ns-3.37").
    virtual std::string Simulator() const = 0;
};

using RunnerFactory = std::function<std::unique_ptr<ScenarioRunner>()>;

} // namespace hoststack

#endif // HS_SCENARIO_RUNNER_H
