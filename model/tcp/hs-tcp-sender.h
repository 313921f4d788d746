// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_SENDER_H
#define HS_TCP_SENDER_H

#include "ns3/hs-ack-digest.h"
#include "ns3/hs-loss-recovery.h"
#include "ns3/hs-memory-account.h"
#include "ns3/hs-on-demand.h"
#include "ns3/hs-pacer.h"
#include "ns3/hs-rtt-estimator.h"
#include "ns3/hs-scoreboard.h"
#include "ns3/hs-send-backlog.h"
#include "ns3/hs-send-buffer.h"
#include "ns3/hs-tcp-common.h"
#include "ns3/hs-tcp-sender-parts.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

namespace hoststack::tcp
{

class Receiver;

/**
 * The sending half of a connection: what was written and what of it is in flight, what is lost and
 * sent again, how much may be out, and the timers that see to all this. Segments leave through the
 * Outlet, which adds what the receiving half has to say.
 *
 * Invariants, held by Inconsistency(): the counts are the sums of the ranges' marks; what is in
 * flight or cannot be sent has a timer; nothing unacknowledged is released; the window is at least
 * one segment.
 */
class Sender
{
  public:
    /// \p common and \p receiver outlive it.
    Sender(Common& common, Receiver& receiver);
    ~Sender();

    /// \name Opening
    /// @{
    void SetCongestion(std::unique_ptr<CongestionControl> congestion);
    /// The SYN is leaving, for the first time or again.
    void OnSynSent(TimeNs now, bool again);
    /// The peer's SYN, with its options.
    void OnPeerSyn(const TcpSegment& syn);
    /// The handshake of a passive open is complete: the window of the SYN is forgotten.
    void RestartWindow(const TcpSegment& segment);
    /// Tries of the handshake no longer count. \return true if it was repeated more than once
    bool EndHandshake();
    /// \param repeated as EndHandshake() has it: it begins with one segment
    void Establish(TimeNs now, bool repeated);
    /// @}

    /// \name The application
    /// @{
    std::uint32_t Space() const;

    /// What is queued, as buffers of a kernel (sk_wmem_queued), bytes.
    std::uint32_t Memory() const
    {
        const auto inFlight = static_cast<std::uint32_t>(m_board.Map().Size());
        return Queued() + BufferHead() * (inFlight + m_unsent.count);
    }

    /// Memory of a buffer beside its payload; 0: of a stack whose limit counts payload alone.
    std::uint32_t BufferHead() const
    {
        return m_common.config->truesize.head > 0 ? kSendHead : 0;
    }

    /// A writer that was refused would be woken (__sk_stream_is_writeable).
    bool HasRoom() const;
    std::uint32_t Send(TimeNs now, const Payload& bytes, bool more);
    /// Queues \p bytes without sending and without a limit.
    void Write(const Payload& bytes);
    /// The same if each mapping has a buffer; \p begun of them begin with these bytes.
    void WriteMapped(const Payload& bytes, std::uint32_t begun);
    /// Whoever writes through a multipath layer was refused.
    void SetWriterBlocked(bool on);
    void SetCork(TimeNs now, bool on);
    void SetNoDelay(TimeNs now, bool on);
    /// A FIN after what is queued.
    void QueueFin();
    /// Sends what may leave now.
    void PushPending(TimeNs now);

    /// @}

    /// \name Arriving segments
    /// @{
    /// Offset of the peer's acknowledgement \p ack, nearest to what is in flight; may be negative.
    std::int64_t OffsetOf(Seq32 ack) const
    {
        return static_cast<std::int64_t>(m_board.SndUna()) +
               (ack - m_common.SendSeq(m_board.SndUna()));
    }

    /// False for an ACK of what was never sent, or from before what the peer can have on its way.
    bool IsPlausible(std::int64_t ack) const
    {
        // RFC 9293 section 3.10.7.4; RFC 5961 section 5.2.
        const auto una = static_cast<std::int64_t>(m_board.SndUna());
        const auto window =
            std::min<std::uint64_t>(m_window.most, m_board.SndUna() - (m_common.passive ? 1 : 0));
        return ack <= static_cast<std::int64_t>(m_board.SndNxt()) &&
               (ack >= una || ack + static_cast<std::int64_t>(window) >= una);
    }

    /// Whether \p segment would change the window (tcp_may_update_window).
    bool MayUpdateWindow(std::uint64_t begin, std::uint64_t ack, std::uint64_t window) const;

