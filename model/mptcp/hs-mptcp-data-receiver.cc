// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-data-receiver.h"

#include "ns3/hs-mptcp-data-level.h"
#include "ns3/hs-mptcp-subflow.h"

#include <algorithm>

namespace hoststack::mptcp
{

namespace
{

constexpr TimeNs kFinRepeat = 200 * kMillisecond; // shortest interval of DATA_FINs, facts 4.4.2

} // namespace

DataReceiver::DataReceiver(const DataLevelParts& parts)
    : m_config(parts.config),
      m_counters(parts.counters),
      m_info(parts.info),
      m_window(parts.window),
      m_buffer(parts.config.tcp->receiveBuffer)
{
    m_queue.Reset(1);
    m_queue.LimitMerging(m_buffer / 8);
}

void
DataReceiver::Open(TimeNs now, const tcp::ReceiveState& receive, std::uint32_t advMss)
{
    m_readSpace = std::min({receive.Ssthresh(), receive.Window(), 10 * advMss});
    m_readSince = now;
}

std::uint32_t
DataReceiver::FreeSpace() const
{
    const auto memory = m_queue.Memory();
    return memory >= m_buffer
               ? 0
               : static_cast<std::uint32_t>(static_cast<std::uint64_t>(m_buffer - memory) *
                                            m_scalingRatio / 256);
}

DataReceiver::Taken
DataReceiver::Take(std::uint64_t begin,
                   const Payload& bytes,
                   const BufferMemory& memory,
                   bool plain)
{
    const auto length = bytes.Length();
    const auto end = begin + length;
    const auto next = m_queue.Next();
    if (!plain && begin > next && end > std::max(m_window.Edge(), next))
    {
        ++m_info.Own().beyondWindow;
        ++m_counters.beyondWindow;
        return {}; // beyond everything ever announced (NODSSWINDOW)
    }
    if (m_account && !m_account->Schedule(memory.truesize))
    {
        // __mptcp_move_skb: the subflow has acknowledged it, only the data level can repeat it.
        ++m_counters.receivePruned;
        return {};
    }
    const auto before = m_queue.Memory();
    if (begin > m_batchNext)
    {
        CountOutOfOrder(begin);
    }
    else
    {
        m_batchNext = std::max(m_batchNext, end);
    }
    const auto result = m_queue.Insert(begin, bytes, memory);
    m_counters.outOfOrderMerge += result.mergedBeyond ? 1 : 0;
    if (m_account)
    {
        ChargeQueue(before);
    }
    if (result.accepted < length)
    {
        m_info.Own().duplicateBytes += length - result.accepted;
        ++m_counters.duplicateData;
    }
    if (!result.inOrder && result.accepted > 0)
    {
        ++m_info.Own().outOfOrder;
    }
    return {result.accepted, result.inOrder};
}

void
DataReceiver::NoteTail(const Subflow& subflow)
{
    m_tail = {subflow.id, subflow.ReadEnd()};
}

void
DataReceiver::SettleTail(const std::vector<std::unique_ptr<Subflow>>& subflows)
{
    for (const auto& s : subflows)
    {
        if (s->id == m_tail.subflow &&
            s->tcp->GetReceiveState().Facts().windowUpdated >= m_tail.end)
        {
            m_queue.Acknowledge();
        }
    }
}

void
DataReceiver::ChargeQueue(std::uint32_t before)
{
    const auto more = static_cast<std::int64_t>(m_queue.Memory()) - before;
    if (!m_account || more == 0)
    {
        return;
    }
    if (more > 0)
    {
        m_account->Charge(more);
    }
    else
    {
        m_account->Uncharge(-more);
    }
}

void
DataReceiver::CountOutOfOrder(std::uint64_t begin)
{
    // mptcp_data_queue_ofo: the first one of an empty queue is not at its tail.
    ++m_counters.outOfOrder;
    if (m_queue.HasOutOfOrder())
    {
        m_counters.outOfOrderTail += begin >= m_queue.HighestByte() ? 1 : 0;
    }
}

std::uint32_t
DataReceiver::Read(std::uint32_t max, std::vector<Payload>* out)
{
    if (m_queue.Available() == 0)
    {
        return 0;
    }
    const auto before = m_queue.Memory();
    const auto copied = m_queue.Read(max, out);
    if (m_account)
    {
        ChargeQueue(before);
    }
    m_readTotal += copied;
    return copied;
}

void
DataReceiver::Tune(TimeNs now, const std::vector<std::unique_ptr<Subflow>>& subflows)
{
    // mptcp_rcv_space_adjust: as TCP's, with the largest RTT of all subflows (facts 1.11.4). The
    // first read, and then one per RTT, learns what a byte of the buffer is worth: as much as for
    // the worst of the subflows, an idle one included.
    if (m_readRtt > 0 && now - m_readSince < m_readRtt)
    {
        return;
    }
    TimeNs rtt = 0;
    std::uint32_t advMss = 0;
    std::uint32_t ratio = 256;
    for (const auto& s : subflows)
    {
        if (!s->IsClosed() && (s->active || s->IsEstablished()) && s->countsFrom <= now)
        {
            const auto& state = s->tcp->GetReceiveState();
            rtt = std::max(rtt, state.Facts().receiverRtt);
            advMss = std::max(advMss, state.Facts().advMss);
            ratio = std::min(ratio, state.ScalingRatio());
        }
    }
    m_readRtt = rtt;
    m_scalingRatio = ratio;
    if (rtt == 0 || now - m_readSince < rtt)
    {
        return;
    }
    const auto copied = m_readTotal - m_readFrom;
    if (copied > m_readSpace && m_readSpace > 0)
    {
        if (!m_config.tcp->receiveBufferLocked)
        {
            Enlarge(copied, advMss, subflows);
        }
        m_readSpace = static_cast<std::uint32_t>(copied);
    }
    m_readFrom = m_readTotal;
    m_readSince = now;
}

void
DataReceiver::Enlarge(std::uint64_t copied,
                      std::uint32_t advMss,
                      const std::vector<std::unique_ptr<Subflow>>& subflows)
{
    std::uint64_t window = 2 * copied + (m_config.tuneWithoutMargin ? 0 : 16ULL * advMss);
    window += 2 * (window * (copied - m_readSpace) / m_readSpace);
    const auto buffer = std::min<std::uint64_t>(window * 256 / std::max(m_scalingRatio, 1u),
                                                m_config.tcp->receiveBufferMax);
    if (buffer <= m_buffer)
    {
        return;
    }
    m_buffer = static_cast<std::uint32_t>(buffer);
    m_queue.LimitMerging(m_buffer / 8);
    for (const auto& s : subflows)
    {
        if (!s->IsClosed())
        {
            s->tcp->SetReceiveBuffer(m_buffer);
        }
    }
}

bool
DataReceiver::OnFin(TimeNs now, std::uint64_t offset, bool plain)
{
    if (m_fin == 0)
    {
        m_fin = offset;
    }
    if (!m_finReached || plain || now - m_finAnswered < kFinRepeat)
    {
        return false;
    }
    m_finAnswered = now;
    return true;
}

void
DataReceiver::TakeFin(TimeNs now)
{
    m_finReached = true;
    m_finAnswered = now;
    const auto before = m_queue.Memory();
    m_queue.CountFin();
    ChargeQueue(before);
}

} // namespace hoststack::mptcp
