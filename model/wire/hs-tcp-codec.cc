// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-tcp-codec.h"

#include "ns3/hs-byte-order.h"
#include "ns3/hs-internet-checksum.h"
#include "ns3/hs-tcp-option-layout.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <stdexcept>
#include <string>

namespace hoststack
{

namespace
{

/// IANA protocol number.
constexpr std::uint32_t kProtocolTcp = 6;
/// Byte offsets in the header (RFC 9293 section 3.1).
constexpr std::size_t kChecksumAt = 16;
constexpr std::size_t kUrgentAt = 18;
/// NOP, NOP, timestamps, length 10: how nearly every segment's options begin.
constexpr std::uint32_t kAlignedTimestamps = 0x0101080a;

/// Writes options one behind the other.
struct ByteSink
{
    const TcpOptions& o;
    std::uint8_t* p;

    void Nop()
    {
        *p++ = kOptionNop;
    }

    void Begin(TcpOptionKind kind, std::size_t length)
    {
        *p++ = kind;
        *p++ = static_cast<std::uint8_t>(length);
    }

    void Mss()
    {
        Begin(kOptionMss, kMssBytes);
        StoreBig16(p, o.mss);
        p += 2;
    }

    void SackPermitted()
    {
        Begin(kOptionSackPermitted, kSackPermittedBytes);
    }

    void Timestamps()
    {
        Begin(kOptionTimestamps, kTimestampsBytes);
        StoreBig32(p, o.timestampValue);
        StoreBig32(p + 4, o.timestampEcho);
        p += 8;
    }

    void WindowScale()
    {
        Begin(kOptionWindowScale, kWindowScaleBytes);
        *p++ = o.windowScale;
    }

    void Sack()
    {
        Begin(kOptionSack, kSackBaseBytes + kSackBlockBytes * o.sackCount);
        for (std::size_t i = 0; i < o.sackCount; ++i)
        {
            StoreBig32(p, o.sack[i].begin.Value());
            StoreBig32(p + 4, o.sack[i].end.Value());
            p += kSackBlockBytes;
        }
    }

