// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-connection.h"

#include <algorithm>

// Which segments the receive buffer takes (tcp_try_rmem_schedule, tcp_prune_queue), measured on
// Linux 6.18.44: the limit is looked at before a segment is added, so that one may reach beyond it.

namespace hoststack::tcp
{

namespace
{

constexpr std::uint32_t kIpAndTcp = 40;
constexpr std::uint32_t kTimestamps = 12;
constexpr std::uint32_t kMapping = 28; // DSS option of a data segment
constexpr std::int64_t kPage = 4096;

} // namespace

BufferMemory
Connection::MemoryOf(std::uint32_t length) const
{
    const auto headers =
        kIpAndTcp + (m_timestamps ? kTimestamps : 0) + (m_extension ? kMapping : 0);
    return MemoryOfSegment(m_config->truesize, length, headers);
}

BufferMemory
Connection::MemoryOf(const TcpSegment& segment) const
{
    const auto length = segment.payload.Length();
    if (!m_window->CountsOverhead())
    {
        return BufferMemory(length);
    }
    const auto pieces = segment.SegmentCount();
    if (pieces == 1)
    {
        return MemoryOf(length);
    }
    const auto headers =
        kIpAndTcp + (m_timestamps ? kTimestamps : 0) + (m_extension ? kMapping : 0);
    return MemoryOfSuperSegment(m_config->truesize, length, segment.mss, pieces, headers);
}

std::uint32_t
Connection::SendTruesize(std::uint32_t length) const
{
    const auto packet = length + kIpAndTcp + (m_timestamps ? kTimestamps : 0);
    std::uint32_t block = 512;
    while (block < packet + m_config->truesize.overhead)
    {
        block <<= 1;
    }
    block =
        m_config->truesize.fixedBlock > 0 ? std::max(m_config->truesize.fixedBlock, packet) : block;
    return block + m_config->truesize.head;
}

void
Connection::ChargeMemory(std::uint32_t before)
{
    m_prepaid -= static_cast<std::int64_t>(m_queue.Memory()) - before;
}

void
Connection::ReturnMemory(std::uint32_t before)
{
    // sk_mem_uncharge: whole pages go back to the host.
    const auto freed = static_cast<std::int64_t>(before) - m_queue.Memory();
    if (freed > 0)
    {
        m_prepaid = (m_prepaid + freed) % kPage;
    }
}

bool
Connection::IsPredicted(const TcpSegment& segment, std::uint64_t begin) const
{
    return m_predicts && !m_extension && begin == m_queue.Next() && !segment.Has(kFin) &&
           segment.options.sackCount == 0;
}

bool
Connection::Admit(const TcpSegment& segment, const BufferMemory& memory, std::uint64_t begin)
{
    // The path of header prediction asks for memory that is charged already, not for the limit.
    const bool free = IsPredicted(segment, begin) && memory.truesize <= m_prepaid;
    if (!free && !MakeRoom(memory.truesize, begin))
    {
        m_predicts = false;
        if (begin > m_queue.Next() || m_queue.Available() > 0)
        {
            return false; // TCPRcvQDrop, TCPOFODrop
        }
        m_noMemory = m_ackNow = true; // an empty queue takes one (sk_forced_mem_schedule)
    }
    if (memory.truesize > m_prepaid)
    {
        m_prepaid += (memory.truesize - m_prepaid + kPage - 1) / kPage * kPage;
    }
    return true;
}

bool
Connection::MakeRoom(std::uint32_t truesize, std::uint64_t begin)
{
    auto& r = m_receive;
    if (m_queue.Memory() <= r.buffer && !r.underPressure)
    {
        return true;
    }
    const auto before = m_queue.Memory();
    if (before >= r.buffer)
    {
        // tcp_clamp_window: a buffer that may grow is raised to what it holds.
        r.quickAcks = 0;
        if (r.buffer < r.bufferMax && !r.bufferLocked && !r.underPressure)
        {
            r.buffer = std::min(before, r.bufferMax);
        }
        if (before > r.buffer)
        {
            r.ssthresh = std::min(r.windowClamp, 2 * r.advMss);
        }
    }
    else if (r.underPressure)
    {
        r.ssthresh = std::min(r.ssthresh, 4 * r.advMss);
    }
    if (m_queue.Memory() > r.buffer && !m_extension && m_window->CountsOverhead())
    {
        m_queue.Collapse(r.scalingRatio, r.buffer);
    }
    while (m_queue.Memory() > r.buffer && m_queue.HasOutOfOrder())
    {
        if (!m_queue.PruneOutOfOrder(std::max(r.buffer / 8, 1u), begin))
        {
            break;
        }
        m_sackBlockCount = 0; // tcp_sack_reset: what was SACKed is forgotten
    }
    ReturnMemory(before);
    (void)truesize;
    return m_queue.Memory() <= r.buffer;
}

} // namespace hoststack::tcp
