// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_RECEIVER_H
#define HS_TCP_RECEIVER_H

#include "ns3/hs-ack-policy.h"
#include "ns3/hs-burst.h"
#include "ns3/hs-memory-account.h"
#include "ns3/hs-on-demand.h"
#include "ns3/hs-peer-clock.h"
#include "ns3/hs-receive-queue.h"
#include "ns3/hs-sack-list.h"
#include "ns3/hs-tcp-common.h"
#include "ns3/hs-window-policy.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace hoststack::tcp
{

/**
 * The receiving half of a connection: what has arrived and waits to be read, the memory it costs,
 * the window that is announced, what SACK and ACK report, and when. It sends nothing itself.
 *
 * Invariants: Next() never goes back; the right edge announced moves left only for want of memory
 * or where a setting allows it; a run that is SACKed lies in the queue, until pruning forgets it.
 */
class Receiver
{
  public:
    /// \p common and \p rtt (of the data that this end sends) outlive it.
    Receiver(Common& common, const RttEstimator& rtt);
    ~Receiver();

    /// \name Opening
    /// @{
    /// \p segment is the peer's SYN.
    void OnPeerSyn(const TcpSegment& segment);

    /// Both ends use timestamps: \p options are those of the peer's SYN.
    void BeginTimestamps(const TcpOptions& options)
    {
        m_clock.Begin(options);
    }

    /// Chooses the first window, for an announced MSS of \p advMss.
    void Start(std::uint32_t advMss);
    /// The peer has answered our SYN, perhaps without window scaling.
    void OnSynAnswered();
    /// The MSS announced, and a first guess at the size of what will come.
    void SetMss(std::uint32_t advMss, std::uint32_t sendMss);

    void SetAdvMss(std::uint32_t advMss)
    {
        m_state.Tell().advMss = advMss;
    }

    void Establish(TimeNs now);

    /// @}

    /// \name Where the stream stands
    /// @{
    std::uint64_t Next() const
    {
        return m_queue.Next();
    }

    std::uint32_t Available() const
    {
        return m_queue.Available();
    }

    std::uint32_t Memory() const
    {
        return m_queue.Memory();
    }

    std::uint32_t FirstPiece() const
    {
        return m_queue.FirstPiece();
    }

    const ReceiveState& State() const
    {
        return m_state;
    }

    /// Offset of the peer's sequence number \p seq, nearest to what is expected; may be negative.
    std::int64_t OffsetOf(Seq32 seq) const
    {
        return static_cast<std::int64_t>(Next()) + (seq - m_common.ReceiveSeq(Next()));
    }

    bool FinReceived() const
    {
        return m_finReceived;
    }

    /// All data before the peer's FIN has come, and the FIN, too, but it has not been passed yet.
    bool FinIsDue() const
    {
        return m_peerFin != 0 && !m_finReceived && m_queue.Next() == m_peerFin;
    }

    WindowStatus GetWindowStatus() const;

    /// @}

    /// \name Arriving segments
    /// @{
    const PeerClock& Clock() const
    {
        return m_clock;
    }

    bool PassesPaws(TimeNs now, const TcpSegment& segment, std::int32_t tolerance) const
    {
        return !m_common.agreed.timestamps || m_clock.Passes(now, segment.options, tolerance);
    }

    /// Takes the timestamp of an acceptable \p segment that begins at \p begin.
    void UpdateTimestamp(TimeNs now, const TcpSegment& segment, std::uint64_t begin)
    {
        // RFC 7323 section 4.3: only from a segment that covers the last ACK sent.
        if (m_common.agreed.timestamps && segment.options.hasTimestamps &&
            begin <= m_queue.Acknowledged() && m_clock.Passes(now, segment.options, 0))
        {
            m_clock.Take(now, segment.options);
        }
    }

    /// An ACK without data gives no RTT sample, and nor does data that echoes the same value.
    void NoteEcho(const TcpSegment& segment)
    {
        if (m_common.agreed.timestamps && segment.options.hasTimestamps)
        {
            m_lastEcho = segment.options.timestampEcho;
        }
    }

    /// Takes that of a segment in TIME-WAIT.
    void TakeTimestamp(TimeNs now, const TcpSegment& segment);

    /// Whether [\p begin, \p end) lies where something is expected (tcp_sequence).
    bool IsInPlace(std::uint64_t begin, std::uint64_t end, bool fin) const
    {
        // 6.17 on: some part must lie in [last window update, right edge], and nothing beyond the
        // edge, but a FIN, while data waits to be read.
        const auto windowEnd = m_queue.Next() + m_state.Remaining();
        const bool beyond = end - (fin ? 1 : 0) > windowEnd && m_queue.Available() > 0;
        return end >= m_state.Facts().windowUpdated && begin <= windowEnd && !beyond;
    }

    /// An ACK at \p begin lies in a window that was taken back since.
    bool WasInPlace(std::uint64_t begin) const;
    /// Whether a reset that begins at \p begin ends the connection (RFC 5961 section 3.2).
    bool ResetsExactly(std::uint64_t begin) const;

    /// Data that begins at \p begin; some of it is new.
    void OnData(TimeNs now, const Burst& burst, std::uint64_t begin);
    /// Data that begins at \p begin finds no memory.
    void Refuse(std::uint64_t begin);
    /// All of [\p begin, \p end) was received before: reported at once (RFC 2883).
    void OnRepeated(std::uint64_t begin, std::uint64_t end);
    /// A FIN has come whose number is \p offset, perhaps before its turn.
    void NoteFin(std::uint64_t offset);
    /// The data that came with it has been taken: a FIN before its turn is reported.
    void ReportFin(TimeNs now);
    /// The FIN's turn has come.
    void PassFin(TimeNs now);
    /// The same, when nobody reads any more and the window stays as it is.
    void PassFinWaiting();
    /// ECN marks of a segment (RFC 3168).
    void OnEcn(const TcpSegment& segment);
    /// @}

    /// \name Reading
    /// @{
    std::uint32_t ReadPart(TimeNs now, std::uint32_t max, std::vector<Payload>* out);
    /// Moves data out for a multipath layer, which does the rest.
    std::uint32_t Take(std::uint32_t max, std::vector<Payload>& out);
    /// A read has ended; \p isEmpty: nothing waits. \return true if the pending ACK leaves now
    bool AckDueAfterRead(TimeNs now, bool isEmpty);

    /// If not, whether the window is worth an announcement of its own.
    bool UpdateDue()
    {
        return m_window->UpdateDue(m_state);
    }

    /// @}

    /// \name Acknowledging
    /// @{
    AckPolicy& Acks()
    {
        return *m_acks;
    }

    const AckPolicy& Acks() const
    {
        return *m_acks;
    }

    /// Decides about the pending ACK. \return true if it leaves now
    bool DecideAck(TimeNs now);

    /// There is something that SACK blocks would say.
    bool HasSackBlocks() const
    {
        return m_sacks.IsOwned() && !m_sacks->Empty() && m_common.agreed.sack;
    }

    /// Bytes that SACK blocks take from a data segment: what fits behind its other options.
    std::uint32_t SackRoom() const;
    /// Puts ACK number, window, timestamps and SACK blocks into \p segment, which leaves now.
    void Stamp(TimeNs now, TimeNs departs, TcpSegment& segment, std::uint64_t begin);
    /// The same for a SYN.
    void StampSyn(TcpSegment& segment);
    /// The same for what is left of the connection in TIME-WAIT.
    void StampWaiting(TimeNs now, TcpSegment& segment) const;
    /// The window stays as it is from now on (TIME-WAIT).
    void Freeze();
    /// @}

    /// \name Memory
    /// @{
    /// What the host's account says from now on, if it is told by hand.
    void SetMemoryPressure(bool on);
    /// Where memory is charged from now on; before anything has arrived.
    void SetAccount(std::unique_ptr<MemoryAccount> account);

    /// The one that it is charged to.
    MemoryAccount& Account()
    {
        return *m_account;
    }

    /// Memory of a segment with \p length payload bytes.
    BufferMemory MemoryOf(std::uint32_t length) const;
    /// And of one as it comes.
    BufferMemory MemoryOf(const Burst& burst) const;

    BufferMemory ArrivedMemory(std::uint32_t length) const
    {
        return m_arrived.length == length ? m_arrived : MemoryOf(length);
    }

    BufferMemory FirstMemory(std::uint32_t length) const
    {
        const auto first = m_queue.FirstMemory();
        return first.length == length ? first : MemoryOf(length);
    }

    void Shrink()
    {
        m_queue.Shrink();
    }

    /// @}

    /// \name For a multipath layer
    /// @{
    bool ExtendWindow(std::uint32_t bytes, std::uint32_t length);
    void SetBuffer(std::uint32_t bytes);
    /// @}

    const char* Inconsistency() const;

  private:
    // Steps that are declared inline have one caller, in the file that defines them.

    class View;

    /// The state that policies see becomes that of \p now.
    void Sync(TimeNs now)
    {
        m_state.Tell().now = now;
        m_state.Tell().next = m_queue.Next();
        m_state.Tell().read = m_queue.Next() - m_queue.Available();
        m_state.Tell().memory = m_queue.Memory();
        if (m_common.extension)
        {
            m_common.extension->ShareReceiveState(m_state);
        }
    }

    inline void NoteWindow(TimeNs now);
    inline bool IsAllowed(std::uint64_t begin);
    void Forget(std::uint64_t begin);
    void OnBeyondHole(TimeNs now,
                      const TcpSegment& segment,
                      std::uint64_t begin,
                      const ReceiveQueue::Result& result,
                      std::uint32_t before,
                      std::uint32_t truesize);
    inline void OnInOrder(TimeNs now,
                          const TcpSegment& segment,
                          std::uint64_t begin,
                          std::uint32_t truesize);
    inline void HandOver(TimeNs now,
                         const TcpSegment& segment,
                         std::uint64_t begin,
                         const BufferMemory& memory,
                         bool passes);
    inline void ReportDuplicate(const ReceiveQueue::Result& result);
    void MeasureSegment(const TcpSegment& segment);
    void MeasureRtt(TimeNs now, const TcpSegment& segment);
    inline void MeasureTurn(TimeNs now, std::uint64_t end);

    void ForgetRuns()
    {
        if (m_sacks.IsOwned())
        {
            m_sacks.Own().Clear();
        }
    }

    void UpdateSackBlocks(TimeNs now, std::uint64_t begin, std::uint64_t end);
    void AddSackOption(TcpSegment& segment) const;
    std::uint16_t ChooseWindow();

    // hs-tcp-admission.cc: memory of what has arrived
    bool Admit(const TcpSegment& segment, const BufferMemory& memory, std::uint64_t begin);
    bool MakeRoom(std::uint64_t begin);
    bool Prune(std::uint64_t begin);
    void RaiseBuffer(std::uint32_t memory);
    inline bool IsPredicted(const TcpSegment& segment, std::uint64_t begin) const;
    std::uint32_t HeaderBytes() const;

    void ReturnMemory(std::uint32_t before)
    {
        if (before > m_queue.Memory())
        {
            m_account->Uncharge(static_cast<std::int64_t>(before) - m_queue.Memory());
        }
    }

    Common& m_common;
    const RttEstimator& m_rtt;
    std::unique_ptr<WindowPolicy> m_window;
    std::unique_ptr<AckPolicy> m_acks;
    std::unique_ptr<MemoryAccount> m_account;
    ReceiveQueue m_queue;
    ReceiveLedger m_state;
    OnDemand<SackList> m_sacks; ///< once there was a hole or a duplicate
    PeerClock m_clock;
    BufferMemory m_arrived;             ///< of the last data segment
    std::uint64_t m_peerFin{0};         ///< offset of the peer's FIN; 0: not seen
    TimeNs m_lastEcho{-1};              ///< last timestamp echo that was looked at for an RTT
    std::uint64_t m_turnEnd{0};         ///< right edge when the measured turn of the window began
    TimeNs m_turnSince{0};              ///< when that was; 0: none is measured
    std::uint32_t m_lastSegmentSize{0}; ///< of the last one below the estimate; 0: none
    bool m_arrivedAsUsual{false};       ///< what it costs was not said by whoever handed it up
    bool m_finReceived{false};
    bool m_noMemory{false};   ///< the next ACK announces zero (TCP_ACK_NOMEM)
    bool m_predicts{true};    ///< header prediction is on (pred_flags)
    bool m_ecnEcho{false};    ///< ECE goes on every ACK until CWR comes
    bool m_windowShut{false}; ///< as last announced
};

} // namespace hoststack::tcp

#endif // HS_TCP_RECEIVER_H
