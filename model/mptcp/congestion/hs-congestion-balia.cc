// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-congestion-balia.h"

#include <algorithm>

namespace hoststack::mptcp
{

double
BaliaCongestion::Alpha() const
{
    double largest = Rate();
    for (const auto* s : Group().Members())
    {
        largest = std::max(largest, s->Rate());
    }
    return Rate() > 0 ? largest / Rate() : 1;
}

double
BaliaCongestion::IncreasePerSegment() const
{
    double rates = 0;
    for (const auto* s : Group().Members())
    {
        rates += s->Rate();
    }
    if (rates == 0 || Rate() == 0)
    {
        return 1 / std::max(1.0, Window());
    }
    const double alpha = Alpha();
    return Rate() / Rtt() / (rates * rates) * ((1 + alpha) / 2) * ((4 + alpha) / 5);
}

double
BaliaCongestion::Decreased() const
{
    return Window() - Window() / 2 * std::min(Alpha(), 1.5);
}

} // namespace hoststack::mptcp
