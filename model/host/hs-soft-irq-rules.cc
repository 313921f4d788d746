// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-soft-irq-rules.h"

namespace hoststack::host
{

namespace
{

/// ksoftirqd_running() keeps the network's work for the daemon, which shares the core fairly.
class DaemonFirst final : public SoftIrqRules
{
  public:
    bool RunsInline(bool isDaemonRunnable) const override
    {
        return !isDaemonRunnable;
    }
};

/// Since commit d15121be7485 ("Revert softirq: Let ksoftirqd do its job").
class AlwaysInline final : public SoftIrqRules
{
  public:
    bool RunsInline(bool /* isDaemonRunnable */) const override
    {
        return true;
    }
};

} // namespace

Registry<SoftIrqRules>&
SoftIrqRulesByName()
{
    static Registry<SoftIrqRules> registry(
        "soft-interrupt rule",
        {
            {"linux-before-6.4",
             "ksoftirqd, once it has work, does all of it, in its fair share of the core",
             [] { return std::make_unique<DaemonFirst>(); }},
            {"linux-6.4",
             "interrupts do their deferred work at their end, whatever ksoftirqd has to do",
             [] { return std::make_unique<AlwaysInline>(); }},
        });
    return registry;
}

} // namespace hoststack::host
