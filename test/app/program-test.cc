// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-bulk-sender.h"
#include "ns3/hs-hoststack-helper.h"
#include "ns3/hs-kernel-stream-loop.h"
#include "ns3/hs-kernel-stream.h"
#include "ns3/hs-link-helper.h"
#include "ns3/hs-live-messages.h"
#include "ns3/hs-requester.h"
#include "ns3/hs-responder.h"
#include "ns3/hs-session-application.h"
#include "ns3/hs-stream-reader.h"
#include "ns3/hs-tcp-socket-factory.h"
#include "ns3/hs-two-way-bulk.h"

#include <ns3/boolean.h>
#include <ns3/inet-socket-address.h>
#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4-address-helper.h>
#include <ns3/simulator.h>
#include <ns3/tcp-socket-factory.h>

#include <arpa/inet.h>
#include <array>
#include <catch2/catch.hpp>
#include <ctime>
#include <fcntl.h>
#include <functional>
#include <memory>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

// Each test runs with every driver: a socket of ours, one of ns-3's, and one of this machine's
// kernel over the loopback device.

using namespace hoststack;

namespace
{

constexpr TimeNs kMs = kMillisecond;
constexpr TimeNs kPatience = 10 * kSecond;

using Factory = std::function<std::unique_ptr<Program>()>;

/// What is known of an end afterwards.
struct End
{
    StreamRecord record;
    std::vector<TimeNs> answers;
};

struct Outcome
{
    End opener;
    End listener;
};

/// Connects two programs and lets them run until both are over, or patience ends.
class Driver
{
  public:
    virtual ~Driver() = default;
    virtual std::string Name() const = 0;
    /// \param stopAt when the opener is asked to end
    virtual Outcome Run(const Factory& opener, const Factory& listener, TimeNs stopAt) = 0;
};

std::vector<TimeNs>
Copy(const std::vector<TimeNs>* times)
{
    return times ? *times : std::vector<TimeNs>();
}

/// Two nodes 5 ms apart at 8 Mbit/s.
class Simulated : public Driver
{
  public:
    explicit Simulated(const ns3::TypeId& protocol)
        : m_protocol(protocol)
    {
    }

    std::string Name() const override
    {
        return m_protocol.GetName();
    }

    Outcome Run(const Factory& opener, const Factory& listener, TimeNs stopAt) override
    {
        using namespace ns3;
        NodeContainer nodes;
        nodes.Create(2);
        InternetStackHelper().Install(nodes);
        HoststackHelper().Install(nodes);
        LinkConfig link;
        link.rate = 8000000;
        link.delay = 5 * kMs;
        const auto devices = HoststackLinkHelper().Install(nodes.Get(0), nodes.Get(1), link, link);
        const auto addresses = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);
        const auto make = [&](std::uint32_t node, const Factory& program, Ipv4Address address) {
            const auto application = CreateObject<HoststackSessionApplication>();
            application->SetAttribute("Protocol", TypeIdValue(m_protocol));
            application->SetAttribute("Address", AddressValue(InetSocketAddress(address, 80)));
            application->SetAttribute("Listen", BooleanValue(node == 1));
            application->SetProgram(program);
            nodes.Get(node)->AddApplication(application);
            return application;
        };
        const auto listens = make(1, listener, Ipv4Address::GetAny());
        const auto opens = make(0, opener, addresses.GetAddress(1));
        if (stopAt != kNever)
        {
            Simulator::Schedule(NanoSeconds(stopAt), [&opens] { opens->StopSessions(); });
        }
        Simulator::Stop(NanoSeconds(kPatience));
        Simulator::Run();
        const auto end = [](const HoststackSessionApplication& application) {
            const auto& session = *application.GetSessions().at(0);
            return End{session.GetRecord(), Copy(session.FindResponseTimes())};
        };
        const Outcome outcome{end(*opens), end(*listens)};
        Simulator::Destroy();
        return outcome;
    }

  private:
    ns3::TypeId m_protocol;
};

class Real : public Driver
{
  public:
    std::string Name() const override
    {
        return "kernel";
    }

    Outcome Run(const Factory& opener, const Factory& listener, TimeNs stopAt) override
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* place = reinterpret_cast<sockaddr*>(&address);
        const int waits = socket(AF_INET, SOCK_STREAM, 0);
        REQUIRE(bind(waits, place, size) == 0);
        REQUIRE(listen(waits, 1) == 0);
        REQUIRE(getsockname(waits, place, &size) == 0);
        const int connects = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        const int called = connect(connects, place, size);
        const bool isUnderWay = called == 0 || errno == EINPROGRESS;
        REQUIRE(isUnderWay);

