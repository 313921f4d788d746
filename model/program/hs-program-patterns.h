// SPDX-License-Identifier: GPL-2.0-only

#ifndef HS_PROGRAM_PATTERNS_H
#define HS_PROGRAM_PATTERNS_H

#include "ns3/hs-units.h"

#include <cstdint>
#include <vector>

namespace hoststack
{

/// How a program reads a stream; the defaults are: everything, as soon as it is there.
struct ReadPattern
{
    TimeNs startDelay{0};          ///< from the connection to the first look
    std::uint64_t readSize{0};     ///< most bytes per read; 0: no limit
    TimeNs pause{0};               ///< between two looks
    std::uint64_t lowWaterMark{1}; ///< reads only when this much is there, or the end
    std::uint64_t pauseAt{0};      ///< stops after this many bytes, once; 0: never
    TimeNs pauseFor{0};            ///< ... for this long
    /// From the first byte to read to the read call, when the reader had to wait for it.
    TimeNs wakeLatency{0};
    /// How fast a read copies; 0: in no time. A read without a limit then takes what was there
    /// when it began.
    BitsPerSecond copyRate{0};
    /// Bytes between two pauses, as they come; 0: pauses after each read.
    std::uint64_t step{0};
    std::uint64_t reply{0}; ///< bytes it writes after each read
    TimeNs idlePause{0};    ///< it sleeps after a wake-up that gave nothing
};

/// How a program cuts a message into write calls.
struct WritePattern
{
    /// What it tells the socket about the writes that follow.
    enum class Hold : std::uint8_t
    {
        Nothing,
        More, ///< MSG_MORE on all but the last
        Cork, ///< TCP_CORK before the first, off after the last
    };

    std::vector<std::uint64_t> sizes; ///< bytes of each write; empty: one write
    TimeNs gap{0};                    ///< between two writes of a message
    Hold hold{Hold::Nothing};
};

} // namespace hoststack

#endif // HS_PROGRAM_PATTERNS_H
