// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_NEAREST_H
#define HS_NEAREST_H

#include <string>
#include <vector>

namespace hoststack
{

/**
 * The candidate with the smallest edit distance (insert, delete, replace, swap of neighbours) to
 * \p word, or an empty string when none is closer than half of the word's length (at least 2). Of
 * equally near ones the first that is as long as \p word, else the first.
 */
std::string NearestName(const std::string& word, const std::vector<std::string>& candidates);

} // namespace hoststack

#endif // HS_NEAREST_H
