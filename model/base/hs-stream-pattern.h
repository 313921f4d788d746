// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_STREAM_PATTERN_H
#define HS_STREAM_PATTERN_H

#include <cstddef>
#include <cstdint>

namespace hoststack
{

/**
 * The content of a stream as a function of the offset: both ends can make it and check it without
 * having told each other. Eight bytes at a time are the mixed value of their number (SplitMix64's
 * finalizer: Steele, Lea, Flood, OOPSLA 2014), so bytes that are lost, doubled, swapped or of
 * another stream (\p seed) do not match, except by chance of 1 in 256 each.
 */
class StreamPattern
{
  public:
    explicit StreamPattern(std::uint64_t seed)
        : m_seed(seed)
    {
    }

    /// Writes the \p length bytes from \p offset on to \p out.
    void Fill(std::uint64_t offset, std::uint8_t* out, std::size_t length) const;

    /// How many of the \p length bytes, from the first on, are those of the stream at \p offset.
    std::size_t Match(std::uint64_t offset, const std::uint8_t* bytes, std::size_t length) const;

  private:
    std::uint64_t WordAt(std::uint64_t number) const;

    std::uint64_t m_seed;
};

} // namespace hoststack

#endif // HS_STREAM_PATTERN_H
