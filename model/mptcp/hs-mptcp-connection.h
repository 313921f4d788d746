// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_CONNECTION_H
#define HS_MPTCP_CONNECTION_H

#include "ns3/hs-coupled-congestion.h"
#include "ns3/hs-mptcp-config.h"
#include "ns3/hs-mptcp-counters.h"
#include "ns3/hs-mptcp-subflow.h"
#include "ns3/hs-packet-scheduler.h"
#include "ns3/hs-path-manager.h"
#include "ns3/hs-receive-queue.h"
#include "ns3/hs-send-buffer.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

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
        return m_counters;
    }

  private:
    Counters m_counters;
};

/**
 * One multipath TCP connection (RFC 8684, behaving as Linux; facts sheet linux.md sections 1 to 5)
 * as a pure function of time and input, over tcp::Connection objects that it owns.
 *
 * Data offsets are 64-bit positions in the data stream: 0 is the initial data sequence number, 1
 * the first byte. There is no selective acknowledgement of data; one right edge is announced by all
 * subflows and never moves left.
 */
class Connection
{
  public:
    Connection(std::shared_ptr<const Config> config, HostServices& host);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Active open of the first subflow through \p sink.
    void Connect(TimeNs now, tcp::SegmentSink& sink, const Endpoint& local, const Endpoint& remote);

    /// Passive open: \p syn carries MP_CAPABLE, or not: then it is plain TCP. Subflow 1 is the
    /// first.
    void AcceptSyn(TimeNs now,
                   tcp::SegmentSink& sink,
                   const Endpoint& local,
                   const Endpoint& remote,
                   const TcpSegment& syn);

    /**
     * \p syn carries MP_JOIN with our token. \return the new subflow's id, or 0 if it is refused
     * (the caller answers with RefusedJoin()). A join beyond the limit, or of a connection that
     * takes none any more, is refused only at its third message, as Linux does.
     */
    std::uint32_t AcceptJoin(TimeNs now,
                             tcp::SegmentSink& sink,
                             const Endpoint& local,
                             const Endpoint& remote,
                             const TcpSegment& syn);

    void OnSegment(TimeNs now, std::uint32_t subflow, const TcpSegment& segment);
    void OnDeadline(TimeNs now);
    TimeNs NextDeadline() const;

    /// \name As tcp::Connection's
    /// @{
    /// MSG_MORE does nothing here, as in Linux (6.18 measured); a cork does.
    std::uint32_t Send(TimeNs now, const Payload& bytes, bool more = false);
    void SetCork(TimeNs now, bool on);
    void SetNoDelay(TimeNs now, bool on);
    std::uint32_t SendSpace() const;
    std::uint32_t Read(TimeNs now, std::uint32_t max, std::vector<Payload>* out);
    /// \name Read in two halves, for a reader whose long read takes time: any number of ReadPart,
    /// then EndRead with the sum, which may announce the window.
    /// @{
    std::uint32_t ReadPart(TimeNs now, std::uint32_t max, std::vector<Payload>* out);
    void EndRead(TimeNs now, std::uint32_t copied);
    /// @}
    /// The window of all subflows as a reader finds it.
    tcp::WindowStatus GetWindowStatus() const;
    std::uint32_t Available() const;
    /// Memory of all that waits to be read or for a hole before it (the connection's
    /// sk_rmem_alloc).
    std::uint32_t ReceiveMemory() const;
    bool EndOfStream() const;
    void CloseSend(TimeNs now);
    void Close(TimeNs now);
    /// MP_FASTCLOSE on a RST of every subflow.
    void Abort(TimeNs now);
    /// kClosed comes when the last subflow is done; until then segments must still be handed in.
    std::uint32_t TakeEvents();
    /// mptcp_epollin_ready; facts sheet linux.md 2.1.
    bool IsReadable() const;
    /// What poll() looks at: see ReadinessOf().
    StreamLevels Levels() const;
    /// The host's memory-pressure flag, for all subflows.
    void SetMemoryPressure(bool on);

