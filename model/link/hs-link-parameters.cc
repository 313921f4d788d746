// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-parameters.h"

#include "ns3/hs-nearest.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

namespace hoststack
{

namespace
{

bool
IsReal(LinkParameterKind kind)
{
    return kind == LinkParameterKind::Number || kind == LinkParameterKind::Probability;
}

bool
IsText(LinkParameterKind kind)
{
    return kind == LinkParameterKind::Text || kind == LinkParameterKind::Choice ||
           kind == LinkParameterKind::File;
}

struct Unit
{
    const char* name;
    double size;
};

// The largest first.
const Unit kTimes[] = {{"h", 3600.0 * kSecond},
                       {"s", 1.0 * kSecond},
                       {"ms", 1.0 * kMillisecond},
                       {"us", 1.0 * kMicrosecond},
                       {"ns", 1}};
const Unit kRates[] = {{"Gbit/s", 1e9}, {"Mbit/s", 1e6}, {"kbit/s", 1e3}, {"bit/s", 1}};

/// Whole numbers up to the largest bounds stay whole.
constexpr int kDigits = 10;

/// In the largest unit of which it is at least one.
template <std::size_t count>
std::string
InUnit(double value, const Unit (&units)[count])
{
    const auto* unit = std::find_if(std::begin(units), std::end(units) - 1, [value](const Unit& u) {
        return value >= u.size;
    });
    std::ostringstream text;
    text.precision(kDigits);
    text << value / unit->size << ' ' << unit->name;
    return text.str();
}

std::string
Shown(double value, LinkParameterKind kind)
{
    std::ostringstream text;
    text.precision(kDigits);
    switch (kind)
    {
    case LinkParameterKind::Duration:
        return InUnit(value, kTimes);
    case LinkParameterKind::Rate:
        return InUnit(value, kRates);
    case LinkParameterKind::Probability:
        text << 100 * value << " %";
        break;
    case LinkParameterKind::Bytes:
        text << value << " B";
        break;
    default:
        text << value;
    }
    return text.str();
}

double
HighestOf(const LinkParameterInfo& info)
{
    return info.kind == LinkParameterKind::Duration ? std::min(info.high, kLinkLongestTime)
                                                    : info.high;
}

std::string
Joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words)
    {
        text += (text.empty() ? "" : ", ") + word;
    }
    return text;
}

double
ParseQuantity(const std::string& name,
              const std::string& text,
              const std::vector<Unit>& units,
              const char* expected)
{
    double value = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error == std::errc())
    {
        std::string unit(rest, end);
        unit.erase(0,
                   unit.find_first_not_of(' ') == std::string::npos ? unit.size()
                                                                    : unit.find_first_not_of(' '));
        for (const auto& u : units)
        {
            if (unit == u.name)
            {
                return value * u.size;
            }
        }
    }
    throw LinkConfigError("\"" + text + "\" for \"" + name + "\" is not " + expected, name);
}

/// "3 17 18"
std::vector<std::int64_t>
ParseCounts(const std::string& name, const std::string& text)
{
    std::vector<std::int64_t> counts;
    std::istringstream words(text);
    for (std::string word; words >> word;)
    {
        std::int64_t value = 0;
        const char* end = word.data() + word.size();
        const auto [rest, error] = std::from_chars(word.data(), end, value);
        if (error != std::errc() || rest != end)
        {
            throw LinkConfigError("\"" + word + "\" in \"" + name + "\" is not a whole number",
                                  name);
        }
        counts.push_back(value);
    }
    return counts;
}

double
NumberOf(const LinkParameters::Value& value)
{
    return IsReal(value.kind) ? value.number : static_cast<double>(value.integer);
}

void
CheckRange(const std::string& behaviour,
           const LinkParameterInfo& info,
           const LinkParameters::Value& value)
{
    const std::string where = "link behaviour \"" + behaviour + "\": \"" + info.name + "\" ";
    if (info.kind == LinkParameterKind::Choice)
    {
        if (std::find(info.choices.begin(), info.choices.end(), value.text) == info.choices.end())
        {
            throw LinkConfigError(where + "is \"" + value.text + "\"; it can be " +
                                      Joined(info.choices),
                                  info.name);
        }
        return;
    }
    if (IsText(info.kind))
    {
        return;
    }
    const auto check = [&](double number, const std::string& must) {
        // Written so that not-a-number fails too.
        if (!(number >= info.low && number <= HighestOf(info)))
        {
            throw LinkConfigError(where + must + " be " + LinkParameterRange(info) + ", not " +
                                      Shown(number, info.kind),
                                  info.name);
        }
    };
    if (info.kind == LinkParameterKind::Counts)
    {
        for (const auto count : value.counts)
        {
            check(static_cast<double>(count), "holds numbers that must");
        }
        return;
    }
    check(NumberOf(value), "must");
}

} // namespace

