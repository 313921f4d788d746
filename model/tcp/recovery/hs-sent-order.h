// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SENT_ORDER_H
#define HS_SENT_ORDER_H

#include "ns3/hs-units.h"

#include <cstdint>

namespace hoststack::tcp
{

/// What ends at \p end1 left after what ends at \p end2; at one time sequence numbers decide
/// (RFC 8985 section 6.2, RACK_sent_after).
inline bool
SentAfter(TimeNs t1, std::uint64_t end1, TimeNs t2, std::uint64_t end2)
{
    return t1 > t2 || (t1 == t2 && end1 > end2);
}

} // namespace hoststack::tcp

#endif // HS_SENT_ORDER_H