    tcp::State GetState() const
    {
        return m_state;
    }

    Info GetInfo(TimeNs now) const;

    /// @}

    /// \name What the network and a listener say about one subflow; as tcp::Connection's
    /// @{
    void OnNetworkError(TimeNs now, std::uint32_t subflow, const tcp::NetworkError& error);
    bool OnPathMss(TimeNs now, std::uint32_t subflow, Seq32 sequence, std::uint32_t mss);
    void LimitPathMss(std::uint32_t subflow, std::uint32_t mss);
    bool CompletesHandshake(std::uint32_t subflow, const TcpSegment& segment) const;
    /// If the subflow is in TIME-WAIT and \p syn begins a new connection in its place, it ends.
    /// \return where the new one starts
    std::optional<Seq32> GiveWay(TimeNs now, std::uint32_t subflow, const TcpSegment& syn);
    /// @}

    /// The application has taken the connection from its listener (accept()).
    void OnAccepted(TimeNs now);

    /// The token peers join with; known once the handshake has begun.
    std::uint32_t Token() const
    {
        return m_localToken;
    }

    /// Adds an address of this host (`ip mptcp endpoint add`) and lets the path manager decide. One
    /// with a port comes before the others, as in Linux; implicit ones only get their id.
    void AddEndpoint(TimeNs now, const LocalEndpoint& endpoint);
    /// Removes it: REMOVE_ADDR if the peer knows it, and its subflows are closed. \p id 0: the
    /// address of the first subflow, endpoint or not.
    void RemoveEndpoint(TimeNs now, std::uint8_t id);
    /// Opens a subflow (scripted path management). \return its id or 0.
    std::uint32_t OpenSubflow(TimeNs now, const LocalEndpoint& local, const Endpoint& remote);
    /// Resets a subflow.
    void CloseSubflow(TimeNs now, std::uint32_t id);
    /// Sends MP_PRIO on it.
    void SetBackup(TimeNs now, std::uint32_t id, bool backup);

    /// Where rare events are noted from now on, by this connection and its subflows.
    void SetEventSource(const EventSource& source);
    /// As tcp::Connection's, of all subflows.
    void RestartPeaks();

    bool IsFallback() const
    {
        return m_fallback;
    }

    /// What MPTcpExtMPCurrEstab counts: an accepted connection that never was multipath does not.
    bool CountsAsEstablished() const
    {
        return m_state == tcp::State::Established && (!m_server || m_hasRemoteKey);
    }

  private:
    friend class Subflow;

    struct Fragment
    {
        std::uint64_t begin{0};
        std::uint64_t end{0};
        std::uint64_t sent{0}; ///< data offset up to which it has been handed out
    };

    struct Announcement
    {
        LocalEndpoint endpoint; ///< under the id that was told
        TimeNs deadline{kNever};
        std::uint32_t tries{0};
        bool echoed{false};
    };

    struct PathWork; ///< what a path manager may do (hs-mptcp-paths.cc)
    friend struct PathWork;

    /// Work of the path manager that waits until the input has been dealt with.
    enum PathWorkBit : std::uint8_t
    {
        kWorkEstablished = 1u << 0,
        kWorkJoined = 1u << 1,
        kWorkGone = 1u << 2,
        kWorkAnnouncementOver = 1u << 3,
        kWorkAnnounced = 1u << 4,
        kWorkRemoved = 1u << 5,
        kWorkEcho = 1u << 6, ///< of an announcement that is of no use
    };

