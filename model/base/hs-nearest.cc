// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-nearest.h"

#include <algorithm>
#include <cctype>

namespace hoststack
{

namespace
{

/// Nobody means a name by a longer one, and the distance takes time by the product of lengths.
constexpr std::size_t kLongestWord = 200;

std::size_t
EditDistance(const std::string& a, const std::string& b)
{
    std::vector<std::vector<std::size_t>> cost(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1, 0));
    for (std::size_t i = 0; i <= a.size(); ++i)
    {
        cost[i][0] = i;
    }
    for (std::size_t j = 0; j <= b.size(); ++j)
    {
        cost[0][j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i)
    {
        for (std::size_t j = 1; j <= b.size(); ++j)
        {
            const bool same = std::tolower(static_cast<unsigned char>(a[i - 1])) ==
                              std::tolower(static_cast<unsigned char>(b[j - 1]));
            cost[i][j] = std::min(
                {cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            {
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
            }
        }
    }
    return cost[a.size()][b.size()];
}

} // namespace

std::string
NearestName(const std::string& word, const std::vector<std::string>& candidates)
{
    std::string best;
    if (word.size() > kLongestWord)
    {
        return best;
    }
    std::size_t limit = std::max<std::size_t>(2, word.size() / 2) + 1;
    for (const auto& candidate : candidates)
    {
        const auto difference =
            std::max(word.size(), candidate.size()) - std::min(word.size(), candidate.size());
        if (difference >= limit)
        {
            continue;
        }
        const auto distance = EditDistance(word, candidate);
        const bool isLikelier = !best.empty() && distance == limit &&
                                candidate.size() == word.size() && best.size() != word.size();
        if (distance < limit || isLikelier)
        {
            limit = distance;
            best = candidate;
        }
    }
    return best;
}

} // namespace hoststack
