// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-hpts-pacer.h"

#include <algorithm>
#include <utility>

namespace hoststack
{

namespace
{

constexpr std::uint32_t kIpAndTcp = 40;     // of IPv4
constexpr std::uint32_t kMostSegments = 43; // tcp_get_pacing_burst_size
constexpr std::uint64_t kUsPerSecond = 1'000'000;

} // namespace

HptsPacer::HptsPacer(const PacingWish& wish)
    : m_mss(std::max(wish.mss, 1U)),
      m_optionBytes(wish.optionBytes),
      m_burst(wish.burst),
      m_fixedRate(wish.fixedRate),
      m_ready(wish.ready),
      m_device(wish.device)
{
    if (auto* host = dynamic_cast<HptsHost*>(wish.host))
    {
        m_host = host->shared_from_this();
        m_host->Init(*this);
        hasFlowId = wish.hasFlowId;
        flowId = wish.flowId;
    }
}

HptsPacer::~HptsPacer()
{
    if (m_alarm != nullptr)
    {
        m_alarm->StandUp();
    }
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
    m_isWaiting = gapUs > 0 && m_host != nullptr;
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
        m_placeUs = m_targetUs;
        Put(now, gapUs);
    }
    else
    {
        m_next = now;
    }
}

void
HptsPacer::Put(TimeNs now, std::uint64_t us)
{
    if (!isCpuSet)
    {
        lroCpu = m_host->LroCpu(m_device);
        m_host->SetCpu(*this);
    }
    m_host->Insert(now, *this, us);
}

void
HptsPacer::Place(TimeNs now, std::uint64_t targetUs)
{
    if (IsOnWheel() && m_placeUs == targetUs)
    {
        return;
    }
    if (IsOnWheel())
    {
        m_host->Remove(*this);
    }
    now = std::max(now, m_host->Present());
    const auto nowUs = static_cast<std::uint64_t>(now / kMicrosecond);
    m_placeUs = targetUs;
    Put(now, targetUs > nowUs ? targetUs - nowUs : 1);
}

AlarmPointer
HptsPacer::AlarmOnWheel(Alarm::Owner& owner, Clock& clock)
{
    if (!m_host)
    {
        return {};
    }
    m_alarm = new HptsAlarm(owner, clock, *this);
    return AlarmPointer(m_alarm);
}

void
HptsPacer::Follow(Pacer& before)
{
    auto* other = dynamic_cast<HptsPacer*>(&before);
    if (other == nullptr || other->m_host == nullptr || m_host == nullptr)
    {
        return; // the first pacer of a sender knows neither host nor device
    }
    m_device = other->m_device;
    hasFlowId = other->hasFlowId;
    flowId = other->flowId;
    if (other->m_alarm != nullptr)
    {
        m_alarm = std::exchange(other->m_alarm, nullptr);
        m_alarm->Sit(*this);
    }
}

bool
HptsPacer::TakeTimer(TimeNs now, TimeNs at)
{
    if (at <= std::max(now, m_releasedAt))
    {
        return false; // it is no timer: the sender goes on
    }
    const auto atUs = static_cast<std::uint64_t>((at + kMicrosecond - 1) / kMicrosecond);
    Place(now, m_isWaiting ? std::min(m_targetUs, atUs) : atUs);
    return true;
}

void
HptsPacer::OnAlarmGone()
{
    m_alarm = nullptr;
}

void
HptsPacer::OnNothingSent(std::uint64_t /*unsent*/)
{
    m_compensation = {};
    m_isPacing = false;
}

void
HptsPacer::EndGap(TimeNs now)
{
    m_isWaiting = false;
    m_next = 0;
    m_host->NoteService(now - static_cast<TimeNs>(m_targetUs) * kMicrosecond);
    m_releasedAt = now;
    if (m_ready)
    {
        m_ready(now);
    }
}

bool
HptsPacer::OnQueuedInput(const HptsWheel& wheel)
{
    m_host->NoteInput();
    return OnOutput(wheel);
}

InputWait
HptsPacer::KeepsInput(bool isReordering, bool isRecovering)
{
    m_hasInput = m_hasInput || m_isWaiting;
    return !m_isWaiting                             ? InputWait::None
           : KeepsSacks(isReordering, isRecovering) ? InputWait::All
                                                    : InputWait::Plain;
}

bool
HptsPacer::OnOutput(const HptsWheel& /*wheel*/)
{
    if (IsOnWheel())
    {
        return true; // the call for input has begun the next gap
    }
    const auto now = m_host->Present();
    if (m_isWaiting && m_placeUs == m_targetUs)
    {
        EndGap(now);
        return true;
    }
    if (m_isWaiting)
    {
        Place(now, m_targetUs); // the timer comes in between, if it has not been stopped
    }
    if (m_alarm != nullptr)
    {
        m_alarm->Serve(now, m_host->RunContext() != nullptr);
    }
    return true;
}

bool
HptsPacer::OnTimer()
{
    if (m_alarm == nullptr || !m_isWaiting)
    {
        return false;
    }
    // rack_output finds itself off the wheel then, goes on, and is early.
    if (IsOnWheel())
    {
        m_host->Remove(*this);
    }
    m_isWaiting = false;
    m_next = 0;
    return true;
}

bool
HptsPacer::DropGap(TimeNs now)
{
    if (m_next <= now)
    {
        return false;
    }
    m_isPacing = false;
    m_next = 0;
    if (std::exchange(m_isWaiting, false) && IsOnWheel())
    {
        m_host->Remove(*this);
        if (m_alarm != nullptr && m_alarm->Due() != kNever)
        {
            TakeTimer(now, m_alarm->Due());
        }
    }
    return true;
}

void
HptsPacer::OnOver()
{
    if (m_alarm != nullptr)
    {
        std::exchange(m_alarm, nullptr)->StandUp();
    }
    m_isWaiting = false;
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
