// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_CONNECTION_H
#define HS_MPTCP_CONNECTION_H

#include "ns3/hs-coupled-congestion.h"
#include "ns3/hs-mptcp-address-book.h"
#include "ns3/hs-mptcp-config.h"
#include "ns3/hs-mptcp-counters.h"
#include "ns3/hs-mptcp-data-receiver.h"
#include "ns3/hs-mptcp-data-sender.h"
#include "ns3/hs-mptcp-host-services.h"
#include "ns3/hs-mptcp-key-exchange.h"
#include "ns3/hs-mptcp-shared-window.h"
#include "ns3/hs-mptcp-subflow.h"
#include "ns3/hs-path-manager.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

namespace hoststack::mptcp
{

/**
 * One multipath TCP connection (RFC 8684, behaving as Linux; facts sheet linux.md sections 1 to 5)
 * as a pure function of time and input, over tcp::Connection objects that it owns.
 *
 * Data offsets are 64-bit positions in the data stream: 0 is the initial data sequence number, 1
 * the first byte. There is no selective acknowledgement of data; one right edge is announced by all
 * subflows and never moves left.
 */
class Connection : private DataLevel, private DataSenderOwner
{
  public:
    Connection(std::shared_ptr<const Config> settings, HostServices& services);
    ~Connection() override;
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

    void OnSegment(TimeNs now, std::uint32_t subflow, const Burst& burst);
    /// As tcp::Connection's; \p waiting is what its own backlog holds.
    std::uint32_t MemoryInBacklog(std::uint32_t subflow,
                                  std::uint64_t waiting,
                                  const Burst& burst) const;
    void OnDeadline(TimeNs now);
    TimeNs NextDeadline() const;

    /// \name As tcp::Connection's
    /// @{
    /// MSG_MORE does nothing here, as in Linux (6.18 measured); a cork does.
    std::uint32_t Send(TimeNs now, const Payload& bytes, bool more = false);
    void SetCork(TimeNs now, bool on);
    void SetNoDelay(TimeNs now, bool on);

    std::uint32_t SendSpace() const
    {
        return m_sender.Space();
    }

    /// Who has found no room, as after a Send that did not fit, is told by kWritable (mptcp_poll).
    void AwaitRoom()
    {
        m_sender.SetWriterBlocked(true);
    }

    /// sk_sndbuf
    std::uint32_t SendBufferLimit() const
    {
        return m_sender.Limit();
    }

    /// \name Of a machine whose time passes, after kPushSpins: the push loop goes round, with the
    /// connection's lock in hand, until it can send or nothing is left.
    /// @{
    void HoldPush()
    {
        m_sender.HoldPush();
    }

    /// \return false: it has ended
    bool ContinuePush(TimeNs now);

    /// From now on what Linux leaves to a worker waits for Work(), after kWorkDue.
    void UseWorker()
    {
        m_worker = Worker::Idle;
    }

    /// The worker, with the connection's lock in hand.
    void Work(TimeNs now);

    std::uint64_t SchedulerCalls() const
    {
        return m_sender.SchedulerCalls();
    }

    /// @}

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
    /// Charges all buffers, those of the subflows to their own accounts, to \p host, which outlives
    /// this; before the connection is opened.
    void UseMemory(MemorySource& host);
    /// Where the pacers of all subflows find what their host's connections share.
    void UsePacing(PacingSource& source);

    tcp::State GetState() const
    {
        return m_state;
    }

    Info GetInfo(TimeNs now) const;

    /// Segments, of all open subflows together.
    std::uint32_t CongestionWindow() const
    {
        std::uint32_t sum = 0;
        for (const auto& s : m_subflows)
        {
            sum += s->IsClosed() ? 0 : s->tcp->GetSendStatus().cwnd;
        }
        return sum;
    }

    /// @}

    /// \name What the network and a listener say about one subflow; as tcp::Connection's
    /// @{
    void OnNetworkError(TimeNs now, std::uint32_t subflow, const tcp::NetworkError& error);
    bool OnPathMss(TimeNs now, std::uint32_t subflow, Seq32 sequence, std::uint32_t mss);
    void LimitPathMss(std::uint32_t subflow, std::uint32_t mss);
    bool AwaitsSendBacklog(std::uint32_t subflow) const;
    void OnSendBacklog(TimeNs now, std::uint32_t subflow);
    bool CompletesHandshake(std::uint32_t subflow, const TcpSegment& segment) const;
    /// If the subflow is in TIME-WAIT and \p syn begins a new connection in its place, it ends.
    /// \return where the new one starts
    std::optional<Seq32> GiveWay(TimeNs now, std::uint32_t subflow, const TcpSegment& syn);
    /// @}

