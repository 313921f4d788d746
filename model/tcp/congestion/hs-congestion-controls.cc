// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-congestion-bbr.h"
#include "ns3/hs-congestion-control.h"
#include "ns3/hs-congestion-cubic.h"
#include "ns3/hs-congestion-freebsd-cubic.h"
#include "ns3/hs-congestion-freebsd-newreno.h"
#include "ns3/hs-congestion-reno.h"

#include <memory>

namespace hoststack::tcp
{

namespace
{

std::unique_ptr<CongestionControl>
Cubic(const char* name, bool hystart, bool countsEarlyRounds)
{
    CubicOptions options;
    options.name = name;
    options.hystart = hystart;
    options.countsEarlyRounds = countsEarlyRounds;
    return std::make_unique<CubicCongestion>(options);
}

} // namespace

Registry<CongestionControl>&
CongestionControls()
{
    // clang-format off
    static Registry<CongestionControl> registry{"congestion control", {
        {"reno", "Reno (RFC 5681) as in Linux", [] { return std::make_unique<RenoCongestion>(); }},
        {"cubic", "CUBIC (RFC 9438) with HyStart as in Linux 6.14 and later", [] { return Cubic("cubic", true, true); }},
        {"cubic-before-6.14", "CUBIC with the late first HyStart round of Linux 5.16 to 6.13", [] { return Cubic("cubic-before-6.14", true, false); }},
        {"cubic-nohystart", "CUBIC without HyStart: slow start ends at the first loss", [] { return Cubic("cubic-nohystart", false, true); }},
        {"freebsd-newreno", "NewReno as in FreeBSD: an ACK is worth two segments at most", [] { return std::make_unique<FreebsdNewReno>(); }},
        {"freebsd-cubic", "CUBIC as in FreeBSD 14: the window follows the curve itself", [] { return std::make_unique<FreebsdCubic>(); }},
        {"bbr", "BBR version 1 as in Linux 4.20 to 6.18", [] { return std::make_unique<BbrCongestion>(); }},
    }};
    // clang-format on
    return registry;
}

} // namespace hoststack::tcp