const char*
LinkParameterKindName(LinkParameterKind kind)
{
    switch (kind)
    {
    case LinkParameterKind::Number:
        return "number";
    case LinkParameterKind::Probability:
        return "probability";
    case LinkParameterKind::Count:
        return "count";
    case LinkParameterKind::Duration:
        return "duration";
    case LinkParameterKind::Bytes:
        return "bytes";
    case LinkParameterKind::Text:
        return "text";
    case LinkParameterKind::Choice:
        return "choice";
    case LinkParameterKind::File:
        return "file";
    case LinkParameterKind::Flag:
        return "flag";
    case LinkParameterKind::Rate:
        return "rate";
    case LinkParameterKind::Counts:
        return "list of counts";
    }
    return "";
}

LinkParameters::Value&
LinkParameters::Slot(const std::string& name, LinkParameterKind kind)
{
    for (auto& v : m_values)
    {
        if (v.name == name)
        {
            v = Value{name, kind, 0, 0, {}, {}};
            return v;
        }
    }
    m_values.push_back(Value{name, kind, 0, 0, {}, {}});
    return m_values.back();
}

const LinkParameters::Value&
LinkParameters::Find(const std::string& name) const
{
    for (const auto& v : m_values)
    {
        if (v.name == name)
        {
            return v;
        }
    }
    throw LinkConfigError("parameter \"" + name + "\" was not given", name);
}

bool
LinkParameters::Has(const std::string& name) const
{
    return std::any_of(m_values.begin(), m_values.end(), [&](const Value& v) {
        return v.name == name;
    });
}

LinkParameters&
LinkParameters::SetNumber(const std::string& name, double value)
{
    Slot(name, LinkParameterKind::Number).number = value;
    return *this;
}

LinkParameters&
LinkParameters::SetProbability(const std::string& name, double value)
{
    Slot(name, LinkParameterKind::Probability).number = value;
    return *this;
}

LinkParameters&
LinkParameters::SetCount(const std::string& name, std::int64_t value)
{
    Slot(name, LinkParameterKind::Count).integer = value;
    return *this;
}

LinkParameters&
LinkParameters::SetDuration(const std::string& name, TimeNs value)
{
    Slot(name, LinkParameterKind::Duration).integer = value;
    return *this;
}

LinkParameters&
LinkParameters::SetBytes(const std::string& name, std::int64_t value)
{
    Slot(name, LinkParameterKind::Bytes).integer = value;
    return *this;
}

LinkParameters&
LinkParameters::SetText(const std::string& name, const std::string& value)
{
    Slot(name, LinkParameterKind::Text).text = value;
    return *this;
}

LinkParameters&
LinkParameters::SetChoice(const std::string& name, const std::string& value)
{
    Slot(name, LinkParameterKind::Choice).text = value;
    return *this;
}

LinkParameters&
LinkParameters::SetFile(const std::string& name, const std::string& value)
{
    Slot(name, LinkParameterKind::File).text = value;
    return *this;
}

LinkParameters&
LinkParameters::SetFlag(const std::string& name, bool value)
{
    Slot(name, LinkParameterKind::Flag).integer = value ? 1 : 0;
    return *this;
}

LinkParameters&
LinkParameters::SetRate(const std::string& name, BitsPerSecond value)
{
    Slot(name, LinkParameterKind::Rate).integer = static_cast<std::int64_t>(value);
    return *this;
}

LinkParameters&
LinkParameters::SetCounts(const std::string& name, std::vector<std::int64_t> values)
{
    Slot(name, LinkParameterKind::Counts).counts = std::move(values);
    return *this;
}

double
LinkParameters::Number(const std::string& name) const
{
    return Find(name).number;
}

std::int64_t
LinkParameters::Integer(const std::string& name) const
{
    return Find(name).integer;
}

TimeNs
LinkParameters::Duration(const std::string& name) const
{
    return Find(name).integer;
}

const std::string&
LinkParameters::Text(const std::string& name) const
{
    return Find(name).text;
}

bool
LinkParameters::Flag(const std::string& name) const
{
    return Find(name).integer != 0;
}

BitsPerSecond
LinkParameters::Rate(const std::string& name) const
{
    return static_cast<BitsPerSecond>(Find(name).integer);
}

const std::vector<std::int64_t>&
LinkParameters::Counts(const std::string& name) const
{
    return Find(name).counts;
}

void
LinkParameters::Set(Value value)
{
    const auto name = value.name;
    Slot(name, value.kind) = std::move(value);
}

