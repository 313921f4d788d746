// SPDX-License-Identifier: GPL-2.0-only

#include "two-ends.h"

#include <catch2/catch.hpp>
#include <cstdint>

using namespace hoststack;
using namespace hoststack::test;

namespace
{

LinkConfig
Line()
{
    LinkConfig link;
    link.rate = 100'000'000;
    link.delay = kMillisecond;
    return link;
}

/// A connection whose server has so much unread.
struct Waiting : public TwoEnds
{
    explicit Waiting(std::uint32_t unread)
        : TwoEnds({}, {}, Line(), Line(), 1)
    {
        Start();
        Run(kSecond);
        hosts[0].connection->Send(Now(), Payload::Virtual(unread));
        Dispatch(0);
        Run(2 * kSecond);
    }

    const tcp::Connection& Server() const
    {
        return *hosts[1].connection;
    }
};

TcpSegment
Data(std::uint32_t length)
{
    TcpSegment segment;
    segment.flags = kAck;
    segment.payload = Payload::Virtual(length);
    return segment;
}

} // namespace

TEST_CASE("a backlog takes what it has until it is above both buffers' share and 64 KiB",
          "[tcp][backlog]")
{
    for (const std::uint32_t unread : {0U, 14480U})
    {
        const Waiting ends(unread);
        const auto info = ends.Server().GetInfo(ends.Now());
        const auto limit = 2 * std::uint64_t{info.receiveBuffer} + info.sendBuffer / 2 + 65536 -
                           info.receiveMemory;
        CHECK((info.receiveMemory > 0) == (unread > 0));
        CHECK(ends.Server().MemoryInBacklog(limit, {Data(1448), 0}) > 1448);
        CHECK(ends.Server().MemoryInBacklog(limit + 1, {Data(1448), 0}) == 0);
    }
}

TEST_CASE("a segment costs in a backlog what its buffer does, and an ACK at least something",
          "[tcp][backlog]")
{
    const Waiting ends(0);
    CHECK(ends.Server().MemoryInBacklog(0, {Data(100), 4096}) == 4096);
    CHECK(ends.Server().MemoryInBacklog(0, {Data(0), 0}) > 0);
}
