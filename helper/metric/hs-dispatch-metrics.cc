// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-dispatch-metrics.h"

namespace hoststack
{

namespace
{

using U = MetricUnit;
using F = host::DispatchFigures;
using Value = std::optional<double>;

template <Value F::*member>
bool
Has(const F& figures)
{
    return (figures.*member).has_value();
}

template <Value F::*member>
Value
Plain(const F& figures)
{
    return figures.*member;
}

template <Value F::*member>
Value
Seconds(const F& figures)
{
    const auto& value = figures.*member;
    return value ? Value(*value * 1e-9) : value;
}

template <Value F::*member>
MetricRow<F>
Time(const char* suffix, const char* about)
{
    return {suffix, U::Seconds, kOfWholeRun, about, Seconds<member>, Has<member>};
}

template <Value F::*member>
MetricRow<F>
Number(const char* suffix, const char* about, MetricUnit unit = U::Count)
{
    return {suffix, unit, kOfWholeRun, about, Plain<member>, Has<member>};
}

} // namespace

const MetricTable<F>&
DispatchMetricTable()
{
    static const MetricTable<F> table{
        Time<&F::cost>("cost", "core time per packet; in a time-wait study, per connection"),
        Time<&F::lookup>("cost.lookup", "of it: finding sockets"),
        Time<&F::packets>("cost.packets", "of it: packets through the stack, and their answers"),
        Time<&F::notification>("cost.notification",
                               "of it: looking for what to send, to tell and to time"),
        Time<&F::poll>("poll", "a whole poll: how long interrupts and locks are kept from others"),
        Number<&F::kernelCopies>("copies", "of a byte between the kernel's own buffers"),
        Number<&F::visits>("visits", "sockets touched per packet or connection"),
        Number<&F::wakeUps>("wake-ups", "programs told per packet"),
        Number<&F::rate>("rate", "packets per second; in a time-wait study, connections"),
        Number<&F::speedup>("speedup", "of the rate over that of one core"),
        Number<&F::bound>("bound", "packets per second that the locks let through: 1 / T_c"),
        Number<&F::lockWaited>("lock.waited", "share of the cores' time, spinning", U::Share),
        Number<&F::lockHeld>("lock.held", "share of the cores' time, with a lock", U::Share),
        Number<&F::lockContended>("lock.contended", "share of the takes that waited", U::Share),
        Time<&F::copyTime>("copy", "how long a program's copy takes"),
        Number<&F::faults>("faults", "pages that were not there when the copy came to them"),
        Time<&F::faultTime>("faults.time", "of the copy: until they were there"),
        Time<&F::pollWaitMedian>("poll-wait.p50", "how long a poll waits for its lock, median"),
        Time<&F::pollWait99>("poll-wait.p99", "the same, 99th percentile"),
        Time<&F::pollWaitMost>("poll-wait.max", "the same, most"),
        Time<&F::deliveryWait99>("delivery-wait.p99",
                                 "how long a packet waits for its socket, 99th percentile"),
        Number<&F::workersBusy>("workers.busy", "workers that got a connection, mean of the runs"),
        Number<&F::moreThanOne>("workers.spread",
                                "share of the runs in which more than one worker got one",
                                U::Share),
        Number<&F::busiest>("workers.most",
                            "share of the connections that the busiest worker got",
                            U::Share),
        Number<&F::idlest>("workers.least", "the same of the idlest", U::Share),
        Time<&F::seenMean>("seen.mean", "from data to the program that has seen it, mean"),
        Time<&F::seen99>("seen.p99", "the same, 99th percentile"),
        Number<&F::checking>("checking",
                             "share of a core that asks whether there is data",
                             U::Share),
        Number<&F::sockets>("sockets", "in the table; in a time-wait study, the most"),
    };
    return table;
}

} // namespace hoststack
