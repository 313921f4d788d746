// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_METRIC_TABLE_H
#define HS_METRIC_TABLE_H

#include "ns3/hs-metric.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

/**
 * \file
 * What is measured of one kind of object, each metric said once: its name behind the object's, its
 * unit, what it means and how it is read from the figures of a span of time. Catalogue, summary and
 * series all come from such a table.
 */
namespace hoststack
{

template <class Figures>
struct MetricRow
{
    const char* suffix;
    MetricUnit unit;
    MetricUse use;
    const char* about;
    /// Nothing: there is no such number (a mean over no packets).
    std::function<std::optional<double>(const Figures&)> read;
    /// Whether the object has the metric at all; nullptr: always.
    bool (*has)(const Figures&){nullptr};

    bool IsOf(const Figures& figures) const
    {
        return !has || has(figures);
    }
};

template <class Figures>
using MetricTable = std::vector<MetricRow<Figures>>;

/// Adds the families of \p table; \p owner ends with a dot ("links.*.down.").
template <class Figures>
void
AppendFamilies(const std::string& owner,
               const MetricTable<Figures>& table,
               std::vector<MetricInfo>& catalogue)
{
    for (const auto& row : table)
    {
        catalogue.push_back({owner + row.suffix, row.unit, row.about, row.use});
    }
}

/// Adds what the series says of objects that the summary does not name.
template <class Figures>
void
AppendSeriesFamilies(const std::string& owner,
                     const MetricTable<Figures>& table,
                     std::vector<MetricInfo>& catalogue)
{
    for (const auto& row : table)
    {
        if (row.use.series != InSeries::No)
        {
            auto use = row.use;
            use.summary = false;
            catalogue.push_back({owner + row.suffix, row.unit, row.about, use});
        }
    }
}

/// Sets the metrics of \p object.
template <class Figures>
void
ReportTable(const std::string& object,
            const MetricTable<Figures>& table,
            const Figures& figures,
            Metrics& metrics)
{
    for (const auto& row : table)
    {
        if (!row.use.summary || !row.IsOf(figures))
        {
            continue;
        }
        const auto value = row.read(figures);
        const auto name = object + '.' + row.suffix;
        if (value)
        {
            metrics.Set(name, *value);
        }
        else
        {
            metrics.SetMissing(name);
        }
    }
}

} // namespace hoststack

#endif // HS_METRIC_TABLE_H
