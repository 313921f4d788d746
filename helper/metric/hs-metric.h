// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_METRIC_H
#define HS_METRIC_H

#include "ns3/hs-public.h"
#include "ns3/hs-quantity.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hoststack
{

/// What a metric's number counts.
enum class MetricUnit : std::uint8_t
{
    Seconds,
    BitsPerSecond,
    Bytes,
    Share, ///< 0 .. 1
    Count,
};

/// What a line of the series says of a metric.
enum class InSeries : std::uint8_t
{
    No,
    Total,    ///< since the run began
    Interval, ///< since the line before
    State,    ///< at that moment
};

/// Where a metric appears and what time it is about.
struct MetricUse
{
    InSeries series{InSeries::No};
    bool summary{true};
    bool wholeRun{true}; ///< `run.measure-from` does not matter to it
};

/// \name The usual ones
/// @{
constexpr MetricUse kOfWholeRun{};
constexpr MetricUse kMeasuredOnly{InSeries::No, true, false};
constexpr MetricUse kMeasuredCount{InSeries::Total, true, false};
constexpr MetricUse kMeasuredRate{InSeries::Interval, true, false};
constexpr MetricUse kSeriesState{InSeries::State, false, false};

/// @}

/// A family of metrics: one name per traffic or link.
struct MetricInfo
{
    std::string pattern; ///< "traffic.*.goodput"; '*' stands for a name
    MetricUnit unit;
    std::string about;
    MetricUse use{};
};

/// All metrics a run can yield in its summary or its series, in the order in which they are
/// documented.
HS_PUBLIC const std::vector<MetricInfo>& MetricCatalogue();

/// The family that \p name belongs to, or nullptr.
HS_PUBLIC const MetricInfo* FindMetric(const std::string& name);

/// Whether \p name is one of hosts.NAME.counters.
bool IsHostCounter(const std::string& name);

/// The quantity that a unit corresponds to; nothing for counts.
std::optional<QuantityKind> QuantityOf(MetricUnit unit);

/// \p value for people: "46.78 Mbit/s", "1.2 %", "19".
HS_PUBLIC std::string FormatMetric(double value, MetricUnit unit);

/// "total", "interval", "state"; empty for No.
std::string SeriesWord(InSeries series);

/// "s", "bit/s", "bytes", "share", "count": the base unit in result files.
HS_PUBLIC std::string UnitName(MetricUnit unit);

/**
 * The numbers of a run by dotted name. A metric that has no value (the completion time of a
 * transfer that did not complete) is in the map without one.
 */
class HS_PUBLIC Metrics
{
  public:
    /// \p name must belong to the catalogue.
    void Set(const std::string& name, double value);
    void SetMissing(const std::string& name);
    /// Takes over all of \p others.
    void Add(const Metrics& others);

    /// Whether the run yields that metric at all.
    bool Has(const std::string& name) const;
    std::optional<double> Get(const std::string& name) const;

    const std::map<std::string, std::optional<double>>& All() const
    {
        return m_values;
    }

  private:
    std::map<std::string, std::optional<double>> m_values;
};

} // namespace hoststack

#endif // HS_METRIC_H
