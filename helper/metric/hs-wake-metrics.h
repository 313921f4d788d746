// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_WAKE_METRICS_H
#define HS_WAKE_METRICS_H

#include "ns3/hs-metric-table.h"
#include "ns3/hs-units.h"

#include <cstdint>
#include <optional>

namespace hoststack
{

/// How often the threads of one end were woken.
struct WakeCounts
{
    std::uint64_t all{0};
    std::uint64_t idle{0}; ///< and found nothing (spurious)
    TimeNs idleTime{0};    ///< of cores, that this took

    void Subtract(const WakeCounts& from)
    {
        all -= from.all;
        idle -= from.idle;
        idleTime -= from.idleTime;
    }
};

struct WakeNames
{
    const char* all;
    const char* idle;
    const char* idleRate;
    const char* idleCpu;
};

/// Adds the rows \p names of the counts that \p find gives; Figures has `elapsed`.
template <class Figures>
void
AppendWakeRows(const WakeNames& names,
               const WakeCounts& (*find)(const Figures&),
               bool (*has)(const Figures&),
               MetricTable<Figures>& table)
{
    using Value = std::optional<double>;
    const auto plain = [](std::uint64_t count) { return Value(static_cast<double>(count)); };
    const auto perTime = [](double value, const Figures& f) {
        return f.elapsed > 0 ? Value(value / ToSeconds(f.elapsed)) : Value();
    };
    table.push_back({names.all,
                     MetricUnit::Count,
                     kMeasuredOnly,
                     "times that a thread of this end was woken, or that its wait returned at once",
                     [find, plain](const Figures& f) { return plain(find(f).all); },
                     has});
    table.push_back({names.idle,
                     MetricUnit::Count,
                     kMeasuredOnly,
                     "the same, when it found nothing to do (spurious)",
                     [find, plain](const Figures& f) { return plain(find(f).idle); },
                     has});
    table.push_back({names.idleRate,
                     MetricUnit::Count,
                     kMeasuredOnly,
                     "these per second of the traffic",
                     [find, perTime](const Figures& f) {
                         return perTime(static_cast<double>(find(f).idle), f);
                     },
                     has});
    table.push_back(
        {names.idleCpu,
         MetricUnit::Share,
         kMeasuredOnly,
         "what they took of a core; 0 on a host without costs",
         [find, perTime](const Figures& f) { return perTime(ToSeconds(find(f).idleTime), f); },
         has});
}

} // namespace hoststack

#endif // HS_WAKE_METRICS_H
