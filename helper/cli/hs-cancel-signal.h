// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_CANCEL_SIGNAL_H
#define HS_CANCEL_SIGNAL_H

#include <array>
#include <csignal>
#include <cstddef>

namespace hoststack
{

/// While it lives, a signal that asks this process to end (SIGINT, SIGTERM, SIGHUP) is only noted,
/// so that a run can end in good order. One at a time.
class CancelSignal
{
  public:
    CancelSignal();
    ~CancelSignal();
    CancelSignal(const CancelSignal&) = delete;
    CancelSignal& operator=(const CancelSignal&) = delete;

    /// Whether one came.
    bool Came() const;

    /// What \p run returns. If a signal came and it throws, the process ends as the signal would
    /// have ended it.
    template <class Run>
    auto Guard(Run run) const
    {
        try
        {
            return run();
        }
        catch (...)
        {
            EndIfCame();
            throw;
        }
    }

  private:
    static constexpr std::size_t kCount = 3;

    void Restore() const;
    void EndIfCame() const;

    std::array<struct sigaction, kCount> m_before{};
};

} // namespace hoststack

#endif // HS_CANCEL_SIGNAL_H
