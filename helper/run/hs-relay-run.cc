// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-relay-run.h"

#include "ns3/hs-relay-metrics.h"

#include <algorithm>
#include <utility>

namespace ns3
{

RelayRun::RelayRun(std::string name,
                   const hoststack::ProxySpec& spec,
                   bool sealsOnward,
                   Ptr<HoststackSessionApplication> opener,
                   std::vector<std::shared_ptr<HoststackWorkerThread>> threads)
    : m_name(std::move(name)),
      m_spec(spec),
      m_sealsOnward(sealsOnward && spec.sealing.IsOn()),
      m_opener(std::move(opener)),
      m_threads(std::move(threads))
{
    for (std::uint32_t i = 0; i < spec.instances * spec.threads; ++i)
    {
        m_workers.push_back(std::make_unique<hoststack::RelayTally>());
    }
}

std::unique_ptr<hoststack::Program>
RelayRun::Accept()
{
    const auto instance = m_next % m_spec.instances;
    const auto thread = m_next / m_spec.instances % m_spec.threads;
    ++m_next;
    auto onward = std::make_shared<Onward>();
    const auto worker = instance * m_spec.threads + thread;
    if (worker < m_threads.size())
    {
        onward->thread = m_threads[worker];
    }
    if (m_sealsOnward)
    {
        onward->tunnel = std::make_shared<hoststack::SealedTunnel>(m_spec.sealing);
    }
    m_accepting = std::make_shared<hoststack::Relay>(
        m_spec.relay,
        *m_workers[worker],
        [this, onward](std::unique_ptr<hoststack::Program> program) {
            m_onward.push_back(onward);
            m_opener->Open(std::move(program));
        });
    m_accepting->SetFarTunnel(onward->tunnel);
    m_acceptingOnward = onward;
    return hoststack::Relay::MakeNear(m_accepting);
}

void
RelayRun::Accepted(HoststackSession& session, Tunnel tunnel)
{
    session.RunOn(m_acceptingOnward->thread);
    m_accepting->SetNearTunnel(std::move(tunnel));
    m_acceptingOnward->accepted = &session;
    m_accepting = nullptr;
    m_acceptingOnward = nullptr;
}

void
RelayRun::Opened(HoststackSession& session)
{
    session.RunOn(m_onward.back()->thread);
}

RelayRun::Tunnel
RelayRun::TunnelOf(std::size_t opened) const
{
    return opened > 0 && opened <= m_onward.size() ? m_onward[opened - 1]->tunnel : nullptr;
}

const HoststackSession*
RelayRun::AcceptedFor(std::size_t opened) const
{
    return opened > 0 && opened <= m_onward.size() ? m_onward[opened - 1]->accepted : nullptr;
}

void
RelayRun::Report(hoststack::Metrics& metrics) const
{
    hoststack::RelayFigures figures;
    for (const auto& worker : m_workers)
    {
        figures.sum.Add(*worker);
        figures.busiest = std::max(figures.busiest, worker->copied);
    }
    hoststack::ReportTable(m_name, hoststack::RelayMetricTable(), figures, metrics);
}

} // namespace ns3
