// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_DEPARTURES_H
#define HS_DEPARTURES_H

#include "ns3/hs-random.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <memory>

namespace hoststack
{

/// When a source of datagrams sends the next one. Times count from its start and do not go back.
class Departures
{
  public:
    virtual ~Departures() = default;

    virtual TimeNs Next() = 0;
};

/// How long the periods of an on/off source last; all have the same mean.
enum class PeriodLaw : std::uint8_t
{
    Fixed,
    Exponential,
    Pareto, ///< heavy tails: many such sources together are self-similar (Willinger et al. 1997)
};

/// What an on/off source is made from.
struct OnOffPeriods
{
    TimeNs on{0};
    TimeNs off{0};
    PeriodLaw law{PeriodLaw::Exponential};
    double shape{1.5}; ///< of the Pareto law, above 1
};

/// One datagram of \p bits every bits / rate, exactly; the first at once.
std::unique_ptr<Departures> MakeConstantRate(std::uint64_t bits, BitsPerSecond rate);

/// Poisson arrivals with the mean rate \p rate.
std::unique_ptr<Departures> MakePoisson(std::uint64_t bits,
                                        BitsPerSecond rate,
                                        RandomStream stream);

/// At \p rate in each on-period, silent between them; it begins with an on-period.
std::unique_ptr<Departures> MakeOnOff(std::uint64_t bits,
                                      BitsPerSecond rate,
                                      const OnOffPeriods& periods,
                                      RandomStream stream);

} // namespace hoststack

#endif // HS_DEPARTURES_H
