// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-bulk-sender.h"
#include "ns3/hs-hoststack-helper.h"
#include "ns3/hs-link-helper.h"
#include "ns3/hs-requester.h"
#include "ns3/hs-responder.h"
#include "ns3/hs-session-application.h"
#include "ns3/hs-stream-reader.h"
#include "ns3/hs-tcp-socket-factory.h"
#include "ns3/hs-tcp-socket.h"

#include <ns3/boolean.h>
#include <ns3/inet-socket-address.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4-address-helper.h>
#include <ns3/simulator.h>
#include <ns3/tcp-socket-factory.h>
#include <ns3/uinteger.h>

#include <catch2/catch.hpp>

using namespace ns3;

namespace
{

constexpr std::uint16_t kPort = 80;
constexpr hoststack::TimeNs kMs = hoststack::kMillisecond;

/// Two nodes 5 ms apart at 8 Mbit/s: a thousand bytes per millisecond.
class Pair
{
  public:
    explicit Pair(const TypeId& protocol)
        : m_protocol(protocol)
    {
        m_nodes.Create(2);
        InternetStackHelper().Install(m_nodes);
        HoststackHelper().Install(m_nodes);
        hoststack::LinkConfig link;
        link.rate = 8000000;
        link.delay = 5 * kMs;
        const auto devices =
            HoststackLinkHelper().Install(m_nodes.Get(0), m_nodes.Get(1), link, link);
        m_addresses = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);
    }

    ~Pair()
    {
        m_opener = nullptr;
        m_listener = nullptr;
        Simulator::Destroy();
    }

    template <class Opens, class Accepts>
    void Connect(const Opens& opens, const Accepts& accepts, std::uint32_t connections = 1)
    {
        m_listener = Make(1, accepts, Ipv4Address::GetAny());
        m_listener->SetAttribute("Listen", BooleanValue(true));
        m_opener = Make(0, opens, m_addresses.GetAddress(1));
        m_opener->SetAttribute("Connections", UintegerValue(connections));
    }

    void Run(hoststack::TimeNs until)
    {
        Simulator::Stop(NanoSeconds(until) - Simulator::Now());
        Simulator::Run();
    }

    HoststackSessionApplication& Opener()
    {
        return *m_opener;
    }

    HoststackSessionApplication& Listener()
    {
        return *m_listener;
    }

  private:
    Ptr<HoststackSessionApplication> Make(std::uint32_t node,
                                          HoststackSessionApplication::ProgramFactory factory,
                                          Ipv4Address address)
    {
        const auto application = CreateObject<HoststackSessionApplication>();
        application->SetAttribute("Protocol", TypeIdValue(m_protocol));
        application->SetAttribute("Address", AddressValue(InetSocketAddress(address, kPort)));
        application->SetProgram(std::move(factory));
        m_nodes.Get(node)->AddApplication(application);
        return application;
    }

    TypeId m_protocol;
    NodeContainer m_nodes;
    Ipv4InterfaceContainer m_addresses;
    Ptr<HoststackSessionApplication> m_opener;
    Ptr<HoststackSessionApplication> m_listener;
};

std::vector<TypeId>
BothStacks()
{
    return {HoststackTcpSocketFactory::GetTypeId(), TcpSocketFactory::GetTypeId()};
}

} // namespace

TEST_CASE("what a bulk sender writes arrives whole, on our stack and on ns-3's", "[app]")
{
    for (const auto& protocol : BothStacks())
    {
        Pair pair(protocol);
        pair.Connect([] { return std::make_unique<hoststack::BulkSender>(100000, 65536); },
                     [] {
                         return std::make_unique<hoststack::StreamReader>(hoststack::ReadPattern(),
                                                                          100000);
                     },
                     3);
        pair.Run(10 * hoststack::kSecond);
        REQUIRE(pair.Listener().GetSessions().size() == 3);
        for (const auto& session : pair.Listener().GetSessions())
        {
            CHECK(session->GetRecord().bytesRead == 100000);
            CHECK(session->IsFinished());
        }
        for (const auto& session : pair.Opener().GetSessions())
        {
            CHECK(session->GetRecord().bytesWritten == 100000);
            CHECK(session->IsFinished());
            CHECK(session->GetRecord().opened == 0);
            CHECK(session->GetRecord().connected >= 10 * kMs);
        }
    }
}

