// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_TEXT_PLACES_H
#define HS_TEXT_PLACES_H

#include "ns3/hs-json-source.h"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace hoststack
{

/// Line and column of the byte at \p offset, by counting from the beginning.
TextPosition TextPositionOf(const std::string& text, std::size_t offset);

/**
 * Where the parts of a JSON text begin. Each object and list on the way to a part is walked once
 * and its parts are remembered, so that many mistakes in a long list cost one walk and not one
 * each.
 */
class TextPlaces
{
  public:
    /// The offset of the part at \p path (of its key, in an object), or of the innermost part on
    /// the way that is there. \param text is known to be JSON, and the same in all calls
    std::size_t Find(const std::string& text, const std::vector<std::string>& path);

    /// As TextPositionOf, counted from a mark nearby.
    TextPosition PositionOf(const std::string& text, std::size_t offset);

  private:
    struct Part
    {
        std::size_t begin; ///< of the key, in an object
        std::size_t value;
    };

    /// What an object or a list consists of; neither: a plain value.
    struct Parts
    {
        std::vector<Part> items;
        std::map<std::string, Part> keys;
    };

    const Parts& PartsAt(const std::string& text, std::size_t offset);

    std::map<std::size_t, Parts> m_parts; ///< by the offset of what has them
    std::vector<TextPosition> m_marks;    ///< one per kStride bytes
};

} // namespace hoststack

#endif // HS_TEXT_PLACES_H