    /// The application has taken the connection from its listener (accept()).
    void OnAccepted(TimeNs now);
    /// Gives unused memory back (an idle connection).
    void Shrink();

    /// The token peers join with; known once the handshake has begun.
    std::uint32_t Token() const
    {
        return m_keys.Local().token;
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
    /// What held idle subflows up to now stays as Info says it now; else hindsight may change it.
    void SettleHolds(TimeNs now);

    using DataLevel::IsFallback;

    /// What MPTcpExtMPCurrEstab counts: an accepted connection that never was multipath does not.
    bool CountsAsEstablished() const
    {
        return m_state == tcp::State::Established && (!m_server || m_keys.HasRemote());
    }

  private:
    struct PathWork; ///< what a path manager may do (hs-mptcp-paths.cc)
    friend struct PathWork;

    enum class Worker : std::uint8_t
    {
        None, ///< its work is done where it falls due
        Idle,
        Called, ///< and not yet come
    };

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

    // DataLevel: what subflows ask and tell
    Numbers NumbersToSay() const override;

    const Subflow& Initial() const override
    {
        return *m_subflows.front();
    }

    void OnDataAck(TimeNs now, const MptcpDss& dss, std::uint64_t window) override;
    std::uint32_t OnData(TimeNs now,
                         Subflow& subflow,
                         std::uint64_t begin,
                         const Payload& bytes,
                         const BufferMemory& memory) override;
    void OnDataFin(TimeNs now, Subflow& subflow, std::uint64_t offset) override;
    void OnAckLength() override;
    void OnSignal(TimeNs now, Subflow& subflow, const MptcpOptions& options, bool isReset) override;
    void OnProven(TimeNs now, Subflow& subflow) override;
    bool TakesJoin(const Subflow& subflow) const override;
    void OnRefused(TimeNs now, Subflow& subflow) override;
    void FailSubflow(TimeNs now, Subflow& subflow, MptcpResetReason reason) override;
    void OnFail(TimeNs now, Subflow& subflow) override;
    bool MayFallBack(const Subflow& subflow) const override;
    void FallBackOn(TimeNs now, Subflow& subflow, bool wantsAcks) override;
    bool HasAlternative(const Subflow& subflow) const override;

    // DataSenderOwner
    void Raise(std::uint32_t events) override;
    void Note(TimeNs now,
              Happening what,
              std::uint32_t part,
              std::uint64_t value = 0) const override;
    TimeNs Expiry(TimeNs now, TimeNs delay) const override;
    void FallBackByMap(TimeNs now, Subflow& subflow) override;
    void OnSendClosed() override;

    void NoteFreeSpace() override
    {
        m_window.Remember(m_receiver.FreeSpace());
    }

    // hs-mptcp-connection.cc: life, application calls
    Subflow& NewSubflow(Subflow::Role role,
                        bool active,
                        tcp::SegmentSink& sink,
                        const Endpoint& local,
                        const Endpoint& remote);

    /// Of what is the worker's.
    TimeNs WorkDeadline() const
    {
        return std::min(std::min(m_sender.Deadline(), m_closeDeadline), m_failDeadline);
    }

    /// Of what is no subflow's.
    TimeNs OwnDeadline() const
    {
        return std::min(m_worker == Worker::Called ? kNever : WorkDeadline(),
                        m_addresses.NextRepetition());
    }

    void AfterInput(TimeNs now);
    // hs-mptcp-worker.cc
    void DoTimers(TimeNs now);
    void AfterTimersOfWorker(TimeNs now);
    bool IsClosingDue() const;
    void CallWorkerIf(bool isDue);

    bool HasWorker() const
    {
        return m_worker != Worker::None;
    }

    void AfterTimers(TimeNs now)
    {
        if (m_sender.IsHeld())
        {
            return;
        }
        if (HasWorker())
        {
            AfterTimersOfWorker(now);
            return;
        }
        RunPathWork(now);
        if (m_sender.IsPushDue())
        {
            AfterInput(now);
        }
        else
        {
            AdvanceCloseStates(now);
        }
    }

    void AfterSegment(TimeNs now)
    {
        if (m_fallback || m_sender.Copies())
        {
            m_sender.RequestPush();
        }
        AfterTimers(now);
    }

    void CollectEvents(TimeNs now, Subflow& subflow)
    {
        const auto events = subflow.tcp->TakeEvents();
        if (events != 0 || m_fallback)
        {
            OnSubflowEvents(now, subflow, events);
        }
    }

    void OnSubflowEvents(TimeNs now, Subflow& subflow, std::uint32_t events);
    void OnSubflowGone(TimeNs now, Subflow& subflow, std::uint32_t events);
    void Detach(TimeNs now, Subflow& subflow);
    void Release(Subflow& subflow);
    void ArmJoinAck(TimeNs now, Subflow& subflow);
    void SendJoinAck(TimeNs now, Subflow& subflow);
    void StopCloseTimer();
    void NoteEnd(TimeNs now, tcp::End end);
    void Die(TimeNs now, std::uint32_t events);
    Subflow* Find(std::uint32_t id);
    std::size_t OpenCount() const;

    // hs-mptcp-handshake.cc
    void OnFirstEstablished(TimeNs now);
    void FallBack(TimeNs now, Subflow& subflow, Subflow::Speech speech);
    bool TakesJoins() const;
    bool MayJoin() const;
    bool HasRoomFor(const Subflow& join) const;
    void SendSignals(TimeNs now, Subflow* on);
    Subflow* SignalSubflow(int avoidId = -1);

    // hs-mptcp-paths.cc
    bool CloseSubflowsOf(TimeNs now, bool local, std::uint8_t id);
    void OnAddAddress(TimeNs now, const MptcpAddAddress& add);
    void OnAddAddressEcho(const MptcpAddAddress& add);
    void OnRemoveAddress(const MptcpRemoveAddress& remove);

    void RunPathWork(TimeNs now)
    {
        if (m_pathWork != 0 && !m_sender.IsBusy())
        {
            DoPathWork(now);
        }
    }

    void DoPathWork(TimeNs now);
    void DecidePaths(TimeNs now, PathManagerView& view);
    PathManagerView ViewPaths(PathActions& actions, PathEvent event) const;
    void SendAnnouncement(TimeNs now, Announcement& announcement);
    bool IsHalfOpen(const Subflow& subflow) const;
    void DropOldestHalfOpen();
    void Sweep(TimeNs now);
    void KeepEnded(const SubflowInfo& info);
    SubflowInfo InfoOf(const Subflow& subflow, TimeNs now) const;

    // hs-mptcp-receive.cc
    void OnFinReached(TimeNs now);
    void MoveWaiting(TimeNs now);
    void CleanupAfterRead(TimeNs now, std::uint32_t copied);
    bool AckIsPending() const;
    void WakeReader();

    void AdvanceCloseStates(TimeNs now)
    {
        const bool isClosing = m_sender.FinIs(DataSender::Fin::Queued) || m_receiver.IsFinKnown();
        if (isClosing && m_state != tcp::State::Closed)
        {
            StepClosing(now);
        }
    }

    void StepClosing(TimeNs now);
    void ShutDownSubflows(TimeNs now);

    std::shared_ptr<const Config> m_config;
    OnDemand<Info> m_info; ///< counts, and the end
    KeyExchange m_keys;
    AddressBook m_addresses;
    SharedWindow m_window;
    SubflowList m_subflows;
    MemorySource* m_memory{nullptr};
    PacingSource* m_pacing{nullptr};
    std::unique_ptr<MemoryAccount> m_account; ///< nullptr: memory never ends
    DataReceiver m_receiver;
    DataSender m_sender;
    std::unique_ptr<PathManager> m_pathManager;
    std::vector<SubflowInfo> m_ended; ///< of those that are gone; bounded, see KeepEnded()
    std::uint32_t m_nextId{1};
    std::uint8_t m_pathWork{0}; ///< PathWorkBit
    Worker m_worker{Worker::None};
    EventSource m_source;
    tcp::State m_state{tcp::State::Closed};
    std::uint32_t m_events{0};
    TimeNs m_closeDeadline{kNever};
    TimeNs m_failDeadline{kNever};
    bool m_sweepDue{false};
    bool m_server{false};
    bool m_fallback{false};
    bool m_fullyEstablished{false};
    bool m_everJoined{false};
    bool m_orphaned{false};   ///< the application has closed it
    bool m_fastClosed{false}; ///< by the peer's MP_FASTCLOSE

    // For subflows to come.
    std::shared_ptr<const tcp::Config> m_subflowConfig;
    std::shared_ptr<CoupledGroup> m_coupled; ///< nullptr: subflows are not coupled
    bool m_pressure{false};
    bool m_corked{false};
    std::optional<bool> m_noDelay; ///< as set while it was open
};

} // namespace hoststack::mptcp

#endif // HS_MPTCP_CONNECTION_H
