// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_MODERATION_ADAPTIVE_H
#define HS_MODERATION_ADAPTIVE_H

#include "ns3/hs-interrupt-moderation.h"

#include <cstddef>

namespace hoststack
{

/**
 * Dynamic interrupt moderation of Linux (lib/dim/net_dim.c; facts sheet linux.md 7.8.1): every 64
 * interrupts the rates of bytes, packets and interrupts are compared with those of the last 64.
 * Where they differ by 10 % the delay goes on in the direction that was better, else it stays.
 * Delays are the profiles of devices with completion by event: 1, 8, 64, 128, 256 us; it begins
 * with 8 us.
 *
 * Limit: the device's own granularity is not modelled.
 */
class AdaptiveModeration : public InterruptModeration
{
  public:
    TimeNs OnFrame(TimeNs now, std::uint32_t waiting) override;

    std::uint32_t FramesUnseen(std::uint32_t /*waiting*/) const override
    {
        return kAnyNumber;
    }

    void OnPoll(TimeNs now, std::uint32_t packets, std::uint64_t bytes) override;

    TimeNs Delay() const;

  private:
    enum class Tune
    {
        ParkedOnTop,
        ParkedTired,
        GoesRight,
        GoesLeft,
    };

    struct Rates
    {
        double bytes{0};   ///< per second
        double packets{0}; ///< per second
        double events{0};  ///< per second
    };

    int Compare(const Rates& now) const;
    bool Step();
    void TurnRound();
    void Decide(const Rates& now);

    std::size_t m_profile{1};
    Tune m_tune{Tune::GoesRight};
    std::uint32_t m_right{0};
    std::uint32_t m_left{0};
    std::uint32_t m_tired{0};
    Rates m_last;
    bool m_isMeasuring{false};
    TimeNs m_begin{0};
    std::uint32_t m_events{0};
    std::uint64_t m_packets{0};
    std::uint64_t m_bytes{0};
    TimeNs m_due{0};
};

} // namespace hoststack

#endif // HS_MODERATION_ADAPTIVE_H
