// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PACER_TICK_H
#define HS_PACER_TICK_H

#include "ns3/hs-pacer.h"

#include <algorithm>

namespace hoststack
{

/**
 * A plain timer of a millisecond: a burst that is due leaves at the next tick. Over time the rate
 * is kept, for at most one tick of lateness is made up for.
 */
class TickPacer : public Pacer
{
  public:
    static constexpr TimeNs kTick = kMillisecond;

    bool HoldsOutput() const override
    {
        return true;
    }

    TimeNs EarliestDeparture() const override
    {
        return NextTick();
    }

    void OnSent(TimeNs now, std::uint32_t bytes, std::uint32_t, BytesPerSecond rate) override
    {
        if (rate > 0)
        {
            m_due = std::max(m_due, now - kTick) +
                    static_cast<TimeNs>(static_cast<Uint128>(bytes) * kSecond / rate);
        }
    }

  protected:
    TimeNs Due() const
    {
        return m_due;
    }

    TimeNs NextTick() const
    {
        return (m_due + kTick - 1) / kTick * kTick;
    }

  private:
    TimeNs m_due{0};
};

/**
 * Soft timers (Aron and Druschel, SOSP 1999): a burst that is due leaves at the first occasion on
 * which the sender is called anyway (an ACK, a write), or at the next tick of a millisecond.
 */
class SoftTimerPacer final : public TickPacer
{
  public:
    TimeNs EarliestDeparture() const override
    {
        return Due();
    }

    TimeNs WakesAt() const override
    {
        return NextTick();
    }
};

} // namespace hoststack

#endif // HS_PACER_TICK_H
