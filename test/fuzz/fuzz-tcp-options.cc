// SPDX-License-Identifier: GPL-2.0-only

/**
 * \file
 * Any bytes as a TCP segment: reading stays inside them, and what was read is the same after it has
 * been written and read again.
 */

#include "ns3/hs-tcp-codec.h"
#include "ns3/hs-tcp-text.h"

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
        std::fprintf(stderr, "fuzz-tcp-options: %s\n", what);
        std::abort();
    }
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    // A copy of exactly this size: the address sanitizer then sees a read past the end.
    const std::vector<std::uint8_t> input(data, data + size);
    TcpSegment segment;
    const TcpDecodeResult result = DecodeTcp(input.data(), input.size(), segment);
    if (!result)
    {
        Require(segment == TcpSegment{}, "a refused segment was changed");
        return 0;
    }
    Require(TcpOptionsFit(segment.options), "decoded options do not fit in a header");
    Require(result.headerLength + segment.payload.Length() == size, "payload has a wrong length");

    IpEndpoints endpoints;
    endpoints.destination = IpAddress::V4(1);
    std::vector<std::uint8_t> bytes(TcpHeaderLength(segment) + segment.payload.Length());
    Require(EncodeTcp(segment, endpoints, bytes.data(), bytes.size()) == bytes.size(),
            "encoded length differs from the announced one");
    Require(VerifyTcpChecksum(bytes.data(), bytes.size(), endpoints), "checksum is wrong");

    TcpSegment again;
    const TcpDecodeResult second = DecodeTcp(bytes.data(), bytes.size(), again);
    Require(static_cast<bool>(second), "an encoded segment is refused");
    Require(second.optionFault == TcpOptionFault::None, "encoded options are malformed");
    Require(again == segment, "a segment changed on its way through bytes");
    Require(ToString(again) == ToString(segment), "equal segments read differently");
    return 0;
}
