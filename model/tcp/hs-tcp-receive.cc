// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-codec.h"
#include "ns3/hs-tcp-connection.h"

#include <algorithm>

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kMaxQuickAcks = 16;       // TCP_MAX_QUICKACKS
constexpr std::uint32_t kDefaultMss = 536;        // TCP_MSS_DEFAULT
constexpr std::uint32_t kLeastMss = 88;           // TCP_MIN_MSS
constexpr std::uint32_t kUncompressedAcks = 3;    // TCP_FASTRETRANS_THRESH, sheet 6.9.4
constexpr std::uint32_t kGrowingSegment = 128;    // tcp_event_data_recv
constexpr std::uint8_t kExpectedSackBlocks = 2;   // TCP_SACK_BLOCKS_EXPECTED
constexpr std::uint32_t kCompressRttDivisor = 20; // 5 % of the RTT

} // namespace

void
Connection::SyncReceiveState(TimeNs now)
{
    m_receive.now = now;
    m_receive.next = m_queue.Next();
    m_receive.read = m_queue.Next() - m_queue.Available();
    m_receive.memory = m_queue.Memory();
    if (m_extension)
    {
        m_extension->ShareReceiveState(m_receive);
    }
}

WindowStatus
Connection::GetWindowStatus() const
{
    auto state = m_receive;
    state.next = m_queue.Next();
    state.memory = m_queue.Memory();
    if (m_extension)
    {
        m_extension->ShareReceiveState(state);
    }
    WindowStatus status;
    status.announced = state.Remaining();
    const auto edge = state.next + status.announced;
    const auto highest = std::max(state.next, m_queue.HighestByte());
    status.unused = edge > highest ? static_cast<std::uint32_t>(edge - highest) : 0;
    status.possible = m_window->Candidate(state);
    status.mss = std::max(state.mss, 1u);
    return status;
}

void
Connection::MeasureSegment(const TcpSegment& segment)
{
    // tcp_measure_rcv_mss and the PUSHED marks (sheet 1.3.1, 1.6.3).
    const auto length = segment.mss > 0
                            ? std::min<std::uint32_t>(segment.mss, segment.payload.Length())
                            : segment.payload.Length();
    auto& r = m_receive;
    const auto last = m_lastSegmentSize;
    m_lastSegmentSize = 0;
    if (length >= r.mss)
    {
        if (length != r.mss)
        {
            m_window->OnLargerSegment(r, length, MemoryOf(length).truesize);
        }
        r.mss = std::min(length, r.advMss);
        if (segment.Has(kPsh))
        {
            m_ackPushed = true;
        }
        return;
    }
    // Smaller ones of one size, which no write has cut short, show a smaller MSS. Options other
    // than timestamps count as data: they took its room.
    const auto withHeader = length + static_cast<std::uint32_t>(TcpHeaderLength(segment));
    const bool cut = (segment.flags & (kFin | kUrg | kSyn | kPsh)) != 0;
    if (withHeader >= kDefaultMss + 20 || (withHeader >= kLeastMss + 20 && !cut))
    {
        m_lastSegmentSize = withHeader - 20 - (m_timestamps ? 12 : 0);
        if (m_lastSegmentSize == last)
        {
            r.mss = last;
            return;
        }
    }
    if (m_ackPushed)
    {
        m_ackPushed2 = true;
    }
    m_ackPushed = true;
}

void
Connection::MeasureReceiverRtt(TimeNs now, const TcpSegment& segment)
{
    // tcp_rcv_rtt_measure_ts: once per echoed value, from full-sized segments.
    if (!m_timestamps || !segment.options.hasTimestamps || segment.options.timestampEcho == 0 ||
        segment.payload.Length() < m_receive.mss)
    {
        return;
    }
    const auto echo = static_cast<TimeNs>(segment.options.timestampEcho);
    if (echo == m_lastEchoForRtt)
    {
        return;
    }
    m_lastEchoForRtt = echo;
    const auto ticks = static_cast<std::int32_t>(TimestampNow(now) - segment.options.timestampEcho);
    if (ticks < 0)
    {
        return;
    }
    const TimeNs sample = std::max<TimeNs>(ticks, 1) * kMillisecond;
    m_receive.receiverRtt = m_receive.receiverRtt == 0
                                ? sample
                                : m_receive.receiverRtt + (sample - m_receive.receiverRtt) / 8;
}

