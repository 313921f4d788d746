// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_SUMMARY_TEXT_H
#define HS_SUMMARY_TEXT_H

#include "ns3/hs-public.h"
#include "ns3/hs-results.h"

#include <string>
#include <vector>

namespace hoststack
{

/// Rows of cells as text with aligned columns; the first row is the heading.
std::string AlignedTable(const std::vector<std::vector<std::string>>& rows,
                         const std::string& indent);

/// What a person wants to know after a run: traffic, why it was not faster, links, expectations.
HS_PUBLIC std::string SummaryText(const RunReport& report);

/// One expectation in a line (and its reason in a second one).
std::string VerdictText(const Verdict& verdict, const std::string& indent);

} // namespace hoststack

#endif // HS_SUMMARY_TEXT_H
