// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-cancel-signal.h"

namespace hoststack
{

namespace
{

constexpr std::array<int, 3> kSignals{SIGINT, SIGTERM, SIGHUP};

volatile std::sig_atomic_t g_came = 0;

void
Note(int signal)
{
    g_came = signal;
}

} // namespace

CancelSignal::CancelSignal()
{
    g_came = 0;
    for (std::size_t i = 0; i < kCount; ++i)
    {
        sigaction(kSignals[i], nullptr, &m_before[i]);
        if (m_before[i].sa_handler != SIG_IGN)
        {
            struct sigaction action = {};
            action.sa_handler = Note;
            action.sa_flags = SA_RESTART;
            sigaction(kSignals[i], &action, nullptr);
        }
    }
}

CancelSignal::~CancelSignal()
{
    Restore();
}

bool
CancelSignal::Came() const
{
    return g_came != 0;
}

void
CancelSignal::Restore() const
{
    for (std::size_t i = 0; i < kCount; ++i)
    {
        sigaction(kSignals[i], &m_before[i], nullptr);
    }
}

void
CancelSignal::EndIfCame() const
{
    if (Came())
    {
        Restore();
        raise(g_came);
    }
}

} // namespace hoststack