void
Connection::NoteArrival(TimeNs now)
{
    // tcp_event_data_recv: how fast does data come, hence how long may an ACK wait (sheet 6.9.2).
    const TimeNs minimum = m_config->delayedAckMin;
    if (m_ato == 0)
    {
        if (m_config->quickAck)
        {
            AddQuickAcks(kMaxQuickAcks);
        }
        m_ato = minimum;
    }
    else
    {
        const TimeNs gap = now - m_lastArrival;
        if (gap <= minimum / 2)
        {
            m_ato = m_ato / 2 + minimum / 2;
        }
        else if (gap < m_ato)
        {
            m_ato = std::min(m_ato / 2 + gap, m_rtt->Rto());
        }
        else if (gap > m_rtt->Rto() && m_config->quickAck)
        {
            AddQuickAcks(kMaxQuickAcks);
        }
    }
    m_lastArrival = now;
}

void
Connection::AddQuickAcks(std::uint32_t count)
{
    // tcp_incr_quickack
    const auto affordable = m_receive.window / (2 * std::max(m_receive.mss, 1u));
    m_receive.quickAcks =
        std::max(m_receive.quickAcks, std::min(affordable == 0 ? 2 : affordable, count));
}

void
Connection::EnterQuickAck(std::uint32_t count)
{
    if (!m_config->quickAck)
    {
        return;
    }
    AddQuickAcks(count);
    m_pingPong = 0;
    m_ato = m_config->delayedAckMin;
}

void
Connection::OnRepeated(std::uint64_t begin, std::uint64_t end)
{
    // All of it was received before: reported at once (RFC 2883).
    if (m_sack && m_config->dsack)
    {
        m_dsackBegin = begin;
        m_dsackEnd = end;
        ++m_info.dsacksSent;
    }
    EnterQuickAck(kMaxQuickAcks);
    m_ackPending = m_ackNow = true;
}

void
Connection::OnEcn(const TcpSegment& segment)
{
    if (segment.Has(kCwr))
    {
        m_ecnEcho = false;
        // tcp_ecn_accept_cwr: the sender's window may be a single segment now.
        m_ackNow = m_ackNow || segment.payload.Length() > 0;
    }
    if (segment.ecn == Ecn::Ce && segment.payload.Length() > 0)
    {
        if (!m_ecnEcho)
        {
            EnterQuickAck(2);
            m_ackNow = true;
        }
        m_ecnEcho = true;
        m_congestion->OnEvent(m_cwnd, CaEvent::EcnIsCe);
    }
    else if (segment.payload.Length() > 0)
    {
        m_congestion->OnEvent(m_cwnd, CaEvent::EcnNoCe);
    }
}

