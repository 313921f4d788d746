// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-metric-readers.h"

namespace hoststack
{

namespace
{

/// What adds up in a picture: counts, not states.
constexpr std::uint64_t tcp::Info::*kCounted[] = {
    &tcp::Info::dataSegmentsSent,
    &tcp::Info::retransmissions,
    &tcp::Info::bytesRetransmitted,
    &tcp::Info::timeouts,
    &tcp::Info::fastRecoveries,
    &tcp::Info::lossProbes,
    &tcp::Info::undos,
    &tcp::Info::duplicateAcks,
    &tcp::Info::zeroWindowProbes,
    &tcp::Info::pureAcksSent,
    &tcp::Info::windowUpdates,
    &tcp::Info::zeroWindowsSent,
    &tcp::Info::rttSamples,
};

} // namespace

void
AddCounts(tcp::Info& to, const tcp::Info& what)
{
    for (const auto member : kCounted)
    {
        to.*member += what.*member;
    }
    to.rttSum += what.rttSum;
    to.outputs.full += what.outputs.full;
    to.outputs.fast += what.outputs.fast;
    to.outputs.fastRepairs += what.outputs.fastRepairs;
}

void
SubtractCounts(tcp::Info& from, const tcp::Info& what)
{
    for (const auto member : kCounted)
    {
        from.*member -= what.*member;
    }
    from.rttSum -= what.rttSum;
    from.outputs.full -= what.outputs.full;
    from.outputs.fast -= what.outputs.fast;
    from.outputs.fastRepairs -= what.outputs.fastRepairs;
}

} // namespace hoststack
