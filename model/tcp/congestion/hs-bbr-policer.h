// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BBR_POLICER_H
#define HS_BBR_POLICER_H

#include "ns3/hs-bbr-units.h"

#include <cstdint>

namespace hoststack::tcp
{

/**
 * Detects a token-bucket policer from long-term rates (tcp_bbr.c bbr_lt_bw_sampling).
 *
 * An interval runs from loss to loss over 4 to 16 rounds and counts if it lost at least
 * 50/256 of what it delivered. Two intervals in a row whose rates agree within 1/8 or 4 kbit/s mean
 * a policer; its rate, the mean of both, is then used for 48 rounds.
 */
class BbrPolicer
{
  public:
    /// The connection's totals at the newest delivery.
    struct Totals
    {
        std::uint64_t delivered{0}; ///< segments
        std::uint64_t lost{0};      ///< segments
        TimeNs deliveredTime{0};
    };

    enum class Outcome : std::uint8_t
    {
        Nothing,
        Detected, ///< pace at Rate() from now on
        Expired,  ///< probe again
    };

    /// Forgets all and starts afresh.
    void Reset(const Totals& totals);

    /**
     * \param losses segments marked lost by this ACK, or 1 for a time-out
     * \param isAppLimited the rate sample is application-limited
     * \param isRoundStart this ACK begins a round
     * \param isProbing the sender is in its steady state: a rate in use grows older
     */
    Outcome OnAck(const Totals& totals,
                  std::uint32_t mss,
                  std::uint32_t losses,
                  bool isAppLimited,
                  bool isRoundStart,
                  bool isProbing);

    bool IsActive() const
    {
        return m_isActive;
    }

    /// The policed rate while active.
    BbrRate Rate() const
    {
        return m_rate;
    }

  private:
    void StartInterval(const Totals& totals);
    Outcome EndInterval(const Totals& totals, BbrRate rate, std::uint32_t mss);

    bool m_isSampling{false};
    bool m_isActive{false};
    BbrRate m_rate{0};
    std::uint32_t m_rounds{0}; ///< in this interval, or since detection
    Totals m_start;
};

} // namespace hoststack::tcp

#endif // HS_BBR_POLICER_H
