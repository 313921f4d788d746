// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-moderation-adaptive.h"

#include <array>
#include <cmath>

namespace hoststack
{

namespace
{

constexpr std::array<TimeNs, 5> kDelays = {1 * kMicrosecond,
                                           8 * kMicrosecond,
                                           64 * kMicrosecond,
                                           128 * kMicrosecond,
                                           256 * kMicrosecond};
constexpr std::uint32_t kEvents = 64;
constexpr std::uint32_t kTired = 10;

/// More than 10 % apart.
bool
Differs(double value, double reference)
{
    return std::abs(value - reference) * 10 > reference;
}

} // namespace

TimeNs
AdaptiveModeration::Delay() const
{
    return kDelays[m_profile];
}

TimeNs
AdaptiveModeration::OnFrame(TimeNs now, std::uint32_t waiting)
{
    if (waiting <= 1)
    {
        m_due = now + Delay();
    }
    return m_due;
}

/// net_dim_stats_compare(): 1 better, -1 worse, 0 the same.
int
AdaptiveModeration::Compare(const Rates& now) const
{
    if (m_last.bytes == 0)
    {
        return now.bytes > 0 ? 1 : 0;
    }
    if (Differs(now.bytes, m_last.bytes))
    {
        return now.bytes > m_last.bytes ? 1 : -1;
    }
    if (m_last.packets == 0)
    {
        return now.packets > 0 ? 1 : 0;
    }
    if (Differs(now.packets, m_last.packets))
    {
        return now.packets > m_last.packets ? 1 : -1;
    }
    if (m_last.events > 0 && Differs(now.events, m_last.events))
    {
        return now.events < m_last.events ? 1 : -1;
    }
    return 0;
}

/// net_dim_step(). \return false: there is no profile further on
bool
AdaptiveModeration::Step()
{
    if (m_tired == kTired * 2)
    {
        m_tune = Tune::ParkedTired;
        return false;
    }
    const bool isRight = m_tune == Tune::GoesRight;
    if (isRight ? m_profile + 1 >= kDelays.size() : m_profile == 0)
    {
        return false;
    }
    m_profile += isRight ? 1 : -1;
    ++(isRight ? m_right : m_left);
    ++m_tired;
    return true;
}

void
AdaptiveModeration::TurnRound()
{
    const bool isRight = m_tune == Tune::GoesRight;
    m_tune = isRight ? Tune::GoesLeft : Tune::GoesRight;
    (isRight ? m_left : m_right) = 0;
}

/// net_dim_decision().
void
AdaptiveModeration::Decide(const Rates& now)
{
    const int verdict = Compare(now);
    switch (m_tune)
    {
    case Tune::ParkedOnTop:
    case Tune::ParkedTired:
        m_tired = m_tune == Tune::ParkedTired && m_tired > 0 ? m_tired - 1 : m_tired;
        if (m_tune == Tune::ParkedOnTop ? verdict != 0 : m_tired == 0)
        {
            m_left = m_right = m_tired = 0;
            m_tune = m_profile == 0 ? Tune::GoesRight : Tune::GoesLeft;
            Step();
        }
        break;
    case Tune::GoesRight:
    case Tune::GoesLeft:
        if (verdict != 1)
        {
            TurnRound();
        }
        // net_dim_on_top(): it has gone there and come back.
        if (m_tune == Tune::GoesRight ? m_left > 1 && m_right == 1 : m_right > 1 && m_left == 1)
        {
            m_tune = Tune::ParkedOnTop;
            m_left = m_right = m_tired = 0;
        }
        else if (!Step() && m_tune != Tune::ParkedTired)
        {
            m_tune = Tune::ParkedOnTop;
            m_left = m_right = m_tired = 0;
        }
        break;
    }
    m_last = now;
}

void
AdaptiveModeration::OnPoll(TimeNs now, std::uint32_t packets, std::uint64_t bytes)
{
    if (!m_isMeasuring)
    {
        m_isMeasuring = true;
        m_begin = now;
        return;
    }
    ++m_events;
    m_packets += packets;
    m_bytes += bytes;
    if (m_events < kEvents || now <= m_begin)
    {
        return;
    }
    const double span = ToSeconds(now - m_begin);
    Decide({static_cast<double>(m_bytes) / span,
            static_cast<double>(m_packets) / span,
            m_events / span});
    m_begin = now;
    m_events = 0;
    m_packets = 0;
    m_bytes = 0;
}

} // namespace hoststack
