// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_METRIC_TEXT_H
#define HS_METRIC_TEXT_H

#include "ns3/hs-metric.h"

#include <string>
#include <utility>
#include <vector>

namespace hoststack
{

/// "9.4 %", "62 %"
std::string Percent(double share);

/// The metrics of one object as the summary tells them.
class MetricText
{
  public:
    MetricText(const Metrics& metrics, std::string prefix)
        : m_metrics(metrics),
          m_prefix(std::move(prefix))
    {
    }

    bool Has(const std::string& name) const
    {
        return m_metrics.Get(m_prefix + name).has_value();
    }

    double Value(const std::string& name) const
    {
        return m_metrics.Get(m_prefix + name).value_or(0);
    }

    std::string operator()(const std::string& name) const
    {
        const auto value = m_metrics.Get(m_prefix + name);
        return value ? FormatMetric(*value, FindMetric(m_prefix + name)->unit) : "-";
    }

    /// "min / mean / max" of a family of times.
    std::string Range(const std::vector<std::string>& names) const
    {
        std::string text;
        for (const auto& name : names)
        {
            text += (text.empty() ? "" : " / ") + (*this)(name);
        }
        return Has(names.front()) ? text : "-";
    }

  private:
    const Metrics& m_metrics;
    std::string m_prefix;
};

} // namespace hoststack

#endif // HS_METRIC_TEXT_H
