// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-stream-pattern.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace hoststack
{

namespace
{

constexpr std::size_t kWord = 8;

} // namespace

std::uint64_t
StreamPattern::WordAt(std::uint64_t number) const
{
    // Increment and multipliers of SplitMix64.
    std::uint64_t mixed = (number + m_seed * 0xd1342543de82ef95) + 0x9e3779b97f4a7c15;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
}

void
StreamPattern::Fill(std::uint64_t offset, std::uint8_t* out, std::size_t length) const
{
    while (length > 0)
    {
        const auto word = WordAt(offset / kWord);
        const auto skip = static_cast<std::size_t>(offset % kWord);
        const auto count = std::min(kWord - skip, length);
        for (std::size_t i = 0; i < count; ++i)
        {
            out[i] = static_cast<std::uint8_t>(word >> (8 * (skip + i)));
        }
        out += count;
        offset += count;
        length -= count;
    }
}

std::size_t
StreamPattern::Match(std::uint64_t offset, const std::uint8_t* bytes, std::size_t length) const
{
    std::array<std::uint8_t, 4096> expected;
    std::size_t matched = 0;
    while (matched < length)
    {
        const auto count = std::min(expected.size(), length - matched);
        Fill(offset + matched, expected.data(), count);
        if (std::memcmp(expected.data(), bytes + matched, count) != 0)
        {
            const auto end = expected.data() + count;
            const auto wrong = std::mismatch(expected.data(), end, bytes + matched).first;
            return matched + static_cast<std::size_t>(wrong - expected.data());
        }
        matched += count;
    }
    return matched;
}

} // namespace hoststack
