// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-verdict.h"

#include <cmath>
#include <utility>

namespace hoststack
{

namespace
{

double
Margin(const ExpectSpec& expected, double measured)
{
    const double scale = expected.target != 0 ? std::fabs(expected.target) : 1;
    switch (expected.op)
    {
    case ExpectOperator::AtLeast:
        return (measured - expected.target) / scale;
    case ExpectOperator::AtMost:
        return (expected.target - measured) / scale;
    default:
        return (expected.tolerance - std::fabs(measured - expected.target)) / scale;
    }
}

} // namespace

std::vector<Verdict>
Judge(const std::vector<ExpectSpec>& expect, const Metrics& metrics, RunMode mode)
{
    std::vector<Verdict> verdicts;
    for (const auto& expected : expect)
    {
        Verdict verdict;
        verdict.expected = expected;
        if (const auto* info = FindMetric(expected.metric))
        {
            verdict.unit = info->unit;
        }
        verdict.measured = metrics.Get(expected.metric);
        if (expected.only && *expected.only != mode)
        {
            verdict.skipped =
                mode == RunMode::Live ? "only for simulated runs" : "only for live runs";
        }
        else if (mode == RunMode::Live && !metrics.Has(expected.metric))
        {
            verdict.skipped = "not known live";
        }
        if (verdict.measured)
        {
            verdict.margin = Margin(expected, *verdict.measured);
            verdict.met = verdict.margin >= 0;
        }
        verdicts.push_back(std::move(verdict));
    }
    return verdicts;
}

} // namespace hoststack
