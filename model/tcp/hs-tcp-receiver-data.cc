// SPDX-License-Identifier: GPL-2.0-only

// Receiver: a data segment, step by step (tcp_data_queue, tcp_data_queue_ofo).

#include "ns3/hs-tcp-codec.h"
#include "ns3/hs-tcp-receiver.h"

#include <algorithm>
#include <utility>

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kDefaultMss = 536;      // TCP_MSS_DEFAULT
constexpr std::uint32_t kLeastMss = 88;         // TCP_MIN_MSS
constexpr std::uint32_t kGrowingSegment = 128;  // tcp_event_data_recv
constexpr std::uint8_t kExpectedSackBlocks = 2; // TCP_SACK_BLOCKS_EXPECTED

} // namespace

/// The receiver as its ACK policy sees it.
class Receiver::View : public AckView
{
  public:
    View(TimeNs time, Receiver& receiver)
        : AckView(time, receiver.m_state, receiver.m_rtt),
          m_receiver(receiver)
    {
        hasHole = receiver.m_queue.HasOutOfOrder();
        sack = receiver.m_common.agreed.sack;
    }

    bool WindowHolds() override
    {
        auto& r = m_receiver;
        r.Sync(now);
        // A subflow's data waits in the shared queue, whose owner asks for the ACK.
        return (!r.m_common.extension && r.m_queue.Available() < r.m_common.config->receiveLowat) ||
               r.m_window->Candidate(state) >= state.Window();
    }

  private:
    Receiver& m_receiver;
};

void
Receiver::OnData(TimeNs now, const Burst& burst, std::uint64_t begin)
{
    const auto& segment = burst.segment;
    m_common.traffic.dataSegmentsReceived += segment.SegmentCount();
    m_acks->Request();
    MeasureRtt(now, segment);
    Sync(now);
    m_state.Tell().underPressure = m_account->UnderPressure();
    if (!IsAllowed(begin))
    {
        Forget(begin);
        return;
    }
    const auto memory = MemoryOf(burst);
    m_arrived = memory;
    m_arrivedAsUsual = burst.truesize == 0;
    if (!Admit(segment, memory, begin))
    {
        Refuse(begin);
        return;
    }
    const bool hadHole = m_queue.HasOutOfOrder();
    // A subflow's data only passes through its queue: it need not be put there to be taken out.
    const bool passes =
        m_common.extension && begin == m_queue.Next() && !hadHole && m_queue.Available() == 0;
    const auto before = m_queue.Memory();
    ReceiveQueue::Result result;
    if (passes)
    {
        m_queue.Pass(segment.payload.Length());
        result.accepted = segment.payload.Length();
        result.inOrder = true;
    }
    else
    {
        result = m_queue.Insert(begin, segment.payload, memory);
        m_account->Charge(static_cast<std::int64_t>(m_queue.Memory()) - before);
    }
    m_predicts = !m_queue.HasOutOfOrder() &&
                 (m_predicts || (m_state.Window() > 0 && m_queue.Memory() < m_state.Buffer()));
    if (result.duplicate && m_common.agreed.sack && m_common.config->dsack)
    {
        ReportDuplicate(result);
    }
    if (passes)
    {
        m_state.Tell().next = m_queue.Next();    // what is shared has not changed
        m_state.Tell().memory = memory.truesize; // a subflow's threshold grows by its own memory
    }
    else
    {
        Sync(now);
        m_state.Tell().memory = m_queue.Memory();
    }
    if (!result.inOrder)
    {
        OnBeyondHole(now, segment, begin, result, before, memory.truesize);
        return;
    }
    OnInOrder(now, segment, begin, memory.truesize);
    if (hadHole)
    {
        m_sacks.Own().DropBefore(m_queue.Next());
        if (result.filledHole && !m_queue.HasOutOfOrder())
        {
            m_acks->Hurry(); // RFC 5681 section 4.2
        }
    }
    HandOver(now, segment, begin, memory, passes);
}

