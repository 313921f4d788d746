// SPDX-License-Identifier: GPL-2.0-only

#include "script-player.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

namespace hoststack::test
{

std::string
Trim(const std::string& text)
{
    const auto first = text.find_first_not_of(" \t\r");
    return first == std::string::npos
               ? std::string()
               : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::string>
Cut(const std::string& text, char separator)
{
    std::vector<std::string> parts;
    std::string part;
    int depth = 0;
    for (const char c : text)
    {
        depth += c == '{' ? 1 : c == '}' ? -1 : 0;
        if (c == separator && depth == 0)
        {
            parts.push_back(Trim(part));
            part.clear();
        }
        else
        {
            part += c;
        }
    }
    if (!part.empty())
    {
        parts.push_back(Trim(part));
    }
    return parts;
}

TimeNs
Seconds(const std::string& text)
{
    return std::llround(std::stod(text) * 1e9);
}

std::string
Clock(TimeNs t)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.6f", ToSeconds(t));
    return text;
}

ScriptPlayer::ScriptPlayer(const std::string& file)
    : m_file(file)
{
    std::ifstream in(file);
    int number = 0;
    for (std::string text; std::getline(in, text);)
    {
        ++number;
        m_line = Line{number, text};
        text = Trim(text);
        const auto comment = text.find('#');
        if (comment != std::string::npos)
        {
            const auto source = text.substr(comment);
            for (const char* name : {"RFC", "linux.md", "tcp_", "subflow_"})
            {
                m_hasSource = m_hasSource || source.find(name) != std::string::npos;
            }
            text = Trim(text.substr(0, comment));
        }
        if (text.rfind("title:", 0) == 0)
        {
            m_title = Trim(text.substr(6));
        }
        else if (text.rfind("config:", 0) == 0)
        {
            m_settings.emplace_back(m_line, text.substr(7));
        }
        else if (!text.empty())
        {
            m_lines.push_back(Line{number, text});
        }
    }
    if (m_title.empty() || m_lines.empty())
    {
        Fail("a script needs a title and lines");
    }
}

void
ScriptPlayer::Fail(const std::string& why) const
{
    throw TranscriptFailure(m_file + ":" + std::to_string(m_line.number) + ": " + m_line.text +
                            "\n  " + why + "\n  at time " + Clock(m_now));
}

void
ScriptPlayer::Configure()
{
    for (const auto& [line, settings] : m_settings)
    {
        m_line = line;
        for (const auto& setting : Cut(settings, ','))
        {
            const auto space = setting.find(' ');
            if (space == std::string::npos)
            {
                Fail("a setting is a name and a value: " + setting);
            }
            Set(setting.substr(0, space), Trim(setting.substr(space)));
        }
    }
}

void
ScriptPlayer::Run()
{
    for (const auto& line : m_lines)
    {
        m_line = line;
        try
        {
            Play(line);
        }
        catch (const std::logic_error& error)
        {
            Fail(error.what());
        }
    }
    Quiet();
}

TimeNs
ScriptPlayer::TakeTime(std::istream& in)
{
    m_tolerance = 0;
    const auto next = in.peek();
    if (next != '+' && !std::isdigit(next))
    {
        return m_now;
    }
    std::string word;
    in >> word >> std::ws;
    const auto tilde = word.find('~');
    if (tilde != std::string::npos)
    {
        m_tolerance = Seconds(word.substr(tilde + 1));
        word.resize(tilde);
    }
    return word[0] == '+' ? m_now + Seconds(word.substr(1)) : Seconds(word);
}

void
ScriptPlayer::Play(const Line& line)
{
    std::istringstream in(line.text);
    const TimeNs at = TakeTime(in);
    if (at < m_now)
    {
        Fail("time goes back");
    }
    std::string word;
    in >> word >> std::ws;
    std::string rest;
    unsigned flow = 1;
    const bool leaves = word[0] == '>';
    const bool arrives = word[0] == '<';
    if (leaves || arrives)
    {
        flow = word.size() > 1 ? static_cast<unsigned>(std::stoul(word.substr(1))) : 1;
        std::getline(in, rest);
    }
    if (leaves)
    {
        ExpectSegment(at, flow, rest);
        return;
    }
    AdvanceTo(at);
    Quiet();
    if (arrives)
    {
        Arrive(flow, rest);
    }
    else if (word != "nothing")
    {
        Call(word, in);
    }
    Check();
}

void
ScriptPlayer::AdvanceTo(TimeNs at)
{
    while (NextDeadline() <= at)
    {
        m_now = std::max(m_now, NextDeadline());
        OnDeadline();
        Check();
    }
    m_now = at;
}

void
ScriptPlayer::Quiet()
{
    if (!m_sent.empty())
    {
        Fail("unexpected at " + Clock(m_sent.front().at) + ": " + Show(m_sent.front()));
    }
}

void
ScriptPlayer::ExpectSegment(TimeNs at, unsigned flow, const std::string& text)
{
    const TimeNs latest = at + m_tolerance;
    while (m_sent.empty() && NextDeadline() <= latest)
    {
        m_now = std::max(m_now, NextDeadline());
        OnDeadline();
        Check();
    }
    if (m_sent.empty())
    {
        m_now = latest;
        Fail("nothing was sent");
    }
    const auto sent = m_sent.front();
    m_sent.pop_front();
    if (sent.at < at - m_tolerance || sent.at > latest)
    {
        Fail("expected at " + Clock(at) + ", came at " + Clock(sent.at) + ": " + Show(sent));
    }
    m_now = std::max(m_now, sent.at);
    if (sent.flow != flow)
    {
        Fail("came: " + Show(sent));
    }
    Compare(sent, text);
}

void
ScriptPlayer::ExpectNumber(const std::string& what, double got, std::istream& in)
{
    std::string value;
    in >> value;
    std::string relation = "=";
    if (value == ">=" || value == "<=")
    {
        relation = value;
        in >> value;
    }
    const double expected = std::stod(value);
    const double slack = 1e-9 * std::max(1.0, std::fabs(expected));
    const bool met = relation == ">="   ? got >= expected - slack
                     : relation == "<=" ? got <= expected + slack
                                        : std::fabs(got - expected) <= slack;
    if (!met)
    {
        std::ostringstream text;
        text << what << " is " << got;
        Fail(text.str());
    }
}

} // namespace hoststack::test
