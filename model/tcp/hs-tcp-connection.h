// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_CONNECTION_H
#define HS_TCP_CONNECTION_H

#include "ns3/hs-ack-digest.h"
#include "ns3/hs-event-log.h"
#include "ns3/hs-loss-recovery.h"
#include "ns3/hs-network-error.h"
#include "ns3/hs-readiness.h"
#include "ns3/hs-receive-queue.h"
#include "ns3/hs-rtt-estimator.h"
#include "ns3/hs-scoreboard.h"
#include "ns3/hs-send-buffer.h"
#include "ns3/hs-tcp-config.h"
#include "ns3/hs-tcp-extension.h"
#include "ns3/hs-tcp-types.h"
#include "ns3/hs-window-policy.h"

#include <algorithm>
#include <memory>
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
 */
class Connection
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
    void OnSegment(TimeNs now, const TcpSegment& segment);
    /// Time has reached NextDeadline().
    void OnDeadline(TimeNs now);

    /// When OnDeadline() wants to be called; kNever if no timer runs. May lie in the past.
    TimeNs NextDeadline() const
    {
        // Two by two: std::min of a list is a loop over memory, and this is asked after each event.
        return std::min(
            std::min(std::min(m_rtxDeadline, m_delayedAckDeadline), m_compressedAckDeadline),
            std::min(std::min(m_pacingDeadline, m_keepAliveDeadline), m_stateDeadline));
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
    /// Bytes that Send would take now.
    std::uint32_t SendSpace() const;
    /// Reads up to \p max bytes into \p out (or drops them); may send a window update.
    std::uint32_t Read(TimeNs now, std::uint32_t max, std::vector<Payload>* out);
    /// A read that takes time is any number of parts ...
    std::uint32_t ReadPart(TimeNs now, std::uint32_t max, std::vector<Payload>* out);
    /// ... and its end, with their sum, which may send a window update.
    void EndRead(TimeNs now, std::uint32_t copied);
    /// The receive window as a reader finds it.
    WindowStatus GetWindowStatus() const;
    /// Bytes that can be read.
    std::uint32_t Available() const;
    /// All data has been read and the peer's FIN has arrived.
    bool EndOfStream() const;
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
    std::uint32_t TakeEvents();

    State GetState() const
    {
        return m_state;
    }

    Info GetInfo(TimeNs now) const;

    /// Algorithm in use, for its phase and name.
    const CongestionControl& Congestion() const
    {
        return *m_congestion;
    }

    /// Replaces the algorithm before the connection is opened (adapters of foreign algorithms).
    void SetCongestion(std::unique_ptr<CongestionControl> congestion);

    std::uint16_t LocalPort() const
    {
        return m_localPort;
    }

    std::uint16_t RemotePort() const
    {
        return m_remotePort;
    }

    /// Sets or clears the host's memory-pressure flag as this connection sees it.
    void SetMemoryPressure(bool on)
    {
        m_receive.underPressure = on;
    }

    /// Where rare events are noted from now on.
    void SetEventSource(const EventSource& source)
    {
        m_source = source;
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
        m_extension = extension;
    }

    /// Queues \p bytes without sending and without a limit; Push sends.
    void Write(const Payload& bytes);
    void Push(TimeNs now);
    /// Moves up to \p max bytes of in-order data out, without any window update.
    std::uint32_t Take(std::uint32_t max, std::vector<Payload>& out);

    /// Length of the first piece that Take would move.
    std::uint32_t FirstPiece() const
    {
        return m_queue.FirstPiece();
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
        m_ackPending = m_ackNow = true;
    }

    /// The peer's shared window allows \p bytes from the first unacknowledged one. \return whether
    /// that is more than this connection was told.
    bool RaiseSendWindow(std::uint64_t bytes);
    /// The shared right edge lies \p bytes further than this subflow announced: take a segment of
    /// \p length that its own window would refuse.
    void ExtendReceiveWindow(std::uint32_t bytes, std::uint32_t length);
    /// Enlarges an unlocked receive buffer to the shared one's size.
    void SetReceiveBuffer(std::uint32_t bytes);
    /// The options' size has changed.
    void RefreshMss();

    /// What a scheduler looks at.
    struct SendStatus
    {
        std::uint32_t queued{0};    ///< bytes written and not acknowledged (sk_wmem_queued)
        std::uint32_t limit{0};     ///< sk_sndbuf
        std::uint64_t maxWindow{0}; ///< largest window the peer announced, bytes
        BytesPerSecond pacingRate{0};
        TimeNs srtt{0};
        TimeNs retransmitDeadline{kNever}; ///< pending retransmission-class timer
        TimeNs lastReceived{0};
        std::uint32_t cwnd{0};     ///< segments
        std::uint32_t inFlight{0}; ///< segments
        std::uint32_t mss{0};
        std::uint64_t sndUna{0};
        std::uint64_t sndNxt{0};
        std::uint64_t writeEnd{0}; ///< offset after the last byte written
        bool canSend{false};
    };

    /// Inline, so that a caller pays only for the members that it looks at.
    SendStatus GetSendStatus() const
    {
        SendStatus status;
        GetSendStatus(status);
        return status;
    }

    void GetSendStatus(SendStatus& status) const
    {
        status.queued = Queued();
        status.limit = m_sendBufferLimit;
        status.maxWindow = m_maxSendWindow;
        status.pacingRate = m_cwnd.pacingRate;
        status.srtt = m_rtt->Srtt();
        status.retransmitDeadline = m_rtxDeadline;
        status.lastReceived = m_lastReceived;
        status.cwnd = m_cwnd.cwnd;
        status.inFlight = m_board.InFlight();
        status.mss = m_mss;
        status.sndUna = m_board.sndUna;
        status.sndNxt = m_board.sndNxt;
        status.writeEnd = m_sendBuffer.End();
        status.canSend = CanSendData();
    }

    /// How long it had nothing to send, until \p now or until it closed.
    TimeNs IdleTime(TimeNs now) const
    {
        const bool idle = m_limit == Limit::Application && m_state != State::Closed;
        return m_info.limitedFor[static_cast<std::size_t>(Limit::Application)] +
               (idle ? now - m_limitSince : 0);
    }

    /// The \p length unacknowledged bytes at \p offset.
    Payload Peek(std::uint64_t offset, std::uint32_t length) const
    {
        return m_sendBuffer.Gather(offset, length);
    }

    /// What the peer takes from the first unacknowledged byte on, as far as this connection knows:
    /// its last announcement, or what RaiseSendWindow has made of it since (snd_wnd).
    std::uint64_t SendWindow() const
    {
        return m_sendWindow;
    }

    /// Stream offset that \p segment acknowledges; negative if it is older than what is in flight.
    std::int64_t AckedOffset(const TcpSegment& segment) const
    {
        return SendOffset(segment.ack);
    }

    /// Memory that a segment of \p length payload bytes costs a receiver (see TruesizeModel).
    BufferMemory MemoryOf(std::uint32_t length) const;

    /// The same; if that segment has just arrived, what it really costs (several may have been put
    /// together on the way).
    BufferMemory ArrivedMemory(std::uint32_t length) const
    {
        return m_arrived.length == length ? m_arrived : MemoryOf(length);
    }

    /// Memory of all that waits to be read (sk_rmem_alloc).
    std::uint32_t ReceiveMemory() const
    {
        return m_queue.Memory();
    }

    /// What a sender counts for it, which rounds up to a power of two (tcp_sndbuf_expand).
    std::uint32_t SendTruesize(std::uint32_t length) const;

    const ReceiveState& GetReceiveState() const
    {
        return m_receive;
    }

    /// ACKs sent because a read has re-opened the window.
    std::uint64_t WindowUpdates() const
    {
        return m_info.windowUpdates;
    }

    bool AckIsPending() const
    {
        return m_ackPending;
    }

    bool AckIsPushed() const
    {
        return m_ackPushed || m_ackPushed2;
    }

    /// When a timer set now for \p delay fires on the host's timer wheel.
    TimeNs Expiry(TimeNs now, TimeNs delay) const;
    /// @}

  private:
    static constexpr std::uint32_t kUnboundMss = 1u << 30;

    enum class RtxTimer : std::uint8_t
    {
        None,
        Retransmit,
        LossProbe,
        Reordering,
        ZeroWindow,
    };

    /// What becomes of the end of the queue if it does not fill a segment.
    enum class Hold : std::uint8_t
    {
        ByRule, ///< Nagle and the cork decide
        All,    ///< it waits
        Nothing ///< it leaves
    };

    enum class Rexmit : std::uint8_t
    {
        None,
        Lost,
        New,
    };

    // hs-tcp-connection.cc: life, application calls, accounting
    void InitReceive(std::uint32_t advMss);
    void StartEstablished(TimeNs now);
    void SetState(TimeNs now, State state);
    void Raise(std::uint32_t events);
    void Die(TimeNs now, std::uint32_t events);
    void SetLimit(TimeNs now, Limit limit);
    void NoteEnd(TimeNs now, End end);

    /// What keeps a connection from sending that has sent all it has.
    Limit IdleLimit() const
    {
        return m_writerBlocked && Queued() > 0 ? Limit::SendBuffer : Limit::Application;
    }

    /// \p limit, but for a sender that repeats what a time-out has found lost.
    Limit AfterTimeout(Limit limit) const
    {
        const bool repairs = m_board.caState == CaState::Loss && m_board.packetsOut > 0;
        return repairs && limit != Limit::ReceiveWindow ? Limit::Timeout : limit;
    }

    void NoteWindow(TimeNs now)
    {
        if ((m_receive.window == 0) != m_windowShut)
        {
            m_windowShut = !m_windowShut;
            m_source.Note(now, m_windowShut ? Happening::WindowClosed : Happening::WindowOpened);
        }
    }

    /// Times count until the end of the connection.
    TimeNs LimitEnd(TimeNs now) const
    {
        return m_info.end == End::Open ? now : std::max(m_limitSince, m_info.endedAt);
    }

    void NegotiateOptions(const TcpSegment& syn);
    void UpdateMss();
    void BoundMss();

    bool CanSendData() const
    {
        return m_state == State::Established || m_state == State::CloseWait;
    }

    bool CanReceiveData() const;

    /// Data or the FIN has not left yet.
    bool IsUnsent() const
    {
        return m_sendBuffer.End() > m_board.sndNxt || (m_finQueued && !m_finSent);
    }

    // hs-tcp-network.cc: ICMP, and when writes wait for more
    bool IsInFlight(Seq32 sequence);
    void RevertBackoff(TimeNs now, Seq32 sequence);
    void RetransmitTooLong(TimeNs now);
    void PushHeld(TimeNs now, Hold hold);

    /// The end of the queue waits if it does not fill a segment, whatever is in flight.
    bool IsCorked() const
    {
        return m_hold == Hold::ByRule ? m_corked : m_hold == Hold::All;
    }

    /// Nagle, Minshall's variant: one segment that is not full may be in flight.
    bool NagleHolds() const
    {
        return m_nagle && m_hold != Hold::Nothing && m_board.packetsOut > 0 &&
               m_smallEnd > m_board.sndUna;
    }

    std::uint32_t Queued() const
    {
        return static_cast<std::uint32_t>(m_sendBuffer.Size());
    }

    // hs-tcp-input.cc: arriving segments
    void OnSegmentInSynSent(TimeNs now, const TcpSegment& segment);
    bool Acceptable(TimeNs now, const TcpSegment& segment, std::uint64_t begin, std::uint64_t end);
    void RefuseOutOfPlace(TimeNs now,
                          const TcpSegment& segment,
                          std::uint64_t begin,
                          std::uint64_t end);
    bool PassesPaws(TimeNs now, const TcpSegment& segment, std::int32_t tolerance) const;
    void UpdateRecentTimestamp(TimeNs now, const TcpSegment& segment, std::uint64_t begin);
    bool ChallengeAllowed(TimeNs now);
    void OnFin(TimeNs now, bool waited);
    bool AdvanceCloseStates(TimeNs now, const TcpSegment& segment, std::uint64_t end);
    bool TakeText(TimeNs now, const TcpSegment& segment, std::uint64_t begin);
    bool ResetsExactly(std::uint64_t begin) const;

    // hs-tcp-time-wait.cc: what is left of a connection that is done
    void BeginWaiting();
    TimeNs FinWait2Time() const;
    void OnSegmentWaiting(TimeNs now, const TcpSegment& segment, std::uint64_t begin);
    void AckWaiting(TimeNs now);

    // hs-tcp-receive.cc: data, acknowledgements of it, reading
    void OnData(TimeNs now, const TcpSegment& segment, std::uint64_t begin);
    void MeasureSegment(const TcpSegment& segment);
    void OnFinBeyond(TimeNs now);
    void MeasureReceiverRtt(TimeNs now, const TcpSegment& segment);
    void NoteArrival(TimeNs now);
    void UpdateSackBlocks(TimeNs now, std::uint64_t begin, std::uint64_t end);
    void DecideAck(TimeNs now, bool outOfOrder);
    bool IsSoon(TimeNs deadline, TimeNs now, TimeNs margin) const;
    void AddQuickAcks(std::uint32_t count);
    void EnterQuickAck(std::uint32_t count);
    void OnRepeated(std::uint64_t begin, std::uint64_t end);
    void OnEcn(const TcpSegment& segment);
    void SyncReceiveState(TimeNs now);

    // hs-tcp-admission.cc: memory of what has arrived
    bool Admit(const TcpSegment& segment, const BufferMemory& memory, std::uint64_t begin);
    bool MakeRoom(std::uint32_t truesize, std::uint64_t begin);
    bool IsPredicted(const TcpSegment& segment, std::uint64_t begin) const;
    BufferMemory MemoryOf(const TcpSegment& segment) const;
    void ChargeMemory(std::uint32_t before);
    void ReturnMemory(std::uint32_t before);

    // hs-tcp-ack.cc: acknowledgements of what we sent
    bool ProcessAck(TimeNs now, const TcpSegment& segment, std::uint64_t begin);
    bool MayUpdateWindow(std::uint64_t begin, std::uint64_t ack, std::uint64_t window) const;

    /// The window that \p segment announces, bytes.
    std::uint64_t PeerWindow(const TcpSegment& segment) const
    {
        return static_cast<std::uint64_t>(segment.window) << m_sendShift;
    }

    bool UpdateSendWindow(const TcpSegment& segment, std::uint64_t begin, std::uint64_t ack);
    void TagSacked(TimeNs now, const TcpSegment& segment, AckDigest& digest);
    void TagBlock(TimeNs now,
                  std::uint64_t from,
                  std::uint64_t begin,
                  std::uint64_t end,
                  AckDigest& digest);
    void CleanAcked(TimeNs now, std::uint64_t ack, AckDigest& digest);
    void NoteDelivered(TimeNs now, const SentRange& range, AckDigest& digest);
    void UpdateRtt(TimeNs now, const TcpSegment& segment, AckDigest& digest, RateSample& sample);
    void GenerateRateSample(TimeNs now, const AckDigest& digest, RateSample& sample);
    void CheckReordering(std::uint64_t lowest);
    void ControlCongestion(TimeNs now, const AckDigest& digest, const RateSample& sample);
    void GrowSendBuffer();
    void UpdatePacingRate();
    void OnProbeAnswered(TimeNs now);
    void SyncCongestionState(TimeNs now);

    // hs-tcp-loss.cc: the recovery state machine
    void AlertFastRetransmit(TimeNs now, AckDigest& digest, Rexmit& rexmit);
    void ProcessLossState(const AckDigest& digest, Rexmit& rexmit);
    void DetectLosses(TimeNs now, bool again = false);
    void EnterRecovery(TimeNs now, bool ece);
    void EnterLoss(TimeNs now);
    void EnterCwr(TimeNs now);
    void InitReduction();
    void EndReduction();
    void ReduceWindow(std::uint32_t delivered, std::uint32_t newlyLost, const AckDigest& digest);
    void TryToOpen();
    bool AnyRetransmitted() const;
    void ChangeCaState(CaState next);
    bool InReduction() const;
    void AddDuplicateAck();
    void LimitDuplicateAcks(std::uint32_t acked);
    std::uint32_t RemoveDuplicateAcks(std::uint32_t acked);
    void InitUndo();
    bool MayUndo() const;
    bool PacketDelayed() const;
    void UndoReduction(bool unmarkLoss);
    bool TryUndoRecovery();
    bool TryUndoDsack();
    bool TryUndoLoss(bool frto);
    bool TryUndoPartial();
    void OnLossProbeAck(TimeNs now, std::uint64_t ack, const AckDigest& digest);

    // hs-tcp-output.cc: sending
    void PushPending(TimeNs now);
    bool WriteNew(TimeNs now, bool probe);
    std::uint32_t SuperSegmentSegments() const;
    bool DeferSuperSegment(TimeNs now, std::uint32_t limit, std::uint32_t maxSegments) const;
    void SendNewData(TimeNs now, std::uint32_t length, bool fin);
    void SendSyn(TimeNs now, bool retransmission);
    void SendDuplicateAck(TimeNs now, std::uint64_t begin, std::uint64_t end);
    void SendAck(TimeNs now);
    void SendReset(TimeNs now);
    std::uint64_t AcceptableOffset() const;
    void FillHeader(TcpSegment& segment, std::uint64_t offset, std::uint16_t flags);
    std::uint16_t ChooseWindow();
    void AddSackOption(TcpOptions& options) const;
    void AckSent();
    void Emit(TimeNs now, TcpSegment&& segment);
    std::uint32_t CurrentMss() const;
    void NoteTransmission(TimeNs now, SentRange& range);
    void ValidateCwnd(TimeNs now, bool limited);
    void RestartAfterIdle(TimeNs now);
    bool PacingBlocks(TimeNs now);
    void PaceAfter(TimeNs now, std::uint32_t bytes);
    void CheckAppLimited();

    // hs-tcp-retransmit.cc: sending again
    void Recover(TimeNs now, Rexmit rexmit);
    void RetransmitLost(TimeNs now);
    bool RetransmitRange(TimeNs now,
                         std::size_t position,
                         std::uint32_t maxSegments,
                         bool probe = false);

    // hs-tcp-timers.cc
    TimeNs Rto() const;
    void ArmRtx(TimeNs now, RtxTimer kind, TimeNs delay);
    void RearmRto(TimeNs now);
    bool ScheduleLossProbe(TimeNs now, bool advancing);
    void ArmProbeTimerIfIdle(TimeNs now);
    void OnRtxTimer(TimeNs now);
    void OnRetransmissionTimeout(TimeNs now);
    void OnLossProbeTimer(TimeNs now);
    void OnZeroWindowTimer(TimeNs now);
    void SendWindowProbe(TimeNs now);
    void OnDelayedAckTimer(TimeNs now);
    void OnKeepAliveTimer(TimeNs now);
    TimeNs ProbeDelay() const;
    bool RetriesExhausted(TimeNs now) const;
    bool UserTimeoutOver(TimeNs now, TimeNs since) const;

    Seq32 SendSeq(std::uint64_t offset) const
    {
        return m_iss + static_cast<std::uint32_t>(offset);
    }

    Seq32 ReceiveSeq(std::uint64_t offset) const
    {
        return m_irs + static_cast<std::uint32_t>(offset);
    }

    /// Offset of the peer's sequence number \p seq, nearest to what is expected; may be negative.
    std::int64_t ReceiveOffset(Seq32 seq) const
    {
        return static_cast<std::int64_t>(m_queue.Next()) + (seq - ReceiveSeq(m_queue.Next()));
    }

    std::int64_t SendOffset(Seq32 seq) const
    {
        return static_cast<std::int64_t>(m_board.sndUna) + (seq - SendSeq(m_board.sndUna));
    }

    std::uint32_t TimestampNow(TimeNs now) const
    {
        return static_cast<std::uint32_t>(now / kMillisecond) + m_timestampOffset;
    }

    std::uint64_t WindowEnd() const
    {
        return m_board.sndUna + m_sendWindow;
    }

    std::shared_ptr<const Config> m_config;
    SegmentSink& m_sink;
    Extension* m_extension{nullptr};
    std::unique_ptr<CongestionControl> m_congestion;
    std::unique_ptr<LossRecovery> m_recovery;
    std::unique_ptr<WindowPolicy> m_window;
    std::unique_ptr<RttEstimator> m_rtt;
    std::uint16_t m_localPort;
    std::uint16_t m_remotePort;
    Seq32 m_iss;
    Seq32 m_irs;
    State m_state{State::Closed};
    std::uint32_t m_events{0};

    // Negotiated.
    bool m_timestamps{false};
    bool m_sack{false};
    bool m_scaling{false};
    bool m_ecn{false};
    bool m_ecnAsked{false};
    bool m_nagle{true};
    bool m_corked{false};
    Hold m_hold{Hold::ByRule};
    bool m_passive{false}; ///< opened by the peer's SYN
    NetworkFault m_networkFault{NetworkFault::None};
    std::uint32_t m_pathMss{~std::uint32_t{0}}; ///< as ICMP said, without options
    std::uint8_t m_sendShift{0};
    std::uint32_t m_peerMss{536};
    std::uint32_t m_mss{536};
    std::uint32_t m_mssBound{kUnboundMss}; ///< half of the largest window of the peer, bytes
    std::uint32_t m_timestampOffset{0};
    std::uint32_t m_recentTimestamp{0};
    TimeNs m_recentTimestampAt{0};
    bool m_hasRecentTimestamp{false};

    // Sending.
    Scoreboard m_board;
    CongestionState m_cwnd;
    SendBuffer m_sendBuffer;
    std::uint32_t m_sendBufferLimit{0};
    std::uint64_t m_sendWindow{0};
    std::uint64_t m_maxSendWindow{0};
    std::uint64_t m_windowBegin{0}; ///< peer offset of the segment used for the last window update
    std::uint64_t m_windowAck{0};
    std::uint64_t m_pushedTo{0}; ///< end of the last write: carries PSH
    std::uint64_t m_smallEnd{0}; ///< end of the last sub-MSS segment (Minshall)
    bool m_finQueued{false};
    bool m_finSent{false};
    bool m_readShutdown{false};
    bool m_writerBlocked{false};
    bool m_sendBufferGrows{false}; ///< after the segment being processed
    bool m_orphaned{false};        ///< the application closed it
    bool m_waits{false}; ///< TIME-WAIT, or FIN-WAIT-2 of an orphan (struct tcp_timewait_sock)

    // Recovery.
    std::uint64_t m_highSeq{0};
    std::uint64_t m_undoMarker{0};
    std::int32_t m_undoRetransmits{-1};
    std::uint32_t m_priorSsthresh{0};
    TimeNs m_retransmitStamp{-1}; ///< first retransmission of this episode; -1: none
    std::uint32_t m_prrDelivered{0};
    std::uint32_t m_prrOut{0};
    std::uint32_t m_retransmits{0}; ///< consecutive time-outs (icsk_retransmits)
    std::uint32_t m_backoff{0};
    bool m_frto{false};
    std::uint64_t m_tlpHighSeq{0};
    bool m_tlpRetransmit{false};
    bool m_reorderingArmed{false}; ///< this ACK armed the reordering timer
    bool m_lostRetransmit{false};  ///< the last detection marked a retransmission lost
    std::array<std::pair<std::uint64_t, std::uint64_t>, TcpOptions::kMaxSackBlocks> m_sackCache{};
    std::uint32_t m_lastEcho{0};
    bool m_hasEcho{false};

    // Congestion window validation (RFC 7661 in Linux' form) and delivery rate.
    std::uint32_t m_maxPacketsOut{0};
    std::uint64_t m_cwndUsageEnd{0};
    std::uint32_t m_cwndUsed{0};
    TimeNs m_cwndStamp{0};
    TimeNs m_lastSent{0};
    TimeNs m_minRttAt{0};
    TimeNs m_deliveredAt{0};
    TimeNs m_firstSentInRound{0};
    std::uint64_t m_rateDelivered{0};
    TimeNs m_rateInterval{0};
    bool m_pacing{false};
    std::uint64_t m_pacedSegments{0};

    // ECN.
    bool m_ecnEcho{false}; ///< ECE goes on every ACK until CWR comes
    bool m_ecnCwr{false};  ///< CWR goes on the next new data segment

    // Receiving.
    ReceiveQueue m_queue;
    ReceiveState m_receive;
    std::uint64_t m_peerFin{0}; ///< offset of the peer's FIN; 0: not seen
    bool m_finReceived{false};
    std::array<std::pair<std::uint64_t, std::uint64_t>, TcpOptions::kMaxSackBlocks> m_sackBlocks{};
    std::uint8_t m_sackBlockCount{0};
    std::uint64_t m_dsackBegin{0};
    std::uint64_t m_dsackEnd{0}; ///< equal to m_dsackBegin: none to report
    TimeNs m_lastEchoForRtt{-1};
    std::uint32_t m_lastSegmentSize{0}; ///< of the last one below the estimate; 0: none

    // Acknowledging.
    bool m_ackPending{false};
    bool m_ackNow{false};
    bool m_ackPushed{false};
    bool m_ackPushed2{false};
    bool m_noMemory{false};
    BufferMemory m_arrived;    ///< of the last data segment
    bool m_predicts{true};     ///< header prediction is on (pred_flags)
    std::int64_t m_prepaid{0}; ///< memory charged to the host, in pages, and not used yet
    std::uint32_t m_pingPong{0};
    TimeNs m_ato{0};
    TimeNs m_lastArrival{0};
    TimeNs m_lastChallenge{-kSecond * 1000};
    std::uint64_t m_lastAckSent{0};
    std::uint32_t m_compressed{0}; ///< ACKs held since the last one for out-of-order data
    std::uint32_t m_duplicatesSent{0};
    std::uint64_t m_compressedNext{0};

    // Timers: deadlines or kNever.
    RtxTimer m_rtxTimer{RtxTimer::None};
    TimeNs m_rtxDeadline{kNever};
    TimeNs m_delayedAckDeadline{kNever};
    TimeNs m_compressedAckDeadline{kNever};
    TimeNs m_pacingDeadline{kNever};
    TimeNs m_keepAliveDeadline{kNever};
    TimeNs m_stateDeadline{kNever}; ///< TIME-WAIT or FIN-WAIT-2
    std::uint32_t m_probesOut{0};
    TimeNs m_lastReceived{0};
    TimeNs m_probingSince{-1};

    // Accounting.
    Limit m_limit{Limit::Handshake};
    TimeNs m_limitSince{0};
    bool m_windowShut{false}; ///< as last announced
    EventSource m_source;
    Info m_info;
};

/// The RST that answers a segment for which there is no connection (RFC 9293 section 3.10.7.1).
TcpSegment ResetFor(const TcpSegment& segment);

} // namespace hoststack::tcp

#endif // HS_TCP_CONNECTION_H
