// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-metric-text.h"

#include <cmath>
#include <cstdio>

namespace hoststack
{

std::string
Percent(double share)
{
    char buffer[32];
    const double percent = 100 * share;
    std::snprintf(buffer,
                  sizeof buffer,
                  percent != 0 && std::fabs(percent) < 9.95 ? "%.1f %%" : "%.0f %%",
                  percent);
    return buffer;
}

} // namespace hoststack
