// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-types.h"

namespace hoststack::tcp
{

const char*
ToString(State state)
{
    switch (state)
    {
    case State::Closed:
        return "CLOSED";
    case State::SynSent:
        return "SYN-SENT";
    case State::SynReceived:
        return "SYN-RECV";
    case State::Established:
        return "ESTAB";
    case State::FinWait1:
        return "FIN-WAIT-1";
    case State::FinWait2:
        return "FIN-WAIT-2";
    case State::CloseWait:
        return "CLOSE-WAIT";
    case State::Closing:
        return "CLOSING";
    case State::LastAck:
        return "LAST-ACK";
    case State::TimeWait:
        return "TIME-WAIT";
    }
    return "?";
}

const char*
ToString(CaState state)
{
    switch (state)
    {
    case CaState::Open:
        return "open";
    case CaState::Disorder:
        return "disorder";
    case CaState::Cwr:
        return "cwr";
    case CaState::Recovery:
        return "recovery";
    case CaState::Loss:
        return "loss";
    }
    return "?";
}

const char*
ToString(End end)
{
    switch (end)
    {
    case End::Open:
        return "open";
    case End::Closed:
        return "closed";
    case End::Aborted:
        return "aborted";
    case End::Reset:
        return "reset";
    case End::Refused:
        return "refused";
    case End::GivenUp:
        return "given-up";
    }
    return "?";
}

} // namespace hoststack::tcp