    /// The window that \p segment announces, bytes.
    std::uint32_t PeerWindow(const TcpSegment& segment) const
    {
        return std::uint32_t{segment.window} << m_windowShift;
    }

    /// The ACK of \p segment, which begins at \p begin and is plausible.
    void OnAck(TimeNs now, const TcpSegment& segment, std::uint64_t begin);

    /// What an ACK lets go has left: a writer that was refused may go on (tcp_check_space).
    void CheckSpace()
    {
        if (m_writerBlocked)
        {
            MakeSpace();
        }
    }

    /// ECN marks of data that has come.
    void OnEcn(const TcpSegment& segment);
    /// @}

    /// \name What the network reports
    /// @{
    void RevertBackoff(TimeNs now, Seq32 sequence);
    /// The path takes \p mss at most. \return true if that is news
    bool LimitPathMss(std::uint32_t mss);
    void RetransmitTooLong(TimeNs now);

    /// @}

    /// \name Timers
    /// @{
    TimeNs NextDeadline() const
    {
        return std::min(m_timer.deadline, m_pacingDeadline);
    }

    TimeNs RetransmitDeadline() const
    {
        return m_timer.deadline;
    }

    TimeNs PacingDeadline() const
    {
        return m_pacingDeadline;
    }

    void OnPacingDeadline(TimeNs now);
    /// A timer of the connection has gone off. \return true if the pacer lets it go on for that
    bool OpensGap(TimeNs now);

    /// The host's device holds what leaves until its departure; the pacer only says when that is.
    bool DepartsBelow() const
    {
        return m_pace.isBelow;
    }

    /// When what is sent at \p now leaves the host (tcp_wstamp_ns in __tcp_transmit_skb).
    TimeNs DepartsAt(TimeNs now) const
    {
        return m_pace.isBelow ? std::max(now, m_cwnd.Facts().nextSendTime) : now;
    }

    /// From now on small queues hold: see PacerState.
    void SetBacklog(const std::uint64_t* bytes)
    {
        m_pace.backlog = bytes;
    }

    /// It has something to send and waits until less lies there.
    bool AwaitsBacklog() const
    {
        return m_pace.awaitsBacklog;
    }

    /// The device has sent some of it.
    void OnBacklog(TimeNs now);
    void OnRetransmitDeadline(TimeNs now);
    /// Asks again for the SYN after \p delay.
    void HastenSyn(TimeNs now, TimeNs delay);
    void StopTimers();
    /// Time-out with back-off.
    TimeNs Rto() const;
    /// Probes a window or a peer (tcp_write_wakeup).
    void SendWindowProbe(TimeNs now);

    std::uint32_t ProbesOut() const
    {
        return m_probesOut;
    }

    void CountProbe()
    {
        ++m_probesOut;
    }

    /// @}

    /// \name Where it stands
    /// @{
    std::uint64_t SndUna() const
    {
        return m_board.SndUna();
    }

    std::uint64_t SndNxt() const
    {
        return m_board.SndNxt();
    }

    /// Data has not left yet.
    bool HasUnsentData() const
    {
        return m_buffer.End() > m_board.SndNxt();
    }

    /// Data or the FIN has not left yet.
    bool IsUnsent() const
    {
        return HasUnsentData() || (m_finQueued && !m_finSent);
    }

    bool HasInFlight() const
    {
        return m_board.PacketsOut() > 0;
    }

    bool FinQueued() const
    {
        return m_finQueued;
    }

    bool FinAcked() const
    {
        return m_finSent && m_board.SndUna() > m_buffer.End();
    }

    /// Tries in a row that were not answered.
    std::uint32_t Retransmits() const
    {
        return m_timer.retransmits;
    }

    /// When the repairs began that now go without an answer, as giving up counts it; -1: none.
    TimeNs RepairsSince() const;

    std::uint32_t Mss() const
    {
        return m_size.mss;
    }

    /// Payload of a full segment that leaves now, beside the SACK blocks it carries.
    std::uint32_t CurrentMss() const;

    const RttEstimator& Rtt() const
    {
        return *m_rtt;
    }

    const CongestionControl& Congestion() const
    {
        return *m_congestion;
    }

