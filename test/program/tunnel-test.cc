// SPDX-License-Identifier: GPL-2.0-only

#include "fake-stream.h"
#include "ns3/hs-content-queue.h"
#include "ns3/hs-proxy-kinds.h"
#include "ns3/hs-relay.h"
#include "ns3/hs-tunnel-header.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>
#include <vector>

using namespace hoststack;
using test::FakeStream;

namespace
{

/// One that has content.
class ContentStream : public FakeStream
{
  public:
    std::vector<std::uint8_t> written;

    void Arrive(const std::uint8_t* bytes, std::size_t count)
    {
        m_content.Append(Payload::Copy(bytes, static_cast<std::uint32_t>(count)));
        arrived += count;
    }

    std::uint64_t ReadInto(ContentQueue& into, std::uint64_t most) override
    {
        const auto got = Read(most);
        m_content.MoveTo(into, got);
        return got;
    }

    std::uint64_t WriteFrom(ContentQueue& from) override
    {
        std::vector<std::uint8_t> bytes(from.Length());
        from.CopyFront(bytes.data(), bytes.size());
        const auto taken = Write(bytes.size(), false);
        written.insert(written.end(),
                       bytes.begin(),
                       bytes.begin() + static_cast<std::ptrdiff_t>(taken));
        from.Drop(taken);
        return taken;
    }

  private:
    ContentQueue m_content;
};

/// A relay between two such streams.
struct Proxy
{
    Proxy(const RelaySettings& settings,
          std::shared_ptr<SealedTunnel> nearTunnel,
          std::shared_ptr<SealedTunnel> farTunnel)
        : relay(std::make_shared<Relay>(
              settings,
              tally,
              [this](std::unique_ptr<Program> program) { onward = std::move(program); })),
          accepted(Relay::MakeNear(relay))
    {
        relay->SetNearTunnel(std::move(nearTunnel));
        relay->SetFarTunnel(std::move(farTunnel));
        accepted->Step(nearStream, Ready::Connected);
    }

    RelayTally tally;
    std::unique_ptr<Program> onward;
    std::shared_ptr<Relay> relay;
    std::unique_ptr<Program> accepted;
    ContentStream nearStream;
    ContentStream farStream;
};

TunnelTarget
Target()
{
    return {*IpAddress::Parse("192.0.2.7"), 443};
}

std::vector<std::uint8_t>
Random(std::mt19937& random, std::size_t count)
{
    std::vector<std::uint8_t> bytes(count);
    std::generate(bytes.begin(), bytes.end(), [&random] {
        return static_cast<std::uint8_t>(random());
    });
    return bytes;
}

/// Hands what \p from has written to \p to in parts of random lengths.
void
Carry(std::mt19937& random, std::vector<std::uint8_t>& from, ContentStream& to, Program& program)
{
    for (std::size_t at = 0; at < from.size();)
    {
        const auto part = std::min<std::size_t>(from.size() - at, 1 + random() % 3000);
        to.Arrive(from.data() + at, part);
        at += part;
        program.Step(to, Ready::Readable);
    }
    from.clear();
}

std::shared_ptr<SealedTunnel>
Called()
{
    return std::make_shared<SealedTunnel>();
}

} // namespace

TEST_CASE("two proxies that share nothing pass content both ways, whatever it is cut into",
          "[program][relay][tunnel]")
{
    const auto* name = GENERATE("shadowsocks-rust", "shadowsocks-libev", "v2ray", "xray");
    const auto& kind = *FindProxyKind(name);
    const RelaySettings settings{kind.buffer, 0};
    std::mt19937 random(7);
    Proxy first(settings, nullptr, std::make_shared<SealedTunnel>(kind.sealing, Target()));
    const auto called = Called();
    Proxy second(settings, called, nullptr);
    const auto up = Random(random, 200000);
    const auto down = Random(random, 300000);

    first.nearStream.Arrive(up.data(), 1000);
    first.onward->Step(first.farStream, Ready::Connected);
    const auto sent = first.farStream.written.size();
    CHECK(sent == kind.sealing.firstUp + kind.sealing.overhead + 1000);
    Carry(random, first.farStream.written, second.nearStream, *second.accepted);
    REQUIRE(second.onward);
    REQUIRE(called->up.Request());
    CHECK(called->up.Request()->target.address == Target().address);
    CHECK(called->up.Request()->target.port == Target().port);
    second.onward->Step(second.farStream, Ready::Connected);

    first.nearStream.Arrive(up.data() + 1000, up.size() - 1000);
    first.accepted->Step(first.nearStream, Ready::Readable);
    Carry(random, first.farStream.written, second.nearStream, *second.accepted);
    CHECK(second.farStream.written == up);

    second.farStream.Arrive(down.data(), down.size());
    second.onward->Step(second.farStream, Ready::Readable);
    Carry(random, second.nearStream.written, first.farStream, *first.onward);
    CHECK(first.nearStream.written == down);
    CHECK(first.tally.unsealed == down.size());
    CHECK(second.tally.unsealed == up.size());
    CHECK(first.tally.failed + second.tally.failed == 0);
}

