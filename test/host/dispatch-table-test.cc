// SPDX-License-Identifier: GPL-2.0-only

#include "../property-rounds.h"
#include "ns3/hs-dispatch-table.h"
#include "ns3/hs-random.h"

#include <catch2/catch.hpp>
#include <deque>
#include <string>
#include <vector>

using namespace hoststack;
using namespace hoststack::host;

namespace
{

IpAddress
Address(const char* text)
{
    return *IpAddress::Parse(text);
}

SocketEntry
Listener(const char* address, std::uint16_t port, SocketProtocol protocol = SocketProtocol::Tcp)
{
    SocketEntry socket;
    socket.role = SocketRole::Unconnected;
    socket.key.local = Address(address);
    socket.key.localPort = port;
    socket.key.protocol = protocol;
    return socket;
}

PacketKey
Packet(const char* local, std::uint16_t port, const char* remote, std::uint16_t from, bool opens)
{
    return {Address(local), Address(remote), port, from, SocketProtocol::Tcp, opens};
}

/// What a packet is for by looking at all sockets, in the order in which they were added.
class Oracle
{
  public:
    explicit Oracle(const DispatchTable& table)
        : m_table(table)
    {
    }

    bool Add(SocketEntry& socket)
    {
        if (IsWildcard(socket.key.local) && !m_table.HasWildcards())
        {
            return false;
        }
        for (const auto* other : m_sockets)
        {
            if (Collide(*other, socket))
            {
                return false;
            }
        }
        m_sockets.push_back(&socket);
        return true;
    }

    void Remove(const SocketEntry& socket)
    {
        m_sockets.erase(std::find(m_sockets.begin(), m_sockets.end(), &socket));
    }

    const SocketEntry* Find(const PacketKey& packet) const
    {
        std::vector<const SocketEntry*> best;
        for (const auto* socket : m_sockets)
        {
            if (!Accepts(*socket, packet))
            {
                continue;
            }
            if (best.empty() || Rank(*socket, packet) < Rank(*best[0], packet))
            {
                best = {socket};
            }
            else if (Rank(*socket, packet) == Rank(*best[0], packet))
            {
                best.push_back(socket);
            }
        }
        return best.empty() ? nullptr : best[MemberOf(packet, best.size())];
    }

    const std::vector<SocketEntry*>& All() const
    {
        return m_sockets;
    }

    static int Rank(const SocketEntry& socket, const PacketKey& packet)
    {
        return socket.role != SocketRole::Unconnected           ? 0
               : !IsWildcard(socket.key.local)                  ? 1
               : socket.key.local.family == packet.local.family ? 2
                                                                : 3;
    }

  private:
    const DispatchTable& m_table;
    std::vector<SocketEntry*> m_sockets;
};

/// Few addresses and ports, so that sockets meet.
class Die
{
  public:
    explicit Die(std::uint64_t seed)
        : m_random(seed, "test")
    {
    }

    std::size_t Below(std::size_t n)
    {
        return static_cast<std::size_t>(m_random.Bits() % n);
    }

    PacketKey Key()
    {
        static const char* const v4[] = {"10.0.0.1", "10.0.0.2", "11.0.0.1", "11.0.0.2"};
        static const char* const v6[] = {"fd00::1", "fd00::2", "fe00::1", "fe00::2"};
        PacketKey key;
        const auto family = Below(3);
        const auto* const* of = family == 0 ? v6 : v4;
        key.local = Address(of[Below(2)]);
        key.remote = Address(of[2 + Below(2)]);
        if (family == 1)
        {
            // The same socket, opened through its IPv6 face.
            key.local = WithoutMapping(Address((std::string("::ffff:") + of[Below(2)]).c_str()));
        }
        key.localPort = static_cast<std::uint16_t>(80 + Below(4));
        key.remotePort = static_cast<std::uint16_t>(1000 + Below(8));
        key.protocol = Below(3) == 0 ? SocketProtocol::Udp : SocketProtocol::Tcp;
        return key;
    }

    SocketEntry Socket()
    {
        SocketEntry socket;
        socket.key = Key();
        socket.role = static_cast<SocketRole>(Below(3));
        if (socket.role == SocketRole::TimeWait && socket.key.protocol == SocketProtocol::Udp)
        {
            socket.role = SocketRole::Connected;
        }
        // Whether a port's sockets share it, and take IPv4, is one thing for all of them.
        socket.reusePort = socket.key.localPort % 2 == 0;
        socket.onlyV6 = socket.key.localPort < 82;
        if (socket.role == SocketRole::Unconnected && Below(3) == 0)
        {
            socket.key.local.bytes = {};
        }
        return socket;
    }

