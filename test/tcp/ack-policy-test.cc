// SPDX-License-Identifier: GPL-2.0-only

#include "../property-rounds.h"
#include "ns3/hs-ack-immediate.h"
#include "ns3/hs-ack-policy.h"
#include "ns3/hs-random.h"
#include "ns3/hs-tcp-config.h"
#include "two-ends.h"

#include <catch2/catch.hpp>
#include <memory>

using namespace hoststack;
using namespace hoststack::tcp;
using test::RoundsOf;

namespace
{

/// An ACK policy with a receiver of which only the numbers exist.
class Scene
{
  public:
    Scene()
        : policy(AckPolicies().Create("linux", config)),
          rtt(RttEstimators().Create("linux", config))
    {
        config.tick = 0;
        state.Tell().mss = state.Tell().advMss = 1000;
        state.SetWindow(60000);
        state.Tell().next = state.Tell().windowUpdated = 1;
        policy->Start(0);
    }

    class View : public AckView
    {
      public:
        View(TimeNs now, Scene& scene)
            : AckView(now, scene.state, *scene.rtt),
              m_holds(scene.windowHolds)
        {
            sack = true;
            hasHole = scene.hasHole;
        }

        bool WindowHolds() override
        {
            return m_holds;
        }

      private:
        bool m_holds;
    };

    /// \p bytes come in order at \p now. \return true if they are acknowledged at once.
    bool Arrive(TimeNs now, std::uint32_t bytes)
    {
        policy->Request();
        View view(now, *this);
        policy->OnInOrderData(view);
        state.Tell().next += bytes;
        return Decide(now);
    }

    /// The same beyond a hole.
    bool ArriveBeyond(TimeNs now)
    {
        hasHole = true;
        policy->Request();
        policy->OnOutOfOrderData(now);
        return Decide(now);
    }

    bool Decide(TimeNs now)
    {
        View view(now, *this);
        const bool leaves = policy->Decide(view);
        if (leaves)
        {
            policy->OnAckSent(state);
            state.Tell().windowUpdated = state.Facts().next;
        }
        return leaves;
    }

    Config config;
    ReceiveLedger state;
    std::unique_ptr<AckPolicy> policy;
    std::unique_ptr<RttEstimator> rtt;
    bool windowHolds{true};
    bool hasHole{false};
};

/// A scene whose quick ACKs are used up: the last segment came at \p now.
void
UseUpQuickAcks(Scene& scene, TimeNs now)
{
    while (scene.Arrive(now, 500))
    {
    }
    scene.policy->Forget();
    scene.state.Tell().windowUpdated = scene.state.Facts().next;
}

} // namespace

TEST_CASE("the first sixteen segments are acknowledged one by one", "[tcp][ack]")
{
    // TCP_MAX_QUICKACKS; facts sheet linux.md 6.9.3.
    Scene scene;
    for (int i = 0; i < 16; ++i)
    {
        CHECK(scene.Arrive(i * kMillisecond, 1000));
    }
    CHECK_FALSE(scene.Arrive(16 * kMillisecond, 1000));
    CHECK(scene.policy->IsPending());
}

TEST_CASE("an ACK that waits leaves with the second full segment", "[tcp][ack]")
{
    Scene scene;
    UseUpQuickAcks(scene, kMillisecond);
    CHECK_FALSE(scene.Arrive(2 * kMillisecond, 1000));
    CHECK(scene.policy->DelayedDeadline() == 2 * kMillisecond + scene.config.delayedAckMin);
    CHECK(scene.Arrive(3 * kMillisecond, 1000));
    CHECK(scene.policy->DelayedDeadline() == kNever);
    CHECK_FALSE(scene.policy->IsPending());
}

TEST_CASE("two segments do not force an ACK that would announce less", "[tcp][ack]")
{
    Scene scene;
    UseUpQuickAcks(scene, kMillisecond);
    scene.windowHolds = false;
    CHECK_FALSE(scene.Arrive(2 * kMillisecond, 1000));
    CHECK_FALSE(scene.Arrive(3 * kMillisecond, 1000));
}

TEST_CASE("beyond a hole three duplicates leave and the next are held", "[tcp][ack]")
{
    // tcp_comp_sack_delay_ns, tcp_comp_sack_nr; facts sheet linux.md 6.9.4.
    Scene scene;
    UseUpQuickAcks(scene, kMillisecond);
    for (int i = 0; i < 3; ++i)
    {
        CHECK(scene.ArriveBeyond(2 * kMillisecond));
    }
    scene.state.Tell().receiverRtt = 10 * kMillisecond;
    CHECK_FALSE(scene.ArriveBeyond(2 * kMillisecond));
    CHECK(scene.policy->HoldsAcks());
    // 5 % of the RTT and the middle of the timer's slack.
    CHECK(scene.policy->HeldDeadline() ==
          2 * kMillisecond + kMillisecond / 2 + scene.config.compressedAckSlack / 2);
    std::uint32_t held = 1;
    while (!scene.ArriveBeyond(2 * kMillisecond))
    {
        ++held;
    }
    CHECK(held == scene.config.compressedAckCount);
    CHECK_FALSE(scene.policy->HoldsAcks());
}

TEST_CASE("an end that answers lets its ACK ride on the answer", "[tcp][ack]")
{
    Scene scene;
    CHECK(scene.Arrive(kMillisecond, 100)); // quick ACKs are left
    scene.policy->OnDataSent(2 * kMillisecond);
    CHECK_FALSE(scene.Arrive(3 * kMillisecond, 100));
    // A timer that fires shows that no answer came: quick again.
    CHECK(scene.policy->OnDelayedDeadline(kSecond));
    scene.policy->OnAckSent(scene.state);
    CHECK(scene.Arrive(100 * kMillisecond, 100));
}

