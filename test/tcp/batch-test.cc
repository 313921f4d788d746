// SPDX-License-Identifier: GPL-2.0-only

// Segments that come as a batch, and ACKs that wait for a pacer.

#include "ns3/hs-tcp-connection.h"

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

using namespace hoststack;

namespace
{

constexpr std::uint32_t kMss = 1460;
constexpr TimeNs kRtt = 10 * kMillisecond;

/// A client in slow start, whose peer is played by hand.
class Client : private tcp::SegmentSink
{
  public:
    explicit Client(const std::string& congestion = "reno")
        : m_config(std::make_shared<tcp::Config>(Settings(congestion))),
          connection(m_config, *this, 40000, 80, Seq32(1000))
    {
        connection.Connect(0);
        TcpSegment answer = Peer();
        answer.seq = Seq32(5000);
        answer.ack = Seq32(1001);
        answer.flags = kSyn | kAck;
        answer.options.hasMss = true;
        answer.options.mss = kMss;
        answer.options.hasWindowScale = true;
        answer.options.windowScale = 7;
        answer.options.sackPermitted = true;
        connection.OnSegment(kRtt, answer);
        connection.Send(kRtt, Payload::Virtual(1'000'000));
        connection.TakeEvents();
        sent.clear();
    }

    static tcp::Config Settings(const std::string& congestion)
    {
        tcp::Config config;
        config.congestion = congestion;
        config.initialCwnd = 10;
        config.mss = kMss;
        config.timestamps = false;
        config.tsoDefer = false;
        config.sendBuffer = config.sendBufferMax = 4 << 20;
        return config;
    }

    /// An ACK of the first \p segments.
    void Acknowledge(TimeNs now, std::uint32_t segments, BatchPlace place = BatchPlace::None)
    {
        TcpSegment ack = Peer();
        ack.seq = Seq32(5001);
        ack.ack = Seq32(1001) + segments * kMss;
        ack.flags = kAck;
        connection.OnSegment(now, {ack, 0, place});
    }

    /// A full segment from the peer, the \p number th.
    void Data(TimeNs now, std::uint32_t number, BatchPlace place = BatchPlace::None)
    {
        TcpSegment data = Peer();
        data.seq = Seq32(5001) + number * kMss;
        data.ack = Seq32(1001);
        data.flags = kAck;
        data.payload = Payload::Virtual(kMss);
        connection.OnSegment(now, {data, 0, place});
    }

    std::uint32_t SegmentsSent() const
    {
        std::uint32_t count = 0;
        for (const auto& burst : sent)
        {
            count += burst.payload.Length() > 0 ? burst.SegmentCount() : 0;
        }
        return count;
    }

    std::uint32_t PureAcks() const
    {
        std::uint32_t count = 0;
        for (const auto& burst : sent)
        {
            count += burst.payload.Length() == 0 ? 1 : 0;
        }
        return count;
    }

    std::vector<TcpSegment> sent;

  private:
    std::shared_ptr<tcp::Config> m_config;

  public:
    tcp::Connection connection;

  private:
    static TcpSegment Peer()
    {
        TcpSegment segment;
        segment.sourcePort = 80;
        segment.destinationPort = 40000;
        segment.window = 60000;
        return segment;
    }

    void Transmit(TcpSegment&& burst) override
    {
        sent.push_back(std::move(burst));
    }
};

constexpr BatchPlace kPlaces[] = {BatchPlace::First, BatchPlace::Middle, BatchPlace::Last};

} // namespace

TEST_CASE("the ACKs of a batch are answered once, and open the window as if they came alone",
          "[tcp]")
{
    Client apart;
    Client batch;
    REQUIRE(apart.connection.GetInfo(kRtt).inFlight == 10);
    for (std::uint32_t i = 0; i < 3; ++i)
    {
        apart.Acknowledge(2 * kRtt, 2 * i + 2);
        CHECK(apart.SegmentsSent() == 4 * i + 4);
        batch.Acknowledge(2 * kRtt, 2 * i + 2, kPlaces[i]);
        CHECK(batch.sent.empty());
    }
    batch.connection.EndBatch(2 * kRtt);
    CHECK(batch.SegmentsSent() == apart.SegmentsSent());
    CHECK(batch.sent.size() < apart.sent.size());
    const auto one = apart.connection.GetInfo(2 * kRtt);
    const auto other = batch.connection.GetInfo(2 * kRtt);
    CHECK(one.cwnd == other.cwnd);
    CHECK(one.srtt == other.srtt);
    CHECK(batch.connection.Inconsistency() == nullptr);
}

TEST_CASE("the data of a batch is acknowledged once", "[tcp]")
{
    Client apart;
    Client batch;
    for (std::uint32_t i = 0; i < 3; ++i)
    {
        apart.Data(2 * kRtt, i);
        batch.Data(2 * kRtt, i, kPlaces[i]);
        CHECK(batch.PureAcks() == 0);
    }
    batch.connection.EndBatch(2 * kRtt);
    CHECK(apart.PureAcks() >= 2);
    REQUIRE(batch.PureAcks() == 1);
    CHECK(batch.sent.back().ack == Seq32(5001) + 3 * kMss);
}

TEST_CASE("a batch whose end is missing does not silence what comes after it", "[tcp]")
{
    Client client;
    client.Acknowledge(2 * kRtt, 2, BatchPlace::First);
    client.Acknowledge(2 * kRtt, 4, BatchPlace::Middle);
    CHECK(client.sent.empty());
    client.Acknowledge(2 * kRtt, 6);
    CHECK(client.SegmentsSent() == 12);
}

TEST_CASE("what a batch shows to be lost is sent again at its end", "[tcp]")
{
    Client client;
    const auto duplicate = [&client](std::uint32_t upTo, BatchPlace place) {
        TcpSegment ack;
        ack.sourcePort = 80;
        ack.destinationPort = 40000;
        ack.window = 60000;
        ack.seq = Seq32(5001);
        ack.ack = Seq32(1001);
        ack.flags = kAck;
        ack.options.sackCount = 1;
        ack.options.sack[0] = {Seq32(1001) + kMss, Seq32(1001) + upTo * kMss};
        client.connection.OnSegment(2 * kRtt, {ack, 0, place});
    };
    duplicate(3, BatchPlace::First);
    duplicate(5, BatchPlace::Middle);
    duplicate(7, BatchPlace::Last);
    CHECK(client.connection.GetInfo(2 * kRtt).retransmissions == 0);
    client.connection.EndBatch(2 * kRtt);
    CHECK(client.connection.GetInfo(2 * kRtt).retransmissions == 1);
}
