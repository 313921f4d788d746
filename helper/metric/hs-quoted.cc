// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-quoted.h"

namespace hoststack
{

std::string
Quoted(const std::string& text)
{
    constexpr std::size_t longest = 60;
    std::string shown = "\"";
    for (const char c : text)
    {
        // Not inside a character of several bytes (UTF-8).
        if (shown.size() > longest && (static_cast<unsigned char>(c) & 0xc0) != 0x80)
        {
            return shown + "...\"";
        }
        shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    }
    return shown + '"';
}

std::string
Listed(const std::vector<std::string>& names)
{
    constexpr std::size_t most = 60;
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < most; ++i)
    {
        text += (text.empty() ? "" : ", ") + names[i];
    }
    return text + (names.size() > most ? ", ... (" + std::to_string(names.size()) + ")" : "");
}

} // namespace hoststack
