// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SMP_CONFIG_H
#define HS_SMP_CONFIG_H

#include "ns3/hs-context.h"
#include "ns3/hs-operation.h"
#include "ns3/hs-soft-irq-queue.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <string>

namespace hoststack::host
{

/// Where in the kernel a thread can lose its core to another one (CONFIG_PREEMPT_*).
enum class Preemption : std::uint8_t
{
    None,      ///< where its step ends, or in user space
    Voluntary, ///< also at Context::MaySwitch()
    Full,      ///< anywhere
};

/// A machine with cores.
struct SmpConfig
{
    CoreId cores{1};
    std::uint32_t hz{250}; ///< timer ticks a second
    Preemption preemption{Preemption::None};
    std::string softIrqRules{"linux-6.4"}; ///< of SoftIrqRulesByName()
    std::string threadScheduler{"eevdf"};  ///< of ThreadSchedulers()
    SoftIrqLimits softIrq;
    TimeNs stallTimeout{21 * kSecond}; ///< rcu_cpu_stall_timeout
    PriceList prices;

    TimeNs Tick() const
    {
        return kSecond / hz;
    }
};

} // namespace hoststack::host

#endif // HS_SMP_CONFIG_H
