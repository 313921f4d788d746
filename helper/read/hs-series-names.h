// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SERIES_NAMES_H
#define HS_SERIES_NAMES_H

#include "ns3/hs-scenario.h"

#include <string>
#include <unordered_map>
#include <vector>

namespace hoststack
{

/// Whether \p name is \p pattern with each '*' replaced by some text or none.
bool MatchesPattern(const std::string& pattern, const std::string& name);

/// \p pattern with the number of a connection replaced by 1.
std::string FirstConnection(const std::string& pattern);

/// "OBJECT.METRIC" for what a series of \p scenario can hold; of several connections the first.
std::vector<std::string> SeriesNames(const Scenario& scenario);

/// What a scenario wants of the series (`output.record`).
class SeriesChoice
{
  public:
    explicit SeriesChoice(std::vector<std::string> patterns);

    bool Takes(const std::string& object, const std::string& metric);

  private:
    std::vector<std::string> m_patterns; ///< none: all
    std::unordered_map<std::string, bool> m_known;
};

} // namespace hoststack

#endif // HS_SERIES_NAMES_H
