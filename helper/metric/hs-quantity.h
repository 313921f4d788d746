// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_QUANTITY_H
#define HS_QUANTITY_H

#include "ns3/hs-units.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/**
 * \file
 * Quantities with their unit in the string, as scenario files write them: "300 Mbit/s", "20 ms".
 *
 * Grammar: NUMBER UNIT, any number of blanks between them, none before or after. NUMBER is decimal
 * digits with an optional fraction and an optional power of ten ("1.5", "2e6"); no sign, no
 * thousands separator. UNIT is case-sensitive, because "B" and "b", "M" and "m" mean different
 * things. k, M, G are powers of 1000; Ki, Mi, Gi powers of 1024. The value is exact: a quantity
 * that is no whole number of its base unit (0.5 B, 0.1 ns) is an error, not rounded.
 */
namespace hoststack
{

/// What a quantity measures; decides which units it takes and its base unit.
enum class QuantityKind : std::uint8_t
{
    Time,     ///< base: ns
    Rate,     ///< base: bit/s
    Size,     ///< base: byte
    Packets,  ///< base: packet
    Segments, ///< base: segment
    Share,    ///< base: 1e-9 (so that 0.0001 % stays a whole number)
    Queue,    ///< a size, a number of packets or a time at the direction's rate
};

/// One per cent as a share's value.
inline constexpr std::int64_t kPercent = 10'000'000;

/// A parsed quantity, in the base unit of `kind` (never Queue itself: that is one of its members).
struct Quantity
{
    QuantityKind kind{QuantityKind::Time};
    std::int64_t value{0};

    /// As a double: seconds, bit/s, bytes, packets, segments, or a share between 0 and 1.
    double ToDouble() const;
};

/// Why a string is no quantity.
struct QuantityError
{
    std::string message;  ///< what is wrong with it
    std::string expected; ///< what a quantity of this kind looks like
    std::string nearest;  ///< the unit that was probably meant, or empty
};

/// The result of parsing: one of the two is set.
struct QuantityResult
{
    std::optional<Quantity> value;
    QuantityError error;
};

/// Parses \p text as a quantity of \p kind.
QuantityResult ParseQuantity(const std::string& text, QuantityKind kind);

/// Parses \p text as a quantity of whatever kind its unit says.
QuantityResult ParseAnyQuantity(const std::string& text);

/// "time", "rate", ... as schema (`x-quantity`) and messages name it.
std::string QuantityName(QuantityKind kind);

/// The kind called \p name, if there is one.
std::optional<QuantityKind> QuantityKindOf(const std::string& name);

/// The units of \p kind, smallest first.
std::vector<std::string> UnitsOf(QuantityKind kind);

/// "a number and a unit of rate (bit/s, ...), for example \"300 Mbit/s\"".
std::string DescribeQuantity(QuantityKind kind);

/**
 * \p value of \p kind for people: the largest unit that leaves at least 1, four significant
 * digits ("46.78 Mbit/s").
 */
std::string FormatQuantity(double value, QuantityKind kind);

} // namespace hoststack

#endif // HS_QUANTITY_H
