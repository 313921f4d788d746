// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_KERNEL_HOST_H
#define HS_KERNEL_HOST_H

#include "ns3/hs-kernel-counters.h"
#include "ns3/hs-live-messages.h"
#include "ns3/hs-live-plan.h"
#include "ns3/hs-outside-host.h"
#include "ns3/hs-scenario.h"
#include "ns3/hs-tap-bridge.h"

#include <atomic>
#include <exception>
#include <memory>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace ns3
{

class KernelApplication;

/// Simulated time shall follow the clock, whatever else this machine does: while it lives, the
/// process goes before others. Without the right to it, time is as late as it is.
class RaisedPriority
{
  public:
    RaisedPriority();
    ~RaisedPriority();
    RaisedPriority(const RaisedPriority&) = delete;
    RaisedPriority& operator=(const RaisedPriority&) = delete;

  private:
    int m_before;
};

/**
 * This machine's kernel as a host of a scenario. A child process holds the network namespace and
 * plays the kernel's ends of the traffic; one thread here waits for its packets and its reports and
 * hands them to the simulator. When this object, or the process, goes, so do child, devices and
 * namespace.
 */
class KernelHost : public OutsideHost
{
  public:
    /// Makes the namespace. \throws MachineCannot \throws std::runtime_error
    KernelHost(const hoststack::Scenario& scenario, const hoststack::LivePlan& plan);
    ~KernelHost() override;

    KernelHost(const KernelHost&) = delete;
    KernelHost& operator=(const KernelHost&) = delete;

    // OutsideHost
    std::size_t Index() const override;
    void Attach(std::size_t link, Ptr<HoststackNetDevice> device) override;
    Ptr<HoststackSessionApplication> MakeApplication(std::size_t traffic, bool opens) override;
    void Begin() override;
    void Apply(std::size_t index) override;
    /// \throws MachineCannot \throws std::runtime_error if something went wrong at the kernel's
    /// side
    void End() override;
    void Report(hoststack::Metrics& metrics) const override;

    /// For its applications.
    void Order(hoststack::LiveOrder::Kind kind, std::size_t index);

  private:
    void Start();
    void Watch();
    void StopWatching();
    /// In the simulator's thread.
    void Take(const hoststack::LiveNotice& notice);
    void Raise(const hoststack::LiveNotice& notice);
    /// Waits for one notice. \throws as Raise \throws std::runtime_error if none comes
    hoststack::LiveNotice Await(hoststack::TimeNs patience, int& descriptor);

    const hoststack::Scenario& m_scenario;
    const hoststack::LivePlan& m_plan;
    RaisedPriority m_priority;
    int m_socket{-1};
    int m_stopper{-1}; ///< written to when the watching thread shall end
    int m_stopped{-1};
    pid_t m_child{-1};
    std::vector<int> m_taps; ///< by device of the plan; -1: handed on
    std::vector<std::unique_ptr<TapBridge>> m_bridges;
    std::vector<Ptr<KernelApplication>> m_applications; ///< by traffic; null: not here
    hoststack::TimeNs m_origin{0};
    std::thread m_watcher;
    std::exception_ptr m_failure;
    hoststack::KernelCounters m_counters;
};

} // namespace ns3

#endif // HS_KERNEL_HOST_H
