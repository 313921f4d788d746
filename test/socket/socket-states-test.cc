// SPDX-License-Identifier: GPL-2.0-only

#include "ns3/hs-mptcp-host.h"
#include "ns3/hs-mptcp-socket.h"
#include "two-hosts.h"

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace ns3;
using hoststack::Payload;
using hoststack::tcp::State;

namespace
{

using Created = Callback<void, Ptr<Socket>, const Address&>;
using SocketPtr = Ptr<HoststackTcpSocket>;
using Call = std::pair<const char*, std::function<void(HoststackTcpSocket&, TwoHosts&)>>;

SocketPtr
Make(TwoHosts& hosts, std::uint32_t host, bool multipath)
{
    return multipath ? DynamicCast<HoststackTcpSocket>(
                           HoststackHelper::GetMptcp(hosts.nodes.Get(host))->CreateSocket())
                     : hosts.Socket(host);
}

hoststack::mptcp::LocalEndpoint
SomeEndpoint()
{
    return MakeMptcpEndpoint(hoststack::IpAddress::V4(0x0a000001), "subflow signal");
}

/// Every call that a socket has.
const std::vector<Call>&
Calls()
{
    using S = HoststackTcpSocket;
    const auto multipath = [](S& s, const std::function<void(HoststackMptcpSocket&)>& call) {
        if (auto* socket = dynamic_cast<HoststackMptcpSocket*>(&s))
        {
            call(*socket);
        }
    };
    static const std::vector<Call> calls{
        {"nothing", [](S&, TwoHosts&) {}},
        {"Bind", [](S& s, TwoHosts&) { s.Bind(); }},
        {"Bind6", [](S& s, TwoHosts&) { s.Bind6(); }},
        {"Bind to an address",
         [](S& s, TwoHosts&) { s.Bind(InetSocketAddress(Ipv4Address::GetAny(), 0)); }},
        {"Bind to no address", [](S& s, TwoHosts&) { s.Bind(Address()); }},
        {"Listen", [](S& s, TwoHosts&) { s.Listen(); }},
        {"Connect", [](S& s, TwoHosts& h) { s.Connect(h.At(1, 80)); }},
        {"Connect to IPv6", [](S& s, TwoHosts& h) { s.Connect(h.At(1, 80, true)); }},
        {"Connect to nobody",
         [](S& s, TwoHosts&) { s.Connect(InetSocketAddress(Ipv4Address("9.9.9.9"), 1)); }},
        {"Connect to no address", [](S& s, TwoHosts&) { s.Connect(Address()); }},
        {"Send", [](S& s, TwoHosts&) { s.Send(Create<Packet>(3000)); }},
        {"Send nothing", [](S& s, TwoHosts&) { s.Send(Create<Packet>(0)); }},
        {"Send more than fits", [](S& s, TwoHosts&) { s.Send(Create<Packet>(30'000'000)); }},
        {"SendTo", [](S& s, TwoHosts& h) { s.SendTo(Create<Packet>(3000), 0, h.At(1, 80)); }},
        {"Write", [](S& s, TwoHosts&) { s.Write(Payload::Virtual(3000)); }},
        {"Write nothing", [](S& s, TwoHosts&) { s.Write(Payload()); }},
        {"Recv", [](S& s, TwoHosts&) { s.Recv(); }},
        {"Recv nothing", [](S& s, TwoHosts&) { s.Recv(0, 0); }},
        {"RecvFrom",
         [](S& s, TwoHosts&) {
             Address from;
             s.RecvFrom(from);
         }},
        {"Read", [](S& s, TwoHosts&) { s.Read(1000, nullptr); }},
        {"ReadPart and EndRead", [](S& s, TwoHosts&) { s.EndRead(s.ReadPart(1000, nullptr)); }},
        {"EndRead alone", [](S& s, TwoHosts&) { s.EndRead(1000); }},
        {"asking",
         [](S& s, TwoHosts&) {
             Address address;
             s.GetSockName(address);
             s.GetPeerName(address);
             s.GetTxAvailable();
             s.GetRxAvailable();
             s.GetInfo();
             s.GetWindowStatus();
             s.GetErrno();
             s.GetNode();
             s.GetConnection();
         }},
        {"ShutdownSend", [](S& s, TwoHosts&) { s.ShutdownSend(); }},
        {"ShutdownRecv", [](S& s, TwoHosts&) { s.ShutdownRecv(); }},
        {"Close", [](S& s, TwoHosts&) { s.Close(); }},
        {"Abort", [](S& s, TwoHosts&) { s.Abort(); }},
        {"memory pressure", [](S& s, TwoHosts&) { s.SetMemoryPressure(true); }},
        {"TcpNoDelay", [](S& s, TwoHosts&) { s.SetAttribute("TcpNoDelay", BooleanValue(true)); }},
        {"BindToNetDevice", [](S& s, TwoHosts& h) { s.BindToNetDevice(h.devices.Get(0)); }},
        {"AddEndpoint",
         [multipath](S& s, TwoHosts&) {
             multipath(s, [](auto& m) { m.AddEndpoint(SomeEndpoint()); });
         }},
        {"RemoveEndpoint",
         [multipath](S& s, TwoHosts&) {
             multipath(s, [](auto& m) { m.RemoveEndpoint(SomeEndpoint()); });
         }},
        {"JoinFrom",
         [multipath](S& s, TwoHosts&) {
             multipath(s, [](auto& m) {
                 m.JoinFrom(SomeEndpoint(), {hoststack::IpAddress::V4(0x0a000002), 80});
             });
         }},
        {"DropSubflow",
         [multipath](S& s, TwoHosts&) { multipath(s, [](auto& m) { m.DropSubflow(1); }); }},
        {"SetBackup",
         [multipath](S& s, TwoHosts&) { multipath(s, [](auto& m) { m.SetBackup(1, true); }); }},
        {"asking multipath",
         [multipath](S& s, TwoHosts&) {
             multipath(s, [](auto& m) {
                 m.GetMptcpInfo();
                 m.CountsAsEstablished();
                 m.GetMptcpConnection();
             });
         }},
    };
    return calls;
}

/// Brings a socket into a state.
struct Way
{
    const char* state;
    double after; ///< seconds from its preparation; 0: the simulator has not run yet
    std::function<void(HoststackTcpSocket&, TwoHosts&)> prepare;
};

const std::vector<Way>&
Ways()
{
    using S = HoststackTcpSocket;
    static const std::vector<Way> ways{
        {"new, before the simulator runs", 0, [](S&, TwoHosts&) {}},
        {"bound, before the simulator runs", 0, [](S& s, TwoHosts&) { s.Bind(); }},
        {"listening, before the simulator runs", 0, [](S& s, TwoHosts&) { s.Listen(); }},
        {"SYN sent, before the simulator runs",
         0,
         [](S& s, TwoHosts& h) { s.Connect(h.At(1, 80)); }},
        {"aborted, before the simulator runs",
         0,
         [](S& s, TwoHosts& h) {
             s.Connect(h.At(1, 80));
             s.Abort();
         }},
        {"new", 0.1, [](S&, TwoHosts&) {}},
        {"SYN sent", 0.005, [](S& s, TwoHosts& h) { s.Connect(h.At(1, 80)); }},
        {"established", 0.1, [](S& s, TwoHosts& h) { s.Connect(h.At(1, 80)); }},
        {"established, with data from the peer",
         0.1,
         [](S& s, TwoHosts& h) { s.Connect(h.At(1, 81)); }},
        {"closed by the peer", 0.1, [](S& s, TwoHosts& h) { s.Connect(h.At(1, 82)); }},
        {"reset by the peer", 0.1, [](S& s, TwoHosts& h) { s.Connect(h.At(1, 83)); }},
        {"refused", 0.1, [](S& s, TwoHosts& h) { s.Connect(h.At(1, 84)); }},
        {"without a route",
         0.1,
         [](S& s, TwoHosts&) { s.Connect(InetSocketAddress(Ipv4Address("9.9.9.9"), 1)); }},
        {"closing",
         0.1,
         [](S& s, TwoHosts& h) {
             s.Connect(h.At(1, 80));
             s.Send(Create<Packet>(200'000));
             s.Close();
         }},
        {"waiting for the last segments to die",
         3,
         [](S& s, TwoHosts& h) {
             s.Connect(h.At(1, 85));
             s.Send(Create<Packet>(1000));
             s.Close();
         }},
        {"listener, closed",
         0.1,
         [](S& s, TwoHosts&) {
             s.Listen();
             s.Close();
         }},
        {"aborted",
         0.1,
         [](S& s, TwoHosts& h) {
             s.Connect(h.At(1, 80));
             s.Abort();
         }},
        {"closed before it was open",
         0.1,
         [](S& s, TwoHosts& h) {
             s.Connect(h.At(1, 80));
             s.Close();
         }},
    };
    return ways;
}

/// What the server at port 80 + n does with what it accepts.
std::vector<SocketPtr>
Serve(TwoHosts& hosts, bool multipath, std::vector<Ptr<Socket>>& accepted)
{
    std::vector<SocketPtr> listeners;
    for (std::uint16_t port : {80, 81, 82, 83, 85})
    {
        auto listener = Make(hosts, 1, multipath);
        listener->Bind(Inet6SocketAddress(Ipv6Address::GetAny(), port));
        listener->Listen();
        listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                    Created([&accepted, port](Ptr<Socket> s, const Address&) {
                                        accepted.push_back(s);
                                        const auto own = DynamicCast<HoststackTcpSocket>(s);
                                        if (port == 81)
                                        {
                                            s->Send(Create<Packet>(5000));
                                        }
                                        else if (port == 82)
                                        {
                                            s->Close();
                                        }
                                        else if (port == 83)
                                        {
                                            own->Abort();
                                        }
                                        else if (port == 85)
                                        {
                                            s->ShutdownSend();
                                        }
                                    }));
        listeners.push_back(listener);
    }
    return listeners;
}

} // namespace

TEST_CASE("every call of a socket is safe in every state, once and twice", "[socket][mptcp]")
{
    const bool multipath = GENERATE(false, true);
    const auto& way = GENERATE(from_range(Ways()));
    CAPTURE(multipath, way.state);
    for (int again = 1; again <= 2; ++again)
    {
        TwoHosts hosts(again == 1 ? Wire::Ours : Wire::PointToPoint);
        std::vector<Ptr<Socket>> accepted;
        const auto listeners = Serve(hosts, multipath, accepted);
        std::vector<SocketPtr> sockets;
        for (const auto& call : Calls())
        {
            auto socket = Make(hosts, 0, multipath);
            sockets.push_back(socket);
            const auto use = [&hosts, &call, socket, again] {
                for (int i = 0; i < again; ++i)
                {
                    call.second(*socket, hosts);
                }
            };
            if (way.after == 0)
            {
                way.prepare(*socket, hosts);
                use();
            }
            else
            {
                Simulator::Schedule(Time(0),
                                    [&hosts, &way, socket] { way.prepare(*socket, hosts); });
                Simulator::Schedule(Seconds(way.after), use);
            }
        }
        Simulator::Stop(Seconds(20));
        Simulator::Run();
        for (const auto& socket : sockets)
        {
            CHECK(socket->GetNode() == hosts.nodes.Get(0));
        }
    }
}

TEST_CASE("Connect before the simulator runs opens the connection at time 0", "[socket][mptcp]")
{
    const bool multipath = GENERATE(false, true);
    const bool v6 = GENERATE(false, true);
    const auto wire = GENERATE(Wire::Ours, Wire::PointToPoint, Wire::Csma);
    CAPTURE(multipath, v6);
    TwoHosts hosts(wire);
    std::vector<Ptr<Socket>> accepted;
    const auto listeners = Serve(hosts, multipath, accepted);
    auto client = Make(hosts, 0, multipath);
    CHECK(client->Connect(hosts.At(1, 80, v6)) == 0);
    CHECK(client->Send(Create<Packet>(5000)) == 5000);
    Simulator::Stop(Seconds(10));
    Simulator::Run();
    REQUIRE(accepted.size() == 1);
    CHECK(accepted[0]->GetRxAvailable() == 5000);
    CHECK(client->GetInfo().state == State::Established);
}

TEST_CASE("a socket without a node refuses what needs one", "[socket][mptcp]")
{
    SocketPtr sockets[] = {CreateObject<HoststackTcpSocket>(),
                           CreateObject<HoststackMptcpSocket>()};
    TwoHosts hosts;
    for (const auto& socket : sockets)
    {
        CHECK(socket->Bind() == -1);
        CHECK(socket->Connect(hosts.At(1, 80)) == -1);
        CHECK(socket->Listen() == -1);
        for (const auto& call : Calls())
        {
            INFO(call.first);
            call.second(*socket, hosts);
        }
        CHECK(socket->GetNode() == nullptr);
    }
}

TEST_CASE("sockets survive the end of the simulator that they were made in", "[socket][mptcp]")
{
    const bool multipath = GENERATE(false, true);
    const auto& way = GENERATE(from_range(Ways()));
    CAPTURE(multipath, way.state);
    std::vector<SocketPtr> sockets;
    {
        TwoHosts hosts;
        std::vector<Ptr<Socket>> accepted;
        const auto listeners = Serve(hosts, multipath, accepted);
        for (std::size_t i = 0; i < Calls().size(); ++i)
        {
            sockets.push_back(Make(hosts, 0, multipath));
            way.prepare(*sockets.back(), hosts);
        }
        Simulator::Stop(Seconds(way.after));
        Simulator::Run();
    }
    TwoHosts others;
    CHECK_FALSE(sockets.empty());
    for (std::size_t i = 0; i < sockets.size(); ++i)
    {
        INFO(Calls()[i].first);
        Calls()[i].second(*sockets[i], others);
    }
}