void
Connection::OnData(TimeNs now, const TcpSegment& segment, std::uint64_t begin)
{
    const auto pieces = segment.SegmentCount();
    m_info.dataSegmentsReceived += pieces;
    const auto next = m_queue.Next();
    const auto end = begin + segment.payload.Length();
    m_ackPending = true;
    SyncReceiveState(now);
    const auto window = m_receive.Remaining();
    if (window == 0 && begin >= next)
    {
        // Nothing was allowed (TCPZeroWindowDrop, sheet 2.3.6).
        m_ackNow = true;
        ++m_info.rcvPruned;
        return;
    }
    if (begin >= next + window)
    {
        m_ackNow = true;
        EnterQuickAck(kMaxQuickAcks);
        return;
    }
    const auto& payload = segment.payload;
    const auto memory = MemoryOf(segment);
    m_arrived = memory;
    const auto truesize = memory.truesize;
    const bool inOrder = begin <= next;
    if (!Admit(segment, memory, begin))
    {
        ++m_info.rcvPruned;
        m_ackNow = true;
        m_noMemory = inOrder;
        Raise(kReadable);
        return;
    }
    const bool hadHole = m_queue.HasOutOfOrder();
    // A subflow's data only passes through its queue: it need not be put there to be taken out.
    const bool passes = m_extension && begin == next && !hadHole && m_queue.Available() == 0;
    ReceiveQueue::Result result;
    const auto before = m_queue.Memory();
    if (passes)
    {
        m_queue.Pass(payload.Length());
        result.accepted = payload.Length();
        result.inOrder = true;
    }
    else
    {
        result = m_queue.Insert(begin, payload, memory);
        ChargeMemory(before);
    }
    const bool merged = m_queue.Memory() - before != truesize;
    m_predicts = !m_queue.HasOutOfOrder() &&
                 (m_predicts || (m_receive.window > 0 && m_queue.Memory() < m_receive.buffer));
    if (result.duplicate && m_sack && m_config->dsack)
    {
        m_dsackBegin = result.duplicateBegin;
        m_dsackEnd = result.duplicateEnd;
        ++m_info.dsacksSent;
        m_ackNow = true;
        if (result.accepted == 0)
        {
            EnterQuickAck(2);
        }
    }
    if (passes)
    {
        m_receive.next = m_queue.Next(); // what is shared has not changed
    }
    else
    {
        SyncReceiveState(now);
    }
    // A subflow's threshold grows by its own memory.
    m_receive.memory = passes ? truesize : m_queue.Memory();
    if (!result.inOrder)
    {
        m_info.outOfOrder += pieces;
        MeasureSegment(segment);
        UpdateSackBlocks(now, begin, end);
        if (m_sack && result.accepted > 0)
        {
            // tcp_data_queue_ofo: a buffer of its own is added afterwards.
            m_receive.memory = merged ? m_queue.Memory() : before;
            m_window->OnData(m_receive, payload.Length(), truesize);
        }
        m_lastArrival = now;
        return;
    }
    MeasureSegment(segment);
    MeasureReceiverRtt(now, segment);
    NoteArrival(now);
    if (payload.Length() >= kGrowingSegment)
    {
        m_window->OnData(m_receive, payload.Length(), truesize);
    }
    if (hadHole)
    {
        // Blocks that the in-order stream has swallowed go; a filled gap is acknowledged at once.
        std::uint8_t kept = 0;
        for (std::uint8_t i = 0; i < m_sackBlockCount; ++i)
        {
            if (m_sackBlocks[i].second > m_queue.Next())
            {
                m_sackBlocks[kept++] = m_sackBlocks[i];
            }
        }
        m_sackBlockCount = kept;
        if (result.filledHole && !m_queue.HasOutOfOrder())
        {
            m_ackNow = true;
        }
    }
    if (m_extension)
    {
        if (passes && m_extension->TakeInOrder(now, begin, payload))
        {
            return;
        }
        if (passes)
        {
            m_queue.Keep(payload, memory);
        }
        m_extension->OnInOrderData(now);
        return;
    }
    if (m_queue.Available() >= m_config->receiveLowat || m_receive.Remaining() <= m_receive.mss ||
        m_queue.Memory() > m_receive.buffer - m_receive.buffer / 8)
    {
        Raise(kReadable);
    }
}

void
Connection::OnFinBeyond(TimeNs now)
{
    // The FIN waits for a hole to be filled; its number is part of what is reported.
    const bool joins = m_queue.RunEnd(m_peerFin - 1) == m_peerFin;
    UpdateSackBlocks(now, joins ? m_peerFin - 1 : m_peerFin, m_peerFin + 1);
}

