// SPDX-License-Identifier: GPL-2.0-only

#include "bench-case.h"
#include "bench-network.h"
#include "ns3/hs-mptcp-socket.h"
#include "ns3/hs-units.h"

#include <ns3/bulk-send-helper.h>
#include <ns3/config.h>
#include <ns3/inet-socket-address.h>
#include <ns3/nstime.h>
#include <ns3/packet-sink-helper.h>
#include <ns3/packet-sink.h>
#include <ns3/simulator.h>
#include <ns3/socket.h>
#include <ns3/type-id.h>
#include <ns3/udp-client-server-helper.h>
#include <ns3/udp-server.h>
#include <ns3/uinteger.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <malloc.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#endif

namespace hoststack::bench
{

using namespace ns3;

namespace
{

constexpr std::uint16_t kActivePort = 5001;
constexpr std::uint16_t kIdlePort = 5002;

/// Connections open this far apart, so that no SYN waits behind a thousand others.
constexpr TimeNs kOpeningGap = 20 * kMicrosecond;

double
CpuSeconds()
{
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::uint64_t
HeapBytes()
{
    const auto heap = mallinfo2();
    return heap.uordblks + heap.hblkhd;
}

void
RunFor(double seconds)
{
    Simulator::Stop(Seconds(seconds));
    Simulator::Run();
}

/// Subflows of \p socket that can carry data; 0 if it is no multipath socket.
std::uint32_t
Usable(const Ptr<Socket>& socket)
{
    const auto multipath = DynamicCast<HoststackMptcpSocket>(socket);
    const auto info = multipath ? multipath->GetMptcpInfo() : hoststack::mptcp::Info();
    return static_cast<std::uint32_t>(
        std::count_if(info.subflows.begin(), info.subflows.end(), [](const auto& subflow) {
            return subflow.established && !subflow.closed;
        }));
}

/// A comparison with fewer subflows than asked for would flatter.
void
RequireSubflows(const Ptr<Socket>& socket, const BenchCase& run)
{
    if (Usable(socket) != run.subflows)
    {
        throw std::runtime_error("a connection has " + std::to_string(Usable(socket)) +
                                 " subflows instead of " + std::to_string(run.subflows));
    }
}

/// Connections that are opened and then left alone; both ends are kept. Multipath ones carry one
/// byte, because no subflow is added before data has been acknowledged.
class IdleConnections
{
  public:
    /// \p count connections in all: what this program keeps of them is no part of them.
    explicit IdleConnections(std::uint32_t count)
    {
        m_ends.reserve(2 * std::size_t{count});
    }

    void Listen(const BenchNetwork& network)
    {
        m_listener = Make(network, network.receiver);
        m_listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), kIdlePort));
        m_listener->Listen();
        m_listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                      MakeCallback(&IdleConnections::Accepted, this));
    }

    void Open(const BenchNetwork& network, std::uint32_t count)
    {
        for (std::uint32_t i = 0; i < count; ++i)
        {
            Simulator::Schedule(NanoSeconds(i * kOpeningGap), [this, &network] {
                auto socket = Make(network, network.sender);
                if (DynamicCast<HoststackMptcpSocket>(socket))
                {
                    socket->SetConnectCallback(m_connected, MakeNullCallback<void, Ptr<Socket>>());
                }
                socket->Bind();
                socket->Connect(InetSocketAddress(network.server, kIdlePort));
                m_ends.push_back(socket);
            });
        }
    }

    std::uint32_t Established() const
    {
        return m_accepted;
    }

    void RequireSubflows(const BenchCase& run) const
    {
        for (const auto& end : m_ends)
        {
            bench::RequireSubflows(end, run);
        }
    }

  private:
    static Ptr<Socket> Make(const BenchNetwork& network, const Ptr<Node>& node)
    {
        return Socket::CreateSocket(node, TypeId::LookupByName(network.socketFactory));
    }

    static void Connected(Ptr<Socket> socket)
    {
        socket->Send(Create<Packet>(1));
    }

    static void Received(Ptr<Socket> socket)
    {
        socket->Recv();
    }

    void Accepted(Ptr<Socket> socket, const Address&)
    {
        socket->SetRecvCallback(m_received);
        m_ends.push_back(socket);
        ++m_accepted;
    }

    Ptr<Socket> m_listener;
    std::vector<Ptr<Socket>> m_ends;
    // One of each for all: a callback takes ns-3 208 B, and is no part of a connection.
    const Callback<void, Ptr<Socket>> m_received{MakeCallback(&IdleConnections::Received)};
    const Callback<void, Ptr<Socket>> m_connected{MakeCallback(&IdleConnections::Connected)};
    std::uint32_t m_accepted{0};
};