        const StreamPattern one(1);
        const StreamPattern other(2);
        KernelStream from(opener(), one, other);
        KernelStream to(listener(), other, one);
        KernelStreamLoop loop;
        from.Begin(connects, false);
        loop.Add(from);
        to.Begin(accept4(waits, nullptr, nullptr, SOCK_NONBLOCK), true);
        loop.Add(to);
        close(waits);
        const auto start = MonotonicNow();
        auto stop = stopAt == kNever ? kNever : start + stopAt;
        const auto mayGoOn = [&] {
            return MonotonicNow() < start + kPatience && !(from.IsOver() && to.IsOver());
        };
        while (mayGoOn() || from.Descriptor() >= 0)
        {
            const auto until = std::min({loop.Deadline(), stop, MonotonicNow() + 20 * kMs});
            const auto wait = std::max<TimeNs>(0, until - MonotonicNow());
            const timespec timeout{wait / kSecond, wait % kSecond};
            pollfd polled{loop.Descriptor(), POLLIN, 0};
            ppoll(&polled, 1, &timeout, nullptr);
            loop.Run();
            if (stop <= MonotonicNow())
            {
                from.Stop();
                stop = kNever;
            }
            if (MonotonicNow() >= start + kPatience)
            {
                break;
            }
        }
        const auto end = [](const KernelStream& stream) {
            CHECK(stream.GetRecord().wrongAt == -1);
            return End{stream.GetRecord(), Copy(stream.GetProgram().FindResponseTimes())};
        };
        return {end(from), end(to)};
    }
};

std::vector<std::unique_ptr<Driver>>
Drivers()
{
    std::vector<std::unique_ptr<Driver>> drivers;
    drivers.push_back(std::make_unique<Simulated>(ns3::HoststackTcpSocketFactory::GetTypeId()));
    drivers.push_back(std::make_unique<Simulated>(ns3::TcpSocketFactory::GetTypeId()));
    const int probe = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (probe >= 0 && bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
    {
        drivers.push_back(std::make_unique<Real>());
    }
    else
    {
        WARN("this machine has no loopback device: the kernel's sockets are left out");
    }
    close(probe);
    return drivers;
}

/// Runs the two programs with each driver and hands what came of it to \p check.
void
WithEachDriver(const Factory& opener,
               const Factory& listener,
               const std::function<void(const Outcome&)>& check,
               TimeNs stopAt = kNever)
{
    for (const auto& driver : Drivers())
    {
        INFO("driver: " << driver->Name());
        check(driver->Run(opener, listener, stopAt));
    }
}

Factory
Sends(std::uint64_t bytes, bool hears = false)
{
    return [=] { return std::make_unique<BulkSender>(bytes, 65536, hears); };
}

Factory
Reads(const ReadPattern& pattern, std::uint64_t expected)
{
    return [=] { return std::make_unique<StreamReader>(pattern, expected); };
}

/// All of it was done.
bool
IsDone(const End& end)
{
    return end.record.finished >= 0 && !end.record.failed;
}

} // namespace

TEST_CASE("with every driver a bulk sender's bytes are read to the last, and both ends finish",
          "[app][program]")
{
    for (const std::uint64_t expected : {300000, 0})
    {
        WithEachDriver(Sends(300000), Reads({}, expected), [](const Outcome& outcome) {
            CHECK(IsDone(outcome.opener));
            CHECK(IsDone(outcome.listener));
            CHECK(outcome.opener.record.bytesWritten == 300000);
            CHECK(outcome.listener.record.bytesRead == 300000);
            CHECK(outcome.opener.record.connected >= outcome.opener.record.opened);
        });
    }
}

TEST_CASE("with every driver a sender that is stopped ends its stream, and the reader sees the end",
          "[app][program]")
{
    WithEachDriver(
        Sends(0),
        Reads({}, 0),
        [](const Outcome& outcome) {
            CHECK(IsDone(outcome.opener));
            CHECK(IsDone(outcome.listener));
            CHECK(outcome.listener.record.bytesRead > 0);
            CHECK(outcome.listener.record.bytesRead == outcome.opener.record.bytesWritten);
        },
        300 * kMs);
}

TEST_CASE("with every driver a reader fails when the stream ends before what it waits for",
          "[app][program]")
{
    WithEachDriver(Sends(5000), Reads({}, 8000), [](const Outcome& outcome) {
        CHECK(IsDone(outcome.opener));
        CHECK(outcome.listener.record.failed);
        CHECK(outcome.listener.record.finished < 0);
        CHECK(outcome.listener.record.bytesRead == 5000);
    });
}

TEST_CASE("with every driver a reader with a pause reads on its own beat", "[app][program]")
{
    ReadPattern pattern;
    pattern.startDelay = 100 * kMs;
    pattern.readSize = 1000;
    pattern.pause = 20 * kMs;
    WithEachDriver(Sends(8000), Reads(pattern, 8000), [](const Outcome& outcome) {
        const auto& record = outcome.listener.record;
        CHECK(IsDone(outcome.listener));
        CHECK(record.reads == 8);
        CHECK(record.wakeUps >= 8); // what arrives while it sleeps wakes nobody
        CHECK(record.idleWakeUps == 0);
        // A real machine may be late, never early.
        CHECK(record.firstRead - record.connected >= 100 * kMs);
        CHECK(record.lastRead - record.firstRead >= 7 * 20 * kMs);
    });
}

