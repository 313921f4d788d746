// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LINK_CODEL_STATE_H
#define HS_LINK_CODEL_STATE_H

#include "ns3/hs-units.h"

#include <cmath>
#include <cstdint>

namespace hoststack
{

/**
 * The control law of CoDel (RFC 8289 section 5): once packets have waited longer than \e target for
 * a whole \e interval, one is signalled to its sender, the next after interval / sqrt(count), until
 * the wait is below the target. A caller that drops asks again for the next packet.
 */
class CodelState
{
  public:
    struct Limits
    {
        TimeNs target{5 * kMillisecond};
        TimeNs interval{100 * kMillisecond};
    };

    /**
     * \param wait of the packet at the head
     * \param backlog bytes behind it
     * \return whether to drop or mark it
     */
    bool ShouldSignal(TimeNs now, TimeNs wait, std::uint64_t backlog, const Limits& limits)
    {
        if (!IsLate(now, wait, backlog, limits))
        {
            m_dropping = false;
            return false;
        }
        if (!m_dropping)
        {
            // RFC 8289 section 5.6: resume near the last rate when the last episode is recent.
            const std::uint32_t before = m_count - m_lastCount;
            m_dropping = true;
            m_count = before > 1 && now - m_next < 16 * limits.interval ? before : 1;
            m_lastCount = m_count;
            m_next = now + Spacing(limits);
            return true;
        }
        if (now < m_next)
        {
            return false;
        }
        ++m_count;
        m_next += Spacing(limits);
        return true;
    }

    /// \p packets were dropped by somebody else, for want of room.
    void Dropped(std::uint32_t packets)
    {
        m_count += packets;
    }

    /// The queue has become empty.
    void Emptied()
    {
        m_dropping = false;
        m_firstAbove = kNever;
    }

  private:
    bool IsLate(TimeNs now, TimeNs wait, std::uint64_t backlog, const Limits& limits)
    {
        constexpr std::uint64_t kOnePacket = 1500;
        if (wait < limits.target || backlog <= kOnePacket)
        {
            m_firstAbove = kNever;
            return false;
        }
        if (m_firstAbove == kNever)
        {
            m_firstAbove = now + limits.interval;
            return false;
        }
        return now >= m_firstAbove;
    }

    TimeNs Spacing(const Limits& limits) const
    {
        return std::llround(static_cast<double>(limits.interval) / std::sqrt(m_count));
    }

    bool m_dropping{false};
    std::uint32_t m_count{0};
    std::uint32_t m_lastCount{0};
    TimeNs m_next{0};
    TimeNs m_firstAbove{kNever};
};

} // namespace hoststack

#endif // HS_LINK_CODEL_STATE_H