/// BulkSend into PacketSink, both ns-3's.
Ptr<PacketSink>
StartBulk(const BenchNetwork& network, const BenchCase& run)
{
    const auto sinks = PacketSinkHelper(network.socketFactory,
                                        InetSocketAddress(Ipv4Address::GetAny(), kActivePort))
                           .Install(network.receiver);
    BulkSendHelper bulk(network.socketFactory, InetSocketAddress(network.server, kActivePort));
    bulk.SetAttribute("MaxBytes", UintegerValue(0));
    bulk.SetAttribute("SendSize", UintegerValue(run.write));
    for (std::uint32_t i = 0; i < run.active; ++i)
    {
        bulk.Install(network.sender).Start(NanoSeconds(i * kOpeningGap));
    }
    return DynamicCast<PacketSink>(sinks.Get(0));
}

/// UdpClient into UdpServer at the rate of the line: 1448 bytes in 1500 of IP as TCP has them.
Ptr<UdpServer>
StartDatagrams(const BenchNetwork& network, const BenchCase& run)
{
    constexpr std::uint32_t kDatagram = 1472;  // with 28 bytes of UDP and IPv4: 1500
    constexpr std::uint32_t kWireBytes = 1502; // with the point-to-point device's 2
    const auto servers = UdpServerHelper(kActivePort).Install(network.receiver);
    // Through the helper: the size of UdpClient depends on how ns-3 was compiled (NS3_LOG_ENABLE).
    UdpClientHelper client(network.server, kActivePort);
    client.SetAttribute("MaxPackets", UintegerValue(0xffffffff));
    client.SetAttribute("Interval",
                        TimeValue(NanoSeconds(kWireBytes * 8ULL * 1'000'000'000 / run.rate + 1)));
    client.SetAttribute("PacketSize", UintegerValue(kDatagram));
    client.Install(network.sender);
    return DynamicCast<UdpServer>(servers.Get(0));
}

} // namespace

BenchCount
RunCase(const BenchCase& run)
{
    if (run.carrier == Carrier::Wheel)
    {
        return RunWheel(run);
    }
    BenchCount count;
    const auto network = BuildNetwork(run);
    const bool datagrams = run.carrier == Carrier::Ns3Udp;
    IdleConnections idle(run.idle);
    if (run.idle > 0)
    {
        constexpr std::uint32_t kFirst = 100; // tables and caches exist before memory is compared
        // 1 s after the last one its handshake's timer goes off, which is all that is left of it.
        const double opening = 1e-9 * static_cast<double>(run.idle * kOpeningGap) + 1.5;
        idle.Listen(network);
        idle.Open(network, kFirst);
        RunFor(opening);
        const auto before = HeapBytes();
        idle.Open(network, run.idle - std::min(run.idle, kFirst));
        RunFor(opening);
        if (run.idle > kFirst)
        {
            count.heapPerIdle = (HeapBytes() - before) / (run.idle - kFirst);
        }
    }
    Ptr<PacketSink> sink;
    Ptr<UdpServer> server;
    if (datagrams)
    {
        server = StartDatagrams(network, run);
    }
    else if (run.active > 0)
    {
        sink = StartBulk(network, run);
    }
    const auto received = [&]() -> std::uint64_t {
        return datagrams ? server->GetReceived() * kSegment : sink ? sink->GetTotalRx() : 0;
    };
    RunFor(run.warmUp);
    const auto bytes = received();
    const auto events = Simulator::GetEventCount();
    const auto heap = HeapBytes();
    Simulator::Stop(Seconds(run.seconds));
    CALLGRIND_START_INSTRUMENTATION;
    const auto start = CpuSeconds();
    Simulator::Run();
    count.cpu = CpuSeconds() - start;
    CALLGRIND_STOP_INSTRUMENTATION;
    count.seconds = run.seconds;
    count.heapGrowth = static_cast<std::int64_t>(HeapBytes() - heap);
    count.bytes = received() - bytes;
    count.packets = count.bytes / SegmentOf(run);
    count.events = Simulator::GetEventCount() - events;
    count.established = idle.Established();
    idle.RequireSubflows(run);
    if (sink)
    {
        count.established += sink->GetAcceptedSockets().size();
        for (const auto& socket : sink->GetAcceptedSockets())
        {
            RequireSubflows(socket, run);
        }
    }
    Simulator::Destroy();
    return count;
}

BenchCount
RunIsolated(const BenchCase& run)
{
    int ends[2];
    if (pipe(ends) != 0)
    {
        throw std::runtime_error("no pipe for a measuring process");
    }
    std::fflush(nullptr);
    const auto child = fork();
    if (child < 0)
    {
        throw std::runtime_error("no process to measure in");
    }
    if (child == 0)
    {
        close(ends[0]);
        const auto count = RunCase(run);
        const bool told = write(ends[1], &count, sizeof count) == sizeof count;
        _exit(told ? 0 : 1);
    }
    close(ends[1]);
    BenchCount count;
    const auto got = read(ends[0], &count, sizeof count);
    close(ends[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
    {
    }
    if (got != sizeof count || status != 0)
    {
        throw std::runtime_error("the run with " + NameOf(run.carrier) + " failed");
    }
    return count;
}

} // namespace hoststack::bench
