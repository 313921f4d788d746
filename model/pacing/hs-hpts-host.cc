// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-hpts-host.h"

#include <algorithm>
#include <utility>

namespace hoststack
{

HptsHostSettings::HptsHostSettings()
    : HptsHostSettings(HptsVersions().front())
{
}

HptsHostSettings::HptsHostSettings(const HptsVersion& which)
    : version(which),
      sysctls(which)
{
}

/// The timer and the thread of one wheel.
class HptsHost::WheelWork final : public host::Work, public Alarm::Owner
{
  public:
    WheelWork(HptsHost& owner, std::uint16_t wheel)
        : m_host(owner),
          m_alarm(owner.m_clock->NewAlarm(*this)),
          m_wheel(wheel)
    {
    }

    ~WheelWork()
    {
        m_host.m_processor->Forget(*this);
    }

    void WakeAt(TimeNs at)
    {
        m_threadAt = std::min(m_threadAt, at);
        Arm();
    }

    void CallOutAt(TimeNs at)
    {
        m_calloutAt = at;
        Arm();
    }

    void OnAlarm(TimeNs now) override
    {
        if (Due() <= now && !m_isRaised)
        {
            m_isRaised = true;
            m_host.m_processor->RaiseSoftIrq(now,
                                             m_host.CoreOf(m_wheel),
                                             host::SoftIrq::Timer,
                                             *this);
        }
        else
        {
            Arm();
        }
    }

    void Run(host::Context& context) override
    {
        const auto alive = m_host.shared_from_this();
        m_host.m_context = &context;
        m_host.m_floor = m_host.m_ranUntil[m_wheel];
        context.Charge(host::Operation::Timer);
        if (m_calloutAt <= context.Now())
        {
            m_calloutAt = kNever;
            m_host.m_hpts->OnCallout(m_wheel);
        }
        if (m_threadAt <= context.Now())
        {
            m_threadAt = kNever;
            m_host.m_hpts->OnThread(m_wheel);
        }
        m_host.m_context = nullptr;
        m_host.m_now = context.Now();
        m_host.m_floor = 0;
        m_isRaised = false;
        Arm();
    }

  private:
    TimeNs Due() const
    {
        return std::min(m_threadAt, m_calloutAt);
    }

    void Arm()
    {
        if (!m_isRaised && m_host.m_clock != nullptr)
        {
            m_alarm->Arm(m_host.m_clock->Now(), Due());
        }
    }

