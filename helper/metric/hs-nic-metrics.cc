// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-nic-metrics.h"

#include <array>
#include <string>

namespace hoststack
{

namespace
{

using U = MetricUnit;
using Value = std::optional<double>;
using F = NicFigures;

template <std::uint64_t F::*field>
Value
Count(const F& f)
{
    return static_cast<double>(f.*field);
}

MetricTable<F>
MakeTable()
{
    MetricTable<F> table{
        {"interrupts", U::Count, kOfWholeRun, "interrupts of the NICs", Count<&F::interrupts>},
        {"polls", U::Count, kOfWholeRun, "polls of their drivers", Count<&F::polls>},
        {"polls.full",
         U::Count,
         kOfWholeRun,
         "polls that took as many frames as they may",
         Count<&F::fullPolls>},
        {"frames", U::Count, kOfWholeRun, "frames taken from the rings", Count<&F::frames>},
        {"ring.drops", U::Count, kOfWholeRun, "frames lost to a full ring", Count<&F::lost>},
        {"cpu-per-gigabyte",
         U::Seconds,
         kOfWholeRun,
         "time of all cores of the host for 10^9 bytes of IP in these frames",
         [](const F& f) -> Value {
             return f.busy && f.bytes > 0
                        ? Value(ToSeconds(*f.busy) * 1e9 / static_cast<double>(f.bytes))
                        : Value();
         }},
        {"units",
         U::Count,
         kOfWholeRun,
         "what the receive offload handed up, merged or not",
         [](const F& f) -> Value { return static_cast<double>(f.offload.units); }},
        {"merge-factor",
         U::Count,
         kOfWholeRun,
         "packets of the direct path for each unit that went up, mean",
         [](const F& f) -> Value {
             return f.offload.units == 0 ? Value()
                                         : static_cast<double>(f.offload.packets) /
                                               static_cast<double>(f.offload.units);
         }},
        {"swallowed",
         U::Count,
         kOfWholeRun,
         "packets that a lossy offload did not hand up at all",
         [](const F& f) -> Value { return static_cast<double>(f.offload.discarded); }},
    };
    static std::array<std::string, kFlushReasons> names;
    static std::array<std::string, kFlushReasons> abouts;
    for (std::size_t i = 0; i < kFlushReasons; ++i)
    {
        const std::string reason = NameOf(static_cast<FlushReason>(i));
        names[i] = "flush." + reason;
        abouts[i] = "units that went up for this reason (docs/models/offload.md): " + reason;
        table.push_back(
            {names[i].c_str(), U::Count, kOfWholeRun, abouts[i].c_str(), [i](const F& f) -> Value {
                 return static_cast<double>(f.offload.reasons[i]);
             }});
    }
    return table;
}

} // namespace

const MetricTable<NicFigures>&
NicMetricTable()
{
    static const MetricTable<NicFigures> table = MakeTable();
    return table;
}

} // namespace hoststack
