// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-text-places.h"

#include <algorithm>
#include <cstring>

namespace hoststack
{

namespace
{

using nlohmann::json;

/// Bytes from one mark to the next.
constexpr std::size_t kStride = 4096;

/// Moves \p position over the bytes from \p begin to \p end.
TextPosition
Advanced(TextPosition position, const std::string& text, std::size_t begin, std::size_t end)
{
    for (std::size_t i = begin; i < std::min(end, text.size()); ++i)
    {
        if (text[i] == '\n')
        {
            ++position.line;
            position.column = 1;
        }
        else if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80)
        {
            // Continuation bytes of UTF-8 are no columns of their own.
            ++position.column;
        }
    }
    return position;
}

/// Reads on in a text that is known to be JSON.
class Walker
{
  public:
    Walker(const std::string& text, std::size_t at)
        : m_text(text),
          m_at(at)
    {
    }

    std::size_t At() const
    {
        return m_at;
    }

    char Here() const
    {
        return m_at < m_text.size() ? m_text[m_at] : '\0';
    }

    void Step()
    {
        ++m_at;
    }

    void SkipBlank()
    {
        while (std::strchr(" \t\r\n", Here()) != nullptr && Here() != '\0')
        {
            ++m_at;
        }
        // A byte-order mark is allowed in front.
        if (m_at == 0 && m_text.compare(0, 3, "\xef\xbb\xbf") == 0)
        {
            m_at = 3;
            SkipBlank();
        }
    }

    std::string ReadString()
    {
        const std::size_t begin = m_at;
        SkipString();
        const auto inner = m_text.substr(begin + 1, m_at - begin - 2);
        if (inner.find('\\') == std::string::npos)
        {
            return inner;
        }
        const auto value = json::parse(m_text.substr(begin, m_at - begin), nullptr, false);
        return value.is_string() ? value.get<std::string>() : std::string();
    }

    void SkipValue()
    {
        int depth = 0;
        do
        {
            SkipBlank();
            const char c = Here();
            if (c == '"')
            {
                SkipString();
            }
            else if (c == '{' || c == '[')
            {
                ++depth;
                ++m_at;
            }
            else if (c == '}' || c == ']')
            {
                --depth;
                ++m_at;
            }
            else if (c == ',' || c == ':')
            {
                ++m_at;
            }
            else
            {
                while (Here() != '\0' && std::strchr(",:]} \t\r\n\"{[", Here()) == nullptr)
                {
                    ++m_at;
                }
            }
        } while (depth > 0 && m_at < m_text.size());
    }

  private:
    void SkipString()
    {
        ++m_at;
        while (Here() != '"' && Here() != '\0')
        {
            m_at += Here() == '\\' ? 2 : 1;
        }
        ++m_at;
    }

    const std::string& m_text;
    std::size_t m_at;
};

} // namespace

TextPosition
TextPositionOf(const std::string& text, std::size_t offset)
{
    return Advanced({1, 1}, text, 0, offset);
}

std::size_t
TextPlaces::Find(const std::string& text, const std::vector<std::string>& path)
{
    Walker walker(text, 0);
    walker.SkipBlank();
    std::size_t found = walker.At();
    std::size_t value = found;
    for (const auto& token : path)
    {
        const auto& parts = PartsAt(text, value);
        const auto key = parts.keys.find(token);
        const bool isIndex = !token.empty() && token.size() < 9 &&
                             token.find_first_not_of("0123456789") == std::string::npos;
        const Part* part = key != parts.keys.end() ? &key->second : nullptr;
        if (isIndex && std::stoul(token) < parts.items.size())
        {
            part = &parts.items[std::stoul(token)];
        }
        if (!part)
        {
            break;
        }
        found = part->begin;
        value = part->value;
    }
    return found;
}

TextPosition
TextPlaces::PositionOf(const std::string& text, std::size_t offset)
{
    if (m_marks.empty())
    {
        m_marks.push_back({1, 1});
        for (std::size_t at = 0; at + kStride <= text.size(); at += kStride)
        {
            m_marks.push_back(Advanced(m_marks.back(), text, at, at + kStride));
        }
    }
    const auto mark = std::min(offset / kStride, m_marks.size() - 1);
    return Advanced(m_marks[mark], text, mark * kStride, offset);
}

const TextPlaces::Parts&
TextPlaces::PartsAt(const std::string& text, std::size_t offset)
{
    const auto [entry, isNew] = m_parts.try_emplace(offset);
    auto& parts = entry->second;
    Walker walker(text, offset);
    const char open = walker.Here();
    if (!isNew || (open != '{' && open != '['))
    {
        return parts;
    }
    walker.Step();
    for (walker.SkipBlank(); walker.Here() != '}' && walker.Here() != ']' && walker.Here() != '\0';
         walker.SkipBlank())
    {
        const std::size_t begin = walker.At();
        if (open == '{')
        {
            const auto name = walker.ReadString();
            walker.SkipBlank();
            walker.Step();
            walker.SkipBlank();
            parts.keys[name] = {begin, walker.At()};
        }
        else
        {
            parts.items.push_back({begin, begin});
        }
        walker.SkipValue();
        walker.SkipBlank();
        if (walker.Here() == ',')
        {
            walker.Step();
        }
    }
    return parts;
}

} // namespace hoststack