    // hs-mptcp-connection.cc: life, application calls
    Subflow& NewSubflow(Subflow::Role role,
                        bool active,
                        tcp::SegmentSink& sink,
                        const Endpoint& local,
                        const Endpoint& remote);
    void SetLocalKey();
    void SetRemoteKey(std::uint64_t key);
    void AfterInput(TimeNs now);
    void AfterSegment(TimeNs now);
    void AfterTimers(TimeNs now);
    void CollectEvents(TimeNs now, Subflow& subflow);
    void OnSubflowGone(TimeNs now, Subflow& subflow, std::uint32_t events);
    void Detach(TimeNs now, Subflow& subflow);
    void Release(Subflow& subflow);
    void ArmJoinAck(TimeNs now, Subflow& subflow);
    void SendJoinAck(TimeNs now, Subflow& subflow);
    TimeNs Expiry(TimeNs now, TimeNs delay) const;
    void StopCloseTimer();
    void Raise(std::uint32_t events);
    void Note(TimeNs now, Happening what, std::uint32_t part, std::uint64_t value = 0) const;
    void NoteEnd(TimeNs now, tcp::End end);
    void Die(TimeNs now, std::uint32_t events);
    Subflow* Find(std::uint32_t id);
    std::size_t OpenCount() const;

    bool HasSeveralOpen() const
    {
        const bool firstTwo =
            m_subflows.size() > 1 && !m_subflows[0]->closed && !m_subflows[1]->closed;
        return firstTwo || OpenCount() > 1;
    }

    // hs-mptcp-handshake.cc
    void OnFirstEstablished(TimeNs now);
    void OnFullyEstablished(TimeNs now, Subflow& subflow);
    void FallBack(TimeNs now, Subflow& subflow, bool byInfiniteMap = false);
    bool MayFallBack(const Subflow& subflow) const;
    bool TakesJoins() const;
    bool MayJoin() const;
    bool HasAlternative(const Subflow& subflow) const;
    bool HasRoomFor(const Subflow& join) const;
    void FailSubflow(TimeNs now, Subflow& subflow, MptcpResetReason reason);
    void OnFail(TimeNs now, Subflow& subflow);
    void OnSignal(TimeNs now, Subflow& subflow, const MptcpOptions& options, bool isReset);
    void SendSignals(TimeNs now, Subflow* on);
    Subflow* SignalSubflow(int avoidId = -1);

    // hs-mptcp-paths.cc
    bool CloseSubflowsOf(TimeNs now, bool local, std::uint8_t id);
    int LocalIdOf(const Endpoint& local);
    bool IsBackupAddress(const Endpoint& local) const;
    bool IsAnnounced(const Endpoint& local) const;
    void OnAddAddress(TimeNs now, const MptcpAddAddress& add);
    void OnAddAddressEcho(const MptcpAddAddress& add);
    void OnRemoveAddress(const MptcpRemoveAddress& remove);
    bool IsGenuine(const MptcpAddAddress& add) const;
    void Echo(const MptcpAddAddress& add);
    void RunPathWork(TimeNs now);
    void DoPathWork(TimeNs now);
    void DecidePaths(TimeNs now, PathManagerView& view);
    PathManagerView ViewPaths(PathActions& actions, PathEvent event) const;
    void ForgetRemote(std::uint8_t id);
    void SendAnnouncement(TimeNs now, Announcement& announcement);
    bool IsHalfOpen(const Subflow& subflow) const;
    void DropOldestHalfOpen();
    void Sweep(TimeNs now);
    void KeepEnded(const SubflowInfo& info);
    SubflowInfo InfoOf(const Subflow& subflow, TimeNs now) const;

    // hs-mptcp-send.cc
    void PushPending(TimeNs now);
    void PushUnsent(TimeNs now);
    std::size_t FirstUnsent();
    bool PushOn(TimeNs now, Subflow& subflow);
    bool PushCopies(TimeNs now);
    bool AskScheduler(TimeNs now, bool retransmit);
    std::uint32_t SendOn(Subflow& subflow, std::uint64_t begin, std::uint64_t end);
    void OnDataAck(TimeNs now, std::uint64_t ack, std::uint64_t window);
    void ReleaseAcked(TimeNs now, std::uint64_t ack);
    void OnRetransmitTimer(TimeNs now);
    void ArmRetransmitTimer(TimeNs now);
    void CheckStale(TimeNs now, Subflow& subflow);
    void ReinjectAll(TimeNs now);
    void SendDataFin(TimeNs now);

