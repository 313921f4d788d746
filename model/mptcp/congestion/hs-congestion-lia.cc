// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-congestion-lia.h"

#include <algorithm>

namespace hoststack::mptcp
{

double
LiaCongestion::IncreasePerSegment() const
{
    // RFC 6356 section 3, windows counted in segments.
    double total = 0;
    double best = 0;
    double rates = 0;
    for (const auto* s : Group().Members())
    {
        if (s->IsKnown())
        {
            total += s->Window();
            best = std::max(best, s->Window() / (s->Rtt() * s->Rtt()));
            rates += s->Rate();
        }
    }
    const double alone = 1 / std::max(1.0, Window());
    if (rates == 0)
    {
        return alone;
    }
    const double alpha = total * best / (rates * rates);
    return std::min(alpha / total, alone);
}

} // namespace hoststack::mptcp
