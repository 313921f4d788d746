// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-event-log.h"

#include "ns3/hs-event-words.h"

namespace hoststack
{

namespace
{

struct Words
{
    Happening what;
    const char* name;
    const char* about;
};

const Words kWords[] = {
    {Happening::Connected, "connected", "the handshake is over"},
    {Happening::TimeOut, "time-out", "retransmission time-out; value: how many in a row"},
    {Happening::FastRecovery, "fast-recovery", "the sender entered fast recovery"},
    {Happening::LossProbe, "loss-probe", "a tail loss probe was sent"},
    {Happening::Undo, "undo", "a reduction of the window was taken back as spurious"},
    {Happening::WindowClosed, "window-closed", "the window that this end announces became zero"},
    {Happening::WindowOpened, "window-opened", "... and is no longer"},
    {Happening::Ended,
     "ended",
     "of a connection or subflow; detail: closed, aborted, reset, refused or given-up; value: "
     "repetitions without an answer"},
    {Happening::SubflowAdded, "subflow-added", "a join is complete"},
    {Happening::SubflowLost,
     "subflow-lost",
     "no part of the connection any more, which goes on; detail and value as for ended"},
    {Happening::Stale, "stale", "the subflow was found stale"},
    {Happening::Alive, "alive", "... and is no longer"},
    {Happening::Reinjection,
     "reinjection",
     "data is to go out again on other subflows, or (with a subflow) has; value: bytes"},
    {Happening::DataTimeOut, "data-time-out", "the data-level retransmission timer expired"},
    {Happening::FallBack, "fallback", "plain TCP from now on"},
};

const Words&
Find(Happening what)
{
    return kWords[static_cast<std::size_t>(what)];
}

} // namespace

const char*
ToString(Happening what)
{
    return Find(what).name;
}

const char*
AboutHappening(Happening what)
{
    return Find(what).about;
}

std::vector<Happening>
EveryHappening()
{
    std::vector<Happening> all;
    for (const auto& words : kWords)
    {
        all.push_back(words.what);
    }
    return all;
}

} // namespace hoststack
