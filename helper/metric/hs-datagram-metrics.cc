// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-datagram-metrics.h"

#include <algorithm>

namespace hoststack
{

namespace
{

using U = MetricUnit;
using Value = std::optional<double>;

Value
Share(const TimeHistogram& times, double share)
{
    return times.Count() > 0 ? Value(ToSeconds(times.Percentile(share))) : Value();
}

bool
IsInTable(const std::string& suffix)
{
    const auto& table = DatagramMetricTable();
    return std::any_of(table.begin(), table.end(), [&](const auto& row) {
        return suffix == row.suffix;
    });
}

} // namespace

bool
IsDatagramMetric(const std::string& suffix)
{
    return suffix == "goodput" || suffix == "bytes" || IsInTable(suffix);
}

bool
IsConnectionMetric(const std::string& suffix)
{
    return !IsInTable(suffix);
}

const MetricTable<DatagramFigures>&
DatagramMetricTable()
{
    static const MetricTable<DatagramFigures> table{
        {"sent",
         U::Count,
         kOfWholeRun,
         "datagrams: sent",
         [](const DatagramFigures& f) { return Value(static_cast<double>(f.sent)); }},
        {"received",
         U::Count,
         kOfWholeRun,
         "datagrams: arrived",
         [](const DatagramFigures& f) { return Value(static_cast<double>(f.received)); }},
        {"lost",
         U::Count,
         kOfWholeRun,
         "datagrams: sent and not arrived by the end of the run",
         [](const DatagramFigures& f) { return Value(static_cast<double>(f.sent - f.received)); }},
        {"reordered",
         U::Count,
         kOfWholeRun,
         "datagrams: arrived after one that was sent later",
         [](const DatagramFigures& f) { return Value(static_cast<double>(f.reordered)); }},
        {"delay.min",
         U::Seconds,
         kOfWholeRun,
         "datagrams: from the send call to the arrival, least",
         [](const DatagramFigures& f) {
             return f.delays->Count() > 0 ? Value(ToSeconds(f.delays->Min())) : Value();
         }},
        {"delay.mean",
         U::Seconds,
         kOfWholeRun,
         "the same, mean",
         [](const DatagramFigures& f) {
             return f.delays->Count() > 0 ? Value(f.delays->Mean()) : Value();
         }},
        {"delay.p50",
         U::Seconds,
         kOfWholeRun,
         "the same, median (percentiles are up to 1/64 too large)",
         [](const DatagramFigures& f) { return Share(*f.delays, 0.5); }},
        {"delay.p95",
         U::Seconds,
         kOfWholeRun,
         "the same, 95th percentile",
         [](const DatagramFigures& f) { return Share(*f.delays, 0.95); }},
        {"delay.p99",
         U::Seconds,
         kOfWholeRun,
         "the same, 99th percentile",
         [](const DatagramFigures& f) { return Share(*f.delays, 0.99); }},
        {"delay.max",
         U::Seconds,
         kOfWholeRun,
         "the same, longest",
         [](const DatagramFigures& f) { return Share(*f.delays, 1); }},
        {"jitter",
         U::Seconds,
         kOfWholeRun,
         "datagrams: how much the delay differs from that of the one before, mean of the absolute "
         "values (RFC 3393)",
         [](const DatagramFigures& f) {
             return f.variations->Count() > 0 ? Value(f.variations->Mean()) : Value();
         }},
    };
    return table;
}

} // namespace hoststack