void
Receiver::Refuse(std::uint64_t begin)
{
    // tcp_data_queue: a refusal for want of memory is always answered (TCP_ACK_NOMEM).
    ++m_common.troubles.Own().rcvPruned;
    m_acks->Request();
    m_acks->Hurry();
    m_noMemory = begin <= m_queue.Next();
    Forget(begin);
    m_common.Raise(kReadable);
}

void
Receiver::Forget(std::uint64_t begin)
{
    if (m_common.extension)
    {
        const auto [from, to] = m_queue.GapAround(begin);
        m_common.extension->OnForgotten(from, to);
    }
}

bool
Receiver::IsAllowed(std::uint64_t begin)
{
    const auto window = m_state.Remaining();
    if (window == 0 && begin >= m_queue.Next())
    {
        // Nothing was allowed (TCPZeroWindowDrop, sheet 2.3.6).
        m_acks->Hurry();
        ++m_common.troubles.Own().rcvPruned;
        return false;
    }
    if (begin >= m_queue.Next() + window)
    {
        m_acks->Hurry();
        m_acks->OnDisorder(m_state, kMaxQuickAcks);
        return false;
    }
    return true;
}

void
Receiver::ReportDuplicate(const ReceiveQueue::Result& result)
{
    m_sacks.Own().NoteDuplicate(result.duplicateBegin, result.duplicateEnd);
    ++m_common.troubles.Own().dsacksSent;
    m_acks->Hurry();
    if (result.accepted == 0)
    {
        m_acks->OnDisorder(m_state, 2);
    }
}

void
Receiver::OnBeyondHole(TimeNs now,
                       const TcpSegment& segment,
                       std::uint64_t begin,
                       const ReceiveQueue::Result& result,
                       std::uint32_t before,
                       std::uint32_t truesize)
{
    m_common.troubles.Own().outOfOrder += segment.SegmentCount();
    const auto length = segment.payload.Length();
    const bool merged = m_queue.Memory() - before != truesize;
    MeasureSegment(segment);
    UpdateSackBlocks(now, begin, begin + length);
    if (m_common.agreed.sack && result.accepted > 0)
    {
        // tcp_data_queue_ofo: a buffer of its own is added afterwards.
        m_state.Tell().memory = merged ? m_queue.Memory() : before;
        m_window->OnData(m_state, length, truesize);
    }
    m_window->OnBeyondHole(m_state, m_queue.HighestByte());
    m_acks->OnOutOfOrderData(now);
}

void
Receiver::OnInOrder(TimeNs now,
                    const TcpSegment& segment,
                    std::uint64_t begin,
                    std::uint32_t truesize)
{
    MeasureSegment(segment);
    MeasureTurn(now, begin + segment.payload.Length());
    m_acks->OnInOrderData(View(now, *this));
    if (segment.payload.Length() >= kGrowingSegment)
    {
        m_window->OnData(m_state, segment.payload.Length(), truesize);
    }
}

void
Receiver::HandOver(TimeNs now,
                   const TcpSegment& segment,
                   std::uint64_t begin,
                   const BufferMemory& memory,
                   bool passes)
{
    if (auto* extension = m_common.extension)
    {
        if (passes && extension->TakeInOrder(now, begin, segment.payload))
        {
            return;
        }
        if (passes)
        {
            const auto before = m_queue.Memory();
            m_queue.Keep(segment.payload, memory);
            m_account->Charge(static_cast<std::int64_t>(m_queue.Memory()) - before);
        }
        extension->OnInOrderData(now);
        return;
    }
    if (m_queue.Available() >= m_common.config->receiveLowat ||
        m_state.Remaining() <= m_state.Facts().mss ||
        m_queue.Memory() > m_state.Buffer() - m_state.Buffer() / 8)
    {
        m_common.Raise(kReadable);
    }
}

