// SPDX-License-Identifier: GPL-2.0-only

#include "tso-run.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <iterator>
#include <set>
#include <sstream>

namespace
{

using namespace hoststack;
using namespace hoststack::reference;

/// What the kernel's runs of a case gave on one path.
struct Kernel
{
    Kernel(const Json& runs, std::size_t path)
    {
        for (const auto& run : runs)
        {
            const auto& figures = run.at("paths").at(path);
            meanBurst += figures.at("mean_segs").get<double>() / static_cast<double>(runs.size());
            acks +=
                figures.at("acks_per_data_pkt").get<double>() / static_cast<double>(runs.size());
            const auto& late = figures.contains("hist_segs_by_quarter")
                                   ? figures.at("hist_segs_by_quarter").at(3)
                                   : Json::object();
            std::uint64_t most = 0;
            std::uint32_t size = 0;
            for (const auto& entry : late.items())
            {
                if (entry.value().get<std::uint64_t>() > most)
                {
                    most = entry.value();
                    size = static_cast<std::uint32_t>(std::stoul(entry.key()));
                }
            }
            lateSizes.insert(size);
        }
    }

    double meanBurst{0};
    double acks{0};
    std::set<std::uint32_t> lateSizes; ///< the most frequent one of each run
};

void
CheckShare(Differences& out,
           const std::string& where,
           const char* what,
           double ours,
           double kernel,
           double tolerance)
{
    if (ours < kernel * (1 - tolerance) || ours > kernel * (1 + tolerance))
    {
        std::ostringstream text;
        text << what << ' ' << ours << " instead of " << kernel;
        out.Add(where, text.str());
    }
}

/// The spacing of a sender that paces itself: within so much of what the kernel's runs gave.
void
CheckGaps(Differences& out, const std::string& where, const TsoFigures& ours, const Json& runs)
{
    struct Point
    {
        const char* name;
        double share;
        double tolerance;
    };

    constexpr Point points[] = {{"p10", 0.1, 0.15}, {"p50", 0.5, 0.05}, {"p90", 0.9, 0.15}};
    for (std::size_t i = 0; i < std::size(points); ++i)
    {
        double least = 1e9;
        double most = 0;
        for (const auto& run : runs)
        {
            const auto us = run.at("paths").at(0).at("gap_us_p10_p50_p90").at(i).get<double>();
            least = std::min(least, us);
            most = std::max(most, us);
        }
        const auto us = static_cast<double>(ours.gaps.Percentile(points[i].share)) / kMicrosecond;
        UNSCOPED_INFO(where << ": gap " << points[i].name << ' ' << us << " us (" << least << " to "
                            << most << ")");
        if (us < least * (1 - points[i].tolerance) || us > most * (1 + points[i].tolerance))
        {
            std::ostringstream text;
            text << "gap " << points[i].name << ' ' << us << " us instead of " << least << " to "
                 << most;
            out.Add(where, text.str());
        }
    }
}

Differences
Compare(const TsoCase& c, const Json& runs)
{
    Differences differences;
    const auto result = RunTso(c);
    if (!result.isComplete)
    {
        differences.Add(c.name, "is not over after two minutes");
    }
    for (std::size_t i = 0; i < c.paths.size(); ++i)
    {
        const Kernel kernel(runs, i);
        const auto& ours = result.paths[i];
        const auto where = c.name + (i == 0 ? "" : " path " + std::to_string(i + 1));
        if (kernel.lateSizes.count(ours.LateSize()) == 0)
        {
            differences.Check(where, "late size", ours.LateSize(), *kernel.lateSizes.begin());
        }
        CheckShare(differences, where, "mean burst", ours.MeanBurst(), kernel.meanBurst, 0.15);
        if (c.congestion == "bbr" && !c.isMultipath && ours.gaps.Count() > 0)
        {
            CheckGaps(differences, where, ours, runs);
        }
        CheckShare(differences, where, "ACKs", ours.AcksPerPacket(), kernel.acks, 0.2);
        std::ostringstream sizes;
        for (const auto& [segments, count] : ours.quarters.back())
        {
            sizes << ' ' << segments << ':' << count;
        }
        UNSCOPED_INFO(where << ": late " << sizes.str() << ", burst " << ours.MeanBurst() << " ("
                            << kernel.meanBurst << "), ACKs " << ours.AcksPerPacket() << " ("
                            << kernel.acks << ")");
    }
    return differences;
}

} // namespace

TEST_CASE("bursts, spacing and ACKs of bulk transfers are those of a live Linux 6.18", "[tso]")
{
    Group group("tso", "tso");
    std::size_t cases = 0;
    ForEachFile("tso", [&](const Json& file) {
        const TsoCase c(file.at("case"), file.at("runs"));
        group.Judge(c.name, Compare(c, file.at("runs")));
        ++cases;
    });
    group.Finish(cases);
}
