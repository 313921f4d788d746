// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_KERNEL_HOST_H
#define HS_KERNEL_HOST_H

#include "ns3/hs-kernel-counters.h"
#include "ns3/hs-live-messages.h"
#include "ns3/hs-live-plan.h"
#include "ns3/hs-outside-host.h"
#include "ns3/hs-run-records.h"
#include "ns3/hs-scenario.h"
#include "ns3/hs-tap-bridge.h"

#include <exception>
#include <map>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace ns3
{

class KernelApplication;

/// Simulated time shall follow the clock, whatever else this machine does: while it lives, the
/// process goes before others, without the right to it as late as it is, and timers of it and of
/// what it begins are not put off (PR_SET_TIMERSLACK, usually 50 us).
class RaisedPriority
{
  public:
    RaisedPriority();
    ~RaisedPriority();
    RaisedPriority(const RaisedPriority&) = delete;
    RaisedPriority& operator=(const RaisedPriority&) = delete;

  private:
    int m_before;
    int m_slackBefore;
};

/**
 * This machine's kernel as a host of a scenario. A child process holds the network namespace and
 * plays the kernel's ends of the traffic; its packets and its reports come in through the clock on
 * the wall (WallClock). When this object, or the process, goes, so do child, devices and
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
    Ptr<HoststackSessionApplication> MakeApplication(std::size_t traffic,
                                                     std::size_t leg,
                                                     bool opens) override;
    void TellDatagrams(std::size_t index, std::shared_ptr<OutsideDatagrams> figures) override;
    void StartDatagrams(std::size_t index) override;
    void StopDatagrams(std::size_t index) override;
    void Begin() override;
    void Apply(std::size_t index) override;
    /// \throws MachineCannot \throws std::runtime_error if something went wrong at the kernel's
    /// side
    void End() override;
    void Report(hoststack::Metrics& metrics) const override;

    /// How late packets left for the kernel, on all links.
    TapBridge::Lateness GetLateness() const;

    /// What became of the settings that sysctls take.
    const std::vector<hoststack::SettingRecord>& Settings() const
    {
        return m_settings;
    }

    /// For its applications.
    void Order(hoststack::LiveOrder::Kind kind, std::size_t index);

  private:
    void Start();
    void Hear();
    void Take(const hoststack::LiveNotice& notice);
    void TakeDatagrams(OutsideDatagrams& figures, const hoststack::DatagramNews& news);
    void Raise(const hoststack::LiveNotice& notice);
    void TakeSetting(const hoststack::LiveNotice& notice);
    /// Waits for one notice. \throws as Raise \throws std::runtime_error if none comes
    hoststack::LiveNotice Await(hoststack::TimeNs patience, int& descriptor);

    const hoststack::Scenario& m_scenario;
    const hoststack::LivePlan& m_plan;
    RaisedPriority m_priority;
    int m_socket{-1};
    pid_t m_child{-1};
    std::vector<int> m_taps; ///< by device of the plan; -1: handed on
    std::vector<std::unique_ptr<TapBridge>> m_bridges;
    std::vector<Ptr<KernelApplication>> m_applications;      ///< by leg of the plan; null: not here
    std::map<std::size_t, hoststack::RelayFigures> m_relays; ///< by leg whose connections it takes
    std::vector<std::shared_ptr<OutsideDatagrams>> m_datagrams; ///< of the scenario; null: not here
    hoststack::TimeNs m_origin{0};
    std::exception_ptr m_failure;
    hoststack::KernelCounters m_counters;
    std::vector<hoststack::SettingRecord> m_settings;
};

} // namespace ns3

#endif // HS_KERNEL_HOST_H
