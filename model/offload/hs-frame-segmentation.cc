// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-frame-segmentation.h"

#include "ns3/hs-byte-order.h"
#include "ns3/hs-internet-checksum.h"
#include "ns3/hs-ip-codec.h"

#include <algorithm>

namespace hoststack
{

namespace
{

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kEthernetHeader = 14;

/// Lengths of the IP header, and of UDP's, for a packet of \p ipLength bytes.
void
SetLengths(Bytes& frame, const OffloadFrame& header, std::size_t ipLength)
{
    auto* ip = frame.data() + kEthernetHeader;
    if (header.packet.isVersion4)
    {
        StoreBig16(ip + 2, static_cast<std::uint16_t>(ipLength));
        StoreBig16(ip + 10, 0);
        InternetChecksum sum;
        sum.Add(ip, kIpv4Header);
        StoreBig16(ip + 10, sum.Value());
    }
    else
    {
        StoreBig16(ip + 4, static_cast<std::uint16_t>(ipLength - kIpv6Header));
    }
    if (header.packet.kind == OffloadKind::Udp)
    {
        StoreBig16(ip + header.networkLength + 4,
                   static_cast<std::uint16_t>(ipLength - header.networkLength));
    }
}

struct Field
{
    std::size_t at;
    std::uint8_t protocol;
};

Field
ChecksumField(const OffloadFrame& header)
{
    const auto transport = kEthernetHeader + header.networkLength;
    return header.packet.kind == OffloadKind::Tcp ? Field{transport + 16, 6}
                                                  : Field{transport + 6, 17};
}

} // namespace

std::vector<std::uint8_t>
MergedFrame(const OffloadUnit& unit,
            const Bytes& first,
            const OffloadFrame& header,
            const Bytes& payloads)
{
    Bytes frame(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(header.headerLength));
    frame.insert(frame.end(), payloads.begin(), payloads.end());
    SetLengths(frame, header, frame.size() - kEthernetHeader);
    if (header.packet.kind == OffloadKind::Tcp)
    {
        auto* tcp = frame.data() + kEthernetHeader + header.networkLength;
        StoreBig32(tcp + 8, static_cast<std::uint32_t>(unit.head.ack - Seq32(0)));
        tcp[13] = static_cast<std::uint8_t>(unit.head.flags);
        StoreBig16(tcp + 14, unit.head.window);
    }
    if (!unit.isChain)
    {
        const auto field = ChecksumField(header);
        const auto* network = frame.data() + kEthernetHeader;
        const auto length = frame.size() - kEthernetHeader - header.networkLength;
        StoreBig16(frame.data() + field.at,
                   PseudoHeaderSum(network, static_cast<std::uint32_t>(length), field.protocol));
    }
    return frame;
}

std::vector<std::vector<std::uint8_t>>
SegmentFrame(const Bytes& merged,
             const OffloadFrame& header,
             std::uint16_t segmentSize,
             bool isFixedId)
{
    std::vector<Bytes> frames;
    const auto transport = kEthernetHeader + header.networkLength;
    const auto field = ChecksumField(header);
    const bool isTcp = header.packet.kind == OffloadKind::Tcp;
    for (std::size_t begin = header.headerLength, i = 0; begin < merged.size();
         begin += segmentSize, ++i)
    {
        const auto end = std::min<std::size_t>(merged.size(), begin + segmentSize);
        Bytes frame(merged.begin(),
                    merged.begin() + static_cast<std::ptrdiff_t>(header.headerLength));
        frame.insert(frame.end(),
                     merged.begin() + static_cast<std::ptrdiff_t>(begin),
                     merged.begin() + static_cast<std::ptrdiff_t>(end));
        if (header.packet.isVersion4 && !isFixedId)
        {
            auto* id = frame.data() + kEthernetHeader + 4;
            StoreBig16(id, static_cast<std::uint16_t>(LoadBig16(id) + i));
        }
        SetLengths(frame, header, frame.size() - kEthernetHeader);
        if (isTcp)
        {
            auto* seq = frame.data() + transport + 4;
            StoreBig32(seq, static_cast<std::uint32_t>(LoadBig32(seq) + i * segmentSize));
            auto& flags = frame[transport + 13];
            flags &= static_cast<std::uint8_t>(i > 0 ? ~kCwr : 0xff);
            flags &= static_cast<std::uint8_t>(end < merged.size() ? ~(kFin | kPsh) : 0xff);
        }
        StoreBig16(frame.data() + field.at, 0);
        auto sum = TransportChecksum(frame.data() + kEthernetHeader,
                                     frame.data() + transport,
                                     frame.size() - transport,
                                     field.protocol);
        if (!isTcp && sum == 0)
        {
            sum = 0xffff; // 0 would say that there is none (RFC 768)
        }
        StoreBig16(frame.data() + field.at, sum);
        frames.push_back(std::move(frame));
    }
    return frames;
}

} // namespace hoststack