TEST_CASE("a reader that waits for no number of bytes finishes with the end of the stream", "[app]")
{
    for (const auto& protocol : BothStacks())
    {
        Pair pair(protocol);
        pair.Connect(
            [] { return std::make_unique<hoststack::BulkSender>(5000, 1000); },
            [] { return std::make_unique<hoststack::StreamReader>(hoststack::ReadPattern(), 0); });
        pair.Run(10 * hoststack::kSecond);
        REQUIRE(pair.Listener().GetSessions().size() == 1);
        const auto& record = pair.Listener().GetSessions().front()->GetRecord();
        CHECK(record.bytesRead == 5000);
        CHECK(record.finished >= 0);
    }
}

TEST_CASE("a reader with a pause reads on its own beat", "[app]")
{
    for (const auto& protocol : BothStacks())
    {
        Pair pair(protocol);
        hoststack::ReadPattern pattern;
        pattern.startDelay = 100 * kMs;
        pattern.readSize = 1000;
        pattern.pause = 50 * kMs;
        pair.Connect(
            [] { return std::make_unique<hoststack::BulkSender>(10000, 65536); },
            [pattern] { return std::make_unique<hoststack::StreamReader>(pattern, 10000); });
        pair.Run(10 * hoststack::kSecond);
        REQUIRE(pair.Listener().GetSessions().size() == 1);
        const auto& record = pair.Listener().GetSessions().front()->GetRecord();
        CHECK(record.reads == 10);
        CHECK(record.firstRead - record.connected == 100 * kMs);
        CHECK(record.longestGap == 50 * kMs);
        CHECK(record.lastRead - record.firstRead == 450 * kMs);
    }
}

TEST_CASE("a reader that needs time to wake up reads that much after data has come", "[app]")
{
    for (const auto& protocol : BothStacks())
    {
        const auto firstRead = [&protocol](hoststack::TimeNs latency) {
            Pair pair(protocol);
            hoststack::ReadPattern pattern;
            pattern.wakeLatency = latency;
            pair.Connect(
                [] { return std::make_unique<hoststack::BulkSender>(100000, 65536); },
                [pattern] { return std::make_unique<hoststack::StreamReader>(pattern, 100000); });
            pair.Run(10 * hoststack::kSecond);
            const auto& session = *pair.Listener().GetSessions().at(0);
            CHECK(session.IsFinished());
            CHECK(session.GetRecord().bytesRead == 100000);
            return session.GetRecord();
        };
        const auto awake = firstRead(0);
        const auto slow = firstRead(3 * kMs);
        CHECK(slow.firstRead - awake.firstRead == 3 * kMs);
        // Segments arrive every millisecond and a half: what came meanwhile is read at once.
        CHECK(slow.reads < awake.reads);
    }
}

TEST_CASE("a wake-up takes its time only for a reader that had to wait", "[app]")
{
    Pair pair(HoststackTcpSocketFactory::GetTypeId());
    hoststack::ReadPattern pattern;
    pattern.startDelay = 500 * kMs;
    pattern.readSize = 1000;
    pattern.wakeLatency = 7 * kMs;
    pair.Connect([] { return std::make_unique<hoststack::BulkSender>(5000, 65536); },
                 [pattern] { return std::make_unique<hoststack::StreamReader>(pattern, 5000); });
    pair.Run(10 * hoststack::kSecond);
    const auto& record = pair.Listener().GetSessions().at(0)->GetRecord();
    CHECK(record.reads == 5);
    CHECK(record.firstRead - record.connected == 500 * kMs);
    CHECK(record.lastRead == record.firstRead);
}