    bool HasUnsent() const
    {
        return !m_fragments.Empty() && m_fragments.Back().sent < m_fragments.Back().end;
    }

    bool FinIsDue() const
    {
        return m_finQueued && !m_finSent && !HasUnsent();
    }

    /// Edge of what the peer may send, and how far it lies ahead.
    std::uint32_t LeftFrom(std::uint64_t offset) const
    {
        const auto edge = m_rightEdge > 1 ? m_rightEdge : m_handshakeEdge;
        return edge > offset ? static_cast<std::uint32_t>(edge - offset) : 0;
    }

    void UpdateTimerInterval(TimeNs now, bool onlyActive);
    void AccountIdle(TimeNs now);
    tcp::Limit IdleReasonOf(const Subflow& subflow) const;
    std::uint32_t MappingLimit(const Subflow& subflow) const;

    // hs-mptcp-receive.cc
    /// \return bytes that are new
    std::uint32_t OnData(TimeNs now, Subflow& subflow, std::uint64_t begin, Payload&& bytes);
    void OnDataFin(TimeNs now, Subflow& subflow, std::uint64_t offset);
    void CheckDataFin(TimeNs now);
    void MoveWaiting(TimeNs now);

    /// Subflows have handed over what they had: what waited beyond a hole may follow.
    void EndBatch()
    {
        m_batchNext = m_queue.Next();
    }

    void CleanupAfterRead(TimeNs now, std::uint32_t copied);
    void AdjustReceiveSpace(TimeNs now);
    std::uint32_t FreeSpace() const;
    bool IsFull() const;
    void CountOutOfOrder(std::uint64_t begin);
    void WakeReader();
    void AdvanceCloseStates(TimeNs now);
    void ShutDownSubflows(TimeNs now);

    std::shared_ptr<const Config> m_config;
    HostServices& m_host;
    Counters& m_counters;
    std::unique_ptr<PacketScheduler> m_scheduler;
    std::unique_ptr<PathManager> m_pathManager;
    /// In order of creation. The first stays; others go at the first input after they are done.
    std::vector<std::unique_ptr<Subflow>> m_subflows;
    bool m_sweepDue{false};
    std::vector<SubflowInfo> m_ended; ///< of those that are gone; bounded, see KeepEnded()
    std::uint32_t m_nextId{1};
    EventSource m_source;
    tcp::State m_state{tcp::State::Closed};
    std::uint32_t m_events{0};
    bool m_server{false};
    bool m_busy{false};   ///< inside an input: work is done at its end
    bool m_copies{false}; ///< the scheduler wants the same data on several subflows
    bool m_fallback{false};
    bool m_fullyEstablished{false};
    bool m_everJoined{false};
    bool m_everReinjected{false};
    bool m_checksum{false};
    bool m_peerAllowsInitialJoin{true};

    std::uint64_t m_localKey{0};
    std::uint64_t m_remoteKey{0};
    bool m_hasRemoteKey{false};
    std::uint32_t m_localToken{0};
    std::uint32_t m_remoteToken{0};
    std::uint64_t m_localIdsn{0};
    std::uint64_t m_remoteIdsn{0};

