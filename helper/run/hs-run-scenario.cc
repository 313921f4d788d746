// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-run-scenario.h"

#include "ns3/hs-capture-writer.h"
#include "ns3/hs-ns3-runner.h"
#include "ns3/hs-results-folder.h"
#include "ns3/hs-run-files.h"

#include <memory>

namespace hoststack
{

namespace
{

/// Feeds the tables and the caller's observer; each may be missing.
class Audience : public RunObserver
{
  public:
    Audience(RunFiles* files, RunObserver* observer)
        : m_files(files),
          m_observer(observer)
    {
    }

    bool WantsSeries() const override
    {
        return FilesWantSeries() || ObserverWantsSeries();
    }

    bool WantsEvents() const override
    {
        return FilesWantEvents() || ObserverWantsEvents();
    }

    void OnEvent(const RunEvent& event) override
    {
        if (FilesWantEvents())
        {
            m_files->Event(event);
        }
        if (ObserverWantsEvents())
        {
            m_observer->OnEvent(event);
        }
    }

    void OnSample(TimeNs at,
                  const std::string& object,
                  const std::string& metric,
                  double value) override
    {
        if (FilesWantSeries())
        {
            m_files->Sample(at, object, metric, value);
        }
        if (ObserverWantsSeries())
        {
            m_observer->OnSample(at, object, metric, value);
        }
    }

    void OnProgress(TimeNs at) override
    {
        if (m_observer)
        {
            m_observer->OnProgress(at);
        }
    }

    bool IsCancelled() const override
    {
        return m_observer && m_observer->IsCancelled();
    }

  private:
    bool FilesWantSeries() const
    {
        return m_files && m_files->WantsSeries();
    }

    bool FilesWantEvents() const
    {
        return m_files && m_files->WantsEvents();
    }

    bool ObserverWantsSeries() const
    {
        return m_observer && m_observer->WantsSeries();
    }

    bool ObserverWantsEvents() const
    {
        return m_observer && m_observer->WantsEvents();
    }

    RunFiles* m_files;
    RunObserver* m_observer;
};

} // namespace

RunReport
RunScenario(const LoadedScenario& loaded, const RunOptions& options, RunObserver* observer)
{
    ns3::HoststackRunner simulator;
    auto& runner = options.runner ? *options.runner : simulator;
    runner.Check(loaded);
    std::unique_ptr<ResultsFolder> results;
    std::unique_ptr<RunFiles> files;
    if (!options.folder.empty())
    {
        results = std::make_unique<ResultsFolder>(options.folder, options.claimed);
        files = std::make_unique<RunFiles>(results->Path(), loaded.scenario);
    }
    Audience audience(files.get(), observer);
    RunReport report{loaded, {}, {}, options.mode};
    try
    {
        report.result = runner.Run(loaded, results ? results->Path() : std::string(), audience);
    }
    catch (const CaptureError& error)
    {
        CannotWrite(options.folder, error.what());
    }
    report.verdicts = Judge(loaded.scenario.expect, report.result.metrics, options.mode);
    if (results)
    {
        WriteResults(report,
                     results->Path(),
                     options.command,
                     runner.Simulator(),
                     files->Finish(report.result));
        results->Commit();
    }
    return report;
}

} // namespace hoststack