TEST_CASE("with every driver a reader in steps pauses after each step, and once where it is to",
          "[app][program]")
{
    ReadPattern pattern;
    pattern.startDelay = 200 * kMs;
    pattern.readSize = 1000;
    pattern.step = 4000;
    pattern.pause = 30 * kMs;
    WithEachDriver(Sends(10000), Reads(pattern, 10000), [](const Outcome& outcome) {
        CHECK(outcome.listener.record.reads == 10);
        CHECK(outcome.listener.record.longestGap >= 30 * kMs);
        CHECK(outcome.listener.record.lastRead - outcome.listener.record.firstRead >= 60 * kMs);
    });
    ReadPattern stops;
    stops.startDelay = 200 * kMs;
    stops.pauseAt = 3000;
    stops.pauseFor = 150 * kMs;
    WithEachDriver(Sends(10000), Reads(stops, 10000), [](const Outcome& outcome) {
        CHECK(IsDone(outcome.listener));
        CHECK(outcome.listener.record.longestGap >= 150 * kMs);
    });
}

TEST_CASE("with every driver a reader waits for its low-water mark, but not for more than there is",
          "[app][program]")
{
    ReadPattern pattern;
    pattern.lowWaterMark = 6000;
    WithEachDriver(Sends(10000), Reads(pattern, 10000), [](const Outcome& outcome) {
        CHECK(IsDone(outcome.listener));
        CHECK(outcome.listener.record.bytesRead == 10000);
        CHECK(outcome.listener.record.reads <= 2);
    });
}

TEST_CASE("with every driver a reader's replies are heard to the end", "[app][program]")
{
    ReadPattern pattern;
    pattern.startDelay = 200 * kMs;
    pattern.readSize = 1000;
    pattern.pause = 5 * kMs;
    pattern.reply = 30;
    WithEachDriver(Sends(10000, true), Reads(pattern, 10000), [](const Outcome& outcome) {
        CHECK(IsDone(outcome.opener));
        CHECK(IsDone(outcome.listener));
        CHECK(outcome.listener.record.bytesWritten == 300);
        CHECK(outcome.opener.record.bytesRead == 300);
    });
}

TEST_CASE("with every driver a requester gets all answers, however the messages are written",
          "[app][program]")
{
    WritePattern pieces;
    pieces.sizes = {30, 30, 40};
    WritePattern gaps = pieces;
    gaps.gap = 3 * kMs;
    WritePattern more = pieces;
    more.hold = WritePattern::Hold::More;
    WritePattern cork = gaps;
    cork.hold = WritePattern::Hold::Cork;
    for (const auto& writes : {WritePattern(), pieces, gaps, more, cork})
    {
        WithEachDriver([&] { return std::make_unique<Requester>(100, 100, 10 * kMs, 4, writes); },
                       [&] { return std::make_unique<Responder>(100, 100, writes); },
                       [&](const Outcome& outcome) {
                           CHECK(IsDone(outcome.opener));
                           CHECK(IsDone(outcome.listener));
                           CHECK(outcome.opener.record.bytesWritten == 400);
                           CHECK(outcome.opener.record.bytesRead == 400);
                           REQUIRE(outcome.opener.answers.size() == 4);
                           for (const auto took : outcome.opener.answers)
                           {
                               // Two gaps in the question, two in the answer.
                               CHECK(took >= 4 * writes.gap);
                           }
                       });
    }
}

TEST_CASE("with every driver a requester that is stopped still takes the answer under way",
          "[app][program]")
{
    WithEachDriver([] { return std::make_unique<Requester>(100, 20000, 0, 0); },
                   [] { return std::make_unique<Responder>(100, 20000); },
                   [](const Outcome& outcome) {
                       CHECK(IsDone(outcome.opener));
                       CHECK(IsDone(outcome.listener));
                       REQUIRE(!outcome.opener.answers.empty());
                       CHECK(outcome.opener.record.bytesRead ==
                             outcome.opener.answers.size() * 20000);
                   },
                   300 * kMs);
}

TEST_CASE("with every driver a requester fails when its peer ends without the answer",
          "[app][program]")
{
    WithEachDriver([] { return std::make_unique<Requester>(100, 20000, 0, 3); },
                   Sends(5000),
                   [](const Outcome& outcome) {
                       CHECK(outcome.opener.record.failed);
                       CHECK(outcome.opener.answers.empty());
                       CHECK(outcome.opener.record.bytesRead == 5000);
                   });
}

TEST_CASE("with every driver both ends of a two-way transfer send and get everything",
          "[app][program]")
{
    const auto both = [] { return std::make_unique<TwoWayBulk>(200000, 10000); };
    WithEachDriver(both, both, [](const Outcome& outcome) {
        for (const auto* end : {&outcome.opener, &outcome.listener})
        {
            CHECK(IsDone(*end));
            CHECK(end->record.bytesWritten == 200000);
            CHECK(end->record.bytesRead == 200000);
        }
    });
}
