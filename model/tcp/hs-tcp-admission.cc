// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-receiver.h"

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

} // namespace

std::uint32_t
Receiver::HeaderBytes() const
{
    return kIpAndTcp + (m_common.agreed.timestamps ? kTimestamps : 0) +
           (m_common.extension ? kMapping : 0);
}

BufferMemory
Receiver::MemoryOf(std::uint32_t length) const
{
    return m_window->CountsOverhead()
               ? MemoryOfSegment(m_common.config->truesize, length, HeaderBytes())
               : BufferMemory(length);
}

BufferMemory
Receiver::MemoryOf(const Burst& burst) const
{
    const auto& segment = burst.segment;
    const auto length = segment.payload.Length();
    const auto pieces = segment.SegmentCount();
    if (!m_window->CountsOverhead() || (pieces == 1 && burst.truesize == 0))
    {
        return m_arrivedAsUsual && length == m_arrived.length ? m_arrived : MemoryOf(length);
    }
    const auto& model = m_common.config->truesize;
    auto memory = pieces == 1
                      ? MemoryOf(length)
                      : SchemeOf(model).OfMany(model, length, segment.mss, pieces, HeaderBytes());
    if (burst.truesize > 0)
    {
        memory.truesize = burst.truesize;
        memory.room = 0; // whatever is free in it is not known here
    }
    return memory;
}

bool
Receiver::IsPredicted(const TcpSegment& segment, std::uint64_t begin) const
{
    return m_predicts && !m_common.extension && begin == m_queue.Next() && !segment.Has(kFin) &&
           segment.options.sackCount == 0;
}

bool
Receiver::Admit(const TcpSegment& segment, const BufferMemory& memory, std::uint64_t begin)
{
    // The path of header prediction asks for memory that is charged already, not for the limit.
    const bool free = IsPredicted(segment, begin) && memory.truesize <= m_account->InHand();
    if (free || (m_queue.Memory() <= m_state.Buffer() && m_account->Schedule(memory.truesize)))
    {
        return true;
    }
    if (MakeRoom(begin))
    {
        // tcp_try_rmem_schedule: what waits beyond holes goes before a segment is refused.
        bool fits = m_account->Schedule(memory.truesize);
        while (!fits && Prune(begin))
        {
            fits = m_account->Schedule(memory.truesize);
        }
        if (fits)
        {
            return true;
        }
    }
    m_predicts = false;
    if (begin > m_queue.Next() || m_queue.Available() > 0)
    {
        return false; // TCPRcvQDrop, TCPOFODrop
    }
    m_noMemory = true; // an empty queue takes one
    m_acks->Hurry();
    m_account->ForceSchedule(memory.truesize);
    return true;
}

bool
Receiver::MakeRoom(std::uint64_t begin)
{
    auto& r = m_state;
    const auto before = m_queue.Memory();
    if (before >= r.Buffer() && m_window->CountsOverhead())
    {
        RaiseBuffer(before);
    }
    else if (r.Facts().underPressure)
    {
        r.SetSsthresh(std::min(r.Ssthresh(), 4 * r.Facts().advMss));
    }
    if (m_queue.Memory() > r.Buffer() && !m_common.extension && m_window->CountsOverhead())
    {
        m_common.troubles.Own().collapsed += m_queue.Collapse(r.ScalingRatio(), r.Buffer());
    }
    ReturnMemory(before);
    while (m_queue.Memory() > r.Buffer())
    {
        if (!Prune(begin))
        {
            break;
        }
    }
    return m_queue.Memory() <= r.Buffer();
}

bool
Receiver::Prune(std::uint64_t begin)
{
    // tcp_prune_ofo_queue
    const auto before = m_queue.Memory();
    if (!m_queue.PruneOutOfOrder(std::max(m_state.Buffer() / 8, 1u), begin))
    {
        return false;
    }
    ForgetRuns(); // tcp_sack_reset: what was SACKed is forgotten
    if (m_common.extension)
    {
        m_common.extension->OnForgotten(std::max(m_queue.HighestByte(), begin + 1),
                                        ~std::uint64_t{0});
    }
    ReturnMemory(before);
    return true;
}

void
Receiver::RaiseBuffer(std::uint32_t memory)
{
    // tcp_clamp_window: a buffer that may grow is raised to what it holds.
    auto& r = m_state;
    r.SetQuickAcks(0);
    if (r.Buffer() < r.Facts().bufferMax && !r.Facts().bufferLocked && m_account->IsAmple())
    {
        r.SetBuffer(std::min(memory, r.Facts().bufferMax));
    }
    if (memory > r.Buffer())
    {
        r.SetSsthresh(std::min(r.WindowClamp(), 2 * r.Facts().advMss));
    }
}

} // namespace hoststack::tcp