LinkParameters::Value
ParseLinkParameter(const std::string& name, LinkParameterKind kind, const std::string& text)
{
    static const std::vector<Unit> none{{"", 1}};
    static const std::vector<Unit> times{{"ns", 1},
                                         {"us", kMicrosecond},
                                         {"ms", kMillisecond},
                                         {"s", kSecond},
                                         {"min", 60.0 * kSecond},
                                         {"h", 3600.0 * kSecond}};
    static const std::vector<Unit> sizes{{"B", 1},
                                         {"kB", 1e3},
                                         {"KiB", 1024},
                                         {"MB", 1e6},
                                         {"MiB", 1048576}};
    static const std::vector<Unit> rates{{"bit/s", 1},
                                         {"kbit/s", 1e3},
                                         {"Mbit/s", 1e6},
                                         {"Gbit/s", 1e9}};
    LinkParameters::Value value{name, kind, 0, 0, {}, {}};
    switch (kind)
    {
    case LinkParameterKind::Number:
    case LinkParameterKind::Probability:
        value.number = ParseQuantity(name, text, none, "a number");
        break;
    case LinkParameterKind::Count:
        value.number = ParseQuantity(name, text, none, "a whole number");
        value.integer = std::llround(value.number);
        if (static_cast<double>(value.integer) != value.number)
        {
            throw LinkConfigError("\"" + text + "\" for \"" + name + "\" is not a whole number",
                                  name);
        }
        break;
    case LinkParameterKind::Duration:
        value.integer =
            std::llround(ParseQuantity(name, text, times, "a duration (such as \"15 ms\")"));
        break;
    case LinkParameterKind::Bytes:
        value.integer =
            std::llround(ParseQuantity(name, text, sizes, "a size (such as \"1500 B\")"));
        break;
    case LinkParameterKind::Rate:
        value.integer =
            std::llround(ParseQuantity(name, text, rates, "a rate (such as \"20 Mbit/s\")"));
        break;
    case LinkParameterKind::Counts:
        value.counts = ParseCounts(name, text);
        break;
    case LinkParameterKind::Flag:
        if (text != "true" && text != "false")
        {
            throw LinkConfigError("\"" + text + "\" for \"" + name + "\" is not true or false",
                                  name);
        }
        value.integer = text == "true" ? 1 : 0;
        break;
    case LinkParameterKind::Text:
    case LinkParameterKind::Choice:
    case LinkParameterKind::File:
        value.text = text;
        break;
    }
    return value;
}

std::string
LinkParameterRange(const LinkParameterInfo& info)
{
    if (IsText(info.kind) || info.kind == LinkParameterKind::Flag)
    {
        return {};
    }
    const double high = HighestOf(info);
    return "at least " + Shown(info.low, info.kind) +
           (high < kLinkNoBound ? " and at most " + Shown(high, info.kind) : "");
}

bool
IsInRange(const LinkParameterInfo& info, const LinkParameters::Value& value)
{
    return IsText(info.kind) || info.kind == LinkParameterKind::Flag ||
           (NumberOf(value) >= info.low && NumberOf(value) <= HighestOf(info));
}

LinkParameters
CheckLinkParameters(const std::string& behaviour,
                    const std::vector<LinkParameterInfo>& known,
                    const LinkParameters& given)
{
    std::vector<std::string> names;
    for (const auto& info : known)
    {
        names.push_back(info.name);
    }
    for (const auto& value : given.Values())
    {
        if (std::find(names.begin(), names.end(), value.name) == names.end())
        {
            const auto nearest = NearestName(value.name, names);
            throw LinkConfigError(
                "link behaviour \"" + behaviour + "\" has no parameter \"" + value.name + "\"" +
                    (nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?") +
                    (names.empty() ? " It has none." : " Known: " + Joined(names)),
                value.name);
        }
    }
    LinkParameters complete;
    for (const auto& info : known)
    {
        if (!given.Has(info.name))
        {
            if (info.standard.empty())
            {
                throw LinkConfigError("link behaviour \"" + behaviour + "\" needs \"" + info.name +
                                          "\" (" + LinkParameterKindName(info.kind) +
                                          "): " + info.about,
                                      info.name);
            }
            if (info.standard != kLinkRandom && info.standard != kLinkUnset)
            {
                complete.Set(ParseLinkParameter(info.name, info.kind, info.standard));
            }
            continue;
        }
        for (const auto& value : given.Values())
        {
            if (value.name != info.name)
            {
                continue;
            }
            const bool fits = value.kind == info.kind ||
                              (IsReal(value.kind) && IsReal(info.kind)) ||
                              (IsText(value.kind) && IsText(info.kind));
            if (!fits)
            {
                throw LinkConfigError("link behaviour \"" + behaviour + "\": \"" + info.name +
                                          "\" must be a " + LinkParameterKindName(info.kind) +
                                          ", not a " + LinkParameterKindName(value.kind),
                                      info.name);
            }
            CheckRange(behaviour, info, value);
            complete.Set(value);
        }
    }
    return complete;
}

} // namespace hoststack
