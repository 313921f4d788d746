// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_LATER_CALLS_H
#define HS_LATER_CALLS_H

#include "ns3/hs-context.h"
#include "ns3/hs-units.h"

#include <functional>
#include <memory>
#include <vector>

namespace hoststack::host
{

/// Effects that are calls: what a machine does once its work has been paid. They end with it.
class LaterCalls
{
  public:
    using Call = std::function<void(TimeNs)>;

    LaterCalls();
    ~LaterCalls();
    LaterCalls(const LaterCalls&) = delete;
    LaterCalls& operator=(const LaterCalls&) = delete;

    /// \p call is made once all that \p context has charged until now has been paid.
    void Release(Context& context, Call call);

  private:
    class Entry;

    std::vector<std::unique_ptr<Entry>> m_all;
    std::vector<Entry*> m_free;
};

} // namespace hoststack::host

#endif // HS_LATER_CALLS_H
