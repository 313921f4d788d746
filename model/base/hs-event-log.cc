// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-event-log.h"

namespace hoststack
{

const char*
ToString(Happening what)
{
    switch (what)
    {
    case Happening::Connected:
        return "connected";
    case Happening::TimeOut:
        return "time-out";
    case Happening::FastRecovery:
        return "fast-recovery";
    case Happening::LossProbe:
        return "loss-probe";
    case Happening::Undo:
        return "undo";
    case Happening::WindowClosed:
        return "window-closed";
    case Happening::WindowOpened:
        return "window-opened";
    case Happening::Ended:
        return "ended";
    case Happening::SubflowAdded:
        return "subflow-added";
    case Happening::SubflowLost:
        return "subflow-lost";
    case Happening::Stale:
        return "stale";
    case Happening::Alive:
        return "alive";
    case Happening::Reinjection:
        return "reinjection";
    case Happening::DataTimeOut:
        return "data-time-out";
    case Happening::FallBack:
        return "fallback";
    }
    return "?";
}

} // namespace hoststack