    HptsHost& m_host;
    AlarmPointer m_alarm;
    TimeNs m_threadAt{kNever};
    TimeNs m_calloutAt{kNever};
    std::uint16_t m_wheel;
    bool m_isRaised{false}; ///< asked for, or running
};

std::shared_ptr<HptsHost>
HptsHost::Make(Clock& clock, host::Processor& processor, const HptsHostSettings& settings)
{
    std::shared_ptr<HptsHost> made(new HptsHost(clock, processor, settings));
    made->m_hpts->Start();
    return made;
}

HptsHost::HptsHost(Clock& clock, host::Processor& processor, const HptsHostSettings& settings)
    : m_clock(&clock),
      m_processor(&processor),
      m_now(clock.Now()),
      m_random(settings.seed, "hpts"),
      m_ranUntil(settings.topology.cpus, 0),
      m_hpts(std::make_unique<Hpts>(settings.version,
                                    settings.topology,
                                    static_cast<HptsPlatform&>(*this),
                                    settings.sysctls))
{
    for (std::uint16_t i = 0; i < settings.topology.cpus; ++i)
    {
        m_works.push_back(std::make_unique<WheelWork>(*this, i));
    }
}

HptsHost::~HptsHost()
{
    Stop();
}

void
HptsHost::Stop()
{
    m_works.clear();
    m_clock = nullptr;
    m_processor = nullptr;
}

/// Where the thread of \p wheel runs (bind_hptss); its timer goes off on the CPU of its number.
host::CoreId
HptsHost::CoreOf(std::uint16_t wheel) const
{
    constexpr std::int32_t kAnywhere = 0;
    constexpr std::int32_t kOwnCpu = 1;
    const auto& topology = m_hpts->Topology();
    const auto bind = m_hpts->Settings().bindHptss;
    if (bind == kOwnCpu)
    {
        return wheel;
    }
    // The kernel forgets groups where all memory is one domain.
    const bool isAnywhere = bind == kAnywhere || topology.domains <= 1;
    const auto size =
        isAnywhere ? topology.cpus : static_cast<std::uint16_t>(topology.cpus / topology.l3Groups);
    const auto first = isAnywhere ? 0 : wheel / size * size;
    return m_processor->IdleCore(wheel, static_cast<host::CoreId>(first), size);
}

void
HptsHost::Init(HptsEntry& entry)
{
    m_hpts->Init(entry);
}

HptsInsertion
HptsHost::Insert(TimeNs now, HptsEntry& entry, std::uint64_t us)
{
    m_now = now;
    const auto floor = std::exchange(m_floor, m_ranUntil[entry.cpu]);
    const auto result = m_hpts->Insert(entry, us);
    m_floor = floor;
    return result;
}

void
HptsHost::Remove(HptsEntry& entry)
{
    m_hpts->Remove(entry);
}

void
HptsHost::Forget(HptsEntry& entry)
{
    m_hpts->Forget(entry);
}

void
HptsHost::SetCpu(HptsEntry& entry)
{
    m_hpts->SetCpu(entry);
}

void
HptsHost::LearnLroCpu(std::uint32_t device, std::uint16_t core)
{
    if (device >= m_lroCpus.size())
    {
        m_lroCpus.resize(device + 1, HptsEntry::kNoCpu);
    }
    m_lroCpus[device] = static_cast<std::uint16_t>(core % m_hpts->Wheels());
}

std::uint16_t
HptsHost::LroCpu(std::uint32_t device) const
{
    return device < m_lroCpus.size() ? m_lroCpus[device] : HptsEntry::kNoCpu;
}

void
HptsHost::SoftTimer(host::Context& context)
{
    if (m_context != nullptr)
    {
        return; // inside a run
    }
    const auto alive = shared_from_this();
    const auto now = context.Now();
    if (m_triggeredAt >= 0)
    {
        m_figures.triggers.Add(std::max<TimeNs>(now - m_triggeredAt, 0));
    }
    m_triggeredAt = now;
    const auto hold = [this, now](bool isHeld) {
        for (std::uint16_t i = 0; i < m_hpts->Wheels(); ++i)
        {
            m_hpts->Wheel(i).SetHeld(isHeld && m_ranUntil[i] > now);
        }
    };
    hold(true); // another core is in a run still
    m_context = &context;
    m_hpts->RunSoftTimer(context.Core());
    m_context = nullptr;
    hold(false);
}

TimeNs
HptsHost::Now()
{
    return std::max(m_context != nullptr ? m_context->Now() : m_now, m_floor);
}

void
HptsHost::WakeThread(std::uint16_t wheel)
{
    if (wheel < m_works.size())
    {
        m_works[wheel]->WakeAt(Now());
    }
}

void
HptsHost::ArmCallout(std::uint16_t wheel, std::uint32_t us, bool /*wasPending*/)
{
    ++m_figures.callouts;
    if (wheel < m_works.size())
    {
        m_works[wheel]->CallOutAt(Now() + us * kMicrosecond);
    }
}

void
HptsHost::StopCallout(std::uint16_t wheel, bool /*wasPending*/)
{
    if (wheel < m_works.size())
    {
        m_works[wheel]->CallOutAt(kNever);
    }
}

std::uint32_t
HptsHost::Random()
{
    return static_cast<std::uint32_t>(m_random.Bits());
}

void
HptsHost::OnSlotsWalked(std::uint16_t /*wheel*/, std::uint32_t slots)
{
    m_figures.slotsWalked += slots;
}

void
HptsHost::NoteBurst(TimeNs gap)
{
    ++m_figures.bursts;
    if (gap >= 0)
    {
        m_figures.gaps.Add(gap);
    }
}

void
HptsHost::NoteService(TimeNs lateness)
{
    m_figures.lateness.Add(std::max<TimeNs>(lateness, 0));
}

void
HptsHost::OnRunEnd(const HptsRun& run)
{
    ++m_figures.runs;
    m_figures.calls += run.calls;
    m_ranUntil[run.wheel] = Now();
}

} // namespace hoststack