TEST_CASE("a read takes as long as its bytes take to copy, and counts once", "[app]")
{
    for (const auto& protocol : BothStacks())
    {
        Pair pair(protocol);
        hoststack::ReadPattern pattern;
        pattern.startDelay = 500 * kMs;
        pattern.copyRate = 8'000'000; // a thousand bytes per millisecond
        pair.Connect(
            [] { return std::make_unique<hoststack::BulkSender>(20000, 65536); },
            [pattern] { return std::make_unique<hoststack::StreamReader>(pattern, 20000); });
        pair.Run(10 * hoststack::kSecond);
        const auto& record = pair.Listener().GetSessions().at(0)->GetRecord();
        CHECK(record.reads == 1);
        CHECK(record.bytesRead == 20000);
        CHECK(record.lastRead - record.connected == 520 * kMs);
    }
}

TEST_CASE("what arrives during a read is read with it, as far as it was asked for", "[app]")
{
    // 50 kB need 50 ms on the link and 100 ms to copy; a read asks for 30 kB or for what is there.
    const auto read = [](std::uint64_t size) {
        Pair pair(HoststackTcpSocketFactory::GetTypeId());
        hoststack::ReadPattern pattern;
        pattern.readSize = size;
        pattern.copyRate = 4'000'000;
        pair.Connect(
            [] { return std::make_unique<hoststack::BulkSender>(50000, 65536); },
            [pattern] { return std::make_unique<hoststack::StreamReader>(pattern, 50000); });
        pair.Run(10 * hoststack::kSecond);
        const auto& session = *pair.Listener().GetSessions().at(0);
        CHECK(session.IsFinished());
        CHECK(session.GetRecord().bytesRead == 50000);
        return session.GetRecord().reads;
    };
    CHECK(read(30000) == 2);
    CHECK(read(0) > 3);
}

TEST_CASE("a reader in steps pauses after each step, not after each read", "[app]")
{
    for (const auto& protocol : BothStacks())
    {
        Pair pair(protocol);
        hoststack::ReadPattern pattern;
        pattern.startDelay = 500 * kMs;
        pattern.readSize = 1000;
        pattern.step = 4000;
        pattern.pause = 100 * kMs;
        pair.Connect(
            [] { return std::make_unique<hoststack::BulkSender>(10000, 65536); },
            [pattern] { return std::make_unique<hoststack::StreamReader>(pattern, 10000); });
        pair.Run(10 * hoststack::kSecond);
        const auto& record = pair.Listener().GetSessions().at(0)->GetRecord();
        CHECK(record.reads == 10);
        CHECK(record.lastRead - record.firstRead == 200 * kMs);
    }
}

TEST_CASE("a reader that replies does so after each read, and the sender hears it to the end",
          "[app]")
{
    for (const auto& protocol : BothStacks())
    {
        Pair pair(protocol);
        hoststack::ReadPattern pattern;
        pattern.startDelay = 200 * kMs;
        pattern.readSize = 1000;
        pattern.pause = 20 * kMs;
        pattern.reply = 30;
        pair.Connect(
            [] { return std::make_unique<hoststack::BulkSender>(10000, 65536, true); },
            [pattern] { return std::make_unique<hoststack::StreamReader>(pattern, 10000); });
        pair.Run(10 * hoststack::kSecond);
        const auto& reader = *pair.Listener().GetSessions().at(0);
        const auto& sender = *pair.Opener().GetSessions().at(0);
        CHECK(reader.IsFinished());
        CHECK_FALSE(reader.GetRecord().failed);
        CHECK(reader.GetRecord().bytesWritten == 300);
        CHECK(sender.GetRecord().bytesRead == 300);
        CHECK_FALSE(sender.GetRecord().failed);
    }
}

