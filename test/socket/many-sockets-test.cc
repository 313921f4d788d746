// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-open-addressing.h"
#include "two-hosts.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

using namespace ns3;

TEST_CASE("a socket table finds what it holds, also among equal hashes and after erasing",
          "[socket]")
{
    struct Entry
    {
        std::uint32_t id;
        std::uint32_t hash;
        bool present{false};
    };

    hoststack::host::OpenAddressing<Entry> table;
    std::mt19937 random(1);
    std::vector<Entry> entries;
    for (std::uint32_t i = 0; i < 500; ++i)
    {
        entries.push_back({i, static_cast<std::uint32_t>(random() % 64)}); // many collisions
    }
    auto find = [&table](const Entry& e) {
        return table.Find(e.hash, [&e](const Entry& other) { return other.id == e.id; });
    };
    std::size_t size = 0;
    for (int step = 0; step < 20'000; ++step)
    {
        auto& e = entries[random() % entries.size()];
        REQUIRE((find(e) == &e) == e.present);
        if (e.present)
        {
            table.Erase(e.hash, &e);
            --size;
        }
        else
        {
            table.Insert(e.hash, &e);
            ++size;
        }
        e.present = !e.present;
        REQUIRE(table.Size() == size);
    }
    for (auto& e : entries)
    {
        CHECK((find(e) == &e) == e.present);
    }
}

TEST_CASE("three hundred connections share a link, all finish and all are forgotten", "[socket]")
{
    constexpr int kConnections = 300;
    TwoHosts hosts;
    hosts.Stack(0)->SetAttribute("TimeWait", TimeValue(Seconds(1)));
    auto listener = hosts.Listener(1, 80);
    listener->ShutdownSend();
    std::uint64_t received = 0;
    int accepted = 0;
    listener->SetAcceptCallback(
        MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
        Callback<void, Ptr<Socket>, const Address&>([&](Ptr<Socket> s, const Address&) {
            ++accepted;
            s->SetRecvCallback(Callback<void, Ptr<Socket>>(
                [&](Ptr<Socket> ready) { received += ready->Recv()->GetSize(); }));
        }));
    int closed = 0;
    for (int i = 0; i < kConnections; ++i)
    {
        auto socket = hosts.Socket(0);
        socket->SetCloseCallbacks(Callback<void, Ptr<Socket>>([&](Ptr<Socket>) { ++closed; }),
                                  Callback<void, Ptr<Socket>>());
        Simulator::Schedule(MilliSeconds(i), [socket, &hosts] {
            REQUIRE(socket->Connect(hosts.At(1, 80)) == 0);
            CHECK(socket->Send(Create<Packet>(10'000)) == 10'000);
            socket->Close();
        });
    }
    Simulator::Stop(Seconds(30));
    Simulator::Run();
    CHECK(accepted == kConnections);
    CHECK(received == kConnections * 10'000);
    CHECK(closed == kConnections);
    CHECK(hosts.Stack(0)->ConnectionCount() == 0);
    CHECK(hosts.Stack(1)->ConnectionCount() == 0);
}
