// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-segment.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace hoststack
{

namespace
{

bool
SameBytes(const Payload& a, const Payload& b)
{
    if (a.Length() != b.Length())
    {
        return false;
    }
    if (!a.IsVirtual() && !b.IsVirtual())
    {
        return std::memcmp(a.Data(), b.Data(), a.Length()) == 0;
    }
    if (a.IsVirtual() && b.IsVirtual())
    {
        return true;
    }
    const std::uint8_t* real = a.IsVirtual() ? b.Data() : a.Data();
    return std::all_of(real, real + a.Length(), [](std::uint8_t byte) { return byte == 0; });
}

} // namespace

bool
TcpOptions::AppendOther(const std::uint8_t* option, std::size_t length)
{
    assert(length >= 2 && option[1] == length);
    if (otherLength + length > kMaxBytes)
    {
        return false;
    }
    std::memcpy(other.data() + otherLength, option, length);
    otherLength = static_cast<std::uint8_t>(otherLength + length);
    return true;
}

const std::uint8_t*
TcpOptions::FindOther(std::uint8_t kind) const
{
    for (std::size_t at = 0; at + 2 <= otherLength && other[at + 1] >= 2; at += other[at + 1])
    {
        if (other[at] == kind)
        {
            return other.data() + at;
        }
    }
    return nullptr;
}

bool
operator==(const TcpOptions& a, const TcpOptions& b)
{
    return a.hasMss == b.hasMss && (!a.hasMss || a.mss == b.mss) &&
           a.hasWindowScale == b.hasWindowScale &&
           (!a.hasWindowScale || a.windowScale == b.windowScale) &&
           a.sackPermitted == b.sackPermitted && a.hasTimestamps == b.hasTimestamps &&
           (!a.hasTimestamps ||
            (a.timestampValue == b.timestampValue && a.timestampEcho == b.timestampEcho)) &&
           a.sackCount == b.sackCount &&
           std::equal(a.sack.begin(), a.sack.begin() + a.sackCount, b.sack.begin()) &&
           a.otherLength == b.otherLength &&
           std::equal(a.other.begin(), a.other.begin() + a.otherLength, b.other.begin());
}

bool
operator==(const TcpSegment& a, const TcpSegment& b)
{
    return a.sourcePort == b.sourcePort && a.destinationPort == b.destinationPort &&
           a.seq == b.seq && a.ack == b.ack && a.flags == b.flags && a.window == b.window &&
           a.urgent == b.urgent && a.mss == b.mss && a.ecn == b.ecn && a.options == b.options &&
           SameBytes(a.payload, b.payload);
}

TcpSegment
CutSegment(const TcpSegment& burst, std::uint32_t i)
{
    const std::uint32_t count = burst.SegmentCount();
    assert(i < count);
    TcpSegment piece(burst);
    piece.mss = 0;
    if (count == 1)
    {
        return piece;
    }
    const std::uint32_t offset = i * burst.mss;
    const std::uint32_t length =
        std::min<std::uint32_t>(burst.mss, burst.payload.Length() - offset);
    piece.payload = burst.payload.Slice(offset, length);
    piece.seq += offset;
    if (i > 0)
    {
        piece.flags &= ~kCwr;
    }
    if (i + 1 < count)
    {
        piece.flags &= ~(kFin | kPsh);
    }
    return piece;
}

} // namespace hoststack
