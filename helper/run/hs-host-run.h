// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HOST_RUN_H
#define HS_HOST_RUN_H

#include "ns3/hs-core-account.h"
#include "ns3/hs-core-metrics.h"
#include "ns3/hs-metric.h"
#include "ns3/hs-run-observer.h"
#include "ns3/hs-scenario-network.h"
#include "ns3/hs-smp-processor.h"
#include "ns3/hs-socket-layer-metrics.h"

#include <memory>
#include <string>
#include <vector>

namespace ns3
{

/// The machine of one host of a scenario while it runs: what is sampled of its cores, and its
/// metrics. A host without costs yields none.
class HostRun
{
  public:
    HostRun(const hoststack::Scenario& scenario, std::size_t index, const ScenarioNetwork& network);
    ~HostRun();

    /// From now on what happens counts.
    void StartMeasuring(hoststack::TimeNs now);
    void Sample(hoststack::TimeNs now, hoststack::RunObserver& observer);
    /// Holds what the cores have done until now: what comes later does not count.
    void Freeze(hoststack::TimeNs now);
    void Report(hoststack::Metrics& metrics) const;

  private:
    class Loop;
    using Accounts = std::vector<hoststack::host::CoreAccount>;

    Accounts Take(hoststack::TimeNs now) const;

    std::string m_name;                 ///< "hosts.NAME.cpu"
    std::vector<std::string> m_objects; ///< by core
    Ptr<Node> m_node;
    hoststack::host::SmpProcessor* m_processor{nullptr}; ///< of the node's machine
    Accounts m_begin;                                    ///< of the measurement
    Accounts m_last;                                     ///< of the series
    Accounts m_end;
    hoststack::MachineFigures m_figures;
    hoststack::host::HostDispatch* m_dispatch{nullptr}; ///< the node's socket layer, if it has one
    hoststack::host::HostDispatchAccount m_socketsBegin;
    hoststack::SocketLayerFigures m_sockets; ///< of the measurement
    hoststack::TimeNs m_beginAt{0};
    std::vector<std::unique_ptr<Loop>> m_loops;
    bool m_frozen{false};
};

} // namespace ns3

#endif // HS_HOST_RUN_H
