// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-host-memory.h"
#include "ns3/hs-offload-description.h"
#include "ns3/hs-receive-path-inner.h"

#include <algorithm>
#include <limits>

namespace ns3
{

using hoststack::TimeNs;

HoststackReceivePath::Transfers::Transfers(HoststackReceivePath& path,
                                           HoststackMachine& machine,
                                           std::uint32_t largest)
    : m_path(path),
      m_machine(machine),
      m_alarm(machine.Clock().NewAlarm(*this)),
      m_aggregates(path.m_settings.aggregates, largest, *this)
{
}

bool
HoststackReceivePath::Transfers::Arrive(TimeNs now, HoststackPiece piece)
{
    if (m_aggregates.InModem() + m_path.m_waiting >= m_path.m_settings.ring)
    {
        ++m_path.m_counters.lost;
        return false;
    }
    if (!m_isOpen)
    {
        m_isOpen = true;
        m_retryAt = m_aggregates.Refill(now);
    }
    m_inModem.PushBack(piece);
    auto& frame = (*m_path.m_frames)[piece.frame];
    const auto packet = DescribeForOffload(frame, piece, m_path.m_settings.hasHash);
    m_endAt = m_aggregates.Add(now, packet.first.ipLength);
    if (m_endAt <= now)
    {
        m_endAt = hoststack::kNever;
        m_aggregates.End();
    }
    HandOver(now);
    return true;
}

void
HoststackReceivePath::Transfers::HandOver(TimeNs now)
{
    bool hasFrames = false;
    while (const auto transfer = m_aggregates.Next(now))
    {
        for (std::uint32_t i = 0; i < transfer->packets; ++i)
        {
            const auto piece = m_inModem.Front();
            m_inModem.PopFront();
            if (i < transfer->whole)
            {
                m_path.PutIntoRing(piece);
                hasFrames = true;
                continue;
            }
            m_path.m_device.NotePieceLost((*m_path.m_frames)[piece.frame], piece.index);
            m_path.m_frames->Release(piece.frame);
        }
        m_retryAt = m_aggregates.Refill(now);
    }
    Arm(now);
    if (hasFrames && !m_path.m_isPolled && !m_path.m_isDeferred)
    {
        m_path.m_interruptAt = now;
        m_path.Raise(now);
    }
}

void
HoststackReceivePath::Transfers::NoteTaken(TimeNs now, std::uint32_t packets)
{
    m_aggregates.Take(packets);
    m_retryAt = m_aggregates.Refill(now);
    HandOver(now); // what waits for a buffer
}

void
HoststackReceivePath::Transfers::OnAlarm(TimeNs now)
{
    if (m_endAt <= now)
    {
        m_endAt = hoststack::kNever;
        m_aggregates.End();
    }
    if (m_retryAt <= now)
    {
        m_retryAt = m_aggregates.Refill(now);
    }
    HandOver(now);
}

void
HoststackReceivePath::Transfers::Arm(TimeNs now)
{
    m_alarm->Arm(now, std::min(m_endAt, m_retryAt));
}

bool
HoststackReceivePath::Transfers::Take(std::int64_t pages)
{
    auto* memory = m_machine.Memory();
    return memory == nullptr || memory->TakeForDriver(pages);
}

void
HoststackReceivePath::Transfers::GiveBack(std::int64_t pages)
{
    if (auto* memory = m_machine.Memory())
    {
        memory->GiveBackOfDriver(pages);
    }
}

std::int64_t
HoststackReceivePath::Transfers::Free() const
{
    auto* memory = m_machine.Memory();
    const auto free = memory == nullptr ? std::nullopt : memory->FreePages();
    return free.value_or(std::numeric_limits<std::int32_t>::max());
}

} // namespace ns3
