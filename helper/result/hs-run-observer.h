// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_RUN_OBSERVER_H
#define HS_RUN_OBSERVER_H

#include "ns3/hs-public.h"
#include "ns3/hs-run-records.h"
#include "ns3/hs-units.h"

#include <string>

namespace hoststack
{

/// Watches a run. The calls come in the order of simulated time.
class HS_PUBLIC RunObserver
{
  public:
    virtual ~RunObserver() = default;

    /// Whether it has a use for the series.
    virtual bool WantsSeries() const
    {
        return true;
    }

    /// Whether it has a use for events; else nobody collects them.
    virtual bool WantsEvents() const
    {
        return false;
    }

    virtual void OnEvent(const RunEvent& /* event */)
    {
    }

    /// A value of the series: \p object is "traffic.NAME" or "links.NAME.down"; with \p metric it
    /// makes a name of the catalogue.
    virtual void OnSample(TimeNs at,
                          const std::string& object,
                          const std::string& metric,
                          double value) = 0;

    /// The run has got to \p at.
    virtual void OnProgress(TimeNs at) = 0;

    /// Whether the run is to end now, without results; asked after each OnProgress.
    virtual bool IsCancelled() const
    {
        return false;
    }
};

} // namespace hoststack

#endif // HS_RUN_OBSERVER_H
