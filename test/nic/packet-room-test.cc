// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-reveal.h"
#include "ns3/hs-tcp-packet-header.h"

#include <ns3/buffer.h>
#include <ns3/ipv4-header.h>
#include <ns3/ppp-header.h>
#include <ns3/tcp-header.h>

#include <catch2/catch.hpp>
#include <vector>

namespace ns3
{

namespace
{

HOSTSTACK_REVEAL(BufferOf, &Packet::m_buffer);
HOSTSTACK_REVEAL(DataOf, &Buffer::m_data);

auto
MemoryOf(const Packet& packet)
{
    return (packet.*Revealed(BufferOf())).*Revealed(DataOf());
}

} // namespace

TEST_CASE("a packet's headers go into the memory that it was made with", "[nic]")
{
    const std::vector<std::uint8_t> content(1448, 7);
    const auto payload = GENERATE_COPY(hoststack::Payload::Virtual(1448),
                                       hoststack::Payload::Copy(content.data(), content.size()),
                                       hoststack::Payload());
    const auto packet = MakePayloadPacket(payload);
    const auto memory = MemoryOf(*packet);
    CHECK(packet->GetSize() == payload.Length());

    packet->AddHeader(TcpHeader());
    packet->AddHeader(Ipv4Header());
    packet->AddHeader(PppHeader());
    CHECK(MemoryOf(*packet) == memory);
    CHECK(packet->GetSize() == payload.Length() + 42);
}

} // namespace ns3
