// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-rack-pacer.h"

#include "ns3/hs-rack-rate.h"

#include <algorithm>

namespace hoststack
{

namespace
{

constexpr std::uint64_t kLeastRepairGapUs = 1000; // net.inet.tcp.rack.timers.minto
constexpr BytesPerSecond kMeasuredRate = 1;       // any: the pacer has its own

std::uint64_t
ToUs(TimeNs time)
{
    return static_cast<std::uint64_t>(std::max<TimeNs>(time, 0) / kMicrosecond);
}

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

RackPacer::Measured::Measured(const PacingWish& wish, RackVersion version, std::uint32_t maxSegment)
    : goodput(version)
{
    rate.segment = std::max(wish.mss, 1U);
    rate.maxSegment = maxSegment;
    rate.isPacing = true;
    if (wish.slowStart > 0)
    {
        rate.gains.slowStart = wish.slowStart;
    }
    if (wish.avoidance > 0)
    {
        rate.gains.avoidance = wish.avoidance;
    }
    rate.burst = RackLargestBurst(version, rate);
}

RackPacer::RackPacer(const PacingWish& wish, RackVersion version)
    : RackStackPacer(wish, version),
      m_measured(wish.isAsked || wish.fixedRate > 0
                     ? nullptr
                     : std::make_unique<Measured>(wish, version, MaxSegment()))
{
}

std::uint64_t
RackPacer::MeasuresFrom() const
{
    return m_measured ? m_measured->goodput.AwaitedFrom() : RackStackPacer::MeasuresFrom();
}

void
RackPacer::OnAcking(const AckedSends& sends)
{
    if (m_measured)
    {
        m_measured->goodput.OnAcking(sends);
    }
}

bool
RackPacer::OnAcked(const AckProgress& view)
{
    RackStackPacer::OnAcked(view);
    if (!m_measured)
    {
        return false;
    }
    m_measured->rate.srttUs = ToUs(view.srtt);
    const auto measurements = m_measured->rate.measurements;
    const bool isFirst = m_measured->goodput.OnAcked(m_measured->rate, view);
    if (isFirst || (Version() == RackVersion::V15 && m_measured->rate.measurements != measurements))
    {
        m_measured->rate.burst = RackLargestBurst(Version(), m_measured->rate);
    }
    // rack_do_goodput_measurement: what burst mitigation has asked for no longer counts.
    const bool isOver = isFirst && DropGap(view.now);
    if (view.unsent == 0 && (isOver || !IsHolding(view.now)))
    {
        m_measured->goodput.OnRanDry(view.sent);
    }
    return isOver;
}

void
RackPacer::OnNothingSent(std::uint64_t unsent)
{
    RackStackPacer::OnNothingSent(unsent);
    if (m_measured && unsent == 0)
    {
        m_measured->goodput.OnRanDry(m_measured->output.sent);
    }
}

void
RackPacer::OnSent(TimeNs now, std::uint32_t bytes, std::uint32_t fresh, BytesPerSecond rate)
{
    if (!m_measured)
    {
        RackStackPacer::OnSent(now, bytes, fresh, rate);
        return;
    }
    auto& view = m_measured->rate;
    if (fresh > 0)
    {
        m_measured->goodput.OnSent(view, m_measured->output, ToUs(now), view.isReady);
    }
    RackStackPacer::OnSent(now, bytes, fresh, kMeasuredRate);
    if (view.isReady && Version() == RackVersion::V14)
    {
        view.burst = RackLargestBurst(Version(), view);
    }
}

void
RackPacer::Note(const OutputView& output)
{
    if (!m_measured)
    {
        return;
    }
    m_measured->output = output;
    auto& view = m_measured->rate;
    view.cwnd = view.cwndInUse = output.cwnd;
    view.ssthresh = output.ssthresh;
    view.peerWindow = output.peerWindow;
    view.outstanding = output.sent - output.acked;
    view.largestCwnd = std::max(view.largestCwnd, output.cwnd);
    view.isInRecovery = output.isRecovering;
    view.srttUs = ToUs(output.srtt);
    view.minRttUs = output.minRtt == kNever ? 0 : ToUs(output.minRtt);
}

std::uint64_t
RackPacer::GapUs(std::uint64_t bytes, std::uint64_t rate) const
{
    return m_measured ? RackPacingGap(Version(), m_measured->rate, bytes, Mss(), false).us
                      : RackGapUs(Version(), bytes, Mss(), rate, MaxSegment(), false);
}

std::uint64_t
RackPacer::RepairGapUs(std::uint64_t bytes, std::uint64_t rate) const
{
    const auto gap = m_measured ? RackPacingGap(Version(), m_measured->rate, bytes, Mss(), true).us
                                : GapUs(bytes, rate);
    return gap > 0 ? gap : kLeastRepairGapUs;
}

std::uint32_t
RackPacer::OwnBurst(std::uint64_t rate) const
{
    if (m_measured)
    {
        return std::max(m_measured->rate.burst / Mss(), 1U);
    }
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
    m_minRttUs = view.minRtt == kNever ? 0 : ToUs(view.minRtt);
    m_srttUs = ToUs(view.srtt);
}

} // namespace hoststack
