// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_KERNEL_RELAY_H
#define HS_KERNEL_RELAY_H

#include "ns3/hs-live-plan.h"
#include "ns3/hs-relay-metrics.h"
#include "ns3/hs-relay.h"
#include "ns3/hs-scenario.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace hoststack
{

/**
 * The proxy of one host for one traffic on the kernel's sockets: the counterpart of ns3::RelayRun.
 * A tunnel between two proxies says in band where it leads, so each of them knows no more than its
 * sockets. Connections go round among its instances and threads, which share one core here.
 */
class KernelRelay
{
  public:
    /// Opens an onward connection. \param target as the tunnel before said; nullptr: as planned
    using Opener = std::function<void(std::unique_ptr<Program>, const TunnelTarget* target)>;

    /// \param listener the leg whose connections it takes, of \p legs
    KernelRelay(const Scenario& scenario,
                const std::vector<LiveLeg>& legs,
                std::size_t listener,
                Opener opener);

    /// The leg whose connections it opens.
    std::size_t Onward() const
    {
        return m_onward;
    }

    /// What runs on the next connection that is accepted.
    std::unique_ptr<Program> Accept();

    RelayFigures Figures() const;

  private:
    const ProxySpec& m_spec;
    std::size_t m_onward;
    bool m_isCalledByTunnel{false};
    std::optional<TunnelTarget> m_sealsFor; ///< what it opens is a tunnel that leads there
    Opener m_opener;
    std::vector<std::unique_ptr<RelayTally>> m_workers; ///< by instance, then thread
    std::size_t m_next{0};
};

} // namespace hoststack

#endif // HS_KERNEL_RELAY_H
