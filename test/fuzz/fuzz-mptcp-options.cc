// SPDX-License-Identifier: GPL-2.0-only

/**
 * \file
 * Any bytes as the options of a segment: reading MPTCP stays inside them, what was read is the same
 * after it has been written and read again, and what Linux would take is part of it.
 *
 * The first byte holds the TCP flags, the second says if there is payload, up to 40 are options.
 */

#include "ns3/hs-mptcp-options.h"
#include "ns3/hs-mptcp-text.h"
#include "ns3/hs-tcp-codec.h"
#include "ns3/hs-tcp-text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

using namespace hoststack;

namespace
{

void
Require(bool holds, const char* what)
{
    if (!holds)
    {
        std::fprintf(stderr, "fuzz-mptcp-options: %s\n", what);
        std::abort();
    }
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2)
    {
        return 0;
    }
    TcpSegment segment;
    segment.flags = data[0];
    segment.payload = Payload::Virtual(data[1] & 1);
    TcpOptions& options = segment.options;
    options.otherLength =
        static_cast<std::uint8_t>(std::min<std::size_t>(size - 2, TcpOptions::kMaxBytes));
    std::copy(data + 2, data + 2 + options.otherLength, options.other.begin());

    MptcpOptions read;
    const MptcpParseResult result = ParseMptcp(options, read);
    Require((read.unknown & read.present) == 0, "a subtype is both known and unknown");
    Require(!result || read.unknown == 0, "an unknown subtype is no fault");
    Require(ToString(segment).find("mptcp") != std::string::npos || read.present == 0,
            "an option does not show in the text");

    TcpOptions written;
    Require(AppendMptcp(read, written), "what was read needs more room than it came in");
    Require(written.otherLength <= options.otherLength, "what was read is longer than it came in");
    MptcpOptions again;
    Require(static_cast<bool>(ParseMptcp(written, again)), "written options are faulty");
    again.unknown = read.unknown;
    Require(again == read, "options changed on their way through bytes");
    Require(ToString(again) == ToString(read), "equal options read differently");

    MptcpOptions taken;
    taken.reset.flagU = true;
    const MptcpParseResult strict = ParseMptcp(segment, taken);
    Require((taken.present & ~read.present) == 0, "Linux reads what is not there");
    Require(taken.unknown == read.unknown, "unknown subtypes differ");
    Require(result || !strict, "Linux sees no fault where there is one");

    TcpOptions stripped = options;
    StripMptcp(stripped);
    ParseMptcp(stripped, again);
    Require(again.present == 0 && again.unknown == 0, "an option survived stripping");

    if (TcpOptionsFit(options) && result.fault != MptcpFault::Malformed)
    {
        std::vector<std::uint8_t> bytes(TcpHeaderLength(segment));
        Require(EncodeTcpHeader(segment, bytes.data(), bytes.size()) == bytes.size(),
                "encoded length differs from the announced one");
        Require(bytes.size() + TcpOptionRoom(options) == kTcpMaxHeader ||
                    TcpOptionRoom(options) == 0,
                "room and length do not add up");
    }
    return 0;
}
