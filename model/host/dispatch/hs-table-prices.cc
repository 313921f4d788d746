// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-table-step.h"

#include <cassert>

namespace hoststack::host
{

namespace
{

struct Price
{
    TableStep step;
    TablePrices::Curve curve; ///< ps, with 1, 10, 100, 1000, 10,000 and 100,000 sockets
};

/**
 * Medians measured on one core of a server (2.3 GHz x86-64, L2 2 MiB, very large L3), everything in
 * whatever cache it fits. Rows of smoltcp 0.13.1 itself, of structures of our own that stand in for
 * those of Asterinas, and of Linux 6.18 behind a TUN device. What had no row of that size has the
 * value of the nearest that has.
 */
constexpr std::array<Price, kTableSteps> kMeasured{{
    // smoltcp: slope of ingress between first and last slot
    {TableStep::ArrayCompare, {1167, 1167, 1112, 1381, 2322, 7154}},
    // B-tree of references: look-up of the last, per socket
    {TableStep::TreeCompare, {2200, 2200, 2165, 2177, 2212, 6095}},
    // two buckets: random hit less the hash, per quarter of the sockets
    {TableStep::BucketCompare, {1450, 1450, 1450, 704, 955, 6604}},
    // Linux with 64 buckets and 1,000 to 10,000 connections; a hot chain below
    {TableStep::ChainCompare, {4000, 4000, 4000, 10500, 23800, 23800}},
    // hash, 8192 buckets, random hit, what the packet names not warmed before
    {TableStep::Hash, {4610, 5410, 5420, 8950, 33550, 156050}},
    // smoltcp: walks of idle established sockets, per socket
    {TableStep::EgressVisit, {8622, 8622, 9344, 9099, 13656, 16577}},
    {TableStep::TimerVisit, {9933, 9933, 10486, 10029, 14155, 16968}},
    {TableStep::ListenEgressVisit, {1300, 1300, 1300, 1480, 2100, 2100}},
    {TableStep::ListenTimerVisit, {2400, 2400, 2500, 2420, 3300, 3300}},
    {TableStep::UdpArrayCompare, {667, 667, 628, 804, 1248, 6578}},
    {TableStep::UdpEgressVisit, {1256, 1256, 1337, 1977, 7819, 10481}},
    {TableStep::UdpTimerVisit, {2222, 2222, 2286, 2245, 3852, 8260}},
    // own structures: walks over one flag of each socket, per socket
    {TableStep::ArrayFlag, {640, 736, 674, 675, 668, 2827}},
    {TableStep::TreeFlag, {2570, 1495, 1469, 1522, 1585, 5561}},
    {TableStep::BucketFlag, {816, 547, 456, 724, 722, 7152}},
    // 8192 buckets: the walk less its empty buckets, per socket
    {TableStep::ScatteredFlag, {11000, 11000, 11000, 1102, 1988, 7646}},
    {TableStep::EmptyBucket, {666, 666, 666, 666, 666, 666}},
    // B-tree: removal and insertion, per level and operation
    {TableStep::OrderedLevel, {8000, 8400, 9640, 8663, 8134, 14857}},
    {TableStep::ReadEarliest, {640, 660, 1350, 2020, 2680, 4350}},
    {TableStep::SlotScan, {500, 444, 576, 651, 464, 3239}},
    // smoltcp: a segment of 64 bytes for the first socket, and what 1396 bytes more cost
    {TableStep::Receive, {52600, 57700, 57600, 57600, 63500, 100800}},
    {TableStep::ReceiveByte, {67, 67, 67, 67, 67, 67}},
    {TableStep::Transmit, {66400, 66400, 63200, 63000, 111600, 131550}},
    // Linux: dropped for its IP checksum; 64 bytes with their answer less that and less the hash.
    // Measured to 50,000 connections, from where the line is drawn on.
    {TableStep::KernelFloor, {405000, 405000, 405000, 405000, 405000, 405000}},
    {TableStep::KernelReceive, {762000, 796000, 808000, 825000, 1711000, 4116000}},
    // The same without answers: measured for one target; for many, what an answer costs one taken
    // off
    {TableStep::KernelSegment, {360000, 360000, 365000, 375000, 810000, 2205000}},
    // UDP to N ports, measured to 50,000
    {TableStep::KernelDatagram, {272000, 300000, 317000, 342000, 637000, 2592000}},
}};

constexpr std::array<std::uint64_t, TablePrices::kPoints> kSockets{1, 10, 100, 1000, 10000, 100000};

} // namespace

TablePrices::TablePrices()
{
    for (const auto& price : kMeasured)
    {
        m_curves[static_cast<std::size_t>(price.step)] = price.curve;
    }
}

const TablePrices&
TablePrices::Measured()
{
    static const TablePrices prices;
    return prices;
}

std::int64_t
TablePrices::Of(TableStep step, std::uint64_t sockets) const
{
    const auto& curve = m_curves[static_cast<std::size_t>(step)];
    if (sockets <= kSockets.front())
    {
        return curve.front();
    }
    for (std::size_t i = 1; i < kPoints; ++i)
    {
        if (sockets <= kSockets[i])
        {
            const auto into = static_cast<std::int64_t>(sockets - kSockets[i - 1]);
            const auto span = static_cast<std::int64_t>(kSockets[i] - kSockets[i - 1]);
            return curve[i - 1] + (curve[i] - curve[i - 1]) * into / span;
        }
    }
    return curve.back();
}

TimeNs
TablePrices::Cost(const TableTally& tally, std::uint64_t sockets) const
{
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < kTableSteps; ++i)
    {
        const auto step = static_cast<TableStep>(i);
        sum += static_cast<std::int64_t>(tally.Of(step)) * Of(step, sockets);
    }
    return sum / 1000;
}

} // namespace hoststack::host