    void Other(std::size_t at, std::size_t length)
    {
        std::memcpy(p, o.other.data() + at, length);
        p += length;
    }
};

void
AddPseudoHeader(InternetChecksum& sum, const IpEndpoints& endpoints, std::size_t tcpLength)
{
    assert(endpoints.source.family == endpoints.destination.family);
    const std::size_t size = endpoints.source.Size();
    sum.Add(endpoints.source.bytes.data(), size);
    sum.Add(endpoints.destination.bytes.data(), size);
    sum.Add32(static_cast<std::uint32_t>(tcpLength));
    sum.Add32(kProtocolTcp);
}

std::size_t
AlignedBytesWithoutSack(const TcpOptions& o)
{
    const std::size_t sack = o.sackCount > 0 ? 4 + kSackBlockBytes * o.sackCount : 0;
    return AlignedOptionBytes(o) - sack;
}

void
ForgetOptions(TcpOptions& o)
{
    o.hasMss = o.hasWindowScale = o.sackPermitted = o.hasTimestamps = false;
    o.windowScale = o.sackCount = o.otherLength = 0;
    o.mss = 0;
    o.timestampValue = o.timestampEcho = 0;
}

/// Takes one whole option; false if it means nothing to us.
bool
TakeKnown(const std::uint8_t* option, std::size_t length, TcpOptions& o)
{
    const std::uint8_t* data = option + 2;
    switch (option[0])
    {
    case kOptionMss:
        if (length != kMssBytes || LoadBig16(data) == 0)
        {
            return false;
        }
        o.hasMss = true;
        o.mss = LoadBig16(data);
        return true;
    case kOptionWindowScale:
        if (length != kWindowScaleBytes)
        {
            return false;
        }
        o.hasWindowScale = true;
        o.windowScale = data[0];
        return true;
    case kOptionSackPermitted:
        if (length != kSackPermittedBytes)
        {
            return false;
        }
        o.sackPermitted = true;
        return true;
    case kOptionTimestamps:
        if (length != kTimestampsBytes)
        {
            return false;
        }
        o.hasTimestamps = true;
        o.timestampValue = LoadBig32(data);
        o.timestampEcho = LoadBig32(data + 4);
        return true;
    case kOptionSack:
        if (length < kSackBaseBytes + kSackBlockBytes ||
            (length - kSackBaseBytes) % kSackBlockBytes != 0)
        {
            return false;
        }
        o.sackCount = static_cast<std::uint8_t>((length - kSackBaseBytes) / kSackBlockBytes);
        for (std::size_t i = 0; i < o.sackCount; ++i)
        {
            o.sack[i].begin = Seq32(LoadBig32(data + kSackBlockBytes * i));
            o.sack[i].end = Seq32(LoadBig32(data + kSackBlockBytes * i + 4));
        }
        return true;
    default:
        return false;
    }
}

TcpOptionFault
DecodeOptions(const std::uint8_t* p, std::size_t length, TcpOptions& o)
{
    ForgetOptions(o);
    const std::size_t alignedTimestamps = 2 + kTimestampsBytes;
    if (length >= alignedTimestamps && LoadBig32(p) == kAlignedTimestamps)
    {
        TakeKnown(p + 2, kTimestampsBytes, o);
        p += alignedTimestamps;
        length -= alignedTimestamps;
    }
    while (length > 0)
    {
        if (*p == kOptionEnd)
        {
            break;
        }
        if (*p == kOptionNop)
        {
            ++p;
            --length;
            continue;
        }
        if (length < 2)
        {
            return TcpOptionFault::NoLength;
        }
        const std::size_t size = p[1];
        if (size < 2)
        {
            return TcpOptionFault::LengthTooSmall;
        }
        if (size > length)
        {
            return TcpOptionFault::LengthTooLarge;
        }
        if (!TakeKnown(p, size, o))
        {
            o.AppendOther(p, size);
        }
        p += size;
        length -= size;
    }
    return TcpOptionFault::None;
}

} // namespace

bool
TcpOptionsFit(const TcpOptions& options)
{
    return options.sackCount <= TcpOptions::kMaxSackBlocks &&
           CompactOptionBytes(options) <= TcpOptions::kMaxBytes;
}

std::size_t
TcpOptionRoom(const TcpOptions& options)
{
    const std::size_t used = AlignedOptionBytes(options);
    return used < TcpOptions::kMaxBytes ? TcpOptions::kMaxBytes - used : 0;
}

std::size_t
SackBlocksThatFit(const TcpOptions& options)
{
    // Counted in the aligned layout, as Linux does (tcp_established_options(), 6.12).
    const std::size_t used = AlignedBytesWithoutSack(options) + 4;
    if (used >= TcpOptions::kMaxBytes)
    {
        return 0;
    }
    return std::min(TcpOptions::kMaxSackBlocks, (TcpOptions::kMaxBytes - used) / kSackBlockBytes);
}

std::size_t
TcpHeaderLength(const TcpSegment& segment)
{
    const std::size_t aligned = AlignedOptionBytes(segment.options);
    if (aligned <= TcpOptions::kMaxBytes)
    {
        return kTcpMinHeader + aligned;
    }
    if (!TcpOptionsFit(segment.options))
    {
        throw std::length_error("TCP options need " +
                                std::to_string(CompactOptionBytes(segment.options)) +
                                " bytes, a header has room for 40: send fewer SACK blocks (see "
                                "SackBlocksThatFit) or fewer other options");
    }
    return kTcpMinHeader + CompactOptionBytes(segment.options);
}

std::size_t
EncodeTcpHeader(const TcpSegment& segment, std::uint8_t* out, std::size_t capacity)
{
    const std::size_t length = TcpHeaderLength(segment);
    if (capacity < length)
    {
        throw std::length_error("TCP header of " + std::to_string(length) +
                                " bytes does not fit in a buffer of " + std::to_string(capacity));
    }
    StoreBig16(out, segment.sourcePort);
    StoreBig16(out + 2, segment.destinationPort);
    StoreBig32(out + 4, segment.seq.Value());
    StoreBig32(out + 8, segment.ack.Value());
    StoreBig16(out + 12, static_cast<std::uint16_t>(length / 4 << 12 | (segment.flags & 0x1ff)));
    StoreBig16(out + 14, segment.window);
    StoreBig16(out + kChecksumAt, 0);
    StoreBig16(out + kUrgentAt, segment.urgent);
    ByteSink sink{segment.options, out + kTcpMinHeader};
    LayOutOptions(segment.options, sink);
    assert(sink.p == out + length);
    return length;
}

std::size_t
EncodeTcpHeader(const TcpSegment& segment,
                const IpEndpoints& endpoints,
                std::uint8_t* out,
                std::size_t capacity)
{
    const std::size_t length = EncodeTcpHeader(segment, out, capacity);
    InternetChecksum sum;
    AddPseudoHeader(sum, endpoints, length + segment.payload.Length());
    sum.Add(out, length);
    if (!segment.payload.IsVirtual())
    {
        sum.Add(segment.payload.Data(), segment.payload.Length());
    }
    StoreBig16(out + kChecksumAt, sum.Value());
    return length;
}

std::size_t
EncodeTcp(const TcpSegment& segment,
          const IpEndpoints& endpoints,
          std::uint8_t* out,
          std::size_t capacity)
{
    const std::size_t length = TcpHeaderLength(segment) + segment.payload.Length();
    if (capacity < length)
    {
        throw std::length_error("TCP segment of " + std::to_string(length) +
                                " bytes does not fit in a buffer of " + std::to_string(capacity));
    }
    const std::size_t header = EncodeTcpHeader(segment, endpoints, out, capacity);
    segment.payload.CopyTo(out + header);
    return length;
}

std::string_view
Describe(TcpDecodeError error)
{
    switch (error)
    {
    case TcpDecodeError::None:
        return "a TCP segment";
    case TcpDecodeError::TooShort:
        return "shorter than the 20 bytes of a TCP header";
    case TcpDecodeError::DataOffsetTooLow:
        return "data offset below 5, the header's own 20 bytes";
    case TcpDecodeError::DataOffsetTooHigh:
        return "data offset points beyond the end of the segment";
    }
    return "unknown error";
}

std::string_view
Describe(TcpOptionFault fault)
{
    switch (fault)
    {
    case TcpOptionFault::None:
        return "options are well formed";
    case TcpOptionFault::NoLength:
        return "the last option has no length byte";
    case TcpOptionFault::LengthTooSmall:
        return "an option has a length below 2";
    case TcpOptionFault::LengthTooLarge:
        return "an option reaches beyond the header";
    }
    return "unknown fault";
}

TcpDecodeResult
DecodeTcpHeader(const std::uint8_t* bytes, std::size_t length, TcpSegment& segment)
{
    TcpDecodeResult result;
    if (length < kTcpMinHeader)
    {
        result.error = TcpDecodeError::TooShort;
        return result;
    }
    const std::size_t header = static_cast<std::size_t>(bytes[12] >> 4) * 4;
    if (header < kTcpMinHeader)
    {
        result.error = TcpDecodeError::DataOffsetTooLow;
        return result;
    }
    if (header > length)
    {
        result.error = TcpDecodeError::DataOffsetTooHigh;
        return result;
    }
    segment.sourcePort = LoadBig16(bytes);
    segment.destinationPort = LoadBig16(bytes + 2);
    segment.seq = Seq32(LoadBig32(bytes + 4));
    segment.ack = Seq32(LoadBig32(bytes + 8));
    // Bits 9 to 11 are reserved and ignored (RFC 9293 section 3.1).
    segment.flags = LoadBig16(bytes + 12) & 0x1ff;
    segment.window = LoadBig16(bytes + 14);
    segment.urgent = LoadBig16(bytes + kUrgentAt);
    result.headerLength = static_cast<std::uint8_t>(header);
    result.optionFault =
        DecodeOptions(bytes + kTcpMinHeader, header - kTcpMinHeader, segment.options);
    return result;
}

TcpDecodeResult
DecodeTcp(const std::uint8_t* bytes, std::size_t length, TcpSegment& segment)
{
    const TcpDecodeResult result = DecodeTcpHeader(bytes, length, segment);
    if (result)
    {
        segment.mss = 0;
        segment.payload = Payload::Copy(bytes + result.headerLength,
                                        static_cast<std::uint32_t>(length - result.headerLength));
    }
    return result;
}

bool
VerifyTcpChecksum(const std::uint8_t* bytes, std::size_t length, const IpEndpoints& endpoints)
{
    InternetChecksum sum;
    AddPseudoHeader(sum, endpoints, length);
    sum.Add(bytes, length);
    return sum.Value() == 0;
}

} // namespace hoststack
