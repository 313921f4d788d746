// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RECEIVE_PATH_INNER_H
#define HS_RECEIVE_PATH_INNER_H

#include "ns3/hs-net-device.h"
#include "ns3/hs-receive-path.h"

#include <cstddef>
#include <optional>

namespace ns3
{

/// The ring of a driver that does not poll, and its interrupts.
class HoststackReceivePath::FrameInterrupts final : public hoststack::host::Work
{
  public:
    explicit FrameInterrupts(HoststackReceivePath& path)
        : m_path(path)
    {
    }

    bool Arrive(hoststack::TimeNs now, HoststackPiece piece)
    {
        if (m_ring.Size() >= m_path.m_settings.ring)
        {
            ++m_path.m_counters.lost;
            return false;
        }
        m_ring.PushBack(piece);
        if (m_ring.Size() == 1)
        {
            Ask(now);
        }
        return true;
    }

    void Run(hoststack::host::Context& context) override
    {
        const auto piece = m_ring.Front();
        context.Charge(hoststack::host::Operation::ReceiveFrame);
        m_ring.PopFront();
        if (m_path.m_waiting < kBacklog)
        {
            m_path.PutIntoRing(piece);
            if (!m_path.m_isPolled)
            {
                m_path.Raise(context.ClockTime());
            }
        }
        else
        {
            ++m_path.m_counters.lost;
            m_path.m_device.NotePieceLost((*m_path.m_frames)[piece.frame], piece.index);
            m_path.m_frames->Release(piece.frame);
        }
        if (!m_ring.Empty())
        {
            Ask(context.ClockTime());
        }
    }

  private:
    static constexpr std::size_t kBacklog = 1000; ///< net.core.netdev_max_backlog

    void Ask(hoststack::TimeNs now)
    {
        ++m_path.m_counters.interrupts;
        m_path.m_machine.Processor().Interrupt(now, m_path.m_device.InterruptCore(), *this);
    }

    HoststackReceivePath& m_path;
    hoststack::Ring<HoststackPiece> m_ring;
};

/// A modem that hands over aggregates, and the buffers of its driver
/// (hoststack::ReceiveAggregates).
class HoststackReceivePath::Transfers final : private hoststack::Alarm::Owner,
                                              private hoststack::PageSource
{
  public:
    Transfers(HoststackReceivePath& path, HoststackMachine& machine, std::uint32_t largest);

    /// \return false: the modem has no room
    bool Arrive(hoststack::TimeNs now, HoststackPiece piece);

    /// The driver has taken them from the ring.
    void NoteTaken(hoststack::TimeNs now, std::uint32_t packets);

    hoststack::ReceiveAggregates::Counters GetCounters() const
    {
        return m_aggregates.GetCounters(m_machine.Clock().Now());
    }

  private:
    void OnAlarm(hoststack::TimeNs now) override;
    bool Take(std::int64_t pages) override;
    void GiveBack(std::int64_t pages) override;
    std::int64_t Free() const override;

    void HandOver(hoststack::TimeNs now);
    void Arm(hoststack::TimeNs now);

    HoststackReceivePath& m_path;
    HoststackMachine& m_machine;
    hoststack::AlarmPointer m_alarm;
    hoststack::Ring<HoststackPiece> m_inModem;
    hoststack::TimeNs m_endAt{hoststack::kNever};
    hoststack::TimeNs m_retryAt{hoststack::kNever};
    bool m_isOpen{false}; ///< the first buffers are made
    hoststack::ReceiveAggregates m_aggregates;
};

} // namespace ns3

#endif // HS_RECEIVE_PATH_INNER_H
