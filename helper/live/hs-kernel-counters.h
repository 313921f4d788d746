// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_KERNEL_COUNTERS_H
#define HS_KERNEL_COUNTERS_H

#include <cstdint>
#include <map>
#include <string>

namespace hoststack
{

/// Counters of a network namespace under the names of nstat: "TcpExtTCPTimeouts",
/// "MPTcpExtMPJoinSynRx", "TcpRetransSegs".
using KernelCounters = std::map<std::string, std::int64_t>;

/// Adds what \p text holds, in the form of /proc/net/netstat and /proc/net/snmp: pairs of lines,
/// names and values, that begin with the same word and a colon. Lines that are no pair are ignored.
void ParseCounters(const std::string& text, KernelCounters& counters);

/// Of the caller's namespace.
KernelCounters ReadCounters();

} // namespace hoststack

#endif // HS_KERNEL_COUNTERS_H
