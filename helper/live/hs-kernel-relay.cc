// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-kernel-relay.h"

#include "ns3/hs-kernel-socket.h"

#include <algorithm>
#include <utility>

namespace hoststack
{

namespace
{

/// The leg that is opened behind \p leg, of the same traffic.
std::size_t
LegBehind(const std::vector<LiveLeg>& legs, std::size_t leg)
{
    return legs[leg].spec.openedByReceiver ? leg - 1 : leg + 1;
}

bool
EndsAtProxy(const LiveLeg& leg)
{
    return leg.spec.openedByReceiver ? leg.isRelayAtFrom : leg.isRelayAtTo;
}

} // namespace

KernelRelay::KernelRelay(const Scenario& scenario,
                         const std::vector<LiveLeg>& legs,
                         std::size_t listener,
                         Opener opener)
    : m_spec(scenario.hosts[legs[listener].spec.legs.front().server.host].proxy),
      m_onward(LegBehind(legs, listener)),
      m_opener(std::move(opener))
{
    const auto& before = legs[listener].spec;
    const auto client = before.legs.front().client.host;
    const bool isClientProxy =
        before.openedByReceiver ? legs[listener].isRelayAtTo : legs[listener].isRelayAtFrom;
    m_isCalledByTunnel = isClientProxy && scenario.hosts[client].proxy.sealing.IsOn();
    if (m_spec.sealing.IsOn() && EndsAtProxy(legs[m_onward]))
    {
        const auto& next = legs[LegBehind(legs, m_onward)].spec;
        m_sealsFor = TunnelTarget{ServerAddress(scenario, next), next.legs.front().port};
    }
    for (std::uint32_t i = 0; i < m_spec.instances * m_spec.threads; ++i)
    {
        m_workers.push_back(std::make_unique<RelayTally>());
    }
}

std::unique_ptr<Program>
KernelRelay::Accept()
{
    const auto instance = m_next % m_spec.instances;
    const auto thread = m_next / m_spec.instances % m_spec.threads;
    ++m_next;
    const auto before = m_isCalledByTunnel ? std::make_shared<SealedTunnel>() : nullptr;
    auto relay = std::make_shared<Relay>(
        m_spec.relay,
        *m_workers[instance * m_spec.threads + thread],
        [this, before](std::unique_ptr<Program> program) {
            m_opener(std::move(program),
                     before && before->up.Request() ? &before->up.Request()->target : nullptr);
        });
    relay->SetNearTunnel(before);
    if (m_sealsFor)
    {
        relay->SetFarTunnel(std::make_shared<SealedTunnel>(m_spec.sealing, *m_sealsFor));
    }
    return Relay::MakeNear(std::move(relay));
}

RelayFigures
KernelRelay::Figures() const
{
    RelayFigures figures;
    for (const auto& worker : m_workers)
    {
        figures.sum.Add(*worker);
        figures.busiest = std::max(figures.busiest, worker->copied);
    }
    return figures;
}

} // namespace hoststack
