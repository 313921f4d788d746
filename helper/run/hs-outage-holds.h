// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_OUTAGE_HOLDS_H
#define HS_OUTAGE_HOLDS_H

#include "ns3/hs-hold-times.h"

namespace ns3
{

/// What held a sender, with the times in which a link on its way was down put down to the link:
/// all but those in which the application wrote nothing or the receiver's window was closed.
class OutageHolds
{
  public:
    /// \p raw: as TCP counts, now
    void SetDown(bool down, const hoststack::HoldTimes& raw)
    {
        if (down != m_down)
        {
            m_moved = Moved(raw);
            m_since = raw;
            m_down = down;
        }
    }

    hoststack::HoldTimes Correct(hoststack::HoldTimes raw) const
    {
        const auto moved = Moved(raw);
        raw = hoststack::Difference(raw, moved);
        raw[hoststack::kHoldOutage] = hoststack::SumOf(moved);
        return raw;
    }

  private:
    hoststack::HoldTimes Moved(const hoststack::HoldTimes& raw) const
    {
        auto moved = m_moved;
        for (std::size_t i = 0; m_down && i < moved.size(); ++i)
        {
            using hoststack::tcp::Limit;
            const bool own = i == static_cast<std::size_t>(Limit::Application) ||
                             i == static_cast<std::size_t>(Limit::ReceiveWindow);
            moved[i] += own ? 0 : raw[i] - m_since[i];
        }
        return moved;
    }

    hoststack::HoldTimes m_moved{};
    hoststack::HoldTimes m_since{};
    bool m_down{false};
};

} // namespace ns3

#endif // HS_OUTAGE_HOLDS_H
