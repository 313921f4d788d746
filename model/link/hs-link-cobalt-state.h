// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LINK_COBALT_STATE_H
#define HS_LINK_COBALT_STATE_H

#include "ns3/hs-random.h"
#include "ns3/hs-units.h"

#include <cmath>
#include <cstdint>

namespace hoststack
{

/**
 * COBALT, the queue management of CAKE (Hoiland-Jorgensen, Taht, Morton: "Piece of CAKE", 2018;
 * Linux' sch_cake): CoDel's law whose count falls again step by step, and BLUE beside it, which
 * raises a drop probability when the queue overflows and lowers it when it is empty.
 */
class CobaltState
{
  public:
    struct Limits
    {
        TimeNs target{5 * kMillisecond};
        TimeNs interval{100 * kMillisecond};
        TimeNs packetTime{0}; ///< to send a packet of the largest size
    };

    enum class Verdict
    {
        Pass,
        Mark,
        Drop,
    };

    /// \param canMark the packet is ECN-capable; BLUE drops it all the same
    Verdict Judge(TimeNs now, TimeNs wait, bool canMark, const Limits& limits, RandomStream& stream)
    {
        const bool isLate = wait > limits.target && wait > 4 * limits.packetTime;
        bool isDue = m_count > 0 && now >= m_next;
        if (isLate)
        {
            if (!m_dropping)
            {
                m_dropping = true;
                m_next = now + Spacing(limits);
            }
            m_count = m_count > 0 ? m_count : 1;
        }
        else
        {
            m_dropping = false;
        }
        Verdict verdict = Verdict::Pass;
        if (isDue && m_dropping)
        {
            verdict = canMark ? Verdict::Mark : Verdict::Drop;
            ++m_count;
            m_next += Spacing(limits);
        }
        else
        {
            while (isDue)
            {
                --m_count;
                m_next += Spacing(limits);
                isDue = m_count > 0 && now >= m_next;
            }
        }
        if (m_blue > 0 && stream.Bernoulli(m_blue))
        {
            verdict = Verdict::Drop;
        }
        // The time also says until when the flow is remembered.
        if (m_count == 0)
        {
            m_next = now + limits.interval;
        }
        else if (now > m_next && verdict != Verdict::Drop)
        {
            m_next = now;
        }
        return verdict;
    }

    /// A packet of this flow had to go for want of room.
    void Overflowed(TimeNs now, const Limits& limits)
    {
        if (now - m_blueAt > limits.target)
        {
            m_blue = std::fmin(1, m_blue + kBlueUp);
            m_blueAt = now;
        }
        m_dropping = true;
        m_next = now;
        m_count = m_count > 0 ? m_count : 1;
    }

    /// It was its turn, and there was nothing.
    void Emptied(TimeNs now, const Limits& limits)
    {
        if (m_blue > 0 && now - m_blueAt > limits.target)
        {
            m_blue = std::fmax(0, m_blue - kBlueDown);
            m_blueAt = now;
        }
        m_dropping = false;
        if (m_count > 0 && now >= m_next)
        {
            --m_count;
            m_next += Spacing(limits);
        }
    }

    /// Whether the past still says something about what comes.
    bool Remembers(TimeNs now) const
    {
        return m_blue > 0 || m_count > 0 || now < m_next;
    }

  private:
    static constexpr double kBlueUp = 1.0 / 256;    // sch_cake: p_inc
    static constexpr double kBlueDown = 1.0 / 4096; // sch_cake: p_dec

    TimeNs Spacing(const Limits& limits) const
    {
        return m_count < 2
                   ? limits.interval
                   : std::llround(static_cast<double>(limits.interval) / std::sqrt(m_count));
    }

    std::uint32_t m_count{0};
    bool m_dropping{false};
    TimeNs m_next{0};
    double m_blue{0};
    TimeNs m_blueAt{0};
};

} // namespace hoststack

#endif // HS_LINK_COBALT_STATE_H
