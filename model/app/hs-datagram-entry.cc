// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-datagram-entry.h"

#include "ns3/hs-address-conversion.h"

#include <ns3/inet-socket-address.h>
#include <ns3/inet6-socket-address.h>
#include <ns3/ipv4-packet-info-tag.h>
#include <ns3/ipv6-packet-info-tag.h>

#include <tuple>
#include <utility>

namespace ns3
{

using hoststack::IpAddress;
using hoststack::host::SocketRole;

namespace
{

std::pair<IpAddress, std::uint16_t>
Split(const Address& address)
{
    if (InetSocketAddress::IsMatchingType(address))
    {
        const auto v4 = InetSocketAddress::ConvertFrom(address);
        return {FromNs3(v4.GetIpv4()), v4.GetPort()};
    }
    if (Inet6SocketAddress::IsMatchingType(address))
    {
        const auto v6 = Inet6SocketAddress::ConvertFrom(address);
        return {FromNs3(v6.GetIpv6()), v6.GetPort()};
    }
    return {};
}

} // namespace

HoststackDatagramEntry::HoststackDatagramEntry(Ptr<HoststackMachine> machine,
                                               const Ptr<Socket>& socket)
    : m_machine(std::move(machine))
{
    m_key.protocol = hoststack::host::SocketProtocol::Udp;
    auto* dispatch = m_machine->Dispatch();
    if (dispatch == nullptr)
    {
        return;
    }
    Address address;
    socket->GetSockName(address);
    std::tie(m_key.local, m_key.localPort) = Split(address);
    const bool isConnected = socket->GetPeerName(address) == 0;
    if (isConnected)
    {
        std::tie(m_key.remote, m_key.remotePort) = Split(address);
    }
    socket->SetRecvPktInfo(true);
    m_handle = dispatch->Open(m_key, isConnected ? SocketRole::Connected : SocketRole::Unconnected);
}

HoststackDatagramEntry::~HoststackDatagramEntry()
{
    if (auto* dispatch = m_machine->Dispatch())
    {
        dispatch->Close(m_handle);
    }
}

void
HoststackDatagramEntry::OnReceived(const Packet& packet, const Address& from)
{
    auto* dispatch = m_machine->Dispatch();
    if (dispatch == nullptr)
    {
        return;
    }
    auto key = m_key;
    std::tie(key.remote, key.remotePort) = Split(from);
    std::uint32_t interface = 0;
    Ipv4PacketInfoTag v4;
    Ipv6PacketInfoTag v6;
    if (packet.PeekPacketTag(v4))
    {
        interface = v4.GetRecvIf();
    }
    else if (packet.PeekPacketTag(v6))
    {
        interface = v6.GetRecvIf();
        key.local = FromNs3(v6.GetAddress());
    }
    if (hoststack::host::IsWildcard(key.local))
    {
        key.local = FromNs3(v4.GetAddress());
    }
    dispatch->OnPacket(m_machine->Current(), interface, key);
}

} // namespace ns3