TEST_CASE("a tunnel that says its lengths sends as many bytes as one that shares them",
          "[program][relay][tunnel]")
{
    const auto* name = GENERATE("shadowsocks-rust", "shadowsocks-libev", "v2ray", "xray");
    const auto& kind = *FindProxyKind(name);
    const std::uint64_t bytes = GENERATE(0, 1, 70000, 1000000);
    const auto sent = [&](std::shared_ptr<SealedTunnel> tunnel) {
        Proxy proxy({kind.buffer, 0}, nullptr, std::move(tunnel));
        const std::vector<std::uint8_t> content(bytes, 1);
        proxy.onward->Step(proxy.farStream, Ready::Connected);
        proxy.nearStream.Arrive(content.data(), content.size());
        proxy.accepted->Step(proxy.nearStream, Ready::Readable);
        return std::pair(proxy.farStream.GetRecord().bytesWritten, proxy.tally.seals);
    };
    CHECK(sent(std::make_shared<SealedTunnel>(kind.sealing, Target())) ==
          sent(std::make_shared<SealedTunnel>(kind.sealing)));
}

TEST_CASE("a request that comes alone opens the onward connection", "[program][relay][tunnel]")
{
    const auto& kind = *FindProxyKind("shadowsocks-libev");
    std::mt19937 random(1);
    Proxy first({1000, 0}, nullptr, std::make_shared<SealedTunnel>(kind.sealing, Target()));
    Proxy second({1000, 0}, Called(), nullptr);
    first.onward->Step(first.farStream, Ready::Connected);
    CHECK(first.farStream.written.size() == kind.sealing.firstUp);
    Carry(random, first.farStream.written, second.nearStream, *second.accepted);
    CHECK(second.onward);
    CHECK(second.tally.unsealed == 0);
}

TEST_CASE("a proxy that is called with anything but a request gives up", "[program][relay][tunnel]")
{
    std::mt19937 random(3);
    Proxy proxy({1000, 0}, Called(), nullptr);
    auto bytes = Random(random, 5000);
    Carry(random, bytes, proxy.nearStream, *proxy.accepted);
    CHECK_FALSE(proxy.onward);
    CHECK(proxy.nearStream.closed);
    CHECK(proxy.nearStream.GetRecord().failed);
    CHECK(proxy.tally.failed == 1);
}

TEST_CASE("a proxy closes both sides when a chunk cannot be one", "[program][relay][tunnel]")
{
    const auto& kind = *FindProxyKind("v2ray");
    std::mt19937 random(5);
    Proxy first({1000, 0}, nullptr, std::make_shared<SealedTunnel>(kind.sealing, Target()));
    Proxy second({1000, 0}, Called(), nullptr);
    first.onward->Step(first.farStream, Ready::Connected);
    Carry(random, first.farStream.written, second.nearStream, *second.accepted);
    second.onward->Step(second.farStream, Ready::Connected);
    std::vector<std::uint8_t> wrong(kind.sealing.overhead, 0xff); // longer than a chunk can be
    Carry(random, wrong, second.nearStream, *second.accepted);
    CHECK(second.nearStream.closed);
    CHECK(second.farStream.closed);
    CHECK(second.tally.failed == 1);
}

TEST_CASE("a request is read as it was written, and nothing else is taken for one",
          "[program][relay][tunnel]")
{
    for (const auto& kind : ProxyKinds())
    {
        if (!kind.sealing.IsOn())
        {
            continue;
        }
        std::array<std::uint8_t, kTunnelRequestSize> bytes{};
        const TunnelTarget target{*IpAddress::Parse("2001:db8::17"), 65535};
        WriteTunnelRequest({target, kind.sealing}, bytes.data());
        const auto read = ReadTunnelRequest(bytes.data());
        REQUIRE(read);
        CHECK(read->target.address == target.address);
        CHECK(read->target.port == target.port);
        CHECK(read->sealing.mostPlain == kind.sealing.mostPlain);
        CHECK(read->sealing.overhead == kind.sealing.overhead);
        CHECK(read->sealing.firstUp == kind.sealing.firstUp);
        CHECK(read->sealing.firstDown == kind.sealing.firstDown);
        for (std::size_t at = 0; at < 4; ++at)
        {
            auto wrong = bytes;
            wrong[at] ^= 0x80;
            CHECK_FALSE(ReadTunnelRequest(wrong.data()));
        }
    }
}