    /// What a pacer shares with other connections of its host; before the connection is opened.
    void UsePacing(PacingSource& source);
    /// As Pacer::NewAlarm(), after UsePacing().
    AlarmPointer NewAlarm(Alarm::Owner& owner, Clock& clock);
    /// As Pacer::TakesBatches() and Pacer::KeepsInput().
    bool TakesBatches() const;
    InputWait KeepsInput();
    /// An ACK is to leave. \return true if it waits until the pacer lets data go
    bool HoldsAck(TimeNs now);
    bool IsAckHeld() const;
    /// The last segment of a batch was processed: what is to be sent again leaves.
    void EndBatch(TimeNs now);

    /// What waits to be acknowledged is charged to \p account, which outlives this.
    void SetAccount(MemoryAccount* account)
    {
        m_account = account;
    }

    /// Where a segment without data begins (tcp_acceptable_seq).
    std::uint64_t AcceptableOffset() const;

    /// \p bytes of a shared window; see Connection::RaiseSendWindow.
    bool RaiseWindow(std::uint64_t bytes);

    std::uint64_t Window() const
    {
        return m_window.size;
    }

    /// sk_sndbuf
    std::uint32_t BufferLimit() const
    {
        return m_bufferLimit;
    }

    Payload Peek(std::uint64_t offset, std::uint32_t length) const;
    /// The MSS of both directions from what is known now.
    void UpdateMss(bool isFirst);
    /// @}

    /// \name Accounting
    /// @{
    /// The time of \p limit begins.
    void SetLimit(TimeNs now, Limit limit);

    void StartClock(TimeNs now);

    void Describe(TimeNs now, Info& info) const;
    void RestartPeaks();

    TimeNs IdleTime(TimeNs now) const;

    template <class Status>
    void GetStatus(Status& status) const
    {
        status.queued = Memory();
        status.limit = m_bufferLimit;
        status.maxWindow = m_window.most;
        status.pacingRate = m_cwnd.PacingRate();
        status.srtt = m_rtt->Srtt();
        status.retransmitDeadline = m_timer.deadline;
        status.cwnd = m_cwnd.Cwnd();
        status.inFlight = m_board.InFlight();
        status.mss = m_size.mss;
        status.sndUna = m_board.SndUna();
        status.sndNxt = m_board.SndNxt();
        status.writeEnd = m_buffer.End();
    }

    void Shrink()
    {
        m_buffer.Shrink();
        m_board.Shrink();
    }

    /// The connection is over.
    void Clear();

    bool IsClear() const;

    /// \p canSend: the state lets it send; \p waits: another answers for the connection.
    const char* Inconsistency(bool canSend, bool waits) const;
    /// @}

  private:
    // Steps that are declared inline have one caller, in the file that defines them.

    // hs-tcp-sender.cc: window, size of segments, buffer
    void BoundMss();
    bool UpdateWindow(const TcpSegment& segment, std::uint64_t begin, std::uint64_t ack);
    std::uint32_t WantedBuffer() const;

    // hs-tcp-send-buffers.cc: what is written, as a kernel's buffers
    std::uint32_t SizeGoal() const;
    std::uint32_t TailRoom(std::uint32_t goal) const;
    std::uint32_t Fill(TimeNs now, const Payload& bytes);
    void Enqueue(const Payload& bytes, std::uint32_t begun);
    std::uint64_t UnsentEnd();
    std::uint64_t HeadEnd(std::uint64_t end) const;
    void PassBuffers(bool isWhole);
    void MakeSpace();
    std::uint64_t Unsent() const;
    bool HasMemory() const;
    bool IsBelowLowat(unsigned shift) const;

    std::uint32_t Queued() const
    {
        return static_cast<std::uint32_t>(m_buffer.Size());
    }

    std::uint64_t WindowEnd() const
    {
        return m_board.SndUna() + m_window.size;
    }

    /// What keeps a connection from sending that has sent all it has; a layer above knows itself.
    Limit IdleLimit() const;

    /// \p limit, but for a sender that repeats what a time-out has found lost.
    Limit AfterTimeout(Limit limit) const
    {
        const bool repairs = m_board.State() == CaState::Loss && m_board.PacketsOut() > 0;
        return repairs && limit != Limit::ReceiveWindow ? Limit::Timeout : limit;
    }

    TimeNs LimitEnd(TimeNs now) const;

    /// The end of the queue waits if it does not fill a segment, whatever is in flight.
    bool IsCorked() const
    {
        return m_writes.hold == Hold::ByRule ? m_writes.corked : m_writes.hold == Hold::All;
    }

