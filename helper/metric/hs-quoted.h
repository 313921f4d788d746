// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_QUOTED_H
#define HS_QUOTED_H

#include <string>
#include <vector>

/**
 * \file
 * What somebody wrote, as messages show it.
 */
namespace hoststack
{

/// \p text in quotes, without control characters and shortened to about 60 characters.
std::string Quoted(const std::string& text);

/// "a, b, c"; of very many the first ones.
std::string Listed(const std::vector<std::string>& names);

} // namespace hoststack

#endif // HS_QUOTED_H
