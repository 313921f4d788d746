// SPDX-License-Identifier: GPL-2.0-only
//
// What it costs to find the connection of a segment, by the number of connections: the protocol's
// own way up, from the frame of a device to the endpoint in its table. count-lookup.py counts the
// instructions between the two marks.

#include "ns3/hs-address-conversion.h"
#include "ns3/hs-frame.h"
#include "ns3/hs-hoststack-helper.h"
#include "ns3/hs-link-helper.h"
#include "ns3/hs-random.h"
#include "ns3/hs-tcp-endpoint.h"
#include "ns3/hs-tcp-protocol.h"

#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4-address-helper.h>
#include <ns3/ipv4-static-routing-helper.h>
#include <ns3/node-container.h>
#include <ns3/simulator.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <iostream>
#include <memory>
#include <vector>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#endif

using namespace ns3;
using hoststack::host::Context;

namespace
{

constexpr std::uint16_t kPort = 80;

/// A connection that only counts what it is given.
class Endpoint final : public HoststackTcpEndpoint
{
  public:
    Endpoint(const Ptr<HoststackTcpProtocol>& protocol, const HoststackFlowKey& key)
    {
        m_protocol = protocol;
        m_key = key;
    }

    ~Endpoint() override
    {
        ClosePath();
    }

    bool Open(const Context& context)
    {
        Socket::SocketErrno error = Socket::ERROR_NOTERROR;
        return OpenPath(context, error);
    }

    void OnSegment(Context& /*context*/, const hoststack::Burst& /*burst*/) override
    {
        ++segments;
    }

    void OnNetworkError(Context& /*context*/,
                        const hoststack::tcp::NetworkError& /*error*/) override
    {
    }

    bool OnPathMss(Context& /*context*/,
                   hoststack::Seq32 /*sequence*/,
                   std::uint32_t /*mss*/) override
    {
        return false;
    }

    void LimitPathMss(std::uint32_t /*mss*/) override
    {
    }

    void Transmit(hoststack::TcpSegment&& /*burst*/) override
    {
    }

    std::uint64_t segments{0};

  private:
    HoststackTcpProtocol::PacketOptions Options() const override
    {
        return {};
    }

    bool AwaitsSendRoom() const override
    {
        return false;
    }

    void OnSendRoom(Context& /*context*/) override
    {
    }
};

/// Where the direct path of a segment to that endpoint begins.
Ptr<const HoststackFlow>
FlowTo(const Endpoint& endpoint)
{
    const auto& key = endpoint.Key();
    auto flow = Create<HoststackFlow>();
    flow->source = key.remote;
    flow->destination = key.local;
    flow->hash = endpoint.Hash();
    return flow;
}

} // namespace

int
main(int argc, char** argv)
{
    std::uint32_t connections = 1000;
    std::uint32_t packets = 20000;
    CLI::App app{"Finds connections of segments, for count-lookup.py"};
    app.add_option("--connections", connections, "In the table")->check(CLI::Range(1, 1000000));
    app.add_option("--packets", packets, "Looked up, each for one of them by a fair die");
    CLI11_PARSE(app, argc, argv);

    NodeContainer nodes;
    nodes.Create(2);
    InternetStackHelper().Install(nodes);
    HoststackHelper().Install(nodes);
    hoststack::LinkConfig link;
    link.rate = 1'000'000'000;
    const auto devices = HoststackLinkHelper().Install(nodes.Get(0), nodes.Get(1), link);
    Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);
    const auto server = nodes.Get(1);
    Ipv4StaticRoutingHelper()
        .GetStaticRouting(server->GetObject<Ipv4>())
        ->SetDefaultRoute(Ipv4Address("10.0.0.1"), 1);
    const Ptr<HoststackTcpProtocol> protocol = HoststackHelper::Get(server);
    const auto device = DynamicCast<HoststackNetDevice>(devices.Get(1));
    auto& context = protocol->Machine().Current();

    std::vector<std::unique_ptr<Endpoint>> endpoints;
    std::vector<HoststackFrame> frames(connections);
    for (std::uint32_t i = 0; i < connections; ++i)
    {
        HoststackFlowKey key;
        key.local = FromNs3(Ipv4Address("10.0.0.2"));
        key.remote = FromNs3(Ipv4Address(0x0b000000U + i / 20000));
        key.localPort = kPort;
        key.remotePort = static_cast<std::uint16_t>(32768 + i % 20000);
        endpoints.push_back(std::make_unique<Endpoint>(protocol, key));
        if (!endpoints.back()->Open(context))
        {
            std::cerr << "connection " << i << " has no route\n";
            return 1;
        }
        frames[i].flow = FlowTo(*endpoints.back());
        frames[i].segment.flags = hoststack::kAck;
        frames[i].segment.sourcePort = key.remotePort;
        frames[i].segment.destinationPort = key.localPort;
        protocol->Take(context, *device, frames[i]); // that its flow leads here is known afterwards
    }
    hoststack::RandomStream random(1, "lookup");
    std::vector<std::uint32_t> order(packets);
    for (auto& one : order)
    {
        one = static_cast<std::uint32_t>(random.Bits() % connections);
    }
    std::uint64_t taken = 0;
    CALLGRIND_START_INSTRUMENTATION;
    for (const auto one : order)
    {
        taken += protocol->Take(context, *device, frames[one]) ? 1 : 0;
    }
    CALLGRIND_STOP_INSTRUMENTATION;
    std::uint64_t delivered = 0;
    for (const auto& endpoint : endpoints)
    {
        delivered += endpoint->segments;
    }
    const bool isWhole = taken == packets && delivered == std::uint64_t{packets} + connections &&
                         protocol->ConnectionCount() == connections;
    std::cout << (isWhole ? packets : 0) << "\n";
    endpoints.clear();
    Simulator::Destroy();
    return isWhole ? 0 : 1;
}
