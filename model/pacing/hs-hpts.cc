// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-hpts.h"

namespace hoststack
{

Hpts::Hpts(const HptsVersion& version, const HptsTopology& topology, HptsPlatform& platform)
    : Hpts(version, topology, platform, HptsSettings(version))
{
}

Hpts::Hpts(const HptsVersion& version,
           const HptsTopology& topology,
           HptsPlatform& platform,
           const HptsSettings& settings)
    : m_version(version),
      m_topology(topology),
      m_settings(settings),
      m_platform(platform),
      m_shared{m_version, m_settings, platform, m_counters}
{
    for (std::uint16_t i = 0; i < topology.cpus; ++i)
    {
        m_wheels.push_back(std::make_unique<HptsWheel>(m_shared, *this, i));
    }
}

void
Hpts::Start()
{
    for (auto& wheel : m_wheels)
    {
        wheel->Start();
    }
}

std::uint16_t
Hpts::RandomCpu()
{
    return static_cast<std::uint16_t>((m_platform.Random() & 0xffff) % m_topology.cpus);
}

void
Hpts::Init(HptsEntry& entry)
{
    entry.cpu = RandomCpu();
    entry.isCpuSet = false;
}

HptsInsertion
Hpts::Insert(HptsEntry& entry, std::uint64_t us)
{
    return m_wheels[entry.cpu]->Insert(entry, us);
}

void
Hpts::Remove(HptsEntry& entry)
{
    m_wheels[entry.cpu]->Remove(entry);
}

void
Hpts::Forget(HptsEntry& entry)
{
    m_wheels[entry.cpu]->Forget(entry);
}

void
Hpts::SetCpu(HptsEntry& entry)
{
    if (entry.state != HptsEntry::State::Off || entry.isCpuSet)
    {
        return;
    }
    entry.isCpuSet = true;
    if (m_settings.useIrq != 0)
    {
        // Not known yet: wheel 0, and asked again.
        entry.isCpuSet = entry.lroCpu != HptsEntry::kNoCpu;
        entry.cpu = entry.isCpuSet ? entry.lroCpu : std::uint16_t{0};
        return;
    }
    if (!entry.hasFlowId)
    {
        ++m_counters.cpuRandom;
        entry.cpu = RandomCpu();
        return;
    }
    ++m_counters.cpuFlowId;
    std::uint32_t first = 0;
    std::uint32_t count = m_topology.cpus;
    if (m_topology.domains > 1 && entry.domain != HptsEntry::kNoDomain)
    {
        // CPU i is in domain i * domains / cpus.
        const std::uint32_t domain = static_cast<std::uint32_t>(entry.domain);
        const std::uint32_t cpus = m_topology.cpus;
        const std::uint32_t domains = m_topology.domains;
        first = (domain * cpus + domains - 1) / domains;
        count = ((domain + 1) * cpus + domains - 1) / domains - first;
    }
    entry.cpu = static_cast<std::uint16_t>(first + entry.flowId % count);
}

HptsWheel&
Hpts::StalestWheel(std::uint16_t cpu)
{
    const std::uint32_t perGroup = m_topology.cpus / m_topology.l3Groups;
    const std::uint32_t start = m_topology.l3Groups > 1 ? cpu / perGroup * perGroup : 0;
    const std::uint32_t end = m_topology.l3Groups > 1 ? start + perGroup : Wheels();
    const std::uint32_t now = ToUsecTick(m_platform.Now());
    std::int32_t oldest = 0;
    HptsWheel* found = m_wheels[cpu].get();
    for (std::uint32_t i = start; i < end; ++i)
    {
        const auto age = static_cast<std::int32_t>(now - m_wheels[i]->LastRan());
        if (age > oldest)
        {
            oldest = age;
            found = m_wheels[i].get();
        }
    }
    return *found;
}

void
Hpts::RunSoftTimer(std::uint16_t cpu)
{
    if (m_version.gatesHook && m_shared.wheelsOverThreshold == 0)
    {
        return;
    }
    cpu = static_cast<std::uint16_t>(cpu % Wheels());
    auto& wheel = m_version.hookIsLocal ? *m_wheels[cpu] : StalestWheel(cpu);
    wheel.OnHook();
}

void
Hpts::OnCallout(std::uint16_t wheel)
{
    m_wheels[wheel]->OnCallout();
}

void
Hpts::OnThread(std::uint16_t wheel)
{
    m_wheels[wheel]->OnThread();
}

std::uint32_t
Hpts::MinSleepTimeUs() const
{
    constexpr std::uint32_t kExtraUs = 10; // HPTS_TICKS_PER_SLOT
    return static_cast<std::uint32_t>(m_settings.minSleep) + kExtraUs;
}

std::uint32_t
Hpts::Tick() const
{
    return static_cast<std::uint32_t>(Microseconds() / m_version.clockUs);
}

std::uint64_t
Hpts::Microseconds() const
{
    return ToLongUsecTick(m_platform.Now());
}

std::string
Hpts::SetSysctl(const std::string& name, std::int32_t value)
{
    return SetHptsSysctl(m_settings, m_version, name, value);
}

std::uint32_t
ToHptsTick(TimeNs time)
{
    return static_cast<std::uint32_t>(ToLongUsecTick(time) / 10);
}

std::uint32_t
ToUsecTick(TimeNs time)
{
    return static_cast<std::uint32_t>(ToLongUsecTick(time));
}

std::uint64_t
ToLongUsecTick(TimeNs time)
{
    return static_cast<std::uint64_t>(time / kMicrosecond);
}

std::uint32_t
ToMsecTick(TimeNs time)
{
    return static_cast<std::uint32_t>(time / kMillisecond);
}

std::uint32_t
HptsSlotsForMs(std::uint32_t ms)
{
    return ms * 100 + 1;
}

} // namespace hoststack
