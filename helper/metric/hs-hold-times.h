// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_HOLD_TIMES_H
#define HS_HOLD_TIMES_H

#include "ns3/hs-metric-table.h"
#include "ns3/hs-tcp-types.h"

#include <array>
#include <string>
#include <vector>

namespace hoststack
{

/// What TCP cannot know: a link on the way was down.
constexpr std::size_t kHoldOutage = static_cast<std::size_t>(tcp::Limit::Count);

/// How long what held a sender: by tcp::Limit, and kHoldOutage. Only shares matter.
using HoldTimes = std::array<double, kHoldOutage + 1>;

/// A reason that a sender was not faster.
struct HoldReason
{
    const char* name; ///< metric limited.NAME
    const char* text; ///< "congestion window"
    std::size_t index;
    const char* about;
    bool ofMultipath{false}; ///< plain TCP is never held by it
};

/// In the order in which they are documented.
const std::vector<HoldReason>& HoldReasons();

double SumOf(const HoldTimes& times);
HoldTimes Difference(HoldTimes a, const HoldTimes& b);
/// Adds \p weight times the shares of \p times.
void AddShares(HoldTimes& sum, const HoldTimes& times, double weight);

/// Why a connection was not faster: shares of its sender's time, the largest first.
struct Limitation
{
    std::string name; ///< as HoldReason
    std::string text;
    double share;
};

/// Of the metrics whose names begin with \p prefix ("traffic.NAME."); empty if the stack does not
/// tell (ns-3's own TCP), or there was no time.
std::vector<Limitation> LimitationsOf(const std::string& prefix, const Metrics& metrics);

/// How connections ended that should not have, of the metrics ended.*: "given up after 15
/// repetitions, last at 924.6 s"; empty if none.
std::string EndingOf(const std::string& prefix, const Metrics& metrics);

/// The rows limited.*; \p held finds the times in Figures, \p has whether they are known.
template <class Figures>
void
AppendHoldRows(const HoldTimes& (*held)(const Figures&),
               bool (*has)(const Figures&),
               MetricTable<Figures>& table)
{
    static std::vector<std::string> names = [] {
        std::vector<std::string> list;
        for (const auto& reason : HoldReasons())
        {
            list.push_back(std::string("limited.") + reason.name);
        }
        return list;
    }();
    std::size_t i = 0;
    for (const auto& reason : HoldReasons())
    {
        const auto index = reason.index;
        table.push_back({names[i++].c_str(),
                         MetricUnit::Share,
                         kMeasuredOnly,
                         reason.about,
                         [held, index](const Figures& f) -> std::optional<double> {
                             const double sum = SumOf(held(f));
                             return sum > 0 ? std::optional<double>(held(f)[index] / sum)
                                            : std::nullopt;
                         },
                         has});
    }
}

} // namespace hoststack

#endif // HS_HOLD_TIMES_H
