// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-link-traits.h"

#include "ns3/hs-link-packet.h"

namespace hoststack
{

namespace
{

constexpr std::uint8_t kMptcpKind = 30;    // RFC 8684 section 3
constexpr std::uint8_t kDssSubtype = 2;    // RFC 8684 section 3.3
constexpr std::uint8_t kDssMapping = 0x04; // flag M
constexpr std::uint8_t kDssDataFin = 0x10; // flag F

bool
HasSignalling(const TcpSegment& segment)
{
    if (segment.options.sackCount > 0)
    {
        return true;
    }
    const auto* option = segment.options.FindOther(kMptcpKind);
    if (option == nullptr || option[1] < 4)
    {
        return option != nullptr;
    }
    return option[2] >> 4 != kDssSubtype || (option[3] & (kDssMapping | kDssDataFin)) != 0;
}

} // namespace

std::uint8_t
LinkTraits(const TcpSegment& segment)
{
    std::uint8_t traits = 0;
    if (segment.payload.Length() == 0 && (segment.flags & (kAck | kSyn | kFin | kRst)) == kAck)
    {
        traits |= LinkPacket::kPureAck;
    }
    if ((segment.options.sackCount | segment.options.otherLength) != 0)
    {
        traits |= HasSignalling(segment) ? LinkPacket::kHasSackOrSignalling : 0;
        traits |= segment.options.otherLength > 0 ? LinkPacket::kHasOtherOption : 0;
    }
    if (segment.ecn == Ecn::Ect0 || segment.ecn == Ecn::Ect1)
    {
        traits |= LinkPacket::kEcnCapable;
    }
    return traits;
}

} // namespace hoststack
