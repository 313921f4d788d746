// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-quantity.h"

#include "ns3/hs-nearest.h"
#include "ns3/hs-quoted.h"

#include <cmath>
#include <cstdio>
#include <limits>

namespace hoststack
{

namespace
{

struct Unit
{
    const char* name;
    QuantityKind kind;
    std::int64_t numerator;   ///< base units per unit ...
    std::int64_t denominator; ///< ... divided by this
    bool shown;               ///< used by FormatQuantity and listed in messages
};

// SI prefixes: BIPM brochure section 3.1; binary ones: IEC 80000-13.
const Unit kUnits[] = {
    {"ns", QuantityKind::Time, 1, 1, true},
    {"us", QuantityKind::Time, kMicrosecond, 1, true},
    {"ms", QuantityKind::Time, kMillisecond, 1, true},
    {"s", QuantityKind::Time, kSecond, 1, true},
    {"min", QuantityKind::Time, 60 * kSecond, 1, true},
    {"h", QuantityKind::Time, 3600 * kSecond, 1, true},
    {"bit/s", QuantityKind::Rate, 1, 1, true},
    {"kbit/s", QuantityKind::Rate, 1000, 1, true},
    {"Mbit/s", QuantityKind::Rate, 1000000, 1, true},
    {"Gbit/s", QuantityKind::Rate, 1000000000, 1, true},
    {"B/s", QuantityKind::Rate, 8, 1, false},
    {"kB/s", QuantityKind::Rate, 8000, 1, false},
    {"MB/s", QuantityKind::Rate, 8000000, 1, false},
    {"GB/s", QuantityKind::Rate, 8000000000, 1, false},
    {"KiB/s", QuantityKind::Rate, 8LL << 10, 1, false},
    {"MiB/s", QuantityKind::Rate, 8LL << 20, 1, false},
    {"B", QuantityKind::Size, 1, 1, true},
    {"kB", QuantityKind::Size, 1000, 1, true},
    {"MB", QuantityKind::Size, 1000000, 1, true},
    {"GB", QuantityKind::Size, 1000000000, 1, true},
    {"KiB", QuantityKind::Size, 1LL << 10, 1, false},
    {"MiB", QuantityKind::Size, 1LL << 20, 1, false},
    {"GiB", QuantityKind::Size, 1LL << 30, 1, false},
    {"packets", QuantityKind::Packets, 1, 1, true},
    {"packet", QuantityKind::Packets, 1, 1, false},
    {"segments", QuantityKind::Segments, 1, 1, true},
    {"segment", QuantityKind::Segments, 1, 1, false},
    {"ppm", QuantityKind::Share, 1000, 1, false},
    {"%", QuantityKind::Share, 10000000, 1, true},
};

struct KindText
{
    QuantityKind kind;
    const char* name;
    const char* example;
};

const KindText kKinds[] = {
    {QuantityKind::Time, "time", "20 ms"},
    {QuantityKind::Rate, "rate", "300 Mbit/s"},
    {QuantityKind::Size, "size", "64 KiB"},
    {QuantityKind::Packets, "packets", "167 packets"},
    {QuantityKind::Segments, "segments", "10 segments"},
    {QuantityKind::Share, "share", "1 %"},
    {QuantityKind::Queue, "queue", "167 packets"},
};

const KindText&
TextOf(QuantityKind kind)
{
    return kKinds[static_cast<std::size_t>(kind)];
}

bool
Takes(QuantityKind kind, const Unit& unit)
{
    if (kind == QuantityKind::Queue)
    {
        return unit.kind == QuantityKind::Size || unit.kind == QuantityKind::Packets ||
               unit.kind == QuantityKind::Time;
    }
    return unit.kind == kind;
}

bool
IsDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// A decimal number as digits * 10^exponent.
struct Decimal
{
    std::int64_t digits{0};
    int exponent{0};
    std::size_t length{0}; ///< characters of the text it took; 0: no number
    bool tooLong{false};   ///< more than 18 significant digits
};

Decimal
ParseDecimal(const std::string& text)
{
    Decimal d;
    std::size_t i = 0;
    std::size_t seen = 0;
    bool inFraction = false;
    for (; i < text.size(); ++i)
    {
        if (text[i] == '.' && !inFraction && seen > 0)
        {
            inFraction = true;
            continue;
        }
        if (!IsDigit(text[i]))
        {
            break;
        }
        ++seen;
        if (d.digits >= 100000000000000000)
        {
            d.tooLong = true;
            continue;
        }
        d.digits = d.digits * 10 + (text[i] - '0');
        d.exponent -= inFraction ? 1 : 0;
    }
    if (seen == 0 || text[i - 1] == '.')
    {
        return d;
    }
    d.length = i;
    // An "e" belongs to the number only with digits behind it.
    if (i + 1 < text.size() && (text[i] == 'e' || text[i] == 'E'))
    {
        std::size_t j = i + 1;
        const bool negative = text[j] == '-';
        j += (text[j] == '-' || text[j] == '+') ? 1 : 0;
        int power = 0;
        const std::size_t first = j;
        for (; j < text.size() && IsDigit(text[j]); ++j)
        {
            power = power < 1000 ? power * 10 + (text[j] - '0') : power;
        }
        if (j > first)
        {
            d.exponent += negative ? -power : power;
            d.length = j;
        }
    }
    return d;
}

enum class ScaleOutcome : std::uint8_t
{
    Exact,
    NotWhole,
    TooLarge,
};

ScaleOutcome
Scale(const Decimal& number, const Unit& unit, std::int64_t& out)
{
    __extension__ typedef __int128 Wide;
    constexpr Wide limit = std::numeric_limits<std::int64_t>::max();
    // 18 digits times a factor below 2^43 leave room in 127 bits.
    Wide value = static_cast<Wide>(number.digits) * unit.numerator;
    if (value == 0)
    {
        out = 0;
        return ScaleOutcome::Exact;
    }
    for (int e = number.exponent; e > 0; --e)
    {
        value *= 10;
        if (value > limit * unit.denominator)
        {
            return ScaleOutcome::TooLarge;
        }
    }
    for (int e = number.exponent; e < 0; ++e)
    {
        if (value % 10 != 0)
        {
            return ScaleOutcome::NotWhole;
        }
        value /= 10;
    }
    if (value % unit.denominator != 0)
    {
        return ScaleOutcome::NotWhole;
    }
    value /= unit.denominator;
    if (value > limit)
    {
        return ScaleOutcome::TooLarge;
    }
    out = static_cast<std::int64_t>(value);
    return ScaleOutcome::Exact;
}

std::string
BaseUnitOf(QuantityKind kind)
{
    switch (kind)
    {
    case QuantityKind::Time:
        return "nanoseconds";
    case QuantityKind::Rate:
        return "bit/s";
    case QuantityKind::Size:
        return "bytes";
    case QuantityKind::Share:
        return "billionths";
    default:
        return TextOf(kind).name;
    }
}

QuantityResult
Fail(QuantityKind kind, std::string message, std::string nearest = {})
{
    return {std::nullopt, {std::move(message), DescribeQuantity(kind), std::move(nearest)}};
}

template <class Accepts>
QuantityResult
Parse(const std::string& text, QuantityKind kind, const Accepts& accepts)
{
    const std::string what = "a " + QuantityName(kind);
    const auto number = ParseDecimal(text);
    if (number.length == 0)
    {
        const bool isNegative = text[0] == '-' && ParseDecimal(text.substr(1)).length > 0;
        return Fail(kind,
                    Quoted(text) + (isNegative ? " is negative" : " does not begin with a number"));
    }
    if (number.tooLong)
    {
        return Fail(kind, Quoted(text) + " has more than 18 digits");
    }
    const auto blank = text.find_first_not_of(' ', number.length);
    const std::string unitText = blank == std::string::npos ? "" : text.substr(blank);
    std::vector<std::string> names;
    const Unit* known = nullptr;
    for (const auto& unit : kUnits)
    {
        if (accepts(unit))
        {
            names.emplace_back(unit.name);
        }
        if (unitText == unit.name)
        {
            known = &unit;
        }
    }
    if (unitText.empty())
    {
        return Fail(kind, Quoted(text) + " has no unit");
    }
    if (!known)
    {
        return Fail(kind,
                    "unknown unit " + Quoted(unitText),
                    unitText.size() < 64 ? NearestName(unitText, names) : std::string());
    }
    if (!accepts(*known))
    {
        return Fail(kind, Quoted(text) + " is a " + QuantityName(known->kind) + ", not " + what);
    }
    Quantity quantity;
    quantity.kind = known->kind;
    switch (Scale(number, *known, quantity.value))
    {
    case ScaleOutcome::NotWhole:
        return Fail(kind, Quoted(text) + " is no whole number of " + BaseUnitOf(known->kind));
    case ScaleOutcome::TooLarge:
        return Fail(kind, Quoted(text) + " is too large");
    case ScaleOutcome::Exact:
        break;
    }
    return {quantity, {}};
}

} // namespace

double
Quantity::ToDouble() const
{
    switch (kind)
    {
    case QuantityKind::Time:
    case QuantityKind::Share:
        return static_cast<double>(value) / 1e9;
    default:
        return static_cast<double>(value);
    }
}

QuantityResult
ParseQuantity(const std::string& text, QuantityKind kind)
{
    return Parse(text, kind, [kind](const Unit& unit) { return Takes(kind, unit); });
}

QuantityResult
ParseAnyQuantity(const std::string& text)
{
    const auto number = ParseDecimal(text);
    const auto blank = text.find_first_not_of(' ', number.length);
    const std::string unitText = blank == std::string::npos ? "" : text.substr(blank);
    for (const auto& unit : kUnits)
    {
        if (unitText == unit.name)
        {
            return ParseQuantity(text, unit.kind);
        }
    }
    auto result = Parse(text, QuantityKind::Time, [](const Unit&) { return true; });
    result.error.expected = "a number, or a number and a unit such as \"5 s\", \"40 Mbit/s\", "
                            "\"64 KiB\", \"10 packets\", \"1 %\"";
    return result;
}

std::string
QuantityName(QuantityKind kind)
{
    return TextOf(kind).name;
}

std::optional<QuantityKind>
QuantityKindOf(const std::string& name)
{
    for (const auto& text : kKinds)
    {
        if (name == text.name)
        {
            return text.kind;
        }
    }
    return std::nullopt;
}

std::vector<std::string>
UnitsOf(QuantityKind kind)
{
    std::vector<std::string> names;
    for (const auto& unit : kUnits)
    {
        if (Takes(kind, unit))
        {
            names.emplace_back(unit.name);
        }
    }
    return names;
}

std::string
DescribeQuantity(QuantityKind kind)
{
    std::string text = "a number and a unit of " + QuantityName(kind) + " (";
    const char* separator = "";
    for (const auto& name : UnitsOf(kind))
    {
        text += separator + name;
        separator = ", ";
    }
    return text + "), for example \"" + TextOf(kind).example + '"';
}

std::string
FormatQuantity(double value, QuantityKind kind)
{
    // Time and share come as seconds and as a fraction of 1; their base units are 1e-9 of that.
    const bool scaled = kind == QuantityKind::Time || kind == QuantityKind::Share;
    const double base = scaled ? value * 1e9 : value;
    const Unit* best = nullptr;
    for (const auto& unit : kUnits)
    {
        if (unit.kind == kind && unit.shown &&
            (!best || std::fabs(base) >= static_cast<double>(unit.numerator)))
        {
            best = &unit;
        }
    }
    if (!best)
    {
        return std::to_string(value);
    }
    // Minutes and hours read worse than seconds.
    double factor = static_cast<double>(best->numerator);
    const char* name = best->name;
    if (kind == QuantityKind::Time && best->numerator > kSecond)
    {
        factor = static_cast<double>(kSecond);
        name = "s";
    }
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.4g %s", base / factor, name);
    return buffer;
}

} // namespace hoststack
