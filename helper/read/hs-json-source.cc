// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-json-source.h"

#include "ns3/hs-scenario-error.h"
#include "ns3/hs-text-places.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace hoststack
{

namespace
{

using nlohmann::json;

constexpr std::size_t kMaxTextBytes = 16U << 20;
constexpr std::size_t kMaxDepth = 64;
/// How long the writer of a pipe may think.
constexpr int kPatienceMs = 10000;

struct OpenFile
{
    explicit OpenFile(int file)
        : descriptor(file)
    {
    }

    ~OpenFile()
    {
        if (descriptor >= 0)
        {
            close(descriptor);
        }
    }

    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    const int descriptor;
};

/// nlohmann's text without its error number and its own position.
std::string
PlainReason(const json::parse_error& error)
{
    std::string what = error.what();
    const auto colon = what.find(": ");
    if (what.rfind("[json.exception", 0) == 0 && colon != std::string::npos)
    {
        what = what.substr(colon + 2);
    }
    const std::string prefix = "syntax error while parsing ";
    if (what.rfind(prefix, 0) == 0)
    {
        what = what.substr(prefix.size());
    }
    std::string clean;
    for (const char c : what)
    {
        clean += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return clean;
}

/// What stands in \p text between the first two of \p quote.
std::string
Between(const std::string& text, char quote)
{
    const auto begin = text.find(quote);
    const auto end = text.find(quote, begin + 1);
    return begin == std::string::npos || end == std::string::npos
               ? std::string()
               : text.substr(begin + 1, end - begin - 1);
}

/// Refuses what JSON allows but a scenario does not: deep nesting and a key twice in one object.
void
CheckStructure(const std::string& text, const std::string& name)
{
    struct Level
    {
        bool isObject;
        std::set<std::string> keys;
    };

    std::vector<Level> levels;
    bool keyNext = false;
    for (std::size_t i = 0; i < text.size(); ++i)
    {
        const char c = text[i];
        if (c == '{' || c == '[')
        {
            if (levels.size() == kMaxDepth)
            {
                const auto at = TextPositionOf(text, i);
                throw ScenarioError({name,
                                     at.line,
                                     at.column,
                                     "",
                                     "is nested too deeply",
                                     "at most " + std::to_string(kMaxDepth) + " levels",
                                     ""});
            }
            levels.push_back({c == '{', {}});
            keyNext = c == '{';
        }
        else if (c == '}' || c == ']')
        {
            levels.pop_back();
            keyNext = false;
        }
        else if (c == ',')
        {
            keyNext = levels.back().isObject;
        }
        else if (c == '"')
        {
            const std::size_t begin = i++;
            for (; text[i] != '"'; ++i)
            {
                i += text[i] == '\\' ? 1 : 0;
            }
            if (!keyNext)
            {
                continue;
            }
            keyNext = false;
            const auto quoted = text.substr(begin, i + 1 - begin);
            if (!levels.back().keys.insert(json::parse(quoted).get<std::string>()).second)
            {
                const auto at = TextPositionOf(text, begin);
                throw ScenarioError({name,
                                     at.line,
                                     at.column,
                                     "",
                                     "the key " + quoted + " stands twice in one object",
                                     "each key once",
                                     ""});
            }
        }
    }
}

} // namespace

std::string
ReadTextFile(const std::string& path, ReadFrom from)
{
    const auto fail = [&](const std::string& message, const std::string& expected) {
        throw ScenarioError(
            {from == ReadFrom::Stream ? "-" : path, 0, 0, "", message, expected, ""});
    };
    // A pipe that nobody writes to must not hold us at its door.
    const OpenFile file(
        open(path.c_str(), O_RDONLY | O_CLOEXEC | (from == ReadFrom::File ? O_NONBLOCK : 0)));
    struct stat status = {};
    if (file.descriptor < 0 || fstat(file.descriptor, &status) != 0)
    {
        fail(std::string("cannot be read: ") + std::strerror(errno), "a readable JSON file");
    }
    if (S_ISDIR(status.st_mode))
    {
        fail("is a folder, not a file", "a JSON file");
    }
    if (from == ReadFrom::File && !S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode))
    {
        fail("is a device, not a file", "a JSON file, or - for standard input");
    }
    std::string text;
    std::vector<char> block(1U << 16);
    while (true)
    {
        const auto n = read(file.descriptor, block.data(), block.size());
        if (n > 0)
        {
            text.append(block.data(), static_cast<std::size_t>(n));
            if (text.size() > kMaxTextBytes)
            {
                fail("is larger than 16 MiB", "a smaller file");
            }
        }
        else if (n == 0)
        {
            break;
        }
        else if (errno == EAGAIN)
        {
            pollfd wait{file.descriptor, POLLIN, 0};
            if (poll(&wait, 1, kPatienceMs) == 0)
            {
                fail("is a pipe from which nothing comes", "a JSON file");
            }
        }
        else if (errno != EINTR)
        {
            fail(std::string("cannot be read: ") + std::strerror(errno), "a readable JSON file");
        }
    }
    return text;
}

JsonSource
JsonSource::Parse(std::string text, std::string name)
{
    if (text.size() > kMaxTextBytes)
    {
        throw ScenarioError({name, 0, 0, "", "is larger than 16 MiB", "a smaller file", ""});
    }
    JsonSource source;
    source.m_name = std::move(name);
    try
    {
        source.m_value = json::parse(text);
    }
    catch (const json::parse_error& error)
    {
        const auto at = TextPositionOf(text, error.byte > 0 ? error.byte - 1 : 0);
        throw ScenarioError({source.m_name,
                             at.line,
                             at.column,
                             "",
                             "is not JSON: " + PlainReason(error),
                             "a JSON document (RFC 8259)",
                             ""});
    }
    catch (const json::out_of_range& error)
    {
        // A number that no double holds, such as 1e400.
        const auto number = Between(error.what(), '\'');
        const auto at = TextPositionOf(text, std::min(text.find(number), text.size()));
        throw ScenarioError({source.m_name,
                             at.line,
                             at.column,
                             "",
                             "the number " + Quoted(number) + " is too large",
                             "a number below 1e308",
                             ""});
    }
    CheckStructure(text, source.m_name);
    source.m_text = std::move(text);
    if (!source.m_value.is_object())
    {
        throw ScenarioError({source.m_name,
                             1,
                             1,
                             "",
                             std::string("holds ") + source.m_value.type_name(),
                             "an object { ... }",
                             ""});
    }
    return source;
}

JsonSource
JsonSource::Load(const std::string& path)
{
    return Parse(ReadTextFile(path), path);
}

JsonSource
JsonSource::FromValue(nlohmann::json value, std::string name)
{
    JsonSource source;
    source.m_value = std::move(value);
    source.m_name = std::move(name);
    return source;
}

TextPosition
JsonSource::Locate(const nlohmann::json::json_pointer& pointer) const
{
    if (m_text.empty())
    {
        return {};
    }
    if (!m_places)
    {
        m_places = std::make_shared<TextPlaces>();
    }
    std::vector<std::string> path;
    for (auto p = pointer; !p.empty(); p.pop_back())
    {
        path.push_back(p.back());
    }
    std::reverse(path.begin(), path.end());
    return m_places->PositionOf(m_text, m_places->Find(m_text, path));
}

} // namespace hoststack