    /// Nagle, Minshall's variant: one segment that is not full may be in flight.
    bool NagleHolds() const
    {
        return m_writes.nagle && m_writes.hold < Hold::Nothing && m_board.PacketsOut() > 0 &&
               m_writes.smallEnd > m_board.SndUna();
    }

    void PushHeld(TimeNs now, Hold hold);

    bool CanSend() const
    {
        return m_common.state == State::Established || m_common.state == State::CloseWait;
    }

    // hs-tcp-ack.cc: the steps of an ACK (tcp_ack)
    inline AckDigest BeginDigest(const TcpSegment& segment) const;
    inline void OnOldAck(TimeNs now, const TcpSegment& segment, AckDigest& digest);
    inline void OnIdleAck(TimeNs now, std::uint64_t ack, AckDigest& digest);
    inline void OnFlightAck(TimeNs now,
                            const TcpSegment& segment,
                            std::uint64_t ack,
                            AckDigest& digest);
    inline void RearmAfterAck(TimeNs now, const AckDigest& digest);
    inline void NoteAllAcked(const AckDigest& digest);
    void OnProbeAnswered(TimeNs now);
    inline void CleanAcked(TimeNs now, std::uint64_t ack, AckDigest& digest);
    inline void CleanWatched(TimeNs now, std::uint64_t ack, AckDigest& digest);
    inline std::uint32_t PopAcked(TimeNs now, std::uint64_t ack, AckDigest& digest);
    inline void NoteAcked(const SentRange& range, AckDigest& digest);
    inline void AdvanceUna(std::uint64_t ack, std::uint32_t fresh, AckDigest& digest);
    void NoteDelivered(TimeNs now, const SentRange& range, AckDigest& digest);
    void CheckReordering(std::uint64_t lowest);

    // hs-tcp-sack.cc: SACK blocks (tcp_sacktag_write_queue)
    using Block = std::pair<std::uint64_t, std::uint64_t>;
    using Blocks = std::array<Block, TcpOptions::kMaxSackBlocks>;
    void TagSacked(TimeNs now, const TcpSegment& segment, AckDigest& digest);
    inline std::uint8_t ReadBlocks(const TcpSegment& segment, Blocks& blocks, AckDigest& digest);
    void NoteDsack(std::int64_t begin, std::int64_t end, AckDigest& digest);
    inline void TagNews(TimeNs now, const Block& block, AckDigest& digest);
    void TagBlock(TimeNs now,
                  std::uint64_t from,
                  std::uint64_t begin,
                  std::uint64_t end,
                  AckDigest& digest);
    inline void NoteSacked(const SentRange& range, AckDigest& digest) const;

    // hs-tcp-rate.cc: RTT, delivery rate, congestion control
    void UpdateRtt(TimeNs now, const TcpSegment& segment, AckDigest& digest, RateSample& sample);
    void GenerateRateSample(TimeNs now, const AckDigest& digest, RateSample& sample);
    void ControlCongestion(TimeNs now, const AckDigest& digest, const RateSample& sample);
    void UpdatePacingRate();
    void SyncCongestionState(TimeNs now);
    void ValidateCwnd(TimeNs now, bool limited);
    void RestartAfterIdle(TimeNs now);
    void CheckAppLimited();

    // hs-tcp-loss.cc: the recovery state machine (tcp_fastretrans_alert)
    void AlertFastRetransmit(TimeNs now, AckDigest& digest, Rexmit& rexmit);
    bool HasReneged(TimeNs now, const AckDigest& digest);
    bool LeavesEpisode();
    bool StaysInRecovery(TimeNs now, const AckDigest& digest);
    bool LooksForLosses(TimeNs now, const AckDigest& digest);
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
    void OnLossProbeAck(TimeNs now, std::uint64_t ack, const AckDigest& digest);

    // hs-tcp-undo.cc: reductions that prove spurious
    void InitUndo();
    void ForgetRetransmitStamp();
    bool MayUndo() const;
    bool PacketDelayed() const;
    void UndoReduction(bool unmarkLoss);
    bool TryUndoRecovery();
    bool TryUndoDsack();
    bool TryUndoLoss(bool frto);
    bool TryUndoPartial();