TEST_CASE("a read sends the pending ACK of a pushed segment once nothing waits", "[tcp][ack]")
{
    Scene scene;
    UseUpQuickAcks(scene, kMillisecond);
    CHECK_FALSE(scene.Arrive(2 * kMillisecond, 100));
    CHECK_FALSE(scene.policy->DueAfterRead(scene.state, 100, true));
    scene.policy->NotePush(true);
    CHECK(scene.policy->DueAfterRead(scene.state, 100, true));
    CHECK_FALSE(scene.policy->DueAfterRead(scene.state, 100, false));
    CHECK(scene.policy->DueAfterRead(scene.state, 1001, false));
}

TEST_CASE("an ACK policy never forgets a pending ACK", "[tcp][ack][property]")
{
    // The invariant of AckPolicy, whatever comes: pending means that a deadline runs.
    const auto rounds = RoundsOf(200);
    for (int round = rounds.first; round < rounds.end; ++round)
    {
        RandomStream random(static_cast<std::uint64_t>(round), "ack policy");
        Scene scene;
        scene.config.quickAck = random.Bernoulli(0.7);
        scene.config.compressedAckDelay = random.Bernoulli(0.8) ? kMillisecond : 0;
        TimeNs now = 0;
        for (int step = 0; step < 300; ++step)
        {
            now += static_cast<TimeNs>(random.Exponential(5) * kMillisecond);
            scene.windowHolds = random.Bernoulli(0.7);
            scene.hasHole = random.Bernoulli(0.2);
            switch (random.Bits() % 6)
            {
            case 0:
                scene.ArriveBeyond(now);
                break;
            case 1:
                scene.policy->OnDisorder(scene.state, 16);
                scene.policy->RequestNow();
                CHECK(scene.Decide(now));
                break;
            case 2:
                scene.policy->OnDataSent(now);
                break;
            case 3:
                if (scene.policy->DelayedDeadline() != kNever &&
                    scene.policy->OnDelayedDeadline(kSecond))
                {
                    scene.policy->OnAckSent(scene.state);
                }
                break;
            default:
                scene.Arrive(now, static_cast<std::uint32_t>(1 + random.Bits() % 2000));
            }
            CAPTURE(round, step);
            const char* fault = scene.policy->Inconsistency();
            REQUIRE(std::string(fault ? fault : "") == "");
        }
    }
}

namespace
{

class OwnAcks : public ImmediateAcks
{
};

/// Segments that a receiver of 100,000 bytes sends under the ACK policy \p name.
std::uint64_t
AcksOf(const std::string& name)
{
    Config config;
    config.acks = name;
    LinkConfig link;
    link.rate = 10'000'000;
    link.delay = 10 * kMillisecond;
    test::TwoEnds ends(Config(), config, link, link, 1);
    std::uint32_t read = 0;
    std::uint32_t sent = 0;
    ends.hosts[0].onEvents = [&](TimeNs now, std::uint32_t) {
        sent += ends.hosts[0].connection->Send(now, Payload::Virtual(100000 - sent));
    };
    ends.hosts[1].onEvents = [&](TimeNs now, std::uint32_t) {
        read += ends.hosts[1].connection->Read(now, 1 << 30, nullptr);
    };
    ends.Start();
    ends.Run(10 * kSecond, [&] { return read == 100000; });
    CHECK(read == 100000);
    return ends.hosts[1].connection->GetInfo(ends.Now()).pureAcksSent;
}

} // namespace

TEST_CASE("an ACK policy of one's own is one class and one line", "[tcp][ack]")
{
    AckPolicies().Add({"of one's own", "every segment at once", [](const Config&) {
                           return std::make_unique<OwnAcks>();
                       }});
    // 100,000 bytes are 70 segments of 1448.
    CHECK(AcksOf("of one's own") == 70);
    CHECK_THROWS_AS(AcksOf("linus"), UnknownName);
}

TEST_CASE("with immediate ACKs every segment is acknowledged, with Linux' fewer are", "[tcp][ack]")
{
    CHECK(AcksOf("immediate") == 70);
    CHECK(AcksOf("linux") < 70);
}

TEST_CASE(
    "FreeBSD acknowledges every second segment, a merged unit at once and one alone after 40 ms",
    "[tcp][ack]")
{
    Scene scene;
    scene.policy = AckPolicies().Create("freebsd", scene.config);
    scene.policy->Start(0);
    CHECK_FALSE(scene.Arrive(kMillisecond, 1000));
    CHECK(scene.policy->DelayedDeadline() == 41 * kMillisecond);
    CHECK(scene.Arrive(2 * kMillisecond, 10)); // however short it is
    CHECK(scene.Arrive(3 * kMillisecond, 2000));
    CHECK_FALSE(scene.Arrive(4 * kMillisecond, 1000));
    CHECK(scene.policy->OnDelayedDeadline(kSecond));
    CHECK(scene.ArriveBeyond(50 * kMillisecond));
    CHECK_FALSE(scene.policy->DueAfterRead(scene.state, 5000, true));
}

TEST_CASE("stretch ACKs are one for eight or sixteen segments, and one after 40 ms for the rest",
          "[tcp][ack]")
{
    CHECK(AcksOf("freebsd") == 70 / 2);
    CHECK(AcksOf("every-8th") <= 70 / 8 + 4);
    CHECK(AcksOf("every-16th") < AcksOf("every-8th"));
}
