// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-option-plan.h"

#include <catch2/catch.hpp>
#include <random>

// What goes on a segment and what waits (mptcp_established_options, mptcp_write_options).

namespace
{

using namespace hoststack;
using namespace hoststack::mptcp;
using S = MptcpSubtype;

MptcpOptions
Wanting(std::initializer_list<S> subtypes)
{
    MptcpOptions o;
    for (const auto s : subtypes)
    {
        o.Set(s);
    }
    o.removeAddress.count = 1;
    o.dss.hasAck = true;
    o.dss.ack64 = true;
    return o;
}

std::uint16_t
Bits(std::initializer_list<S> subtypes)
{
    return Wanting(subtypes).present;
}

void
AddDataFin(MptcpOptions& o, bool checksum)
{
    o.dss.hasMapping = true;
    o.dss.sequence64 = true;
    o.dss.dataFin = true;
    o.dss.hasChecksum = checksum;
}

constexpr std::size_t kBesideTimestamps = 28;
constexpr auto kPure = SegmentKind::PureAck;

} // namespace

TEST_CASE("a signal waits where DATA_FIN, 8-byte numbers and timestamps leave no room", "[mptcp]")
{
    const bool checksum = GENERATE(true, false);
    for (const auto signal : {S::RemoveAddress, S::Priority, S::Fail})
    {
        auto o = Wanting({S::Dss, signal});
        AddDataFin(o, checksum);
        CHECK(OptionsThatGo(o, kPure, kBesideTimestamps) == Bits({S::Dss}));
        CHECK(OptionsThatGo(o, kPure, 40) == o.present);
    }
}

TEST_CASE("ADD_ADDR pushes the DSS off a pure ACK and waits on any other segment", "[mptcp]")
{
    auto o = Wanting({S::Dss, S::AddAddress, S::RemoveAddress, S::Priority});
    CHECK(OptionsThatGo(o, kPure, kBesideTimestamps) == Bits({S::AddAddress, S::Priority}));
    CHECK(OptionsThatGo(o, SegmentKind::Other, kBesideTimestamps) ==
          Bits({S::Dss, S::RemoveAddress, S::Priority}));
    // An IPv6 address with a port has no room beside timestamps at all.
    o.addAddress.address = *IpAddress::Parse("2001:db8::1");
    CHECK(OptionsThatGo(o, kPure, kBesideTimestamps) == Bits({S::AddAddress}));
    o.addAddress.port = 443;
    CHECK(OptionsThatGo(o, kPure, kBesideTimestamps) ==
          Bits({S::Dss, S::RemoveAddress, S::Priority}));
    CHECK(OptionsThatGo(o, kPure, 40) == Bits({S::AddAddress, S::Priority}));
}

TEST_CASE("MP_FAIL keeps the other signals away, and a handshake ADD_ADDR", "[mptcp]")
{
    auto o = Wanting({S::Dss, S::Fail, S::AddAddress, S::RemoveAddress, S::Priority});
    CHECK(OptionsThatGo(o, kPure, kBesideTimestamps) == Bits({S::Dss, S::Fail}));
    auto join = Wanting({S::Join, S::AddAddress, S::RemoveAddress, S::Priority});
    join.join.form = MptcpJoin::Form::Ack;
    CHECK(OptionsThatGo(join, kPure, kBesideTimestamps) == Bits({S::Join, S::RemoveAddress}));
    CHECK(OptionsThatGo(join, kPure, 40) == Bits({S::Join, S::RemoveAddress, S::Priority}));
    auto capable = Wanting({S::Capable, S::AddAddress, S::RemoveAddress, S::Priority});
    capable.capable.form = MptcpCapable::Form::Ack;
    CHECK(OptionsThatGo(capable, kPure, 40) == Bits({S::Capable, S::RemoveAddress}));
}

TEST_CASE("a RST carries MP_FASTCLOSE or MP_FAIL, and a reason", "[mptcp]")
{
    CHECK(OptionsThatGo(Wanting({S::FastClose, S::Fail, S::Reset}), SegmentKind::Reset, 28) ==
          Bits({S::FastClose, S::Reset}));
    CHECK(OptionsThatGo(Wanting({S::Fail, S::Reset}), SegmentKind::Reset, 28) ==
          Bits({S::Fail, S::Reset}));
}

TEST_CASE("whatever is wanted, what goes fits in the room that there is", "[mptcp][property]")
{
    std::mt19937 random(1);
    for (int round = 0; round < 20000; ++round)
    {
        MptcpOptions o;
        o.present = static_cast<std::uint16_t>(random() & 0x1f8);
        const S bases[] = {S::Dss, S::Capable, S::Join};
        const auto base = random() % 4;
        if (base < 3)
        {
            o.Set(bases[base]);
        }
        o.dss.hasAck = random() % 2;
        o.dss.ack64 = random() % 2;
        o.dss.sequence64 = random() % 2;
        AddDataFin(o, random() % 2);
        o.capable.form = static_cast<MptcpCapable::Form>(random() % 4);
        o.join.form = static_cast<MptcpJoin::Form>(random() % 3);
        o.addAddress.echo = random() % 2;
        o.addAddress.port = random() % 2 ? 443 : 0;
        o.addAddress.address = *IpAddress::Parse(random() % 2 ? "2001:db8::1" : "192.0.2.1");
        o.removeAddress.count = static_cast<std::uint8_t>(1 + random() % 8);
        const auto room = 4 * (random() % 11);
        const auto kind = static_cast<SegmentKind>(random() % 3);
        auto went = o;
        went.present = OptionsThatGo(o, kind, room);
        REQUIRE((went.present & ~o.present) == 0);
        TcpOptions tcp;
        REQUIRE(AppendMptcp(went, tcp));
        std::size_t bytes = 0;
        for (std::size_t at = 0; at < tcp.otherLength; at += tcp.other[at + 1])
        {
            bytes += (tcp.other[at + 1] + 3u) / 4 * 4;
        }
        REQUIRE(bytes <= room);
    }
}
