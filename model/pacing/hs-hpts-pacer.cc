// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-hpts-pacer.h"

#include <algorithm>
#include <utility>

namespace hoststack
{

namespace
{

constexpr std::uint32_t kIpAndTcp = 40; // of IPv4
constexpr std::uint32_t kMostSegments = 43;
constexpr std::uint64_t kUsPerSecond = 1'000'000;

} // namespace

HptsPacer::HptsPacer(const PacingWish& wish)
    : m_mss(std::max(wish.mss, 1U)),
      m_optionBytes(wish.optionBytes),
      m_burst(wish.burst),
      m_fixedRate(wish.fixedRate),
      m_ready(wish.ready)
{
    if (auto* host = dynamic_cast<HptsHost*>(wish.host))
    {
        m_host = host->shared_from_this();
        m_host->Init(*this);
    }
}

HptsPacer::~HptsPacer()
{
    if (m_host)
    {
        m_host->Forget(*this);
    }
}

std::uint32_t
HptsPacer::BurstSegments(BytesPerSecond rate) const
{
    const std::uint32_t own = OwnBurst(IsFixed() ? m_fixedRate : rate);
    return m_burst > 0 ? std::min(m_burst, own) : own;
}

void
HptsPacer::OnSent(TimeNs now, std::uint32_t bytes, std::uint32_t fresh, BytesPerSecond rate)
{
    const std::uint64_t atRate = IsFixed() ? m_fixedRate : rate;
    if (bytes == 0 || (atRate == 0 && Compensates()))
    {
        return;
    }
    const auto nowUs = static_cast<std::uint64_t>(now / kMicrosecond);
    if (m_isPacing)
    {
        m_compensation.OnOutput(nowUs, m_targetUs);
    }
    const auto wantedUs = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(fresh > 0 ? GapUs(bytes, atRate) : RepairGapUs(bytes, atRate),
                                0xffffffff));
    const auto gapUs = Compensates() ? m_compensation.Apply(wantedUs) : wantedUs;
    const bool wasPacing = std::exchange(m_isPacing, gapUs > 0);
    m_targetUs = nowUs + gapUs;
    if (!m_host)
    {
        const auto& version = HptsVersions().front();
        m_next = now + static_cast<TimeNs>(version.SlotsFor(gapUs)) * version.slotUs * kMicrosecond;
        return;
    }
    m_host->NoteBurst(wasPacing ? now - m_lastBurst : -1);
    m_lastBurst = now;
    if (IsOnWheel())
    {
        m_host->Remove(*this); // something else let it send, late
    }
    // At the very time only the wheel lets it send; afterwards whatever calls the sender.
    m_next = static_cast<TimeNs>(m_targetUs + 1) * kMicrosecond;
    if (gapUs > 0)
    {
        m_host->Insert(now, *this, gapUs);
    }
    else
    {
        m_next = now;
    }
}

void
HptsPacer::OnNothingSent()
{
    m_compensation = {};
    m_isPacing = false;
}

bool
HptsPacer::OnOutput(const HptsWheel& /*wheel*/)
{
    const auto now = m_host->Present();
    m_next = 0;
    m_host->NoteService(now - static_cast<TimeNs>(m_targetUs) * kMicrosecond);
    if (m_ready)
    {
        m_ready(now);
    }
    return true;
}

void
HptsPacer::OnOver()
{
    if (m_host && IsOnWheel())
    {
        m_host->Remove(*this);
    }
}

std::uint64_t
ArticlePacer::GapUs(std::uint64_t bytes, std::uint64_t rate) const
{
    if (rate == 0)
    {
        return 0;
    }
    const std::uint64_t segments = (bytes + Mss() - 1) / Mss();
    return (bytes + segments * (kIpAndTcp + MaxSegment() - Mss())) * kUsPerSecond / rate;
}

std::uint32_t
ArticlePacer::OwnBurst(std::uint64_t rate) const
{
    constexpr std::uint64_t perSecond = 1000;
    const std::uint64_t packet = MaxSegment() + kIpAndTcp;
    return static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>(rate / perSecond / packet, 1, kMostSegments));
}

} // namespace hoststack
