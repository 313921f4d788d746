// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SCHEDULER_LIST_H
#define HS_SCHEDULER_LIST_H

#include "ns3/hs-packet-scheduler.h"

#include <algorithm>
#include <cstddef>

namespace hoststack::mptcp
{

/// How many subflows the list that the kernel gives to a BPF scheduler holds: MPTCP_SUBFLOWS_MAX
/// (facts sheet linux.md 3.1.2). Those that were opened later are not seen.
inline std::size_t
ListedSubflows(const SchedulerView& view)
{
    constexpr std::size_t kMostListed = 8;
    return std::min(view.subflows.size(), kMostListed);
}

} // namespace hoststack::mptcp

#endif // HS_SCHEDULER_LIST_H
