// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_HOST_SERVICES_H
#define HS_MPTCP_HOST_SERVICES_H

#include "ns3/hs-mptcp-counters.h"
#include "ns3/hs-mptcp-types.h"
#include "ns3/hs-on-demand.h"
#include "ns3/hs-tcp-config.h"
#include "ns3/hs-tcp-extension.h"

#include <memory>

namespace hoststack::mptcp
{

/// What a connection needs from the host it lives on.
class HostServices
{
  public:
    virtual ~HostServices() = default;

    /**
     * A sink for a new subflow between the two endpoints; \p local.port may be 0 and \p
     * local.address any (all zero): both are then chosen, the address by routing, and written back.
     * \return nullptr if there is no route or no port.
     */
    virtual tcp::SegmentSink* OpenSubflow(std::uint32_t subflow,
                                          Endpoint& local,
                                          const Endpoint& remote) = 0;

    /// The settings of a subflow over \p sink: \p config, or a copy with a smaller MSS if the way's
    /// MTU asks for one.
    virtual std::shared_ptr<const tcp::Config> ConfigOf(
        const tcp::SegmentSink& /*sink*/,
        const std::shared_ptr<const tcp::Config>& config) const
    {
        return config;
    }

    /// The subflow is gone: its ports are free.
    virtual void CloseSubflow(std::uint32_t subflow) = 0;

    /// Nothing refers to the closed subflow's sink any more.
    virtual void ForgetSubflow(std::uint32_t /*subflow*/)
    {
    }

    /// An id for an address of this host that is no endpoint yet (MPTCP_PM_ADDR_FLAG_IMPLICIT), for
    /// all its connections. \return 0: the connection chooses; -1: there are too many endpoints
    virtual int AddImplicitEndpoint(const IpAddress& /*address*/)
    {
        return 0;
    }

    /// \name The host's memory of paths that swallow SYNs with MP_CAPABLE (blackhole_timeout)
    /// @{
    /// True if a new connection had better be plain TCP.
    virtual bool IsBlackholed(TimeNs /*now*/, TimeNs /*timeout*/) const
    {
        return false;
    }

    /// A plain SYN was answered, after those with MP_CAPABLE were not.
    virtual void NoteBlackhole(TimeNs /*now*/)
    {
    }

    /// A SYN with MP_CAPABLE was answered with it, over \p sink.
    virtual void NoteMultipath(const tcp::SegmentSink& /*sink*/)
    {
    }

    /// @}

    /// 64 random bits for keys, nonces and initial sequence numbers.
    virtual std::uint64_t RandomBits() = 0;

    /// Where a new subflow starts.
    virtual Seq32 InitialSequence()
    {
        return Seq32(static_cast<std::uint32_t>(RandomBits()));
    }

    /// Where the host counts what happens; its own ones unless overridden.
    virtual Counters& GetCounters()
    {
        return m_counters.Own();
    }

  private:
    OnDemand<Counters> m_counters;
};

} // namespace hoststack::mptcp

#endif // HS_MPTCP_HOST_SERVICES_H
