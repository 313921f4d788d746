// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MPTCP_DATA_SENDER_H
#define HS_MPTCP_DATA_SENDER_H

#include "ns3/hs-event-log.h"
#include "ns3/hs-memory-account.h"
#include "ns3/hs-mptcp-send-queue.h"
#include "ns3/hs-mptcp-subflow.h"
#include "ns3/hs-packet-scheduler.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace hoststack::mptcp
{

/// In order of creation. The first stays; others go at the first input after they are done.
using SubflowList = std::vector<std::unique_ptr<Subflow>>;

/// What the sender of the data asks of its connection and tells it.
class DataSenderOwner
{
  public:
    virtual ~DataSenderOwner() = default;
    virtual void Raise(std::uint32_t events) = 0;
    virtual void Note(TimeNs now,
                      Happening what,
                      std::uint32_t part,
                      std::uint64_t value = 0) const = 0;
    /// When a timer of \p delay expires in this host's ticks.
    virtual TimeNs Expiry(TimeNs now, TimeNs delay) const = 0;
    /// The infinite mapping is on its way: from here on plain TCP.
    virtual void FallBackByMap(TimeNs now, Subflow& subflow) = 0;
    /// The DATA_FIN is said from now on; the states follow.
    virtual void OnSendClosed() = 0;
    /// Bytes of receive memory that a window may announce, for the rule of old kernels that noted
    /// it whenever options were sized.
    virtual void NoteFreeSpace() = 0;
};

/**
 * The sending half of the data level: what was written, the scheduler that hands it to subflows,
 * DATA_ACKs, the data-level timer, reinjection and stale subflows (facts sheet linux.md sections
 * 1.2 and 3).
 *
 * The window's end only moves right; nothing is handed out beyond it. Until a round of pushing is
 * over another one does not begin.
 */
class DataSender
{
  public:
    /// How far the DATA_FIN has come.
    enum class Fin : std::uint8_t
    {
        Open,
        Queued,
        Sent,
        Acked, ///< options say it until what follows its DATA_ACK has been done
        Over,
    };

    DataSender(DataLevel& level, SubflowList& subflows, DataSenderOwner& owner);

    /// \name The application
    /// @{
    std::uint32_t Write(TimeNs now, const Payload& bytes);
    std::uint32_t Space() const;

    /// kWritable is wanted, or no longer.
    void SetWriterBlocked(bool on);

    /// sk_sndbuf, as it would be found by a writer.
    std::uint32_t Limit() const
    {
        const auto sum = BufferLimit();
        return sum != m_sum ? sum : m_limit;
    }

    /// A writer that was refused would be woken (__mptcp_stream_is_writeable).
    bool HasRoom() const
    {
        return HasRoomIn(Limit());
    }

    /// With kWritable a subflow's buffer may have grown (subflow_write_space).
    void OnSubflowEvents(std::uint32_t events)
    {
        if ((events & tcp::kWritable) != 0)
        {
            CheckSpace();
        }
    }

    /// Nothing more is written; \return false if that was so before.
    bool Finish();

    void Shrink()
    {
        m_queue.Shrink();
        m_view.subflows = {};
        m_viewOf = 0;
    }

    /// @}

    /// \name Handing out
    /// @{
    /// At the end of an input: what is due, and the DATA_FIN after the last byte.
    void PushPending(TimeNs now);

    /// The scheduler is asked at the end of this input.
    void RequestPush()
    {
        m_pushDue = true;
    }

    bool IsPushDue() const
    {
        return m_pushDue;
    }

    /// Nothing was written that is not acknowledged, and nothing waits for PushPending().
    bool IsQuiet() const
    {
        return m_queue.Size() == 0 && !m_pushDue && m_fin != Fin::Queued && !m_writerBlocked &&
               m_idleReason == tcp::Limit::Application && !m_copies;
    }

    /// What a DATA_ACK says to an end that is quiet: nothing, if it has been said before.
    bool IsOldNews(std::uint64_t ack, std::uint64_t window) const
    {
        return ack <= m_queue.Una() && ack + window <= m_windowEnd && IsQuiet();
    }

    /// Work that waits for the end of this round.
    bool IsBusy() const
    {
        return m_busy;
    }

    /// Whose time passes stays in a push loop that goes round: until ContinuePush() has left it
    /// nothing is written, and what needs the connection's lock waits.
    void HoldPush()
    {
        m_held = true;
    }

    bool IsHeld() const
    {
        return m_held;
    }

    /// Another round of that loop. \return false: it has ended
    bool ContinuePush(TimeNs now);

    /// Times that the scheduler was asked.
    std::uint64_t SchedulerCalls() const
    {
        return m_schedulerCalls;
    }

    /// The scheduler wants the same data on several subflows.
    bool Copies() const
    {
        return m_copies;
    }

    /// A subflow has gone or is stale: what is not acknowledged goes again.
    void ReinjectAll(TimeNs now);

    /// @}

    /// \name What the peer says
    /// @{
    void OpenWindow(std::uint64_t end)
    {
        m_windowEnd = std::max(m_windowEnd, end);
    }

    void OnDataAck(TimeNs now, std::uint64_t ack, std::uint64_t window);
    /// Plain TCP: what the only subflow's peer has acknowledged.
    void OnPlainAck(TimeNs now, std::uint64_t subflowOffset);

    /// @}

    /// \name The data-level timer
    /// @{
    void OnTimer(TimeNs now);

    TimeNs Deadline() const
    {
        return m_deadline;
    }

    void StopTimer()
    {
        m_deadline = kNever;
    }

    /// @}

    /// From now on plain TCP over \p subflow.
    void BecomePlain(const Subflow& subflow);

    /// \name The DATA_FIN
    /// @{
    bool FinIs(Fin least) const
    {
        return m_fin >= least;
    }

    bool TellsFin() const
    {
        return m_fin == Fin::Sent || m_fin == Fin::Acked;
    }

    /// What follows its DATA_ACK has been done.
    void EndFin()
    {
        m_fin = m_fin == Fin::Acked ? Fin::Over : m_fin;
    }

    /// @}

    const SendQueue& Queue() const
    {
        return m_queue;
    }

    bool EverReinjected() const
    {
        return m_everReinjected;
    }

    /// Why \p subflow has nothing to send.
    tcp::Limit IdleReasonOf(const Subflow& subflow) const;

    /// The idle time up to now is put down for good to what it looks like now.
    void SettleIdle(TimeNs now);

    /// What waits to be acknowledged is charged to \p account, which outlives this.
    void SetAccount(MemoryAccount* account)
    {
        m_account = account;
    }

  private:
    /// Closed, or not opened yet.
    bool IsDead() const
    {
        return m_level.state == tcp::State::Closed || m_subflows.empty();
    }

    bool FinIsDue() const
    {
        return m_fin == Fin::Queued && !m_queue.HasUnsent();
    }

    /// Inline up to where something waits: every segment that arrives and every read come by.
    void PushUnsent(TimeNs now)
    {
        if (m_busy || IsDead() || (m_held && !m_writing))
        {
            return; // __mptcp_check_push leaves it to who has the connection
        }
        if (m_queue.HasUnsent() || m_copies)
        {
            PushWaiting(now);
        }
        else
        {
            AccountIdle(now);
        }
    }

    /// It may write, as far as there is room.
    bool TakesWrites() const
    {
        return m_fin < Fin::Queued && !m_held && !IsDead();
    }

    /// A writer that was refused may go on if there is room.
    void CheckSpace()
    {
        if (m_writerBlocked)
        {
            WakeWriter();
        }
    }

    /// Notes why subflows get nothing, if that has changed.
    void AccountIdle(TimeNs now)
    {
        auto reason = tcp::Limit::Application;
        if (m_queue.HasUnsent() || m_queue.Fresh() > 0)
        {
            reason =
                m_queue.Next() >= m_windowEnd ? tcp::Limit::SharedWindow : tcp::Limit::Scheduler;
        }
        else if (m_writerBlocked)
        {
            reason = tcp::Limit::SendBuffer;
        }
        if (reason != m_idleReason)
        {
            SettleIdle(now);
            m_idleReason = reason;
        }
    }

    /// Until a subflow's timer at \p deadline; 0 without one.
    static TimeNs TimerLeft(TimeNs now, TimeNs deadline)
    {
        return deadline != kNever ? deadline - now : 0;
    }

    // hs-mptcp-data-push.cc
    void PushWaiting(TimeNs now);
    inline void PushTcp(TimeNs now, Subflow& subflow);
    inline bool PushRound(TimeNs now, bool& refused);
    bool PushOn(TimeNs now, Subflow& subflow);
    inline bool HandOutTo(TimeNs now, Subflow& subflow);
    bool PushCopies(TimeNs now);
    bool CopyOn(TimeNs now, Subflow& subflow);
    bool AskScheduler(TimeNs now, bool retransmit);
    /// \return the longest timer of the subflows that may carry data; 0: none runs
    inline TimeNs FillView(TimeNs now);
    inline void FillView(SubflowView& view, const Subflow& subflow) const;
    std::uint32_t SendOn(Subflow& subflow, std::uint64_t begin, std::uint64_t end, bool continues);
    std::uint32_t MappingLimit(const Subflow& subflow) const;

    // hs-mptcp-memory.cc
    std::uint32_t Fill(const Payload& bytes);
    bool Afford(std::uint32_t truesize);
    void ChargeQueue();
    std::uint32_t BufferLimit() const;
    std::uint32_t SyncBuffer();
    bool HasRoomIn(std::uint64_t limit) const;
    void TellBlocked();
    void WakeWriter();

    // hs-mptcp-data-sender.cc
    void ReleaseAcked(TimeNs now, std::uint64_t ack);
    void ArmTimer(TimeNs now);
    void UpdateTimerInterval(TimeNs now);

    /// mptcp_set_timeout: the subflows' own timers first. Computed when data is handed out, not
    /// when the timer is armed: with nothing to hand out the last value stays.
    void SetTimerInterval(TimeNs longest)
    {
        m_timerInterval = m_followsTimers && longest > 0 ? longest : kLeastInterval;
    }

    void RepeatOldest(TimeNs now);
    void CheckStale(TimeNs now, Subflow& subflow);
    void SendDataFin(TimeNs now);

    static constexpr TimeNs kLeastInterval =
        200 * kMillisecond; // TCP_RTO_MIN, sheet linux.md 4.5.1

    DataLevel& m_level;
    SubflowList& m_subflows;
    DataSenderOwner& m_owner;
    std::unique_ptr<PacketScheduler> m_scheduler;
    SchedulerView m_view;
    std::uint64_t m_viewOf{0}; ///< the pass of PushWaiting that has filled it
    std::uint64_t m_pass{1};   ///< of PushWaiting
    SendQueue m_queue;
    MemoryAccount* m_account{nullptr}; ///< of a host whose memory is modelled
    std::uint32_t m_sum{0};            ///< of the subflows' buffers, when it was last looked at
    std::uint32_t m_limit{0};          ///< sk_sndbuf: that, or what memory pressure has cut it to
    std::uint64_t m_windowEnd{1};
    std::int64_t m_burst{0};
    std::uint64_t m_schedulerCalls{0};
    std::uint32_t m_lastUsed{0};
    std::uint32_t m_finRetries{0};
    TimeNs m_deadline{kNever};
    TimeNs m_timerInterval;          ///< timer_ival: as last computed, not when the timer is armed
    std::uint64_t m_infiniteNext{0}; ///< data offset after the infinite mapping's first bytes
    std::uint64_t m_plainShift{0};   ///< subflow offset less data offset, once it is plain TCP
    Fin m_fin{Fin::Open};
    tcp::Limit m_idleReason{tcp::Limit::Application}; ///< why idle subflows get nothing
    const bool m_copies;                              ///< PacketScheduler::Duplicates
    const bool m_followsTimers;                       ///< PacketScheduler::FollowsSubflowTimers
    bool m_busy{false};
    bool m_pushDue{false};
    bool m_writerBlocked{false};
    bool m_marked{false};  ///< subflows may have been chosen that were not served yet
    bool m_writing{false}; ///< inside Write: the push loop runs in the writer's context
    bool m_spun{false};    ///< the last round sent nothing and would be repeated
    bool m_held{false};
    bool m_everReinjected{false};
};

} // namespace hoststack::mptcp

#endif // HS_MPTCP_DATA_SENDER_H
