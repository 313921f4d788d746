// SPDX-License-Identifier: GPL-2.0-only

// HoststackTcpProtocol: what ICMP says about segments that went out.

#include "ns3/hs-address-conversion.h"
#include "ns3/hs-icmp-error.h"
#include "ns3/hs-tcp-endpoint.h"
#include "ns3/hs-tcp-protocol.h"

namespace ns3
{

using hoststack::Seq32;
using hoststack::host::Context;

namespace
{

// RFC 792 and RFC 1191; RFC 4443
constexpr std::uint8_t kUnreachable4 = 3;
constexpr std::uint8_t kFragmentationNeeded = 4;
constexpr std::uint8_t kTooBig6 = 2;

/// What ICMP quotes of the TCP header.
struct Quotation
{
    explicit Quotation(const std::uint8_t payload[8])
        : source(static_cast<std::uint16_t>(payload[0] << 8 | payload[1])),
          destination(static_cast<std::uint16_t>(payload[2] << 8 | payload[3])),
          sequence(std::uint32_t{payload[4]} << 24 | std::uint32_t{payload[5]} << 16 |
                   std::uint32_t{payload[6]} << 8 | payload[7])
    {
    }

    std::uint16_t source;
    std::uint16_t destination;
    Seq32 sequence;
};

template <class IpAddress>
HoststackFlowKey
KeyOf(const Quotation& quoted, IpAddress source, IpAddress destination)
{
    return {FromNs3(source), FromNs3(destination), quoted.source, quoted.destination};
}

} // namespace

bool
HoststackTcpProtocol::TakeIcmp(const HoststackFlowKey& key,
                               Seq32 sequence,
                               std::uint8_t type,
                               std::uint8_t code,
                               std::uint32_t info)
{
    auto* endpoint = FindConnection(
        key,
        HashFlow(key.remote, key.local, key.remotePort, key.localPort, kProtocolNumber));
    if (endpoint == nullptr)
    {
        return false;
    }
    auto& context = m_machine->Current();
    const bool v4 = key.remote.family == hoststack::IpFamily::V4;
    if (v4 ? type == kUnreachable4 && code == kFragmentationNeeded : type == kTooBig6)
    {
        OnTooBig(context, *endpoint, sequence, info);
    }
    else if (auto error = v4 ? ReadIcmp4Error(type, code) : ReadIcmp6Error(type, code))
    {
        error->sequence = sequence;
        endpoint->OnNetworkError(context, *error);
    }
    return true;
}

void
HoststackTcpProtocol::OnTooBig(Context& context,
                               HoststackTcpEndpoint& endpoint,
                               Seq32 sequence,
                               std::uint32_t mtu)
{
    const auto remote = endpoint.Key().remote;
    const auto headers = endpoint.FixedHeaders();
    const auto known = endpoint.PathMtu();
    const auto believed = HoststackPathMtuCache::Believe(remote, mtu, known);
    if (believed >= known || !endpoint.OnPathMss(context, sequence, believed - headers))
    {
        return;
    }
    m_pathMtus.Learn(remote, believed, context.Now());
    FlushRoutes();
    m_table.ForEach([&](HoststackTcpEndpoint& other) {
        if (other.Key().remote == remote)
        {
            other.LimitPathMss(believed - headers);
        }
    });
}

void
HoststackTcpProtocol::ReceiveIcmp(Ipv4Address icmpSource,
                                  std::uint8_t icmpTtl,
                                  std::uint8_t icmpType,
                                  std::uint8_t icmpCode,
                                  std::uint32_t icmpInfo,
                                  Ipv4Address payloadSource,
                                  Ipv4Address payloadDestination,
                                  const std::uint8_t payload[8])
{
    const Quotation quoted(payload);
    const auto key = KeyOf(quoted, payloadSource, payloadDestination);
    if (!TakeIcmp(key, quoted.sequence, icmpType, icmpCode, icmpInfo) && m_previous4)
    {
        m_previous4->ReceiveIcmp(icmpSource,
                                 icmpTtl,
                                 icmpType,
                                 icmpCode,
                                 icmpInfo,
                                 payloadSource,
                                 payloadDestination,
                                 payload);
    }
}

void
HoststackTcpProtocol::ReceiveIcmp(Ipv6Address icmpSource,
                                  std::uint8_t icmpTtl,
                                  std::uint8_t icmpType,
                                  std::uint8_t icmpCode,
                                  std::uint32_t icmpInfo,
                                  Ipv6Address payloadSource,
                                  Ipv6Address payloadDestination,
                                  const std::uint8_t payload[8])
{
    const Quotation quoted(payload);
    const auto key = KeyOf(quoted, payloadSource, payloadDestination);
    if (!TakeIcmp(key, quoted.sequence, icmpType, icmpCode, icmpInfo) && m_previous6)
    {
        m_previous6->ReceiveIcmp(icmpSource,
                                 icmpTtl,
                                 icmpType,
                                 icmpCode,
                                 icmpInfo,
                                 payloadSource,
                                 payloadDestination,
                                 payload);
    }
}

} // namespace ns3
