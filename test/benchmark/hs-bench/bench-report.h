// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_BENCH_REPORT_H
#define HS_BENCH_REPORT_H

#include "bench-case.h"

#include <functional>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace hoststack::bench
{

/// How much to run.
struct BenchPlan
{
    bool quick{false};
    bool cubic{false};
    bool queueDisc{false};
    std::uint32_t rounds{3};
};

/// A goal, what was measured and whether it holds.
struct BenchGoal
{
    std::string text;
    double measured{0};
    double limit{0};
    bool atLeast{true};

    bool Met() const
    {
        return atLeast ? measured >= limit : measured <= limit;
    }
};

/// What one section found, as text and as JSON.
struct BenchSection
{
    nlohmann::ordered_json json;
    std::vector<BenchGoal> goals;
};

using BenchRunner = std::function<BenchSection(const BenchPlan&, std::ostream&)>;

/// "speed", "offload", "windows", "connections", "multipath", "memory", "startup" in the order they
/// run.
const std::vector<std::pair<std::string, BenchRunner>>& BenchSections();

nlohmann::ordered_json ToJson(const BenchCase& run, const BenchCount& count);

} // namespace hoststack::bench

#endif // HS_BENCH_REPORT_H