void
Receiver::MeasureSegment(const TcpSegment& segment)
{
    // tcp_measure_rcv_mss and the PUSHED marks (sheet 1.3.1, 1.6.3).
    const auto length = segment.mss > 0
                            ? std::min<std::uint32_t>(segment.mss, segment.payload.Length())
                            : segment.payload.Length();
    auto& r = m_state;
    const auto last = m_lastSegmentSize;
    m_lastSegmentSize = 0;
    if (length >= r.Facts().mss)
    {
        if (length != r.Facts().mss)
        {
            // skb->len and skb->truesize: of all that was merged on the way up
            m_window->OnLargerSegment(r, segment.payload.Length(), m_arrived.truesize);
        }
        r.Tell().mss = std::min(length, r.Facts().advMss);
        if (segment.Has(kPsh))
        {
            m_acks->NotePush(false);
        }
        return;
    }
    // Smaller ones of one size, which no write has cut short, show a smaller MSS. Options other
    // than timestamps count as data: they took its room.
    const auto withHeader = length + static_cast<std::uint32_t>(TcpHeaderLength(segment));
    const bool cut = (segment.flags & (kFin | kUrg | kSyn | kPsh)) != 0;
    if (withHeader >= kDefaultMss + 20 || (withHeader >= kLeastMss + 20 && !cut))
    {
        m_lastSegmentSize = withHeader - 20 - (m_common.agreed.timestamps ? 12 : 0);
        if (m_lastSegmentSize == last)
        {
            r.Tell().mss = last;
            return;
        }
    }
    m_acks->NotePush(true);
}

void
Receiver::MeasureTurn(TimeNs now, std::uint64_t end)
{
    // tcp_rcv_rtt_measure: a whole window takes a round trip or more. What waited beyond a hole is
    // counted later.
    auto& r = m_state;
    if (end < m_turnEnd && m_turnSince > 0)
    {
        return;
    }
    if (m_turnSince > 0)
    {
        const auto sample = std::max<TimeNs>(now - m_turnSince, kMicrosecond);
        r.Tell().receiverRtt =
            r.Facts().receiverRtt == 0 ? sample : std::min(r.Facts().receiverRtt, sample);
    }
    m_turnEnd = end + r.Window();
    m_turnSince = now;
}

void
Receiver::MeasureRtt(TimeNs now, const TcpSegment& segment)
{
    // tcp_rcv_rtt_measure_ts: only the first segment that echoes a value, if it is full-sized.
    if (!m_common.agreed.timestamps || !segment.options.hasTimestamps ||
        segment.options.timestampEcho == 0)
    {
        return;
    }
    const auto echo = static_cast<TimeNs>(segment.options.timestampEcho);
    const auto last = std::exchange(m_lastEcho, echo);
    if (echo == last || segment.payload.Length() < m_state.Facts().mss)
    {
        return;
    }
    const auto ticks =
        static_cast<std::int32_t>(m_common.TimestampNow(now) - segment.options.timestampEcho);
    const bool latches = m_common.config->latchReceiverRtt;
    if (ticks < 0 || (ticks == 0 && latches))
    {
        return;
    }
    // tcp_rcv_rtt_update
    const TimeNs sample = std::max<TimeNs>(ticks, 1) * kMillisecond;
    auto& rtt = m_state.Tell().receiverRtt;
    if (rtt == 0 || (latches && sample < rtt))
    {
        rtt = sample;
    }
    else if (!latches || m_queue.Available() == 0)
    {
        rtt += (sample - rtt) / 8;
    }
}

bool
Receiver::DecideAck(TimeNs now)
{
    m_state.Tell().next = m_queue.Next();
    View view(now, *this);
    return m_acks->Decide(view);
}

void
Receiver::UpdateSackBlocks(TimeNs now, std::uint64_t begin, std::uint64_t end)
{
    const auto runBegin = m_queue.RunBegin(begin);
    auto runEnd = std::max(m_queue.RunEnd(begin), end);
    if (m_peerFin != 0 && runEnd == m_peerFin)
    {
        ++runEnd; // the FIN has arrived too
    }
    // tcp_sack_new_ofo_skb: held ACKs go before a block beyond the second would push news out of
    // the option.
    if (m_sacks->Find(runBegin, runEnd) >= kExpectedSackBlocks && m_acks->HoldsAcks())
    {
        m_common.outlet.SendAck(now);
        m_acks->Request();
    }
    m_sacks.Own().Put(runBegin, runEnd);
}

} // namespace hoststack::tcp
