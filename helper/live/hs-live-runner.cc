// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-live-runner.h"

#include "ns3/hs-kernel-host.h"
#include "ns3/hs-kernel-socket.h"
#include "ns3/hs-live-checks.h"
#include "ns3/hs-live-plan.h"
#include "ns3/hs-live-settings.h"
#include "ns3/hs-ns3-runner.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <sys/utsname.h>
#include <unistd.h>
#include <vector>

namespace ns3
{

namespace
{

/// How much longer than its duration a run may take, with namespace, settling and results.
constexpr unsigned kMargin = 60;

void
GiveUp(int /* signal */)
{
    const char text[] = "hoststack failed: the live run did not end in time\n";
    const auto written = write(STDERR_FILENO, text, sizeof text - 1);
    _exit(written > 0 ? 3 : 4);
}

/// Ends the process if the run hangs; the kernel's side goes with it.
class Watchdog
{
  public:
    explicit Watchdog(hoststack::TimeNs duration)
        : m_before(std::signal(SIGALRM, GiveUp))
    {
        alarm(static_cast<unsigned>(duration / hoststack::kSecond) + kMargin);
    }

    ~Watchdog()
    {
        alarm(0);
        std::signal(SIGALRM, m_before);
    }

    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

  private:
    void (*m_before)(int);
};

} // namespace

void
HoststackLiveRunner::Check(const hoststack::LoadedScenario& loaded) const
{
    hoststack::CheckLive(loaded);
    HoststackRunner().Check(loaded);
}

hoststack::RunResult
HoststackLiveRunner::Run(const hoststack::LoadedScenario& loaded,
                         const std::string& captureFolder,
                         hoststack::RunObserver& observer)
{
    Check(loaded);
    const Watchdog watchdog(loaded.scenario.run.duration);
    const auto& scenario = loaded.scenario;
    std::vector<std::unique_ptr<hoststack::LivePlan>> plans;
    std::vector<std::unique_ptr<KernelHost>> kernels;
    std::vector<OutsideHost*> hosts;
    std::vector<std::string> notes;
    for (const auto host : scenario.liveHosts)
    {
        plans.push_back(
            std::make_unique<hoststack::LivePlan>(hoststack::MakeLivePlan(scenario, host)));
        kernels.push_back(std::make_unique<KernelHost>(scenario, *plans.back()));
        hosts.push_back(kernels.back().get());
        const auto told = hoststack::CongestionNotes(scenario, *plans.back());
        notes.insert(notes.end(), told.begin(), told.end());
    }
    auto result = HoststackRunner(hosts).Run(loaded, captureFolder, observer);
    result.notes.insert(result.notes.begin(), notes.begin(), notes.end());
    TapBridge::Lateness late;
    for (std::size_t i = 0; i < kernels.size(); ++i)
    {
        late.Add(kernels[i]->GetLateness());
        for (const auto& records :
             {hoststack::KernelSettings(scenario, scenario.liveHosts[i]), kernels[i]->Settings()})
        {
            result.settings.insert(result.settings.end(), records.begin(), records.end());
        }
    }
    const auto packets = static_cast<double>(std::max<std::uint64_t>(1, late.packets));
    result.metrics.Set("live.late.mean", hoststack::ToSeconds(late.total) / packets);
    result.metrics.Set("live.late.max", hoststack::ToSeconds(late.longest));
    return result;
}

std::string
HoststackLiveRunner::Simulator() const
{
    utsname name{};
    uname(&name);
    return HoststackRunner().Simulator() + " with " + name.sysname + ' ' + name.release;
}

} // namespace ns3
