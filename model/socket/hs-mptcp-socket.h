// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_SOCKET_H
#define HS_MPTCP_SOCKET_H

#include "ns3/hs-mptcp-connection.h"
#include "ns3/hs-mptcp-host.h"
#include "ns3/hs-public.h"
#include "ns3/hs-tcp-socket.h"

#include <ns3/nstime.h>
#include <ns3/traced-callback.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace ns3
{

/**
 * A socket whose stream runs over several TCP connections (RFC 8684): to applications it is a
 * HoststackTcpSocket, with the same calls, callbacks and attributes.
 *
 * Each subflow is an entry of its own in the protocol's table. One that this end opens leaves
 * through the interface that has its local address, if a route goes that way; one that the peer
 * opens is routed by its destination. A listener takes MP_CAPABLE, plain TCP, and joins of any
 * connection of the node.
 *
 * Each subflow's MSS follows from the MTU of its own route, up to the configured one.
 *
 * Limits: the data-sent callback counts bytes handed to subflows, so a byte that is sent on a
 * second one counts again. The trace sources it inherits show sums over the open subflows (RTT and
 * RTO: the smallest).
 */
class HS_PUBLIC HoststackMptcpSocket : public HoststackTcpSocket,
                                       private hoststack::mptcp::HostServices
{
  public:
    using LocalEndpoint = hoststack::mptcp::LocalEndpoint;

    static TypeId GetTypeId();
    HoststackMptcpSocket();
    ~HoststackMptcpSocket() override;

    /// The host makes the socket and calls this once.
    void SetHost(Ptr<HoststackMptcpHost> host);

    /// Multipath settings instead of the host's; before Connect or Listen.
    void SetMptcpConfig(std::shared_ptr<const hoststack::mptcp::Config> config);

    /// nullptr before Connect and for a listener.
    const hoststack::mptcp::Connection* GetMptcpConnection() const
    {
        return m_multipath;
    }

    /// As Linux' MPTCP_INFO and MPTCP_FULL_INFO; all zero without a connection.
    hoststack::mptcp::Info GetMptcpInfo() const;
    /// Sums over the subflows; the state and the queues are the connection's.
    hoststack::tcp::Info GetInfo() const override;
    std::uint32_t CongestionWindow() const override;
    void RestartPeaks() override;
    /// As mptcp::Connection's; nothing but the account changes.
    void SettleHolds() const;

    /// \name Path management by hand
    /// @{
    void AddEndpoint(const LocalEndpoint& endpoint);
    void RemoveEndpoint(const LocalEndpoint& endpoint);
    /// \return the subflow's id, or 0 if there is no route or the connection does not allow it
    std::uint32_t JoinFrom(const LocalEndpoint& local, const hoststack::mptcp::Endpoint& remote);
    /// Resets a subflow.
    void DropSubflow(std::uint32_t id);
    /// Tells the peer with MP_PRIO.
    void SetBackup(std::uint32_t id, bool backup);

    /// @}

    /// A listener that takes joins and nothing else: that of an endpoint with a port.
    void SetJoinsOnly()
    {
        m_joinsOnly = true;
    }

    /// Whether MPTcpExtMPCurrEstab counts it.
    bool CountsAsEstablished() const;

    /// What joins name this connection by; 0 without one.
    std::uint32_t Token() const
    {
        return m_token;
    }

    void TakeBacklog(hoststack::host::Context& context,
                     std::uint32_t subflow,
                     const hoststack::Burst& burst) override;
    void OnWorker(hoststack::host::Context& context) override;
    std::uint32_t MemoryInBacklog(std::uint32_t subflow,
                                  std::uint64_t waiting,
                                  const hoststack::Burst& burst) const override;
    void OnSyn(hoststack::host::Context& context,
               const HoststackFlowKey& key,
               const hoststack::TcpSegment& syn) override;

    /// \name Signatures of trace sources; \p id is the subflow's
    /// @{
    typedef void (*SubflowStateCallback)(std::uint32_t id,
                                         TcpSocket::TcpStates_t before,
                                         TcpSocket::TcpStates_t now);
    typedef void (*SubflowUint32Callback)(std::uint32_t id,
                                          std::uint32_t before,
                                          std::uint32_t now);
    typedef void (*SubflowUint64Callback)(std::uint32_t id,
                                          std::uint64_t before,
                                          std::uint64_t now);
    typedef void (*SubflowTimeCallback)(std::uint32_t id, Time before, Time now);
    typedef void (*FallbackCallback)(Ptr<const Socket> socket);
    /// @}

  protected:
    void DoDispose() override;
    Ptr<HoststackTcpSocket> NewChild() override;
    bool StartConnection(hoststack::host::Context& context) override;
    void ConnectStream(hoststack::TimeNs now) override;
    void AcceptOnStream(hoststack::TimeNs now, const hoststack::TcpSegment& syn) override;
    void CopyFromListener(const HoststackTcpSocket& listener) override;
    void EndStream() override;
    void HandleEvents(std::uint32_t events) override;
    std::uint32_t TakeHostEvents(std::uint32_t events) override;
    bool IsTraced() const override;
    void UpdateTraces() override;
    void UseEventSource(const hoststack::EventSource& source) override;
    void TellSteering(hoststack::host::PacketSteering& steering,
                      hoststack::host::CoreId core) const override;

  private:
    class Path;
    class PushLoop;
    struct Shown;

    struct SubflowTraces
    {
        TracedCallback<std::uint32_t, TcpSocket::TcpStates_t, TcpSocket::TcpStates_t> state;
        TracedCallback<std::uint32_t, std::uint32_t, std::uint32_t> cwnd;
        TracedCallback<std::uint32_t, Time, Time> rtt;
        TracedCallback<std::uint32_t, std::uint64_t, std::uint64_t> sent;
        TracedCallback<std::uint32_t, std::uint64_t, std::uint64_t> received;
        TracedCallback<Ptr<const Socket>> fallback;
    };

    friend class Path;
    friend class PushLoop;

    // HostServices
    hoststack::tcp::SegmentSink* OpenSubflow(std::uint32_t subflow,
                                             hoststack::mptcp::Endpoint& local,
                                             const hoststack::mptcp::Endpoint& remote) override;
    std::shared_ptr<const hoststack::tcp::Config> ConfigOf(
        const hoststack::tcp::SegmentSink& sink,
        const std::shared_ptr<const hoststack::tcp::Config>& config) const override;
    void CloseSubflow(std::uint32_t subflow) override;
    void ForgetSubflow(std::uint32_t subflow) override;
    int AddImplicitEndpoint(const hoststack::IpAddress& address) override;
    bool IsBlackholed(hoststack::TimeNs now, hoststack::TimeNs timeout) const override;
    void NoteBlackhole(hoststack::TimeNs now) override;
    void NoteMultipath(const hoststack::tcp::SegmentSink& sink) override;
    std::uint64_t RandomBits() override;
    hoststack::Seq32 InitialSequence() override;
    hoststack::mptcp::Counters& GetCounters() override;

    Path& NewPath(const HoststackFlowKey& key);
    void DropPath(const Path& path);
    bool Join(hoststack::host::Context& context,
              HoststackMptcpSocket& listener,
              const HoststackFlowKey& key,
              const hoststack::TcpSegment& syn);
    bool AreSubflowsTraced() const;

    /// The scheduler's calls since this was asked last are charged to the work that is being done.
    void ChargeScheduling()
    {
        const auto calls = m_multipath->SchedulerCalls();
        m_context->Charge(m_scheduling, calls - m_schedulerCalls);
        m_schedulerCalls = calls;
    }

    Ptr<HoststackMptcpHost> m_host;
    std::shared_ptr<const hoststack::mptcp::Config> m_mptcpConfig;
    hoststack::mptcp::Connection* m_multipath{nullptr};
    std::vector<std::unique_ptr<Path>> m_paths; ///< of the subflows, the first one's first
    std::unique_ptr<PushLoop> m_pushLoop;       ///< made when a write's goes round
    std::uint64_t m_schedulerCalls{0};          ///< that were charged
    hoststack::host::Operation m_scheduling{hoststack::host::Operation::Schedule};
    bool m_joinsOnly{false};
    std::uint32_t m_token{0};

    std::shared_ptr<std::vector<Shown>> m_shownSubflows; ///< made when a subflow is traced
    hoststack::OnDemand<SubflowTraces> m_subflowTraces;
};

} // namespace ns3

#endif // HS_MPTCP_SOCKET_H
