// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TCP_COUNTERS_H
#define HS_TCP_COUNTERS_H

#include "ns3/hs-tcp-types.h"

#include <vector>

namespace hoststack::tcp
{

/// A count of Info under the name that it has, summed over a host's connections, in Linux' nstat.
struct CounterInfo
{
    const char* name; ///< "TcpRetransSegs"
    std::uint64_t Info::*value;
    const char* about;
};

/// Those that mean the same here as in Linux 6.18; in the order of /proc/net/snmp and netstat.
const std::vector<CounterInfo>& CounterCatalogue();

/// Adds what \p one counted to \p sum.
void AddCounters(Info& sum, const Info& one);

/// Adds all counts of \p one to \p sum, and widens its extremes; not the times by what held it.
void AddTally(Tally& sum, const Tally& one);

} // namespace hoststack::tcp

#endif // HS_TCP_COUNTERS_H
