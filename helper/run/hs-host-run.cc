// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-host-run.h"

#include "ns3/hs-machine.h"
#include "ns3/hs-metric-samples.h"
#include "ns3/hs-net-device.h"
#include "ns3/hs-ns3-clock.h"

#include <ns3/simulator.h>

#include <algorithm>

namespace ns3
{

/// Work that does not give its core back.
class HostRun::Loop final : private hoststack::host::Work
{
  public:
    Loop(hoststack::host::Processor& processor, const hoststack::EndlessSpec& spec)
        : m_processor(processor),
          m_spec(spec)
    {
        Simulator::Schedule(NanoSeconds(spec.start), [this] { Begin(); });
    }

  private:
    void Begin()
    {
        if (m_spec.inThread)
        {
            hoststack::host::ThreadConfig thread;
            thread.name = "endless";
            thread.kind = hoststack::host::ContextKind::KernelThread;
            thread.cores = std::uint64_t{1} << m_spec.core;
            m_processor.Wake(NowNs(), m_processor.Spawn(thread, *this));
        }
        else
        {
            m_processor.RaiseSoftIrq(NowNs(),
                                     m_spec.core,
                                     hoststack::host::SoftIrq::Receive,
                                     *this);
        }
    }

    void Run(hoststack::host::Context& context) override
    {
        constexpr hoststack::TimeNs piece = 100 * hoststack::kMicrosecond;
        context.Spend(std::min(piece, m_spec.stop - context.Now()));
        context.Ask(context.Now() < m_spec.stop ? hoststack::host::Sequel::GoesOn
                                                : hoststack::host::Sequel::Done);
    }

    hoststack::host::Processor& m_processor;
    hoststack::EndlessSpec m_spec;
};

HostRun::~HostRun() = default;

HostRun::HostRun(const hoststack::Scenario& scenario,
                 std::size_t index,
                 const ScenarioNetwork& network)
    : m_name("hosts." + scenario.hosts[index].name + ".cpu"),
      m_node(network.GetNode(index))
{
    const auto& host = scenario.hosts[index];
    if (!host.machine || network.IsOutside(index))
    {
        return;
    }
    m_processor =
        dynamic_cast<hoststack::host::SmpProcessor*>(&HoststackMachine::Of(m_node)->Processor());
    m_dispatch = HoststackMachine::Of(m_node)->Dispatch();
    m_objects = hoststack::CoreObjects(host.name, host.machine->config.cores);
    m_begin = m_last = Take(0);
    for (const auto& spec : host.machine->endless)
    {
        m_loops.push_back(std::make_unique<Loop>(*m_processor, spec));
    }
}

HostRun::Accounts
HostRun::Take(hoststack::TimeNs now) const
{
    Accounts accounts;
    for (std::size_t core = 0; core < m_objects.size(); ++core)
    {
        accounts.push_back(m_processor->Account(static_cast<hoststack::host::CoreId>(core), now));
        if (const auto* softnet = HoststackMachine::Of(m_node)->Softnet())
        {
            const auto counters = softnet->GetCounters(core);
            accounts.back().hasBacklog = true;
            accounts.back().steered = counters.units;
            accounts.back().backlogDrops = counters.dropped;
            accounts.back().signals = counters.signals;
        }
    }
    return accounts;
}

void
HostRun::StartMeasuring(hoststack::TimeNs now)
{
    if (m_processor && !m_frozen)
    {
        m_begin = Take(now);
        m_beginAt = now;
        if (m_dispatch)
        {
            m_socketsBegin = m_dispatch->Account();
        }
    }
}

void
HostRun::Sample(hoststack::TimeNs now, hoststack::RunObserver& observer)
{
    if (!m_processor || m_frozen)
    {
        return;
    }
    const auto accounts = Take(now);
    for (std::size_t core = 0; core < accounts.size(); ++core)
    {
        hoststack::SampleTable(now,
                               m_objects[core],
                               hoststack::CoreMetricTable(),
                               hoststack::Between(m_last[core], accounts[core]),
                               hoststack::Between({}, accounts[core]),
                               observer);
    }
    m_last = accounts;
}

void
HostRun::Freeze(hoststack::TimeNs now)
{
    if (!m_processor || m_frozen)
    {
        return;
    }
    m_frozen = true;
    m_end = Take(now);
    if (m_dispatch)
    {
        m_sockets = hoststack::Between(m_socketsBegin, m_dispatch->Account(), now - m_beginAt);
    }
    m_figures.stalls = m_processor->Stalls();
    for (std::size_t core = 0; core < m_end.size(); ++core)
    {
        const auto span = hoststack::Between(m_begin[core], m_end[core]);
        const double busy = span.elapsed > 0 ? hoststack::ToSeconds(span.account.Busy()) /
                                                   hoststack::ToSeconds(span.elapsed)
                                             : 0;
        m_figures.busiest = std::max(m_figures.busiest, busy);
    }
    for (std::uint32_t i = 0; i < m_node->GetNDevices(); ++i)
    {
        if (const auto device = DynamicCast<HoststackNetDevice>(m_node->GetDevice(i)))
        {
            m_figures.ringDrops += device->RingDrops();
        }
    }
}

void
HostRun::Report(hoststack::Metrics& metrics) const
{
    if (!m_processor)
    {
        return;
    }
    hoststack::ReportTable(m_name, hoststack::MachineMetricTable(), m_figures, metrics);
    if (m_dispatch)
    {
        hoststack::ReportTable(m_name.substr(0, m_name.rfind('.')) + ".sockets",
                               hoststack::SocketLayerMetricTable(),
                               m_sockets,
                               metrics);
    }
    for (std::size_t core = 0; core < m_objects.size(); ++core)
    {
        hoststack::ReportTable(m_objects[core],
                               hoststack::CoreMetricTable(),
                               hoststack::Between(m_begin[core], m_end[core]),
                               metrics);
    }
}

} // namespace ns3
