// SPDX-License-Identifier: GPL-2.0-only

#include "two-ends.h"

#include <catch2/catch.hpp>

// What reading does to a closed receive window, by policy, and how a reader finds it.

namespace
{

using namespace hoststack;
using namespace hoststack::test;

constexpr std::uint32_t kEndless = 1u << 30; // more than any buffer
constexpr TimeNs kReaderWakes = 2 * kSecond + 50 * kMillisecond;

/// Host 1 sends without end to host 0, whose reader sleeps until kReaderWakes.
struct ClosedWindow
{
    explicit ClosedWindow(const std::string& policy, std::uint32_t buffer = 131072)
    {
        tcp::Config reader;
        reader.window = policy;
        reader.receiveBuffer = buffer;
        reader.receiveBufferLocked = true;
        LinkConfig link;
        link.rate = 50'000'000;
        link.delay = 5 * kMillisecond;
        ends = std::make_unique<TwoEnds>(reader, tcp::Config(), link, link, 1);
        ends->hosts[1].onEvents = [this](TimeNs now, std::uint32_t events) {
            if ((events & (tcp::kConnected | tcp::kWritable)) != 0)
            {
                ends->hosts[1].connection->Send(now, Payload::Virtual(kEndless));
            }
        };
        ends->hosts[1].filter = [this](TimeNs now, TcpSegment& segment) {
            if (now > kReaderWakes && segment.payload.Length() > 100 && resumed == 0)
            {
                resumed = now;
            }
            return true;
        };
        ends->hosts[0].filter = [this](TimeNs now, TcpSegment& segment) {
            acks += now >= kReaderWakes && segment.payload.Length() == 0 ? 1 : 0;
            return true;
        };
        ends->Start();
        ends->Run(kReaderWakes - kMillisecond);
    }

    tcp::Connection& Reader()
    {
        return *ends->hosts[0].connection;
    }

    std::unique_ptr<TwoEnds> ends;
    TimeNs resumed{0};
    int acks{0};
};

/// From reading everything to the next data leaving the sender.
TimeNs
ResumeDelay(const std::string& policy)
{
    ClosedWindow run(policy);
    run.ends->At(kReaderWakes, [&] { run.Reader().Read(kReaderWakes, 1 << 30, nullptr); });
    run.ends->Run(30 * kSecond, [&] { return run.resumed > 0; });
    REQUIRE(run.resumed > 0);
    return run.resumed - kReaderWakes;
}

} // namespace

TEST_CASE("a read that empties a full buffer announces the window, unless the policy never does",
          "[tcp][window]")
{
    // One way of 5 ms for the update. Without it: the answer to the sender's next probe; those go
    // out about 0.2, 0.6, 1.4 and 3 s after the window closed (facts sheet linux.md 1.9.5).
    CHECK(ResumeDelay("linux") == Approx(5 * kMillisecond).margin(kMillisecond));
    CHECK(ResumeDelay("immediate-ack") == Approx(5 * kMillisecond).margin(kMillisecond));
    CHECK(ResumeDelay("rfc1122") == Approx(5 * kMillisecond).margin(kMillisecond));
    CHECK(ResumeDelay("freebsd") == Approx(5 * kMillisecond).margin(kMillisecond));
    CHECK(ResumeDelay("no-update") > 200 * kMillisecond);
    CHECK(ResumeDelay("no-update") < 2 * kSecond);
}

TEST_CASE("small reads from a full buffer are announced each, in steps, or not at all",
          "[tcp][window]")
{
    const auto acks = [](const std::string& policy) {
        ClosedWindow run(policy);
        run.ends->At(kReaderWakes, [&] {
            for (int i = 0; i < 10; ++i)
            {
                run.Reader().Read(kReaderWakes, 500, nullptr);
            }
        });
        // The updates have left; nothing has come back yet.
        run.ends->Run(kReaderWakes + 9 * kMillisecond);
        return run.acks;
    };
    CHECK(acks("immediate-ack") == 10);
    CHECK(acks("no-update") == 0);
    // 5000 bytes of some 80000 are more than a sixteenth only with the last read (1.4.2 d).
    CHECK(acks("linux") <= 1);
}

TEST_CASE("a reader sees that its window is closed, and when it could be opened", "[tcp][window]")
{
    ClosedWindow run("linux");
    const auto before = run.Reader().GetWindowStatus();
    CHECK(before.IsClosed());
    CHECK_FALSE(before.CouldOpen());
    CHECK(before.mss == 1448);
    run.ends->Run(kReaderWakes);
    // A kilobyte is less than a segment: nothing to announce yet (silly-window avoidance).
    auto& reader = run.Reader();
    reader.ReadPart(kReaderWakes, 1000, nullptr);
    CHECK_FALSE(reader.GetWindowStatus().CouldOpen());
    const auto rest = reader.ReadPart(kReaderWakes, 1 << 30, nullptr);
    const auto open = reader.GetWindowStatus();
    CHECK(open.IsClosed()); // until the read ends
    CHECK(open.CouldOpen());
    CHECK(run.acks == 0);
    reader.EndRead(kReaderWakes, 1000 + rest);
    CHECK(run.acks == 1);
    CHECK_FALSE(reader.GetWindowStatus().IsClosed());
}