    // hs-tcp-output.cc: sending (tcp_write_xmit)
    bool WriteNew(TimeNs now, bool probe);
    [[gnu::always_inline]] inline Allowance Allow(TimeNs now, bool probe, std::uint32_t& burst);
    // hs-tcp-send-memory.cc
    std::uint32_t Afford(std::uint32_t bytes, bool isNew);
    void ChargeQueue();
    bool IsBacklogged(std::uint32_t length, unsigned shift);
    std::uint32_t SuperSegmentSegments() const;
    bool DeferSuperSegment(TimeNs now, std::uint32_t room) const;
    void SendNewData(TimeNs now, std::uint32_t length, bool fin, bool isWhole);
    inline void ArmAfterNewData(TimeNs now);
    void NoteTransmission(TimeNs now, const SentRange& range);
    bool PacingBlocks(TimeNs now);
    void PaceAfter(TimeNs now, TcpSegment& burst, std::uint32_t fresh);
    // hs-tcp-pacing.cc
    void MakePacer(PacingHost* host, const PacingSource* source = nullptr);
    void OnPacerReady(TimeNs now);
    std::uint32_t PacedSegments() const;
    OutputView ViewOutput(const TcpSegment& burst, bool isRepair) const;
    void TellAcking(std::uint64_t ack);
    void TellAcked(TimeNs now, const AckDigest& digest);

    // hs-tcp-retransmit.cc: sending again
    void Recover(TimeNs now, Rexmit rexmit);
    void RetransmitLost(TimeNs now);
    bool RetransmitRange(TimeNs now,
                         std::size_t position,
                         std::uint32_t maxSegments,
                         bool probe = false);
    inline bool CutForRetransmission(std::size_t position,
                                     std::uint32_t maxSegments,
                                     std::uint32_t mss);

    // hs-tcp-timers.cc
    void ArmRtx(TimeNs now, RtxTimer kind, TimeNs delay);
    void RearmRto(TimeNs now);
    bool ScheduleLossProbe(TimeNs now, bool advancing);
    void ArmProbeTimerIfIdle(TimeNs now);
    void OnRetransmissionTimeout(TimeNs now);
    bool OnHandshakeTimeout(TimeNs now);
    void OnReorderingTimer(TimeNs now);
    void OnLossProbeTimer(TimeNs now);
    void OnZeroWindowTimer(TimeNs now);
    void EndProbing();
    TimeNs ProbeDelay() const;
    bool RetriesExhausted(TimeNs now) const;
    bool RepairsLast(TimeNs now, TimeNs since, std::uint32_t doublings) const;
    void LeaveBlackHole(TimeNs now);
    bool UserTimeoutOver(TimeNs now, TimeNs since) const;

    Common& m_common;
    Receiver& m_receiver;
    std::unique_ptr<CongestionControl> m_congestion;
    std::unique_ptr<LossRecovery> m_recovery;
    std::unique_ptr<RttEstimator> m_rtt;
    std::unique_ptr<Pacer> m_pacer;
    PacerState m_pace;
    Scoreboard m_board;
    CongestionLedger m_cwnd;
    SendBuffer m_buffer;
    MemoryAccount* m_account{nullptr}; ///< of a host whose memory is modelled
    UnsentBuffers m_unsent;
    OfferedWindow m_window;
    SegmentSize m_size;
    WriteRules m_writes;
    RetransmitTimer m_timer;
    OnDemand<RecoveryEpisode> m_episode;
    TailProbe m_probe;
    WindowUsage m_usage;
    RateSampler m_rate;
    OnDemand<Blocks> m_sackCache; ///< blocks of the last SACK
    TimeNs m_pacingDeadline{kNever};
    TimeNs m_minRttAt{0};
    std::uint32_t m_lastEcho{0}; ///< timestamp echo of the last ACK
    std::uint32_t m_probesOut{0};
    TimeNs m_limitSince{0};
    std::uint32_t m_bufferLimit{0};
    std::uint8_t m_windowShift{0}; ///< of the peer's announcements
    Limit m_limit{Limit::Handshake};
    Rexmit m_heldRexmit{Rexmit::None}; ///< until the batch ends
    bool m_hasEcho{false};
    bool m_finQueued{false};
    bool m_finSent{false};
    bool m_writerBlocked{false};
    bool m_reorderingArmed{false}; ///< this ACK armed the reordering timer
    bool m_lostRetransmit{false};  ///< the last detection marked a retransmission lost
    bool m_ecnCwr{false};          ///< CWR goes on the next new data segment
};

} // namespace hoststack::tcp

#endif // HS_TCP_SENDER_H