    // Sending, in data offsets.
    tcp::SendBuffer m_sendBuffer;
    Ring<Fragment> m_fragments;
    std::uint64_t m_sndUna{1};
    std::uint64_t m_sndNxt{1};
    std::uint64_t m_windowEnd{1};
    std::uint32_t m_sendBufferLimit{0};
    std::size_t m_unsentFragments{0}; ///< what FirstUnsent() found last; checked before it is used
    std::int64_t m_burst{0};
    std::uint32_t m_lastUsed{0};
    SchedulerView m_view;
    TimeNs m_retransmitDeadline{kNever};
    TimeNs m_timerInterval; ///< timer_ival: as last computed, not when the timer is armed
    bool m_writerBlocked{false};
    bool m_writing{false}; ///< inside Send: the push loop runs in the writer's context
    bool m_starved{false}; ///< the push loop spins and nothing else runs any more
    tcp::Limit m_idleReason{tcp::Limit::Application}; ///< why idle subflows get nothing
    bool m_finQueued{false};
    bool m_finSent{false};
    bool m_finAcked{false};
    bool m_finTold{false}; ///< options say it until what follows its DATA_ACK has been done
    std::uint32_t m_finRetries{0};
    bool m_recovery{false};
    bool m_pushDue{false}; ///< the scheduler is asked at the end of this input
    std::uint64_t m_recoveryEnd{0};

    // Receiving, in the peer's data offsets.
    tcp::ReceiveQueue m_queue;
    /// Where the bytes in order end that subflows have handed over, without what had waited beyond
    /// a hole: Linux looks at that when a batch is over (__mptcp_ofo_queue).
    std::uint64_t m_batchNext{1};
    std::uint32_t m_receiveBuffer{0};
    std::uint32_t m_scalingRatio{128}; ///< smallest of the subflows' when last read
    std::uint64_t m_rightEdge{0};      ///< furthest ever announced on any subflow (rcv_wnd_sent)
    std::uint64_t m_handshakeEdge{0};  ///< what TCP's handshake allowed, before any DSS
    std::uint32_t m_lastWindow{0};     ///< what the re-open rule compares with (old_wspace)
    bool m_ack64{false};        ///< the peer uses 64-bit numbers, so DATA_ACKs are 64-bit, too
    std::uint64_t m_peerFin{0}; ///< data offset of the peer's DATA_FIN; 0: not seen
    bool m_peerFinReached{false};
    TimeNs m_peerFinAnswered{0};  ///< when it was last acknowledged for its own sake
    std::uint32_t m_readSpace{0}; ///< auto-tuning, as tcp::LinuxWindow
    std::uint64_t m_readFrom{0};
    TimeNs m_readSince{0};
    TimeNs m_readRtt{0}; ///< of the last measurement (rcvq_space.rtt_us)
    std::uint64_t m_readTotal{0};

    std::vector<LocalEndpoint> m_endpoints;
    std::vector<RemoteAddress> m_remotes;
    std::vector<Announcement> m_announcements;
    AddressSignals m_signals;
    std::uint8_t m_pathWork{0}; ///< PathWorkBit
    RemoteAddress m_announced;
    MptcpRemoveAddress m_removed;
    MptcpOptions m_parsed; ///< scratch of the segment being read
    std::shared_ptr<const tcp::Config> m_subflowConfig;
    std::string m_coupledName;
    std::shared_ptr<CoupledGroup> m_coupled; ///< nullptr: subflows are not coupled
    TimeNs m_closeDeadline{kNever};
    TimeNs m_failDeadline{kNever};
    bool m_orphaned{false};   ///< the application has closed it
    bool m_fastClosed{false}; ///< by the peer's MP_FASTCLOSE
    bool m_pressure{false};
    bool m_corked{false};
    std::optional<bool> m_noDelay;    ///< as set while it was open
    std::uint64_t m_infiniteNext{0};  ///< data offset after the infinite mapping's first bytes
    std::uint64_t m_fallbackShift{0}; ///< subflow offset less data offset of what is sent
    Info m_info;
};

/// The RST that answers a join that is refused: a SYN whose token belongs to no connection
/// (subflow_check_req: MPTCP_RST_EMPTCP), or a third ACK.
TcpSegment RefusedJoin(const TcpSegment& segment,
                       MptcpResetReason reason = MptcpResetReason::MptcpError);

} // namespace hoststack::mptcp

#endif // HS_MPTCP_CONNECTION_H
