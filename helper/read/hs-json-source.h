// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_JSON_SOURCE_H
#define HS_JSON_SOURCE_H

#include "ns3/hs-public.h"

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace hoststack
{

/// A place in a text, both counted from 1; 0: unknown.
struct TextPosition
{
    unsigned line{0};
    unsigned column{0};
};

class TextPlaces;

/**
 * A JSON document that remembers its text, so that a mistake in a value can be shown at its line.
 * Limits: 16 MiB of text, 64 levels of nesting, no key twice in one object.
 */
class HS_PUBLIC JsonSource
{
  public:
    JsonSource() = default;

    /// \throws ScenarioError with line and column if \p text is not one JSON object.
    static JsonSource Parse(std::string text, std::string name);

    /// \throws ScenarioError if the file cannot be read, else as Parse.
    static JsonSource Load(const std::string& path);

    /// A document that did not come from a text (a --set); its positions are unknown.
    static JsonSource FromValue(nlohmann::json value, std::string name);

    const nlohmann::json& Value() const
    {
        return m_value;
    }

    /// File name as given by the user.
    const std::string& Name() const
    {
        return m_name;
    }

    /// Where the key (or array element) at \p pointer begins. The first call walks the text; others
    /// look up what it found. One thread at a time.
    TextPosition Locate(const nlohmann::json::json_pointer& pointer) const;

  private:
    nlohmann::json m_value;
    std::string m_text;
    std::string m_name;
    mutable std::shared_ptr<TextPlaces> m_places; ///< of m_text, which never changes
};

/// Whether what is read must have an end of its own.
enum class ReadFrom : std::uint8_t
{
    File,   ///< no device; a pipe only if somebody is writing to it
    Stream, ///< whatever it is, until it ends
};

/// Whole content of the file at \p path, at most 16 MiB.
/// \throws ScenarioError if it cannot be read
std::string ReadTextFile(const std::string& path, ReadFrom from = ReadFrom::File);

} // namespace hoststack

#endif // HS_JSON_SOURCE_H