TEST_CASE("each time a read opens a closed window it is noted how long data took to come", "[app]")
{
    Pair pair(HoststackTcpSocketFactory::GetTypeId());
    hoststack::ReadPattern pattern;
    pattern.startDelay = 500 * kMs;
    pattern.step = 60000;
    pattern.pause = 500 * kMs;
    const auto config = std::make_shared<hoststack::tcp::Config>();
    config->receiveBuffer = 65536;
    config->receiveBufferLocked = true;
    pair.Connect([] { return std::make_unique<hoststack::BulkSender>(300000, 65536); },
                 [pattern] { return std::make_unique<hoststack::StreamReader>(pattern, 300000); });
    pair.Listener().SetSocketSetup(
        [config](Socket& socket) { dynamic_cast<HoststackTcpSocket&>(socket).SetConfig(config); });
    pair.Run(20 * hoststack::kSecond);
    const auto& reader = *pair.Listener().GetSessions().at(0);
    CHECK(reader.IsFinished());
    // The buffer holds less than a step: it is full at the end of each of the pauses.
    const auto& delays = *reader.FindResumeDelays();
    CHECK(delays.size() == 5);
    for (const auto delay : delays)
    {
        // One round trip, and up to 1.5 kB at a thousand bytes per millisecond.
        CHECK(delay >= 10 * kMs);
        CHECK(delay <= 13 * kMs);
    }
}

TEST_CASE("a requester asks again after the whole answer and its time to think", "[app]")
{
    for (const auto& protocol : BothStacks())
    {
        Pair pair(protocol);
        pair.Connect(
            [] { return std::make_unique<hoststack::Requester>(100, 20000, 200 * kMs, 3); },
            [] { return std::make_unique<hoststack::Responder>(100, 20000); });
        pair.Run(10 * hoststack::kSecond);
        REQUIRE(pair.Opener().GetSessions().size() == 1);
        const auto& session = *pair.Opener().GetSessions().front();
        CHECK(session.IsFinished());
        REQUIRE(session.FindResponseTimes()->size() == 3);
        for (const auto time : *session.FindResponseTimes())
        {
            // One round trip and 20 kB at a thousand bytes per millisecond.
            CHECK(time > 30 * kMs);
            CHECK(time < 60 * kMs);
        }
        CHECK(pair.Listener().GetSessions().front()->GetRecord().bytesWritten == 60000);
        CHECK(pair.Listener().GetSessions().front()->IsFinished());
    }
}

TEST_CASE("a refused connection is over and failed", "[app]")
{
    Pair pair(HoststackTcpSocketFactory::GetTypeId());
    pair.Connect([] { return std::make_unique<hoststack::BulkSender>(1000, 1000); },
                 [] { return std::make_unique<hoststack::BulkSender>(1, 1); });
    pair.Listener().SetStartTime(Seconds(100));
    bool wasTold = false;
    pair.Opener().SetSessionHook([&wasTold](HoststackSession& session) {
        session.SetOverCallback([&wasTold] { wasTold = true; });
    });
    pair.Run(hoststack::kSecond);
    const auto& session = *pair.Opener().GetSessions().front();
    CHECK(session.GetRecord().failed);
    CHECK(session.IsOver());
    CHECK_FALSE(session.IsFinished());
    CHECK(wasTold);
}

TEST_CASE("an aborted session fails at once, its peer when the reset arrives", "[app]")
{
    Pair pair(HoststackTcpSocketFactory::GetTypeId());
    pair.Connect(
        [] { return std::make_unique<hoststack::BulkSender>(0, 65536); },
        [] { return std::make_unique<hoststack::StreamReader>(hoststack::ReadPattern(), 0); });
    Simulator::Schedule(Seconds(1), [&pair] { pair.Opener().AbortSessions(); });
    pair.Run(hoststack::kSecond + 4 * kMs);
    CHECK(pair.Opener().GetSessions().front()->GetRecord().failed);
    CHECK_FALSE(pair.Listener().GetSessions().front()->IsOver());
    pair.Run(10 * hoststack::kSecond);
    CHECK(pair.Listener().GetSessions().front()->GetRecord().failed);
}
