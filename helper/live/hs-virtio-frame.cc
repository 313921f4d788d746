// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-virtio-frame.h"

#include "ns3/hs-byte-order.h"
#include "ns3/hs-frame-segmentation.h"
#include "ns3/hs-internet-checksum.h"
#include "ns3/hs-tcp-segment.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace hoststack
{

namespace
{

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kEthernetHeader = 14;
constexpr std::size_t kTypeAt = 12;
constexpr std::size_t kTcpHeader = 20;
constexpr std::size_t kMostOfIp = 65535;
constexpr std::uint16_t kTcpChecksumAt = 16; // in the TCP header

/// The checksum over all that follows \p header's start of it; the field holds the pseudo header's.
bool
CompleteChecksum(const VirtioHeader& header, Bytes& frame)
{
    const std::size_t field = std::size_t{header.checksumStart} + header.checksumOffset;
    if (header.checksumStart < kEthernetHeader || field + 2 > frame.size())
    {
        return false;
    }
    InternetChecksum sum;
    sum.Add(frame.data() + header.checksumStart, frame.size() - header.checksumStart);
    const auto value = sum.Value();
    StoreBig16(frame.data() + field, value != 0 ? value : 0xffff); // 0: none (RFC 768)
    return true;
}

/// Where a TCP super-segment has its headers. \return false: it is none
bool
FindHeaders(const VirtioHeader& header, const Bytes& frame, OffloadFrame& out)
{
    const auto type = frame.size() < kEthernetHeader ? 0 : LoadBig16(frame.data() + kTypeAt);
    const auto kind = header.gsoType & ~VirtioHeader::Ecn;
    const bool isVersion4 = kind == VirtioHeader::TcpV4 && type == 0x0800;
    const bool isVersion6 = kind == VirtioHeader::TcpV6 && type == 0x86dd;
    const std::size_t transport = header.checksumStart;
    const std::size_t least = kEthernetHeader + (isVersion4 ? 20 : 40);
    if ((!isVersion4 && !isVersion6) || (header.flags & VirtioHeader::kNeedsChecksum) == 0 ||
        header.checksumOffset != kTcpChecksumAt || header.segmentSize == 0 || transport < least ||
        (isVersion4 && transport != least) || transport + kTcpHeader > frame.size() ||
        frame.size() - kEthernetHeader > kMostOfIp)
    {
        return false;
    }
    const std::size_t tcp = std::size_t{frame[transport + 12]} / 16 * 4;
    if (tcp < kTcpHeader || transport + tcp >= frame.size())
    {
        return false;
    }
    out.packet.kind = OffloadKind::Tcp;
    out.packet.isVersion4 = isVersion4;
    out.networkLength = transport - kEthernetHeader;
    out.headerLength = transport + tcp;
    return true;
}

Bytes
WithHeader(const VirtioHeader& header, const Bytes& frame)
{
    Bytes whole(kVirtioHeader + frame.size());
    std::memcpy(whole.data(), &header, kVirtioHeader);
    std::copy(frame.begin(), frame.end(), whole.begin() + kVirtioHeader);
    return whole;
}

} // namespace

bool
CutVirtioFrame(const std::uint8_t* bytes, std::size_t length, std::vector<Bytes>& frames)
{
    frames.clear();
    if (length <= kVirtioHeader)
    {
        return false;
    }
    VirtioHeader header;
    std::memcpy(&header, bytes, kVirtioHeader);
    Bytes frame(bytes + kVirtioHeader, bytes + length);
    if (header.gsoType == VirtioHeader::None)
    {
        if ((header.flags & VirtioHeader::kNeedsChecksum) != 0 && !CompleteChecksum(header, frame))
        {
            return false;
        }
        frames.push_back(std::move(frame));
        return true;
    }
    OffloadFrame headers;
    if (!FindHeaders(header, frame, headers))
    {
        return false;
    }
    frames = SegmentFrame(frame, headers, header.segmentSize, false);
    return true;
}

std::vector<std::uint8_t>
WholeVirtioFrame(const Bytes& frame)
{
    VirtioHeader header{};
    header.flags = VirtioHeader::kDataValid;
    return WithHeader(header, frame);
}

std::vector<std::uint8_t>
MergedVirtioFrame(const std::vector<Bytes>& frames, std::uint16_t segmentSize)
{
    if (frames.empty())
    {
        return {};
    }
    OffloadFrame headers;
    OffloadFrameReader().Read(frames.front(), 0, 0, headers);
    if (headers.packet.kind != OffloadKind::Tcp || headers.packet.fault != OffloadFault::None)
    {
        return {};
    }
    Bytes payloads;
    for (const auto& frame : frames)
    {
        if (frame.size() < headers.headerLength)
        {
            return {};
        }
        payloads.insert(payloads.end(),
                        frame.begin() + static_cast<std::ptrdiff_t>(headers.headerLength),
                        frame.end());
    }
    const auto segment =
        segmentSize != 0 ? segmentSize : static_cast<std::uint16_t>(headers.packet.payload);
    if (segment == 0 || payloads.size() <= segment ||
        headers.headerLength - kEthernetHeader + payloads.size() > kMostOfIp)
    {
        return {};
    }
    OffloadUnit unit;
    unit.head = headers.packet;
    const auto& last = frames.back();
    const auto transport = kEthernetHeader + headers.networkLength;
    unit.head.flags |= last[transport + 13] & (kFin | kPsh); // tcp_gro_receive
    VirtioHeader header{};
    header.flags = VirtioHeader::kNeedsChecksum;
    header.gsoType = headers.packet.isVersion4 ? VirtioHeader::TcpV4 : VirtioHeader::TcpV6;
    header.gsoType |= (unit.head.flags & kCwr) != 0 ? VirtioHeader::Ecn : VirtioHeader::None;
    header.headerLength = static_cast<std::uint16_t>(headers.headerLength);
    header.segmentSize = segment;
    header.checksumStart = static_cast<std::uint16_t>(transport);
    header.checksumOffset = kTcpChecksumAt;
    return WithHeader(header, MergedFrame(unit, frames.front(), headers, payloads));
}

} // namespace hoststack
