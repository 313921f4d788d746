// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-socket-layer-metrics.h"

namespace hoststack
{

namespace
{

using U = MetricUnit;
using Value = std::optional<double>;

double
Plain(std::uint64_t count)
{
    return static_cast<double>(count);
}

/// A mean over packets; nothing without any.
Value
PerPacket(double sum, const SocketLayerFigures& f)
{
    return f.account.packets > 0 ? Value(sum / Plain(f.account.packets)) : Value();
}

Value
ShareOf(TimeNs time, const SocketLayerFigures& f)
{
    return f.elapsed > 0 ? Value(ToSeconds(time) / ToSeconds(f.elapsed)) : Value();
}

} // namespace

SocketLayerFigures
Between(const host::HostDispatchAccount& from, const host::HostDispatchAccount& to, TimeNs elapsed)
{
    SocketLayerFigures f{elapsed, to};
    auto& a = f.account;
    a.packets -= from.packets;
    a.misses -= from.misses;
    a.sent -= from.sent;
    a.polls -= from.polls;
    a.visits -= from.visits;
    a.lookup -= from.lookup;
    a.notification -= from.notification;
    a.changes -= from.changes;
    a.locks.takes -= from.locks.takes;
    a.locks.contended -= from.locks.contended;
    a.locks.waited -= from.locks.waited;
    a.locks.held -= from.locks.held;
    return f;
}

const MetricTable<SocketLayerFigures>&
SocketLayerMetricTable()
{
    static const MetricTable<SocketLayerFigures> table{
        {"packets",
         U::Count,
         kMeasuredOnly,
         "packets that were looked up",
         [](const auto& f) { return Plain(f.account.packets); }},
        {"misses",
         U::Count,
         kMeasuredOnly,
         "of them, for no socket",
         [](const auto& f) { return Plain(f.account.misses); }},
        {"polls",
         U::Count,
         kMeasuredOnly,
         "polls that ended: walks, or looks at an ordered set",
         [](const auto& f) { return Plain(f.account.polls); }},
        {"visits",
         U::Count,
         kMeasuredOnly,
         "sockets touched per packet, for whatever reason",
         [](const auto& f) { return PerPacket(Plain(f.account.visits), f); }},
        {"lookup",
         U::Seconds,
         kMeasuredOnly,
         "core time per packet to find its socket",
         [](const auto& f) { return PerPacket(ToSeconds(f.account.lookup), f); }},
        {"notification",
         U::Seconds,
         kMeasuredOnly,
         "core time per packet for walks and ordered sets",
         [](const auto& f) { return PerPacket(ToSeconds(f.account.notification), f); }},
        {"changes",
         U::Seconds,
         kMeasuredOnly,
         "core time for sockets that came and went",
         [](const auto& f) { return ToSeconds(f.account.changes); }},
        {"most",
         U::Count,
         kOfWholeRun,
         "sockets in the table at once",
         [](const auto& f) { return Plain(f.account.most); }},
        {"lock.takes",
         U::Count,
         kMeasuredOnly,
         "times that one of its locks was taken; a lock of each socket is not counted",
         [](const auto& f) { return Plain(f.account.locks.takes); }},
        {"lock.contended",
         U::Share,
         kMeasuredOnly,
         "of them, that had to wait",
         [](const auto& f) {
             return f.account.locks.takes > 0
                        ? Value(Plain(f.account.locks.contended) / Plain(f.account.locks.takes))
                        : Value();
         }},
        {"lock.waited",
         U::Share,
         kMeasuredOnly,
         "of a core's time, spinning for them",
         [](const auto& f) { return ShareOf(f.account.locks.waited, f); }},
        {"lock.held",
         U::Share,
         kMeasuredOnly,
         "of a core's time, with them",
         [](const auto& f) { return ShareOf(f.account.locks.held, f); }},
    };
    return table;
}

std::vector<std::string>
SocketLayerMetricNames(const std::string& host)
{
    std::vector<std::string> names;
    for (const auto& row : SocketLayerMetricTable())
    {
        names.push_back("hosts." + host + ".sockets." + row.suffix);
    }
    return names;
}

} // namespace hoststack
