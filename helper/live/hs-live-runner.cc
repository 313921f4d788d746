// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-live-runner.h"

#include "ns3/hs-kernel-host.h"
#include "ns3/hs-kernel-socket.h"
#include "ns3/hs-live-plan.h"
#include "ns3/hs-ns3-runner.h"

#include <csignal>
#include <cstdlib>
#include <sys/utsname.h>
#include <unistd.h>

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
    const auto plan = hoststack::MakeLivePlan(loaded.scenario);
    KernelHost kernel(loaded.scenario, plan);
    auto result = HoststackRunner(kernel).Run(loaded, captureFolder, observer);
    const auto notes = hoststack::CongestionNotes(loaded.scenario, plan);
    result.notes.insert(result.notes.begin(), notes.begin(), notes.end());
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
