// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-progress.h"

#include <cstdio>
#include <ostream>

namespace hoststack
{

ProgressLine::ProgressLine(std::ostream& out, TimeNs end, bool enabled)
    : m_out(out),
      m_end(end),
      m_enabled(enabled),
      m_begin(Clock::now()),
      m_next(m_begin + std::chrono::milliseconds(250))
{
}

void
ProgressLine::Update(TimeNs at)
{
    if (!m_enabled)
    {
        return;
    }
    const auto now = Clock::now();
    if (now < m_next)
    {
        return;
    }
    m_next = now + std::chrono::milliseconds(250);
    const double elapsed = std::chrono::duration<double>(now - m_begin).count();
    const double simulated = ToSeconds(at);
    const double speed = simulated / elapsed;
    char line[128];
    std::snprintf(line,
                  sizeof line,
                  "\r%.1f s of %.1f s simulated, %.3g s/s, %.0f s left\033[K",
                  simulated,
                  ToSeconds(m_end),
                  speed,
                  speed > 0 ? (ToSeconds(m_end) - simulated) / speed : 0.0);
    m_out << line << std::flush;
    m_shown = true;
}

void
ProgressLine::Clear()
{
    if (m_shown)
    {
        m_out << "\r\033[K" << std::flush;
        m_shown = false;
    }
}

} // namespace hoststack
