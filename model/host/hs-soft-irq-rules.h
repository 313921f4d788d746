// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SOFT_IRQ_RULES_H
#define HS_SOFT_IRQ_RULES_H

#include "ns3/hs-registry.h"

namespace hoststack::host
{

/// Who does deferred work that an interrupt has raised while ksoftirqd has some to do.
class SoftIrqRules
{
  public:
    virtual ~SoftIrqRules() = default;

    /// At the end of an interrupt (invoke_softirq): deferred work is done before the thread goes
    /// on.
    virtual bool RunsInline(bool isDaemonRunnable) const = 0;
};

/// All of them by name.
Registry<SoftIrqRules>& SoftIrqRulesByName();

} // namespace hoststack::host

#endif // HS_SOFT_IRQ_RULES_H
