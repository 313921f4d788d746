// SPDX-License-Identifier: GPL-2.0-only

#ifndef LRO_FRAME_H
#define LRO_FRAME_H

#include "ns3/hs-freebsd-lro.h"
#include "reference-folder.h"

#include <cstdio>
#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace hoststack::reference
{

constexpr std::uint32_t kUsualFlags = 0x0f000000;

using FlowNames = std::map<std::tuple<unsigned, unsigned, bool, std::string, bool>, std::uint64_t>;

inline std::uint16_t
FlagsOf(const std::string& letters)
{
    const std::string all = "FSRPAUECN";
    std::uint16_t flags = 0;
    for (const char letter : letters)
    {
        flags |= static_cast<std::uint16_t>(1u << all.find(letter));
    }
    return flags;
}

inline std::string
LettersOf(std::uint16_t flags)
{
    const std::string all = "FSRPAUECN";
    std::string letters;
    for (std::size_t i = 0; i < all.size(); ++i)
    {
        if ((flags >> i & 1) != 0)
        {
            letters += all[i];
        }
    }
    return letters;
}

/// A packet of a case, and what of it the model has no use for.
struct Frame
{
    LroPacket packet;
    std::string options; ///< hex, as delivered
    std::uint32_t checksumFlags{kUsualFlags};
    std::uint16_t vlanInside{0};
    bool isTcp{true};
    int timeToLive{64};
    int etherType{0};
    std::pair<unsigned, unsigned> ports;
};

/// \param flows what the case has met, by ports, family, zero addresses and decryption
inline void
Fill(Frame& frame, const Json& pk, std::size_t index, FlowNames& flows)
{
    auto& p = frame.packet;
    const auto f = pk.value("f", 0u);
    const auto sourcePort = pk.value("sp", 1000u + f);
    const auto destinationPort = pk.value("dp", 80u);
    const auto payload = pk.value("l", 0u);
    const std::string zero = pk.value("z", "");
    p.id = static_cast<std::uint32_t>(index);
    p.isVersion4 = pk.value("v6", 0) == 0;
    p.seq = Seq32(pk.value("s", 1u));
    p.ack = Seq32(pk.value("a", 1000u));
    p.window = pk.value("w", std::uint16_t{500});
    p.flags = FlagsOf(pk.value("fl", "A"));
    p.hashType = p.isVersion4 ? 0x82 : 0x84;
    p.flowId = 1000 + f;
    if (pk.contains("h"))
    {
        p.hashType = pk["h"][0];
        p.flowId = pk["h"][1];
    }
    std::string options = pk.value("o", "");
    if (pk.contains("ts"))
    {
        char text[32];
        std::snprintf(text,
                      sizeof text,
                      "0101080a%08x%08x",
                      pk["ts"][0].get<std::uint32_t>(),
                      pk["ts"][1].get<std::uint32_t>());
        options = text + options;
    }
    while (options.size() % 8 != 0)
    {
        options += "01";
    }
    frame.options = options;
    p.options = options.empty() ? LroOptions::None : LroOptions::Other;
    if (options.size() == 24 && options.substr(0, 8) == "0101080a")
    {
        p.options = LroOptions::Timestamps;
        p.timestampValue =
            static_cast<std::uint32_t>(std::stoul(options.substr(8, 8), nullptr, 16));
        p.timestampEcho =
            static_cast<std::uint32_t>(std::stoul(options.substr(16, 8), nullptr, 16));
    }
    const auto optionBytes = static_cast<std::uint32_t>(options.size() / 2);
    const auto ipOptions = static_cast<std::uint32_t>(pk.value("ipo", "").size() / 2);
    p.ipHeader = (p.isVersion4 ? 20 : 40) + ipOptions;
    p.tcpHeader = pk.contains("off") ? 4 * pk["off"].get<std::uint32_t>() : 20 + optionBytes;
    const auto packetBytes = p.ipHeader + 20 + optionBytes + payload;
    p.ipLength = packetBytes + static_cast<std::uint32_t>(pk.value("dlen", 0));
    p.frameBytes = packetBytes + pk.value("pad", 0u);
    frame.vlanInside = pk.value("vlan", std::uint16_t{0});
    p.linkHeader = pk.contains("vlan") ? 18 : 14;
    p.vlan = pk.contains("vlan") ? frame.vlanInside : pk.value("vt", std::uint16_t{0});
    p.firstBuffer = pk.value("hs", p.linkHeader + p.frameBytes);
    frame.etherType = pk.value("et", 0);
    p.isIp = !pk.contains("et") || frame.etherType == (p.isVersion4 ? 0x0800 : 0x86dd);
    p.isTcp = pk.value("proto", 6) == 6;
    frame.isTcp = p.isTcp && p.isIp;
    p.isFragment = p.isVersion4 && (pk.value("frag", 0) & 0x3fff) != 0;
    p.hasZeroAddress = !zero.empty();
    p.hasZeroSource = zero == "src" || zero == "both";
    p.codepoint = pk.value("tos", std::uint8_t{0});
    frame.timeToLive = pk.value("ttl", 64);
    frame.checksumFlags = pk.value("cf", kUsualFlags);
    p.checksumFlags = static_cast<std::uint8_t>(frame.checksumFlags >> 24);
    p.checksumData = pk.value("cd", std::uint16_t{0xffff});
    p.isIpChecksumRight = pk.value("badi", 0) == 0;
    p.isChecksumRight = pk.value("badt", 0) == 0 && pk.value("dlen", 0) == 0;
    p.nicTime = pk.contains("hw") ? pk["hw"].get<TimeNs>() : kNever;
    const bool isDecrypted = (p.checksumFlags & 0x10) != 0;
    const auto key = std::make_tuple(sourcePort, destinationPort, p.isVersion4, zero, isDecrypted);
    p.flow = flows.emplace(key, flows.size()).first->second;
    p.keySum = p.flow;
    frame.ports = {sourcePort, destinationPort};
}

} // namespace hoststack::reference

#endif // LRO_FRAME_H
