// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_CONNECTION_H
#define HS_TCP_CONNECTION_H

#include "ns3/hs-burst.h"
#include "ns3/hs-event-log.h"
#include "ns3/hs-network-error.h"
#include "ns3/hs-pooled.h"
#include "ns3/hs-readiness.h"
#include "ns3/hs-send-status.h"
#include "ns3/hs-tcp-common.h"
#include "ns3/hs-tcp-config.h"
#include "ns3/hs-tcp-extension.h"
#include "ns3/hs-tcp-receiver.h"
#include "ns3/hs-tcp-sender.h"
#include "ns3/hs-tcp-types.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace hoststack::tcp
{

/**
 * One TCP connection as a pure function of time and input (RFC 9293, behaving as Linux where the
 * two differ and the configuration does not say otherwise).
 *
 * Segments, application calls and deadlines go in, each with the present time, which never goes
 * back; bursts of segments come out through the SegmentSink, deadlines through NextDeadline() and
 * what the application must know through TakeEvents(). There is no clock, no global and no I/O
 * inside. The owner calls OnDeadline() at (or after) NextDeadline().
 *
 * Offsets are 64-bit positions in a stream: 0 is the SYN, 1 the first byte of data; so sequence
 * numbers wrap only in the header.
 *
 * It keeps the states, the handshake, the ends and the order in which a segment is looked at; the
 * Receiver and its AckPolicy have what comes in, the Sender what goes out.
 */
class Connection final : public Pooled, private Outlet
{
  public:
    /**
     * \p config is shared by all connections of a host and must not change afterwards. \p iss is
     * the initial sequence number; ports are in host byte order.
     * \throws UnknownName for a variant that does not exist.
     */
    Connection(std::shared_ptr<const Config> config,
               SegmentSink& sink,
               std::uint16_t localPort,
               std::uint16_t remotePort,
               Seq32 iss);
    ~Connection();

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Active open: sends the SYN.
    void Connect(TimeNs now);
    /// Passive open: answers \p syn, which a listener has received.
    void AcceptSyn(TimeNs now, const TcpSegment& syn);

    /**
     * In TIME-WAIT \p syn begins a new connection (RFC 9293 section 3.6.1, RFC 6191 section 2): the
     * owner forgets this one and gives the SYN to a listener, whose connection starts at
     * ReopeningIss().
     */
    bool MayReopen(TimeNs now, const TcpSegment& syn) const;

    /// An initial number beyond everything that this connection has used.
    Seq32 ReopeningIss() const;

    /// A segment for this connection has arrived (checksum verified, ports matched).
    void OnSegment(TimeNs now, const Burst& burst);
    /// The last one of a batch (Burst::place) was: now all of it is answered.
    void EndBatch(TimeNs now);

    /// As Pacer::TakesBatches().
    bool TakesBatches() const
    {
        return m_sender.TakesBatches();
    }

    /// As Pacer::KeepsInput(), of what comes now.
    InputWait KeepsInput()
    {
        return m_sender.KeepsInput();
    }

    /**
     * Whether the backlog of its socket, which holds \p waiting bytes of memory while a thread has
     * the socket, takes \p burst (tcp_add_backlog() since 6.10 and in the stable series before:
     * twice the receive buffer, half the send buffer and 64 KiB, less what the receive queue
     * holds). \return what it costs there; 0: it does not
     */
    std::uint32_t MemoryInBacklog(std::uint64_t waiting, const Burst& burst) const;

    /// Buffers of the receive queue that were copied into fuller ones so far; it wraps.
    std::uint32_t Collapsed() const
    {
        return m_common.troubles->collapsed;
    }

    /// Time has reached NextDeadline().
    void OnDeadline(TimeNs now);

    /// When OnDeadline() wants to be called; kNever if no timer runs. May lie in the past.
    TimeNs NextDeadline() const
    {
        // Two by two: std::min of a list is a loop over memory, and this is asked after each event.
        const auto& acks = m_receiver.Acks();
        return std::min(std::min(m_sender.NextDeadline(),
                                 std::min(acks.DelayedDeadline(), acks.HeldDeadline())),
                        std::min(m_keepAliveDeadline, m_stateDeadline));
    }

    /**
     * Writes \p bytes; \return how many of them were taken (the rest did not fit into the send
     * buffer: wait for kWritable). 0 after CloseSend or in a state that cannot send.
     * \p more: another write follows (MSG_MORE), so this one alone sends no segment that is not
     * full; an ACK of what was in flight, or 200 ms without any, still does.
     */
    std::uint32_t Send(TimeNs now, const Payload& bytes, bool more = false);
    /// Holds segments back that are not full (TCP_CORK), at most 200 ms; off sends them.
    void SetCork(TimeNs now, bool on);
    /// Nagle's algorithm off or on (TCP_NODELAY); off sends what waits.
    void SetNoDelay(TimeNs now, bool on);

    /// Bytes that Send would take now if none of them left during the call. What leaves makes room,
    /// and takes memory for heads of its own, so Send may take more or less.
    std::uint32_t SendSpace() const
    {
        return m_sender.Space();
    }

    /// Who has found no room, as after a Send that did not fit, is told by kWritable (tcp_poll).
    void AwaitRoom()
    {
        m_sender.SetWriterBlocked(true);
    }

    /// Reads up to \p max bytes into \p out (or drops them); may send a window update.
    std::uint32_t Read(TimeNs now, std::uint32_t max, std::vector<Payload>* out);
    /// A read that takes time is any number of parts ...
    std::uint32_t ReadPart(TimeNs now, std::uint32_t max, std::vector<Payload>* out);
    /// ... and its end, with their sum, which may send a window update.
    void EndRead(TimeNs now, std::uint32_t copied);

    /// The receive window as a reader finds it.
    WindowStatus GetWindowStatus() const
    {
        return m_receiver.GetWindowStatus();
    }

    /// Bytes that can be read.
    std::uint32_t Available() const
    {
        return m_receiver.Available();
    }

    /// All data has been read and the peer's FIN has arrived.
    bool EndOfStream() const
    {
        return m_receiver.FinReceived() && m_receiver.Available() == 0;
    }

    /// At least the low-water mark waits, or less where memory or window ask for a reader.
    bool IsReadable() const;
    /// What poll() looks at: see ReadinessOf().
    StreamLevels Levels() const;

    /// No more data will be written: FIN after what is queued (shutdown(SHUT_WR)).
    void CloseSend(TimeNs now);
    /// The application is done with both directions (close()); unread data resets (RFC 2525 2.17).
    void Close(TimeNs now);
    /// Sends RST and forgets everything (close with SO_LINGER 0, RFC 9293 ABORT).
    void Abort(TimeNs now);

    /// \name What the network reports about segments of ours (ICMP)
    /// @{
    void OnNetworkError(TimeNs now, const NetworkError& error);
    /// One was too long for the path, which takes an MSS of \p mss (without options) at most.
    /// \return false if \p sequence is not in flight: the message is not believed
    bool OnPathMss(TimeNs now, Seq32 sequence, std::uint32_t mss);
    /// The path to this peer takes \p mss at most, as another connection found out.
    void LimitPathMss(std::uint32_t mss);

    /// @}

    /// The application has taken the connection from its listener (accept()).
    void OnAccepted(TimeNs /* now */)
    {
    }

    /// For a listener, which may have no room for it: \p segment is the third of the handshake.
    bool CompletesHandshake(const TcpSegment& segment) const;

    /// Events since the last call.
    std::uint32_t TakeEvents()
    {
        return std::exchange(m_common.events, 0);
    }

    State GetState() const
    {
        return m_common.state;
    }

    Info GetInfo(TimeNs now) const;

    /// Algorithm in use, for its phase and name.
    const CongestionControl& Congestion() const
    {
        return m_sender.Congestion();
    }

    /// Replaces the algorithm before the connection is opened (adapters of foreign algorithms).
    void SetCongestion(std::unique_ptr<CongestionControl> congestion);

    /// Sets or clears the host's memory-pressure flag as this connection sees it.
    void SetMemoryPressure(bool on)
    {
        m_receiver.SetMemoryPressure(on);
    }

    /// Charges received data to \p account from now on; before the connection is opened.
    void SetMemoryAccount(std::unique_ptr<MemoryAccount> account)
    {
        m_receiver.SetAccount(std::move(account));
    }

    /// As Pacer::NewAlarm(), after UsePacing().
    AlarmPointer NewAlarm(Alarm::Owner& owner, Clock& clock)
    {
        return m_sender.NewAlarm(owner, clock);
    }

    /// Charges all buffers to an account of \p host; before the connection is opened.
    void UseMemory(MemorySource& host)
    {
        m_receiver.SetAccount(host.NewAccount(SocketKind::Tcp));
        m_sender.SetAccount(&m_receiver.Account());
    }

    /// From now on it looks at \p bytes, what of it waits in the host's device, before it sends
    /// (TCP small queues), in place of SegmentSink::Backlog(); whoever sends that calls
    /// OnSendBacklog().
    void SetSendBacklog(const std::uint64_t* bytes)
    {
        m_sender.SetBacklog(bytes);
    }

    bool AwaitsSendBacklog() const
    {
        return m_sender.AwaitsBacklog();
    }

    void OnSendBacklog(TimeNs now)
    {
        m_sender.OnBacklog(now);
    }

    /// Where a pacer finds what its host's connections share; before the connection is opened.
    void UsePacing(PacingSource& source)
    {
        m_sender.UsePacing(source);
    }

    /// Where rare events are noted from now on.
    void SetEventSource(const EventSource& source)
    {
        m_common.source.Set(source, source.log != nullptr);
    }

    /// Info's largest and least values count from now on.
    void RestartPeaks();

    /// Gives unused memory back (an idle connection).
    void Shrink();

    /**
     * What contradicts what among counts, marks and timers, or nullptr; for tests, after a call has
     * returned. Walks everything in flight.
     */
    const char* Inconsistency() const;

    /// \name For a multipath layer, whose subflow this is
    /// @{
    /// Before Connect or AcceptSyn; \p extension outlives the connection.
    void SetExtension(Extension* extension)
    {
        m_common.extension = extension;
    }

    /// Queues \p bytes without sending and without a limit; Push sends.
    void Write(const Payload& bytes);
    /// The same; each mapping has a buffer, and \p begun of them begin with these bytes.
    void WriteMapped(const Payload& bytes, std::uint32_t begun);

    /// Whoever writes to the layer was refused: the send buffer grows with ACKs until this is taken
    /// back, each time with kWritable (SOCK_NOSPACE, which all subflows share).
    void SetWriterBlocked(bool on)
    {
        m_sender.SetWriterBlocked(on);
    }

    /// sk_sndbuf
    std::uint32_t SendBufferLimit() const
    {
        return m_sender.BufferLimit();
    }

    void Push(TimeNs now);
    /// Moves up to \p max bytes of in-order data out, without any window update.
    std::uint32_t Take(std::uint32_t max, std::vector<Payload>& out);

    /// Length of the first piece that Take would move.
    std::uint32_t FirstPiece() const
    {
        return m_receiver.FirstPiece();
    }

    /// The shared reader has read \p copied bytes: announce the window if it is due.
    void CleanupAfterRead(TimeNs now, std::uint32_t copied, bool queueEmpty, bool mayUpdate);
    /// Sends an ACK now; with options, if the extension has any to send.
    void AckNow(TimeNs now);

    /// Ends without a word: the owner has answered.
    void Forget(TimeNs now)
    {
        Die(now, 0);
    }

    /// The segment being processed must be acknowledged at once.
    void RequestAck()
    {
        m_receiver.Acks().RequestNow();
    }

    /// The peer's shared window allows \p bytes from the first unacknowledged one. \return whether
    /// that is more than this connection was told.
    bool RaiseSendWindow(std::uint64_t bytes)
    {
        return m_sender.RaiseWindow(bytes);
    }

    /// The shared right edge lies \p bytes further than this subflow announced: take a segment of
    /// \p length that its own window would refuse. \return false: it does not refuse it
    bool ExtendReceiveWindow(std::uint32_t bytes, std::uint32_t length)
    {
        return m_receiver.ExtendWindow(bytes, length);
    }

    /// Enlarges an unlocked receive buffer to the shared one's size.
    void SetReceiveBuffer(std::uint32_t bytes)
    {
        m_receiver.SetBuffer(bytes);
    }

    /// The options' size has changed.
    void RefreshMss()
    {
        m_sender.UpdateMss(false);
    }

    using SendStatus = tcp::SendStatus;

    /// Inline, so that a caller pays only for the members that it looks at.
    SendStatus GetSendStatus() const
    {
        SendStatus status;
        GetSendStatus(status);
        return status;
    }

    void GetSendStatus(SendStatus& status) const
    {
        m_sender.GetStatus(status);
        status.lastReceived = m_common.lastReceived;
        status.canSend = CanSendData();
    }

    /// Payload of a full segment that leaves now (tcp_current_mss), bytes.
    std::uint32_t CurrentMss() const
    {
        return m_sender.CurrentMss();
    }

    /// How long it had nothing to send, until \p now or until it closed.
    TimeNs IdleTime(TimeNs now) const
    {
        return m_sender.IdleTime(now);
    }

    /// The \p length unacknowledged bytes at \p offset.
    Payload Peek(std::uint64_t offset, std::uint32_t length) const
    {
        return m_sender.Peek(offset, length);
    }

    /// What the peer takes from the first unacknowledged byte on, as far as this connection knows:
    /// its last announcement, or what RaiseSendWindow has made of it since (snd_wnd).
    std::uint64_t SendWindow() const
    {
        return m_sender.Window();
    }

    /// Stream offset that \p segment acknowledges; negative if it is older than what is in flight.
    std::int64_t AckedOffset(const TcpSegment& segment) const
    {
        return m_sender.OffsetOf(segment.ack);
    }

    /// Memory that a segment of \p length payload bytes costs a receiver (see TruesizeModel).
    BufferMemory MemoryOf(std::uint32_t length) const
    {
        return m_receiver.MemoryOf(length);
    }

    /// The same; if that segment has just arrived, what it really costs (several may have been put
    /// together on the way).
    BufferMemory ArrivedMemory(std::uint32_t length) const
    {
        return m_receiver.ArrivedMemory(length);
    }

    /// The same of \p length bytes that Take would move first: what came as one segment costs what
    /// it did then.
    BufferMemory FirstMemory(std::uint32_t length) const
    {
        return m_receiver.FirstMemory(length);
    }

    /// Memory of all that was written and is not acknowledged (sk_wmem_queued).
    std::uint32_t SendMemory() const
    {
        return m_sender.Memory();
    }

    /// Memory of all that waits to be read (sk_rmem_alloc).
    std::uint32_t ReceiveMemory() const
    {
        return m_receiver.Memory();
    }

    const ReceiveState& GetReceiveState() const
    {
        return m_receiver.State();
    }

    /// ACKs sent because a read has re-opened the window.
    std::uint64_t WindowUpdates() const
    {
        return m_common.troubles->windowUpdates;
    }

    bool AckIsPending() const
    {
        return m_receiver.Acks().IsPending();
    }

    bool AckIsPushed() const
    {
        return m_receiver.Acks().IsPushed();
    }

    /// When a timer set now for \p delay fires on the host's timer wheel.
    TimeNs Expiry(TimeNs now, TimeNs delay) const;
    /// @}

  private:
    // Steps that are declared inline have one caller, in the file that defines them.

    // Outlet
    void SendAck(TimeNs now) override;
    void Emit(TimeNs now, TcpSegment&& segment, TimeNs departs) override;
    void ResendSyn(TimeNs now) override;
    void GiveUp(TimeNs now) override;

    // hs-tcp-connection.cc: life, application calls
    void SetState(TimeNs now, State state);
    void Die(TimeNs now, std::uint32_t events);
    void NoteEnd(TimeNs now, End end);
    void SendReset(TimeNs now);
    void AckAfterRead(TimeNs now, bool isEmpty, bool mayUpdate);

    bool CanSendData() const
    {
        return m_common.state == State::Established || m_common.state == State::CloseWait;
    }

    bool CanReceiveData() const;

    // hs-tcp-handshake.cc
    void Open(TimeNs now);
    void Negotiate(const TcpSegment& syn);
    void SendSyn(TimeNs now, bool again);
    void OnSegmentInSynSent(TimeNs now, const TcpSegment& segment);
    bool AnswersSyn(TimeNs now, const TcpSegment& segment);
    void CompleteActiveOpen(TimeNs now, const TcpSegment& segment);
    bool CompletePassiveOpen(TimeNs now, const TcpSegment& segment, std::uint64_t begin);
    void Establish(TimeNs now, bool repeated);

    // hs-tcp-input.cc: the steps of RFC 9293 section 3.10.7.4
    inline bool CheckSequence(TimeNs now,
                              const TcpSegment& segment,
                              std::uint64_t begin,
                              std::uint64_t end);
    inline bool CheckTimestamp(TimeNs now,
                               const TcpSegment& segment,
                               std::uint64_t begin,
                               std::uint64_t end) const;
    void CheckReset(TimeNs now, const TcpSegment& segment, std::uint64_t begin);
    inline bool CheckSyn(TimeNs now, const TcpSegment& segment, std::uint64_t begin);
    inline bool CheckAck(TimeNs now, const TcpSegment& segment, std::uint64_t begin);
    bool TakeAck(TimeNs now, const TcpSegment& segment, std::uint64_t begin);
    inline bool AdvanceCloseStates(TimeNs now, const TcpSegment& segment, std::uint64_t end);
    void RefuseText(TimeNs now, const TcpSegment& segment, std::uint64_t begin);
    inline bool TakeText(TimeNs now, const Burst& burst, std::uint64_t begin);
    inline void CheckFin(TimeNs now, const TcpSegment& segment);
    void OnFin(TimeNs now, bool waited);
    inline void Answer(TimeNs now);
    void RefuseOutOfPlace(TimeNs now,
                          const TcpSegment& segment,
                          std::uint64_t begin,
                          std::uint64_t end);
    bool ChallengeAllowed(TimeNs now);
    void Challenge(TimeNs now);

    // hs-tcp-network.cc: ICMP
    bool IsInFlight(Seq32 sequence);

    // hs-tcp-time-wait.cc: what is left of a connection that is done
    void BeginWaiting(TimeNs now);
    TimeNs FinWait2Time() const;
    void OnSegmentWaiting(TimeNs now, const TcpSegment& segment, std::uint64_t begin);
    void OnSegmentInFinWait2(TimeNs now,
                             const TcpSegment& segment,
                             std::uint64_t begin,
                             bool isLate);
    void OnSegmentInTimeWait(TimeNs now,
                             const TcpSegment& segment,
                             std::uint64_t begin,
                             bool isLate);
    void AnswerWaiting(TimeNs now, const TcpSegment& segment);
    void AckWaiting(TimeNs now);

    void OnKeepAliveTimer(TimeNs now);

    Common m_common;
    Sender m_sender;
    Receiver m_receiver;
    NetworkFault m_networkFault{NetworkFault::None};
    bool m_ecnAsked{false};
    bool m_readShutdown{false};
    bool m_waits{false}; ///< TIME-WAIT, or FIN-WAIT-2 of an orphan (struct tcp_timewait_sock)
    std::uint32_t m_lastChallenge{0}; ///< by TimestampNow() (last_oow_ack_time); 0: never
    TimeNs m_keepAliveDeadline{kNever};
    TimeNs m_stateDeadline{kNever}; ///< TIME-WAIT or FIN-WAIT-2
};

/// The RST that answers a segment for which there is no connection (RFC 9293 section 3.10.7.1).
TcpSegment ResetFor(const TcpSegment& segment);

} // namespace hoststack::tcp

#endif // HS_TCP_CONNECTION_H
