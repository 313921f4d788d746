// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-rack-pacer.h"

#include "ns3/hs-rack-rate.h"

#include <algorithm>

namespace hoststack
{

namespace
{

constexpr std::uint64_t kLeastRepairGapUs = 1000; // net.inet.tcp.rack.timers.minto

} // namespace

std::uint32_t
RackStackPacer::BurstSegments(BytesPerSecond rate) const
{
    const auto burst = HptsPacer::BurstSegments(rate);
    const auto left = m_way.Left() / Mss();
    return left > 0 ? std::min(burst, left) : burst;
}

std::uint32_t
RackStackPacer::RepairSegments(std::uint32_t burst) const
{
    return std::min(burst, 1U);
}

OutputPath
RackStackPacer::ChoosePath(const OutputView& view)
{
    Note(view);
    return m_way.Leave(view, HptsPacer::BurstSegments(view.rate) * Mss());
}

std::uint64_t
RackPacer::GapUs(std::uint64_t bytes, std::uint64_t rate) const
{
    return RackGapUs(Version(), bytes, Mss(), rate, MaxSegment(), false);
}

std::uint64_t
RackPacer::RepairGapUs(std::uint64_t bytes, std::uint64_t rate) const
{
    const auto gap = GapUs(bytes, rate);
    return gap > 0 ? gap : kLeastRepairGapUs;
}

std::uint32_t
RackPacer::OwnBurst(std::uint64_t rate) const
{
    RackBurstLimits limits;
    limits.isMost = IsFixed();
    return RackPacingLength(Version(), rate, Mss(), limits) / Mss();
}

std::uint64_t
RackUnpacedPacer::GapUs(std::uint64_t bytes, std::uint64_t /*rate*/) const
{
    RackRateView view;
    view.segment = Mss();
    view.maxSegment = MaxSegment();
    view.largestCwnd = m_largestCwnd;
    view.minRttUs = m_minRttUs;
    view.srttUs = m_srttUs;
    return RackPacingGap(Version(), view, bytes, Mss(), false).us;
}

std::uint64_t
RackUnpacedPacer::RepairGapUs(std::uint64_t /*bytes*/, std::uint64_t /*rate*/) const
{
    return kLeastRepairGapUs;
}

std::uint32_t
RackUnpacedPacer::OwnBurst(std::uint64_t /*rate*/) const
{
    RackBurstLimits limits;
    limits.isMost = true;
    return RackPacingLength(Version(), 0, Mss(), limits) / Mss();
}

bool
RackUnpacedPacer::Compensates() const
{
    return Version() == RackVersion::V14;
}

void
RackUnpacedPacer::Note(const OutputView& view)
{
    m_largestCwnd = std::max(m_largestCwnd, view.cwnd);
    m_minRttUs = view.minRtt == kNever ? 0 : static_cast<std::uint64_t>(view.minRtt) / 1000;
    m_srttUs = static_cast<std::uint64_t>(view.srtt) / 1000;
}

} // namespace hoststack
