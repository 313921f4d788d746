// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-behaviour.h"

#include <cctype>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace hoststack
{

namespace
{

/**
 * Capacity from a file in Mahimahi's format: each line is a time in milliseconds at which
 * \e opportunity bytes may leave; equal lines add up, the file repeats after its last time. A
 * packet may be spread over several opportunities, what nobody uses is lost. (Rules of Mahimahi's
 * link queue, which counts 1504 bytes per opportunity and 4 bytes of TUN header per packet.)
 */
[[noreturn]] void
FailAt(const std::string& file, std::size_t line, const std::string& text)
{
    throw LinkConfigError(file + (line > 0 ? ":" + std::to_string(line) : "") + ": " + text,
                          "file");
}

constexpr std::uintmax_t kLargestTrace = 16U << 20;
// Nobody records for more than a year; larger numbers are another unit or another format.
constexpr std::uint64_t kLongestTraceMs = 366ULL * 24 * 3600 * 1000;

std::uint64_t
ParseTime(const std::string& file, std::size_t line, std::string text)
{
    if (!text.empty() && text.back() == '\r')
    {
        text.pop_back();
    }
    if (text.empty())
    {
        FailAt(file, line, "empty line; expected a time in milliseconds");
    }
    std::uint64_t value = 0;
    for (const char c : text)
    {
        if (!std::isdigit(static_cast<unsigned char>(c)))
        {
            FailAt(file,
                   line,
                   "\"" + text.substr(0, 40) + "\" is not a time in whole milliseconds");
        }
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
        if (value > kLongestTraceMs)
        {
            FailAt(file, line, "the time is larger than a year");
        }
    }
    return value;
}

class Trace : public LinkBehaviour
{
  public:
    explicit Trace(const LinkParameters& parameters)
        : m_opportunity(static_cast<std::uint64_t>(parameters.Integer("opportunity")))
    {
        Read(parameters.Text("file"));
    }

    BitsPerSecond OwnRate() const override
    {
        const auto bits = static_cast<Uint128>(m_lines) * m_opportunity * 8;
        const auto rate = bits * kSecond / static_cast<std::uint64_t>(m_period);
        return rate > 0 ? static_cast<BitsPerSecond>(rate) : 1;
    }

    LinkCapacity NextCapacity() override
    {
        LinkCapacity stretch;
        stretch.factor = 0;
        if (m_atStart)
        {
            m_atStart = false;
            stretch.burst = m_countAtZero * m_opportunity;
            stretch.until = m_instants.front().at;
            return stretch;
        }
        const Instant& instant = m_instants[m_next];
        stretch.burst = instant.count * m_opportunity;
        if (++m_next == m_instants.size())
        {
            // A time of 0 falls on the end of the round before.
            stretch.burst += m_countAtZero * m_opportunity;
            m_next = 0;
            m_base += m_period;
        }
        stretch.until = m_base + m_instants[m_next].at;
        return stretch;
    }

  private:
    struct Instant
    {
        TimeNs at;
        std::uint64_t count;
    };

    void Read(const std::string& file)
    {
        // A pipe or a device may never end, or never begin.
        std::error_code code;
        if (std::filesystem::exists(file, code) && !std::filesystem::is_regular_file(file, code))
        {
            FailAt(file, 0, "is no regular file");
        }
        const auto size = std::filesystem::file_size(file, code);
        if (!code && size > kLargestTrace)
        {
            FailAt(file, 0, "the trace is larger than 16 MiB");
        }
        std::ifstream in(file);
        if (!in)
        {
            FailAt(file, 0, "cannot open this trace file");
        }
        std::string text;
        std::uint64_t last = 0;
        while (std::getline(in, text))
        {
            ++m_lines;
            const auto ms = ParseTime(file, m_lines, text);
            if (ms < last)
            {
                FailAt(file,
                       m_lines,
                       "the time " + std::to_string(ms) + " is before that of the line above (" +
                           std::to_string(last) + ")");
            }
            last = ms;
            const TimeNs at = static_cast<TimeNs>(ms) * kMillisecond;
            if (at == 0)
            {
                ++m_countAtZero;
            }
            else if (!m_instants.empty() && m_instants.back().at == at)
            {
                ++m_instants.back().count;
            }
            else
            {
                m_instants.push_back({at, 1});
            }
        }
        if (m_lines == 0)
        {
            FailAt(file, 0, "the trace is empty; expected one time in milliseconds per line");
        }
        if (m_instants.empty())
        {
            FailAt(file, m_lines, "the trace must last longer than 0 ms");
        }
        m_period = m_instants.back().at;
    }

    std::uint64_t m_opportunity;
    std::vector<Instant> m_instants; ///< after time 0
    std::uint64_t m_countAtZero{0};
    std::size_t m_lines{0};
    TimeNs m_period{0};
    std::size_t m_next{0};
    TimeNs m_base{0};
    bool m_atStart{true};
};

} // namespace

LinkBehaviourEntry
TraceEntry()
{
    return {"trace",
            "capacity from a file in Mahimahi's format; the link's own rate is not used",
            {{"file", LinkParameterKind::File, "", "one time in milliseconds per line", 0, 0},
             {"opportunity",
              LinkParameterKind::Bytes,
              "1500 B",
              "bytes that each line lets leave",
              1,
              1e9}},
            [](const LinkParameters& parameters, const LinkBehaviourContext&) {
                return std::make_unique<Trace>(parameters);
            },
            true};
}

} // namespace hoststack
