// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCENARIO_RUNNER_H
#define HS_SCENARIO_RUNNER_H

#include "ns3/hs-metric.h"
#include "ns3/hs-run-records.h"
#include "ns3/hs-scenario-reader.h"
#include "ns3/hs-units.h"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace hoststack
{

/// This machine lacks what a run needs (a right, a device, a program); no fault of the scenario.
class MachineCannot : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

/// Watches a run. The calls come in the order of simulated time.
class RunObserver
{
  public:
    virtual ~RunObserver() = default;

    /// Whether it has a use for the series.
    virtual bool WantsSeries() const
    {
        return true;
    }

    /// Whether it has a use for events; else nobody collects them.
    virtual bool WantsEvents() const
    {
        return false;
    }

    virtual void OnEvent(const RunEvent& /* event */)
    {
    }

    /// A value of the series: \p object is "traffic.NAME" or "links.NAME.down"; with \p metric it
    /// makes a name of the catalogue.
    virtual void OnSample(TimeNs at,
                          const std::string& object,
                          const std::string& metric,
                          double value) = 0;

    /// The run has got to \p at.
    virtual void OnProgress(TimeNs at) = 0;
};

/// What a run yields besides its series.
struct RunResult
{
    Metrics metrics;
    TimeNs end{0}; ///< simulated time at which it ended
    /// What the scenario asks for and the run had no use for, and which connections and subflows
    /// did not end as they should.
    std::vector<std::string> notes;
    std::vector<ConnectionRecord> connections;
    std::vector<ExchangeRecord> exchanges;
};

/// Simulates scenarios. The command line knows no more of the simulator than this.
class ScenarioRunner
{
  public:
    virtual ~ScenarioRunner() = default;

    /// What only the simulator can check (names of its own classes). \throws ScenarioError
    virtual void Check(const LoadedScenario& loaded) const = 0;

    /// \param captureFolder where packet captures go, if the scenario wants them
    /// \throws ScenarioError as Check
    /// \throws MachineCannot
    virtual RunResult Run(const LoadedScenario& loaded,
                          const std::string& captureFolder,
                          RunObserver& observer) = 0;

    /// Name and version of the simulator, for the manifest ("ns-3.37").
    virtual std::string Simulator() const = 0;
};

using RunnerFactory = std::function<std::unique_ptr<ScenarioRunner>()>;

} // namespace hoststack

#endif // HS_SCENARIO_RUNNER_H
