// SPDX-License-Identifier: GPL-2.0-only

#ifndef PROPERTY_ROUNDS_H
#define PROPERTY_ROUNDS_H

#include <cstdlib>
#include <string>

namespace hoststack::test
{

/// The rounds of a property: each draws everything from its number, so that a number repeats it.
struct Rounds
{
    int first{0};
    int end{0}; ///< after the last
};

/**
 * Those that a property runs: \p usual of them from 0 on, or as the environment says.
 *
 * HOSTSTACK_ROUNDS        how many rounds each property runs
 * HOSTSTACK_FIRST_ROUND   the number of the first (a failure says its own)
 */
inline Rounds
RoundsOf(int usual)
{
    const auto number = [](const char* name, int otherwise) {
        const char* text = std::getenv(name);
        return text && *text ? std::stoi(text) : otherwise;
    };
    Rounds rounds;
    rounds.first = number("HOSTSTACK_FIRST_ROUND", 0);
    rounds.end = rounds.first + number("HOSTSTACK_ROUNDS", usual);
    return rounds;
}

/// For Catch2: the number of the round, again and again.
#define PROPERTY_ROUND(usual)                                                                      \
    GENERATE(range(hoststack::test::RoundsOf(usual).first, hoststack::test::RoundsOf(usual).end))

} // namespace hoststack::test

#endif // PROPERTY_ROUNDS_H
