// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PROGRESS_H
#define HS_PROGRESS_H

#include "ns3/hs-units.h"

#include <chrono>
#include <iosfwd>

namespace hoststack
{

/// One line on a terminal: simulated time, speed (simulated seconds per second), remaining time.
class ProgressLine
{
  public:
    /// \param enabled false: says nothing (no terminal, or --quiet)
    ProgressLine(std::ostream& out, TimeNs end, bool enabled);

    /// Shows \p at, a few times per second at most.
    void Update(TimeNs at);

    /// Wipes the line.
    void Clear();

  private:
    using Clock = std::chrono::steady_clock;

    std::ostream& m_out;
    TimeNs m_end;
    bool m_enabled;
    bool m_shown{false};
    Clock::time_point m_begin;
    Clock::time_point m_next;
};

} // namespace hoststack

#endif // HS_PROGRESS_H
