// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HPTS_H
#define HS_HPTS_H

#include "ns3/hs-hpts-wheel.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hoststack
{

/// The CPUs that HPTS runs on. Groups and domains are of equal size and adjacent CPUs.
struct HptsTopology
{
    std::uint16_t cpus{1};
    std::uint16_t l3Groups{1}; ///< CPUs that share a cache of the third level
    std::uint16_t domains{1};  ///< of memory (NUMA)
};

/**
 * FreeBSD's High Precision Timer System: one wheel for each CPU. What the FreeBSD Journal's article
 * calls tcp_hpts_insert() is Insert() here, and so on; docs/models/pacing.md has the table.
 */
class Hpts final : public HptsCpuChoice
{
  public:
    /// \p platform outlives it.
    Hpts(const HptsVersion& version, const HptsTopology& topology, HptsPlatform& platform);
    Hpts(const HptsVersion& version,
         const HptsTopology& topology,
         HptsPlatform& platform,
         const HptsSettings& settings);

    /// Arms the timers of all wheels.
    void Start();

    /// tcp_hpts_init(): a new connection gets a random CPU.
    void Init(HptsEntry& entry);
    /// tcp_hpts_insert(): \p entry is served in \p us.
    HptsInsertion Insert(HptsEntry& entry, std::uint64_t us);
    /// tcp_hpts_remove()
    void Remove(HptsEntry& entry);
    /// \p entry goes for good.
    void Forget(HptsEntry& entry);
    /// tcp_set_hpts(): chooses the wheel for the next insertion, once something is known of the
    /// flow.
    void SetCpu(HptsEntry& entry) override;

    /// tcp_run_hpts(), tcp_hpts_softclock(): the soft-timer hook, at each return from a system call
    /// and after each batch of received packets. It serves the wheel of the CPU's L3 group that has
    /// not run for longest. With fewer wheels than CPUs their numbers come round.
    void RunSoftTimer(std::uint16_t cpu);

    /// The timer of a wheel has gone off.
    void OnCallout(std::uint16_t wheel);
    /// The thread of a wheel runs.
    void OnThread(std::uint16_t wheel);

    /// get_hpts_min_sleep_time(), us: 10 more than the sysctl.
    std::uint32_t MinSleepTimeUs() const;
    /// tcp_gethptstick(): 32-bit time in units of the wheel's clock.
    std::uint32_t Tick() const;
    /// tcp_get_u64_usecs()
    std::uint64_t Microseconds() const;

    /// Writes a sysctl. Empty, or why the kernel refuses it. \throws UnknownName
    std::string SetSysctl(const std::string& name, std::int32_t value);

    HptsWheel& Wheel(std::uint16_t index)
    {
        return *m_wheels[index];
    }

    const HptsWheel& Wheel(std::uint16_t index) const
    {
        return *m_wheels[index];
    }

    std::uint16_t Wheels() const
    {
        return static_cast<std::uint16_t>(m_wheels.size());
    }

    const HptsVersion& Version() const
    {
        return m_version;
    }

    const HptsSettings& Settings() const
    {
        return m_settings;
    }

    const HptsTopology& Topology() const
    {
        return m_topology;
    }

    const HptsCounters& Counters() const
    {
        return m_counters;
    }

    /// hpts_that_need_softclock: how many wheels are above the threshold.
    std::int32_t WheelsOverThreshold() const
    {
        return m_shared.wheelsOverThreshold;
    }

    void SetWheelsOverThreshold(std::int32_t wheels)
    {
        m_shared.wheelsOverThreshold = wheels;
    }

  private:
    std::uint16_t RandomCpu();
    HptsWheel& StalestWheel(std::uint16_t cpu);

    HptsVersion m_version;
    HptsTopology m_topology;
    HptsSettings m_settings;
    HptsCounters m_counters;
    HptsPlatform& m_platform;
    HptsShared m_shared;
    std::vector<std::unique_ptr<HptsWheel>> m_wheels;
};

/// tcp_tv_to_hptstick(): 10-us units since boot, 32 bits.
std::uint32_t ToHptsTick(TimeNs time);
/// tcp_tv_to_usectick()
std::uint32_t ToUsecTick(TimeNs time);
/// tcp_tv_to_lusectick()
std::uint64_t ToLongUsecTick(TimeNs time);
/// tcp_tv_to_mssectick(), which the article spells tcp_tv_to_msectick()
std::uint32_t ToMsecTick(TimeNs time);
/// HPTS_MS_TO_SLOTS
std::uint32_t HptsSlotsForMs(std::uint32_t ms);

} // namespace hoststack

#endif // HS_HPTS_H