  private:
    RandomStream m_random;
};

void
Compare(const std::string& name, const TableSize& size, std::uint64_t seed)
{
    Die die(seed);
    auto table = DispatchTables().Create(name, size);
    Oracle oracle(*table);
    std::deque<SocketEntry> sockets;
    TableTally tally;
    for (int step = 0; step < 1500; ++step)
    {
        const auto what = die.Below(10);
        if (what < 3)
        {
            sockets.push_back(die.Socket());
            REQUIRE(table->Add(sockets.back(), tally) == oracle.Add(sockets.back()));
        }
        else if (what < 5 && !oracle.All().empty())
        {
            auto& socket = *oracle.All()[die.Below(oracle.All().size())];
            table->Remove(socket, tally);
            oracle.Remove(socket);
        }
        else
        {
            auto packet = die.Key();
            packet.opens = packet.protocol == SocketProtocol::Tcp && die.Below(2) == 0;
            const auto* found = table->Find(packet, tally);
            const auto* best = oracle.Find(packet);
            REQUIRE((found == nullptr) == (best == nullptr));
            REQUIRE((found == nullptr || Accepts(*found, packet)));
            if (table->Choice() == SocketChoice::Member)
            {
                REQUIRE(found == best);
            }
            else if (table->Choice() == SocketChoice::Best && found != nullptr)
            {
                REQUIRE(Oracle::Rank(*found, packet) == Oracle::Rank(*best, packet));
            }
        }
        REQUIRE(table->Size(SocketProtocol::Tcp) + table->Size(SocketProtocol::Udp) ==
                oracle.All().size());
    }
}

} // namespace

TEST_CASE("every socket table finds what a look at all sockets finds", "[host][dispatch][property]")
{
    const auto round = PROPERTY_ROUND(6);
    for (const auto& name : DispatchTables().Names())
    {
        for (const auto& size : {TableSize{}, TableSize{2, 2}, TableSize{16, 4}})
        {
            CAPTURE(name, size.buckets, round);
            Compare(name, size, static_cast<std::uint64_t>(round));
        }
    }
}

TEST_CASE("a connection is found before a listener of its port, whichever came first",
          "[host][dispatch]")
{
    for (const auto& name : DispatchTables().Names())
    {
        for (const bool listenerFirst : {true, false})
        {
            CAPTURE(name, listenerFirst);
            auto table = DispatchTables().Create(name, {});
            TableTally tally;
            auto listener = Listener("10.0.0.1", 80);
            SocketEntry connection;
            connection.key = Packet("10.0.0.1", 80, "11.0.0.1", 1000, false);
            for (auto* socket :
                 {listenerFirst ? &listener : &connection, listenerFirst ? &connection : &listener})
            {
                REQUIRE(table->Add(*socket, tally));
            }
            CHECK(table->Find(Packet("10.0.0.1", 80, "11.0.0.1", 1000, false), tally) ==
                  &connection);
            CHECK(table->Find(Packet("10.0.0.1", 80, "11.0.0.2", 1000, true), tally) == &listener);
            CHECK(table->Find(Packet("10.0.0.1", 80, "11.0.0.2", 1000, false), tally) == nullptr);
            CHECK(table->Find(Packet("10.0.0.2", 80, "11.0.0.2", 1000, true), tally) == nullptr);
            if (table->Choice() != SocketChoice::First)
            {
                CHECK(table->Find(Packet("10.0.0.1", 80, "11.0.0.1", 1000, true), tally) ==
                      &connection);
            }
        }
    }
}

TEST_CASE("an IPv6 wildcard takes IPv4 unless it is told not to, and after one of IPv4",
          "[host][dispatch]")
{
    for (const auto& name : DispatchTables().Names())
    {
        auto table = DispatchTables().Create(name, {});
        if (!table->HasWildcards())
        {
            continue;
        }
        CAPTURE(name);
        TableTally tally;
        auto both = Listener("::", 80);
        auto six = Listener("::", 81);
        six.onlyV6 = true;
        auto four = Listener("0.0.0.0", 81);
        REQUIRE(table->Add(both, tally));
        REQUIRE(table->Add(six, tally));
        REQUIRE(table->Add(four, tally));
        auto late = Listener("10.0.0.1", 80);
        CHECK_FALSE(table->Add(late, tally)); // its address is taken by the wildcard
        CHECK(table->Find(Packet("10.0.0.1", 80, "11.0.0.1", 1, true), tally) == &both);
        CHECK(table->Find(Packet("fd00::1", 80, "fe00::1", 1, true), tally) == &both);
        CHECK(table->Find(Packet("10.0.0.1", 81, "11.0.0.1", 1, true), tally) == &four);
        CHECK(table->Find(Packet("fd00::1", 81, "fe00::1", 1, true), tally) == &six);
    }
}

TEST_CASE("a group of SO_REUSEPORT gets even shares, and each sender stays where it was",
          "[host][dispatch]")
{
    for (const char* name : {"linux", "freebsd", "open-addressing"})
    {
        CAPTURE(name);
        auto table = DispatchTables().Create(name, {});
        TableTally tally;
        std::vector<SocketEntry> group(4, Listener("0.0.0.0", 80));
        for (auto& socket : group)
        {
            socket.reusePort = true;
            REQUIRE(table->Add(socket, tally));
        }
        std::vector<int> shares(group.size());
        for (std::uint16_t port = 1; port <= 4000; ++port)
        {
            const auto packet = Packet("10.0.0.1", 80, "11.0.0.1", port, true);
            const auto* found = table->Find(packet, tally);
            REQUIRE(found == table->Find(packet, tally));
            ++shares[static_cast<std::size_t>(found - group.data())];
        }
        for (const auto share : shares)
        {
            CHECK(share > 1000 - 3 * 28); // three standard deviations
            CHECK(share < 1000 + 3 * 28);
        }
    }
}

TEST_CASE("an unknown socket table gets the nearest name", "[host][dispatch]")
{
    try
    {
        DispatchTables().Create("linex", {});
        FAIL("it was created");
    }
    catch (const UnknownName& error)
    {
        CHECK(error.Nearest() == "linux");
    }
}