void
Connection::UpdateSackBlocks(TimeNs now, std::uint64_t begin, std::uint64_t end)
{
    // RFC 2018 section 4: the block with the newest segment first, then the ones reported before.
    const auto runBegin = m_queue.RunBegin(begin);
    auto runEnd = std::max(m_queue.RunEnd(begin), end);
    if (m_peerFin != 0 && runEnd == m_peerFin)
    {
        ++runEnd; // the FIN has arrived too
    }
    // tcp_sack_new_ofo_skb: held ACKs go before a block beyond the second would push news out of
    // the option.
    std::uint8_t match = 0;
    while (match < m_sackBlockCount &&
           (m_sackBlocks[match].second < runBegin || m_sackBlocks[match].first > runEnd))
    {
        ++match;
    }
    if (match >= kExpectedSackBlocks && m_compressed > 0)
    {
        SendAck(now);
        m_ackPending = true;
    }
    decltype(m_sackBlocks) blocks{};
    blocks[0] = {runBegin, runEnd};
    std::uint8_t count = 1;
    for (std::uint8_t i = 0; i < m_sackBlockCount && count < blocks.size(); ++i)
    {
        const auto& old = m_sackBlocks[i];
        if (old.second < runBegin || old.first > runEnd)
        {
            blocks[count++] = old;
        }
    }
    m_sackBlocks = blocks;
    m_sackBlockCount = count;
}

bool
Connection::IsSoon(TimeNs deadline, TimeNs now, TimeNs margin) const
{
    // Both sides as the host sees them: in ticks, and a timer fires one after its own.
    const TimeNs tick = m_config->tick;
    return tick > 0 ? deadline / tick - 1 <= now / tick + margin / tick : deadline <= now + margin;
}

void
Connection::DecideAck(TimeNs now, bool outOfOrder)
{
    // __tcp_ack_snd_check; facts sheet linux.md 6.9.
    const auto unacknowledged = m_queue.Next() - m_receive.windowUpdated;
    bool send = m_ackNow || (m_receive.quickAcks > 0 && m_pingPong == 0);
    if (!send && unacknowledged > m_receive.mss)
    {
        SyncReceiveState(now);
        // A subflow's data waits in the shared queue, whose owner asks for the ACK (RequestAck).
        send = (!m_extension && m_queue.Available() < m_config->receiveLowat) ||
               m_window->Candidate(m_receive) >= m_receive.window;
    }
    if (outOfOrder && !m_ackNow && !send)
    {
        if (m_config->compressedAckDelay == 0 || !m_sack)
        {
            send = true;
        }
        else
        {
            if (m_compressedNext != m_queue.Next())
            {
                m_compressedNext = m_queue.Next();
                m_duplicatesSent = 0;
            }
            if (m_compressed >= m_config->compressedAckCount)
            {
                send = true;
            }
            else if (m_duplicatesSent < kUncompressedAcks)
            {
                ++m_duplicatesSent;
                send = true;
            }
            else
            {
                ++m_compressed;
                if (m_compressedAckDeadline == kNever)
                {
                    TimeNs rtt = m_receive.receiverRtt;
                    if (m_rtt->Srtt() > 0 && (rtt == 0 || m_rtt->Srtt() < rtt))
                    {
                        rtt = m_rtt->Srtt();
                    }
                    const TimeNs delay =
                        std::min(m_config->compressedAckDelay, rtt / kCompressRttDivisor);
                    // The timer may fire anywhere in its slack; it is modelled at the middle.
                    m_compressedAckDeadline = now + delay + m_config->compressedAckSlack / 2;
                }
                return;
            }
        }
    }
    if (send)
    {
        SendAck(now);
        return;
    }
    // tcp_send_delayed_ack
    TimeNs wait = m_ato;
    if (wait > m_config->delayedAckMin && m_rtt->Srtt() > 0)
    {
        wait = std::min(wait, std::max(m_rtt->Srtt(), m_config->delayedAckMin));
    }
    wait = std::min(wait, m_config->delayedAckMax);
    if (m_delayedAckDeadline == kNever)
    {
        m_delayedAckDeadline = Expiry(now, wait);
    }
    else if (IsSoon(m_delayedAckDeadline, now, wait / 4))
    {
        SendAck(now); // it would leave soon anyway
    }
    else
    {
        m_delayedAckDeadline = std::min(m_delayedAckDeadline, Expiry(now, wait));
    }
}

} // namespace hoststack::tcp
